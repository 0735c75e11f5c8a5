"""Reading a picture that a stranger sent: what it really is, not what its name says, and nothing of it but the dots.

Whatever else the file carried, places, names of cameras, hidden scripts, is left behind: the picture is drawn anew.
"""

import hashlib
import struct
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from io import BytesIO

from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps

from accounts.refusals import Refusal

MEGABYTE = 1024 * 1024
MOST_MEGABYTES = 5
# A long screenshot of a phone has some 25 million dots; a file of few kilobytes may claim billions.
MOST_PIXELS = 25_000_000
LONGEST_SIDE = 16_000
FORMATS = ("PNG", "JPEG", "WEBP")
QUALITY = 88

# Names of numbered fields that cameras and phones write into pictures.
EXIF, ORIGINAL, ORIGINAL_OFFSET, CHANGED = 0x8769, 0x9003, 0x9011, 0x0132
# The clock on the wall is behind UTC by at most half a day: the latest moment that a time without a zone may mean.
FURTHEST_BEHIND = timedelta(hours=12)

UNREADABLE = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    OverflowError,
    IndexError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)


class NotAPicture(Refusal):
    code = "not_a_picture"
    clause = "K-64"
    sentence = _("“%(name)s” is no picture that we can read. Send PNG, JPEG or WebP.")


class PictureTooHeavy(Refusal):
    code = "picture_too_heavy"
    clause = "K-64"
    sentence = _("“%(name)s” is larger than %(most)s MB.")


class PictureTooLarge(Refusal):
    code = "picture_too_large"
    clause = "K-64"
    sentence = _("“%(name)s” is too large: %(width)s by %(height)s dots. Cut out the part that matters.")


@dataclass(frozen=True)
class Picture:
    """A picture drawn anew as JPEG. `digest` is of its dots, so that the same picture in another file is known again.

    `taken_at` is what the file itself said about its age, read as late as it can be meant; None where it said nothing.
    """

    name: str
    content: bytes
    width: int
    height: int
    digest: str
    taken_at: datetime | None


def read_picture(content: bytes, *, name: str) -> Picture:
    """Draw the picture anew, without anything that is not a dot of it (R-15, K-64).

    Raises NotAPicture for everything that is no whole PNG, JPEG or WebP, PictureTooHeavy above 5 MB,
    PictureTooLarge above 25 million dots or 16,000 on a side: told before anything is unpacked.
    """
    name = _short(name)
    if len(content) > MOST_MEGABYTES * MEGABYTE:
        raise PictureTooHeavy(name=name, most=MOST_MEGABYTES)
    try:
        with Image.open(BytesIO(content), formats=FORMATS) as opened:
            width, height = opened.size
            if width * height > MOST_PIXELS or max(width, height) > LONGEST_SIDE:
                raise PictureTooLarge(name=name, width=width, height=height)
            taken_at = _taken_at(opened.getexif())
            drawn = _on_white(ImageOps.exif_transpose(opened))
    except Refusal:
        raise
    except UNREADABLE:
        raise NotAPicture(name=name) from None
    out = BytesIO()
    drawn.save(out, "JPEG", quality=QUALITY, subsampling=0)
    return Picture(
        name=name,
        content=out.getvalue(),
        width=drawn.width,
        height=drawn.height,
        digest=_digest(drawn),
        taken_at=taken_at,
    )


def _on_white(picture: Image.Image) -> Image.Image:
    """The dots alone: a new picture takes over neither profile nor comment."""
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        drawn = Image.new("RGB", picture.size, "white")
        drawn.paste(picture, mask=picture.getchannel("A"))
        return drawn
    plain = picture.convert("RGB")
    drawn = Image.new("RGB", plain.size)
    drawn.paste(plain)
    return drawn


def _digest(drawn: Image.Image) -> str:
    size = f"{drawn.width}x{drawn.height}:".encode()
    return hashlib.sha256(size + drawn.tobytes()).hexdigest()


def _taken_at(exif: Image.Exif) -> datetime | None:
    details = exif.get_ifd(EXIF)
    said = details.get(ORIGINAL) or exif.get(CHANGED)
    try:
        wall_clock = datetime.strptime(str(said).strip("\0 "), "%Y:%m:%d %H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        return None
    zone = _zone(str(details.get(ORIGINAL_OFFSET, "")).strip("\0 ")) if details.get(ORIGINAL) else None
    return wall_clock.replace(tzinfo=zone) if zone else wall_clock + FURTHEST_BEHIND


def _zone(said: str) -> timezone | None:
    try:
        offset = datetime.strptime(said, "%z").utcoffset()
    except ValueError:
        return None
    return timezone(offset) if offset is not None else None


def _short(name: str) -> str:
    """The file's own name, for telling which one is meant; it is not kept."""
    return name if len(name) <= 60 else f"{name[:40]}…{name[-15:]}"
