"""Reads what operators state about a service: by when it starts at the latest, and whether it drops.

Only what is said plainly is read; what is not understood is not guessed.
"""

import re
from datetime import timedelta

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from catalog.naming import plain
from terms.catalogue import Estimate

# "Instant" is never to the second: deliveries that are called so begin within the hour.
INSTANT = timedelta(hours=1)

_UNITS = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
_UNIT = (
    r"(?P<unit>s(?:ec(?:ond)?s?)?|m(?:in(?:ute)?s?)?|h(?:(?:ou)?rs?)?|d(?:ays?)?|w(?:(?:ee)?ks?)?)(?![a-z])"
)
_TIME = re.compile(rf"(?<![0-9.,\u2044])(?P<number>[0-9]{{1,3}}(?:[.,][0-9])?) ?\+? ?-?{_UNIT}")
_INSTANT = re.compile(r"(?<![a-z])(?:instant|immediate|at once)")


class DropLabel(TextChoices):
    """How much of a delivery is lost again (K-06, K-07)."""

    NON_DROP = "non_drop", _("Non drop")
    SOME_DROP = "some_drop", _("Some drop")
    HIGH_DROP = "high_drop", _("High drop")


def latest_start_of(stated: str) -> timedelta | None:
    """Return the upper end of a stated start: "0-6 hours" is 6 hours, "1-2 days" is 2 days (K-05, K-11).

    None when no time is named.
    """
    text = plain(stated)
    times = [_length(found) for found in _TIME.finditer(text)]
    if times:
        return max(times)
    return INSTANT if _INSTANT.search(text) else None


def _length(found: re.Match[str]) -> timedelta:
    whole, _point, tenth = found["number"].replace(",", ".").partition(".")
    unit = _UNITS[found["unit"][0]]
    return int(whole) * unit + int(tenth or 0) * unit / 10


_NON_DROP = re.compile(
    r"(?<![a-z])(?:non|no|not|nom|never|zero|without|hardly)[ /-]{0,3}(?:any )?drop|nondrop|nodrop"
    r"|(?<![a-z])drops?(?: ratio| rate)? ?[:=-]? ?none?(?![a-z])"
)
_SOME_DROP = re.compile(
    r"(?<![a-z])(?:less(?:er)?|low(?:er)?|few|little|small|minor)[ /-]{1,3}drop|drop ratio ?: ?low"
)
_HIGH_DROP = re.compile(
    r"(?<![a-z])(?:high|heavy|big|huge|massive)[ /-]{1,3}drop|drop ratio ?: ?high|drops? a lot"
)
_DROPS = {
    DropLabel.NON_DROP: _NON_DROP,
    DropLabel.SOME_DROP: _SOME_DROP,
    DropLabel.HIGH_DROP: _HIGH_DROP,
}
_PERCENT = re.compile(
    r"(?<![a-z])drops?(?: ratio| rate| a lot,)?[ :=-]{0,3}(?:less than |up ?to |expect )?"
    r"(?:(?P<low>[0-9]{1,3}) ?%? ?(?:-|to) ?)?(?P<high>[0-9]{1,3}) ?%"
)


def stated_drop_of(name: str, description: str, rules: Estimate | None) -> DropLabel | None:
    """Return what name, or else description, states about dropping; None when they state nothing, or two things.

    A percentage is called by the numbers of these terms: "drop 30-60%" is high drop, "drop 0-5%" non drop (K-06, K-07).
    """
    for text in (plain(name), plain(description)):
        said = {label for label, pattern in _DROPS.items() if pattern.search(text)}
        if said:
            return said.pop() if len(said) == 1 else None
        percents = stated_drop_percents(text)
        if percents and rules:
            return _called(*percents, rules)
    return None


def stated_drop_percents(text: str) -> tuple[int, int] | None:
    """Return the percentages between which a text says that a service drops, or None."""
    found = _PERCENT.search(plain(text))
    return (int(found["low"] or found["high"]), int(found["high"])) if found else None


def _called(low: int, high: int, rules: Estimate) -> DropLabel:
    if low >= rules.high_drop_min_percent:
        return DropLabel.HIGH_DROP
    return DropLabel.NON_DROP if high <= rules.non_drop_max_percent else DropLabel.SOME_DROP
