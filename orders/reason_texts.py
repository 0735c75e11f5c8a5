"""What providers mean when they say why they did not deliver: a table of words, kept by staff.

It proposes whose fault it may be. Whether it was is for a person to say, and no refund depends on it alone.
"""

from collections.abc import Iterable

from orders.models import Fault, ReasonText

# How providers of the trade put it; staff add what their own providers write.
USUAL_TEXTS: dict[Fault, tuple[str, ...]] = {
    Fault.PRIVATE: (
        "account is private",
        "private account",
        "profile is private",
        "private profile",
        "page is private",
        "set to private",
        "not public",
    ),
    Fault.BAD_LINK: (
        "bad link",
        "incorrect link",
        "invalid link",
        "wrong link",
        "invalid url",
        "incorrect url",
        "invalid username",
        "username * not found",
        "user not found",
        "account not found",
    ),
    Fault.CONTENT_REMOVED: (
        "account deleted",
        "account suspended",
        "link * removed",
        "post deleted",
        "post not found",
        "post removed",
        "video * unavailable",
        "video removed",
    ),
    Fault.CONTENT_CHANGED: (
        "username changed",
        "changed username",
        "link changed",
        "changed during delivery",
    ),
    Fault.OVERLAP: ("another order * same link", "duplicate order"),
    Fault.PROHIBITED_CONTENT: ("prohibited content", "forbidden content"),
    # The longest words that fit decide, so an exception is simply longer.
    Fault.NONE: ("not a private account", "account is not private"),
}


def meaning_of(words: str) -> ReasonText | None:
    """Return the entry of the table that these words fit, or None (R-5, third kind of evidence)."""
    if not words.strip():
        return None
    return best_fit(words, ReasonText.objects.filter(is_active=True))


def best_fit(words: str, texts: Iterable[ReasonText]) -> ReasonText | None:
    """Of all entries that fit, the longest says most; of two as long, the first in the alphabet."""
    fitting = [text for text in texts if text.fits(words)]
    return min(fitting, key=lambda text: (-len(text.pattern), text.pattern), default=None)


def make_reason_texts() -> int:
    """Put the usual texts into the table where they are missing; returns how many were added."""
    known = set(ReasonText.objects.values_list("pattern", flat=True))
    missing = [
        ReasonText(pattern=pattern, fault=fault)
        for fault, patterns in USUAL_TEXTS.items()
        for pattern in patterns
        if pattern not in known
    ]
    return len(ReasonText.objects.bulk_create(missing))
