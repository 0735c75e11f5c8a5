"""What a browser's guard, a reader with weak eyes and a missing file would complain about."""

import hashlib
import re
from pathlib import Path

import pytest
from django.template.loader import render_to_string

from orders.states import OrderState

ROOT = Path(__file__).resolve().parents[2]
VENDOR = ROOT / "static/vendor"
CSS = (ROOT / "static/panel/panel.css").read_text()
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
READABLE = 4.5  # WCAG 2.2 AA for text

TONES = ["brand", "info", "good", "warn", "bad", "accent", "neutral"]
BUTTONS = ["primary", "success", "danger", "warning", "info"]
PAIRS = [(f"--tone-{tone}", f"--tone-{tone}-ground") for tone in TONES] + [
    (f"--tblr-{button}-fg", f"--tblr-{button}") for button in BUTTONS
]


def colours(token: str) -> list[str]:
    """Return a token's colour in the light and in the dark theme."""
    found = re.search(rf"{token}: light-dark\((#\w{{6}}), (#\w{{6}})\);", CSS)
    assert found, f"{token} is not a pair of colours"
    return [found[1], found[2]]


def luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(text: str, ground: str) -> float:
    darker, lighter = sorted([luminance(text), luminance(ground)])
    return (lighter + 0.05) / (darker + 0.05)


def test_black_on_white_has_the_greatest_contrast():
    assert round(contrast("#000000", "#ffffff"), 2) == 21


@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_badges_and_buttons_can_be_read_in_both_themes(text, ground):
    ratios = [contrast(*pair) for pair in zip(colours(text), colours(ground), strict=True)]

    assert min(ratios) >= READABLE, ratios


@pytest.mark.parametrize("state", OrderState.values)
def test_every_state_of_an_order_has_a_colour(state):
    assert re.search(rf"\.state-{state}\b[^{{]*{{ --tone:", CSS)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_template_holds_what_the_browser_would_refuse(template):
    text = template.read_text()

    assert not re.search(r"\sstyle\s*=", text), "style attribute"
    assert not re.search(r"<style\b", text), "inline style sheet"
    assert not re.search(r"\son[a-z]+\s*=|\shx-on", text), "inline handler"
    assert not re.search(r"<script(?![^>]*\b(src=|type=\"application/json\"))", text), "inline script"
    assert not re.search(r"(src|href)=\"(https?:)?//", text), "file from elsewhere"


def test_every_icon_that_a_page_shows_is_in_the_sprite():
    drawn = set(re.findall(r'symbol id="([\w-]+)"', (VENDOR / "tabler-icons/sprite.svg").read_text()))
    shown = {icon for path in TEMPLATES for icon in re.findall(r'\bicon="([\w-]+)"', path.read_text())}

    assert shown
    assert shown <= drawn


def test_files_of_others_are_the_ones_written_down():
    written_down = dict(
        reversed(line.split("  ")) for line in (VENDOR / "VENDORED.sha256").read_text().splitlines()
    )
    there = {
        str(path.relative_to(VENDOR)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.rglob("*")
        if path.is_file() and path.name != "VENDORED.sha256"
    }

    assert there == written_down


def test_the_page_for_our_own_mistakes_needs_nothing_from_anywhere():
    assert "Something broke on our side" in render_to_string("500.html")
