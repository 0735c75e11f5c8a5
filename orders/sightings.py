"""What counters show: every look is kept with its time and who looked, whether a provider, staff or the customer.

Nobody signs in to a network or reads its pages by machine here. What a customer states counts for that customer's
orders only, and always as their word: it is never taken for what somebody else saw.
"""

from datetime import datetime

from django.db.models import Q, QuerySet

from accounts.models import User
from orders.models import Condition, Order, Sighting, SightingSource


def record_sighting(
    *,
    counter_key: str,
    source: SightingSource,
    now: datetime,
    count: int | None = None,
    condition: Condition = Condition.PUBLIC,
    order: Order | None = None,
    by: User | None = None,
    note: str = "",
) -> Sighting:
    """Keep what a counter showed now; a count is only there when the counter is public (R-10, A-21, F-14).

    `by` is the person who looked, needed for staff and customers. The same look may be recorded as often as it is made.
    """
    assert source not in {SightingSource.STAFF, SightingSource.CUSTOMER} or by is not None
    assert count is None or (count >= 0 and condition == Condition.PUBLIC)
    return Sighting.objects.create(
        counter_key=counter_key,
        order=order,
        count=count,
        condition=condition,
        source=source,
        seen_by=by,
        note=note,
        seen_at=now,
    )


def latest_sighting(
    counter_key: str, *, not_before: datetime | None = None, customer: User | None = None
) -> Sighting | None:
    """Return the newest look that read a count, or None; `not_before` is inclusive (R-11).

    Counts that customers stated are left out, except those of `customer`.
    """
    seen = _trusted(customer).filter(counter_key=counter_key, count__isnull=False)
    if not_before is not None:
        seen = seen.filter(seen_at__gte=not_before)
    return seen.order_by("-seen_at", "-pk").first()


def sightings_of(order: Order) -> QuerySet[Sighting]:
    """Return every look at this order's counter since it was placed, oldest first (K-41, K-62)."""
    seen = _trusted(order.customer).filter(counter_key=order.counter_key, seen_at__gte=order.placed_at)
    return seen.order_by("seen_at", "pk")


def _trusted(customer: User | None) -> QuerySet[Sighting]:
    others = Q(source=SightingSource.CUSTOMER) & (~Q(seen_by=customer) if customer else Q())
    return Sighting.objects.exclude(others)
