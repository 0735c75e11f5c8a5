"""When an order is asked about: often while it is fresh, less often with age, and now and then after its end."""

from datetime import datetime, timedelta

from django.conf import settings

SLOWEST = timedelta(minutes=10)
# Providers correct themselves late; what they say within 30 days still counts in the customer's favour (T15-T18).
AFTER_THE_END = tuple(
    timedelta(**age)
    for age in ({"hours": 1}, {"hours": 6}, {"days": 1}, {"days": 3}, {"days": 7}, {"days": 14}, {"days": 29})
)


def first_check(now: datetime) -> datetime:
    return now + timedelta(seconds=settings.PANEL_TRACK_SECONDS)


def next_check_while_open(*, begins_at: datetime, now: datetime) -> datetime:
    """Return when to ask again: a twentieth of the order's age, between the set pace and 10 minutes."""
    pace = timedelta(seconds=settings.PANEL_TRACK_SECONDS)
    return now + min(max(pace, (now - begins_at) / 20), max(SLOWEST, pace))


def next_check_after_end(*, closed_at: datetime, now: datetime) -> datetime | None:
    """Return the next look for a late correction, or None when the last one has been."""
    return next((closed_at + age for age in AFTER_THE_END if closed_at + age > now), None)
