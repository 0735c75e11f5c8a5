"""How providers spell numbers, flags and status words.

What cannot be read for certain is None, never a guess: a zero that nobody said would move money.
"""

import json
import re
from decimal import Decimal
from typing import NoReturn

from providers.gateway import ReportedState

WORDS_LIMIT = 500
RAW_LIMIT = 2000
WHOLE = re.compile(r"-?[0-9]{1,18}")
# An exponent is how some languages write tiny prices.
LARGEST_AMOUNT = Decimal(10) ** 12
AMOUNT = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,2})?")
ORDER_ID = re.compile(r"[0-9]{1,30}")

STATES = {
    "pending": ReportedState.PENDING,
    "awaiting": ReportedState.PENDING,
    "inqueue": ReportedState.PENDING,
    "held": ReportedState.PENDING,
    "processing": ReportedState.PROCESSING,
    "inprogress": ReportedState.IN_PROGRESS,
    "active": ReportedState.IN_PROGRESS,
    "completed": ReportedState.COMPLETED,
    "complete": ReportedState.COMPLETED,
    "success": ReportedState.COMPLETED,
    "partial": ReportedState.PARTIAL,
    "canceled": ReportedState.CANCELLED,
    "cancelled": ReportedState.CANCELLED,
    "refunded": ReportedState.CANCELLED,
    "fail": ReportedState.CANCELLED,
    "failed": ReportedState.CANCELLED,
    "error": ReportedState.CANCELLED,
    "rejected": ReportedState.CANCELLED,
    "expired": ReportedState.CANCELLED,
}


class NotJson(Exception):
    """The body is not one complete JSON value with one meaning."""


def parse(body: bytes) -> object:
    """Read JSON with exact numbers, whatever content type it came with. Raises NotJson."""
    try:
        return json.loads(
            body.decode("utf-8-sig"),
            parse_float=Decimal,
            parse_constant=_refuse,
            object_pairs_hook=_without_repeats,
        )
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise NotJson from error


def state_of(word: object) -> ReportedState | None:
    """Return the state a word stands for in any case and spelling, None for a word never seen (4.5, b5)."""
    return STATES.get(re.sub(r"[\s_-]+", "", word).lower()) if isinstance(word, str) else None


def whole_number(value: object) -> int | None:
    """Return a count, possibly negative. "12.5", "1.000", "1,000", "", "Unknown" and null are None (4.5)."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value if abs(value) < 10**18 else None
    if isinstance(value, Decimal):
        # A bare JSON number has no thousands mark, so 157.0 can only be 157.
        exact = amount(value)
        return int(exact) if exact is not None and exact == exact.to_integral_value() else None
    if isinstance(value, str) and WHOLE.fullmatch(value.strip()):
        return int(value)
    return None


def amount(value: object) -> Decimal | None:
    """Return an amount of money or a rate exactly as it was written, or None."""
    if isinstance(value, bool) or not isinstance(value, (int, Decimal, str)):
        return None
    text = str(value).strip()
    if not AMOUNT.fullmatch(text):
        return None
    exact = Decimal(text)
    return exact if abs(exact) < LARGEST_AMOUNT else None


def order_id(value: object) -> str | None:
    """Return a provider's order number as text: digits that are not all zero, or None (4.3)."""
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        return None
    text = str(value).strip()
    return text if ORDER_ID.fullmatch(text) and text.strip("0") else None


def flag(value: object) -> bool:
    """Return a yes that may be spelled true, 1, "1", "true" or "yes"; anything else, or nothing, is a no."""
    if isinstance(value, str):
        return value.strip().lower() in {"1", "2", "3", "true", "yes"}
    return isinstance(value, (bool, int)) and value > 0


def service_type(word: object) -> str:
    """Return a service type in one spelling: "Custom Comments" is "custom_comments", nothing is "default"."""
    text = re.sub(r"[\s_-]+", "_", word.strip()).lower() if isinstance(word, str) else ""
    return text or "default"


def text_of(value: object, limit: int = WORDS_LIMIT) -> str:
    """Return words that the database can hold: no NUL, no half characters, not endless."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)
    return text.replace("\0", "").encode("utf-8", "ignore").decode()[:limit].strip()


def _without_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)
