"""The history of a link: everything the customer ordered there, with counts and refills; and what others ordered there.

It shows why a refill was refused: whose units are missing first, and what moved the counter meanwhile. For staff only,
since customers are never told of each other.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q, QuerySet

from orders.models import Order, Sighting
from orders.sightings import latest_look
from refills.looking import TRUSTED
from refills.models import Refill
from refills.promising import promise_of

MOST_ORDERS = 30
# A count seen so long after an order's end still says how it ended.
SEEN_AFTER_END = timedelta(hours=1)


@dataclass(frozen=True)
class Past:
    """One order on the link: start, quantity, delivered, end count, what the counter shows now, and its refills."""

    order: Order
    start: int | None
    guaranteed: int | None
    end: int | None
    now: int | None
    same_counter: bool
    refills: list[Refill]


def link_history(order: Order) -> list[Past]:
    """Return the customer's last orders on this order's link, oldest first (F-33, K-30, K-33)."""
    orders = (
        Order.objects.of(order.customer)
        .filter(target_key=order.target_key)
        .select_related("customer", "terms_version")
        .prefetch_related("refills")
        .order_by("-pk")[:MOST_ORDERS]
    )
    shown = {key: _shows(key, orders) for key in {one.counter_key for one in orders}}
    return [_past(one, beside=order, now=shown[one.counter_key]) for one in reversed(orders)]


def others_meanwhile(order: Order) -> QuerySet[Order]:
    """Return orders of other customers that were open on this link since this order was placed (AMB-27)."""
    since = Q(closed_at__isnull=True) | Q(closed_at__gte=order.placed_at)
    others = Order.objects.filter(since, target_key=order.target_key).exclude(customer=order.customer_id)
    return others.select_related("customer").order_by("-pk")[:MOST_ORDERS]


def end_count(order: Order) -> int | None:
    """Return what the counter showed when the order ended, as the first look within the hour tells, or None (K-30)."""
    if order.closed_at is None:
        return None
    looks = Sighting.objects.filter(
        counter_key=order.counter_key,
        source__in=TRUSTED,
        count__isnull=False,
        seen_at__gte=order.closed_at,
        seen_at__lte=order.closed_at + SEEN_AFTER_END,
    )
    return looks.order_by("seen_at", "pk").values_list("count", flat=True).first()


def _past(order: Order, *, beside: Order, now: int | None) -> Past:
    promise = promise_of(order)
    return Past(
        order=order,
        start=promise.start_count,
        guaranteed=promise.guaranteed,
        end=end_count(order),
        now=now,
        same_counter=order.counter_key == beside.counter_key,
        refills=sorted(order.refills.all(), key=lambda refill: refill.pk),
    )


def _shows(counter_key: str, orders: Iterable[Order]) -> int | None:
    """Return the newest count since the last of these orders on the counter ended: earlier ones were moved since."""
    ended = [one.closed_at for one in orders if one.counter_key == counter_key and one.closed_at]
    seen = latest_look(counter_key, not_before=max(ended, default=None))
    return seen.count if seen else None
