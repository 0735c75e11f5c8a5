"""When an order should have begun, by what was estimated when it was ordered; after that it is called late.

Late is a word on a page and a ground to ask for more speed. It is never a ground for money (A-09, A-14, K-46, K-48).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypedDict

from django.utils.translation import gettext as _

from catalog.durations import spell_duration
from catalog.expecting import Expected
from orders.models import Order
from terms.policy import Policy


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


def usual_hours(policy: Policy) -> str:
    """Say within which hours most things are done, where the terms name any (A-09, K-35)."""
    if not policy.delivery.usual_hours:
        return ""
    first, last = policy.delivery.usual_hours
    return _("Most orders are done within %(first)s to %(last)s hours; some take longer.") % {
        "first": first,
        "last": last,
    }


@dataclass(frozen=True)
class Timing:
    """What an open order's customer may know about time; what is past or unknown is empty."""

    starts_by: datetime | None
    ends_about: datetime | None
    late: str
    usual: str
    late_clauses: tuple[str, ...] = ("A-09", "A-14", "K-11", "K-48")


def timing_of(order: Order, *, now: datetime) -> Timing | None:
    """Return what to tell about the time of an open order, or None once it has ended (A-09, A-13, K-11, K-35)."""
    if not order.is_open:
        return None
    late = is_late(order, now=now)
    end = expected_end(order)
    return Timing(
        starts_by=None if order.started_at else expected_start(order),
        ends_about=end if end and end > now and not late else None,
        late=lateness(order) if late else "",
        usual=usual_hours(order.terms_version.rules),
    )
