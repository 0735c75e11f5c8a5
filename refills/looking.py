"""Which looks at a counter a refill may be decided by: recent ones, made by somebody else than the customer.

What an order or a refill has moved since makes every earlier count worthless, and hours watched are in no count at all.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Max

from orders.models import Condition, Order, Sighting, SightingSource
from orders.sightings import latest_look
from refills.eligibility import Look
from refills.models import Refill
from refills.promising import is_watched

TRUSTED = (SightingSource.PROVIDER, SightingSource.CHECK, SightingSource.STAFF)


def counted_from(order: Order) -> datetime:
    """Return since when a count tells this order's drop: nothing of the customer has moved it since (R-8)."""
    assert order.closed_at is not None
    orders = Order.objects.of(order.customer).filter(
        # The target has an index; the counter is the target with its metric.
        target_key=order.target_key,
        counter_key=order.counter_key,
        closed_at__isnull=False,
    )
    refills = Refill.objects.of(order.customer).filter(
        counter_key=order.counter_key, amount__isnull=False, closed_at__isnull=False
    )
    ended = [order.closed_at]
    for rows in (orders, refills):
        last: datetime | None = rows.aggregate(last=Max("closed_at"))["last"]
        ended += [last] if last else []
    return max(ended)


def fresh_look(
    order: Order,
    *,
    since: datetime,
    now: datetime,
    sources: Collection[SightingSource] = TRUSTED,
) -> Look | None:
    """Return the newest look since then that is not too old by the order's terms, or None (K-30, K-41, K-62).

    `delivery.count_max_age_minutes` is inclusive.
    """
    oldest = now - timedelta(minutes=order.terms_version.rules.delivery.count_max_age_minutes)
    return last_look(order, since=max(since, oldest), sources=sources)


def last_look(order: Order, *, since: datetime, sources: Collection[SightingSource] = TRUSTED) -> Look | None:
    """Return the newest look since then, however old it is; None where no count shows what is ordered (R-9)."""
    if is_watched(order):
        return None
    seen = latest_look(order.counter_key, not_before=since, sources=sources)
    return look_of(seen) if seen else None


def look_of(seen: Sighting) -> Look:
    count = None if seen.count is None else Decimal(seen.count)
    return Look(Condition(seen.condition), count, seen.seen_at, seen.source)
