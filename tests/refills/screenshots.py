"""Pictures as customers send them: drawn for the story, with whatever a phone writes into them."""

import struct
import zlib
from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from refills.pictures import Picture, read_picture

TAKEN, OFFSET, DETAILS, MAKER, PLACE = 0x9003, 0x9011, 0x8769, 0x010F, 0x8825


def screenshot(
    kind: str = "PNG",
    *,
    shade: int = 40,
    size: tuple[int, int] = (60, 90),
    taken: str = "",
    offset: str = "",
    **options: Any,
) -> bytes:
    """A picture whose dots differ with its shade; `taken` is what the file says about its age."""
    picture = Image.new("RGB", size, (shade, 120, 200))
    picture.putpixel((3, 5), (255, 255 - shade, 0))
    exif = Image.Exif()
    exif[MAKER] = "Spy Phone"
    exif.get_ifd(PLACE)[1] = "N"
    if taken:
        exif.get_ifd(DETAILS)[TAKEN] = taken
    if offset:
        exif.get_ifd(DETAILS)[OFFSET] = offset
    out = BytesIO()
    # Dots stay as they are, in every format that can do so.
    picture.save(out, kind, exif=exif, **({"lossless": True} if kind == "WEBP" else {}), **options)
    return out.getvalue()


def picture(shade: int = 40, **options: Any) -> Picture:
    return read_picture(screenshot(shade=shade, **options), name=f"shot-{shade}.png")


def upload(content: bytes | None = None, *, name: str = "shot.png", **options: Any) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, screenshot(**options) if content is None else content)


def bomb(width: int, height: int) -> bytes:
    """A small PNG that claims to be so large."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0"))
        + chunk(b"IEND", b"")
    )
