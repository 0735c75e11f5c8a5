"""Whole numbers as people write them."""

import re
import unicodedata

# Longer numbers are no quantities; Python would refuse to read some of them.
MAX_DIGITS = 18
_GROUPS = re.compile(r"\d{1,3}(?:[,\s'\u2019]\d{3})+")


def read_quantity(text: str) -> int | None:
    """Read a whole number as people write it (`5000`, `5,000`, `5 000`); None when it is none."""
    text = unicodedata.normalize("NFKC", text).strip()
    if _GROUPS.fullmatch(text):
        text = re.sub(r"\D", "", text)
    return int(text) if re.fullmatch(rf"\d{{1,{MAX_DIGITS}}}", text) else None


def plain_number(text: str) -> int | None:
    """Read the number of an order or a service, as links carry it; None when it is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= MAX_DIGITS else None
