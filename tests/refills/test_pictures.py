"""What is taken for a picture, and what is left of it."""

from datetime import UTC, datetime
from io import BytesIO

import pytest
from PIL import Image

from refills.pictures import MEGABYTE, NotAPicture, PictureTooHeavy, PictureTooLarge, read_picture
from tests.refills.screenshots import bomb, picture, screenshot

pytestmark = pytest.mark.clause("K-64")

SCRIPT = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def gif() -> bytes:
    out = BytesIO()
    Image.new("RGB", (9, 9)).save(out, "GIF")
    return out.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_the_three_formats_become_a_jpeg_without_any_notes(kind) -> None:
    sent = screenshot(kind, taken="2026:03:02 10:00:00")
    assert b"Spy Phone" in sent

    read = read_picture(sent, name="shot")

    assert b"Spy Phone" not in read.content
    kept = Image.open(BytesIO(read.content))
    assert kept.format == "JPEG"
    assert kept.size == (60, 90)
    assert not kept.getexif()
    assert set(kept.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GIF89a",
        SCRIPT,
        b"%PDF-1.7",
        gif(),
        b"\x89PNG\r\n\x1a\n",
        screenshot()[:120],
        screenshot("JPEG", size=(400, 400))[:700],
        screenshot("WEBP")[:60],
    ],
    ids=["nothing", "gif", "svg", "pdf", "whole gif", "png head", "half png", "half jpeg", "half webp"],
)
def test_what_is_no_whole_picture_is_refused_whatever_its_name_says(content) -> None:
    with pytest.raises(NotAPicture) as refusal:
        read_picture(content, name="shot.png")

    assert "shot.png" in refusal.value.text


def test_something_hidden_behind_a_picture_is_gone() -> None:
    read = read_picture(screenshot() + SCRIPT, name="shot.png")

    assert b"<script" not in read.content


def test_a_file_of_five_megabytes_is_taken_and_one_byte_more_is_not() -> None:
    shot = screenshot()
    just = shot + bytes(5 * MEGABYTE - len(shot))

    assert read_picture(just, name="shot.png").width == 60
    with pytest.raises(PictureTooHeavy):
        read_picture(just + b"\0", name="shot.png")


@pytest.mark.parametrize(("width", "height"), [(5000, 5001), (16_001, 10), (40_000, 40_000), (12_000, 8_000)])
def test_a_small_file_that_claims_to_be_huge_is_never_unpacked(width, height) -> None:
    with pytest.raises((PictureTooLarge, NotAPicture)):
        read_picture(bomb(width, height), name="bomb.png")


def test_a_picture_with_exactly_as_many_dots_as_allowed_is_read_further() -> None:
    with pytest.raises(NotAPicture):
        read_picture(bomb(5000, 5000), name="half.png")
    with pytest.raises(PictureTooLarge):
        read_picture(bomb(5000, 5001), name="half.png")


def test_the_same_dots_are_known_again_in_another_file() -> None:
    png = read_picture(screenshot(taken="2026:03:02 10:00:00"), name="a.png")
    webp = read_picture(screenshot("WEBP"), name="b.webp")

    assert png.digest == webp.digest
    assert png.digest != picture(41).digest


def test_a_turned_photo_is_stood_upright() -> None:
    turned = Image.Exif()
    turned[0x0112] = 6
    out = BytesIO()
    Image.new("RGB", (60, 90)).save(out, "JPEG", exif=turned)

    read = read_picture(out.getvalue(), name="photo.jpg")

    assert (read.width, read.height) == (90, 60)


def test_what_can_be_seen_through_lies_on_white() -> None:
    out = BytesIO()
    Image.new("RGBA", (8, 8), (0, 0, 0, 0)).save(out, "PNG")

    kept = Image.open(BytesIO(read_picture(out.getvalue(), name="shot.png").content))

    assert kept.getpixel((4, 4)) == (255, 255, 255)


def test_a_file_that_names_its_time_zone_says_exactly_when_it_was_taken() -> None:
    assert picture(taken="2026:03:02 10:00:00", offset="+05:30").taken_at == datetime(
        2026, 3, 2, 4, 30, tzinfo=UTC
    )


def test_without_a_zone_the_latest_moment_that_can_be_meant_counts() -> None:
    assert picture(taken="2026:03:02 10:00:00").taken_at == datetime(2026, 3, 2, 22, 0, tzinfo=UTC)


@pytest.mark.parametrize("said", ["", "yesterday", "0000:00:00 00:00:00"])
def test_a_file_that_says_nothing_sensible_about_its_age_is_not_guessed_at(said) -> None:
    assert picture(taken=said).taken_at is None
