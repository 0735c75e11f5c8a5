"""When an order should have begun, by what was estimated when it was ordered; after that it is called late.

Late is a word on a page and a ground to ask for more speed. It is never a ground for money (A-09, A-14, K-46, K-48).
"""

from datetime import datetime, timedelta
from typing import TypedDict

from django.utils.translation import gettext as _

from catalog.durations import spell_duration
from catalog.expecting import Expected
from orders.models import Order


class Estimated(TypedDict):
    """What an order remembers of the estimates that it was ordered by."""

    start_within: timedelta | None
    finish_within: timedelta | None
    estimated_from: int


def estimated_for(expected: Expected, *, units: int) -> Estimated:
    """Return what to remember: the upper start estimate, and when so many units are expected to be done."""
    return {
        "start_within": expected.latest_start,
        "finish_within": expected.finish(units),
        "estimated_from": expected.start.orders if expected.start else 0,
    }


def expected_start(order: Order) -> datetime | None:
    """Return when an order should have begun: its turn plus the upper start estimate; None without one (K-05, K-11)."""
    return None if order.start_within is None else order.begins_at + order.start_within


def expected_end(order: Order) -> datetime | None:
    """Return when an order should be finished, or None when too few orders could tell (A-13, K-08)."""
    return None if order.finish_within is None else order.begins_at + order.finish_within


def is_late(order: Order, *, now: datetime) -> bool:
    """Tell whether an open order has not begun after its expected start; at that very moment it is not late (K-11)."""
    expected = expected_start(order)
    return order.is_open and order.started_at is None and expected is not None and now > expected


def lateness(order: Order) -> str:
    """Say what a late order is later than (A-09)."""
    assert order.start_within is not None
    within = spell_duration(order.start_within)
    if order.estimated_from:
        return _("Later than estimated (9 of 10 start within %(within)s).") % {"within": within}
    return _("Later than stated (start within %(within)s).") % {"within": within}
