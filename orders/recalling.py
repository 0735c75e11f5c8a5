"""Recalling the last orders with all that their terms decided about: what else was open, seen, agreed and delivered.

Reading only, a fixed number of queries however many orders there are.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import BooleanField, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from orders.claims import RELEASED_BY_STAFF, Place
from orders.models import FaultFinding, FaultSource, Order, Sighting, SightingSource
from terms.models import Acceptance

LAST = 100
# A counter that a provider shows all the time has a row each quarter of an hour; this is a good month of one.
MOST_LOOKS = 20_000
MOST_OTHERS = 20_000


@dataclass(frozen=True)
class Recalled:
    """An order, and what was so around it."""

    order: Order
    # Open on the same target when it was placed, the oldest first; drip-feed runs do not stand in each other's way.
    others: tuple[Order, ...]
    # From its placing to its end, the oldest first, without what customers only state.
    looks: tuple[Sighting, ...]
    had_agreed: bool
    delivered_before: int
    is_fault_proven: bool

    @property
    def place(self) -> Place:
        return place_of(self.order)


def place_of(order: Order) -> Place:
    return Place(order.target_key, order.counter_key, order.metric, order.channel_counter_key)


def recall(count: int = LAST) -> list[Recalled]:
    """Return the newest orders, the newest first (R-12)."""
    # Of an erased customer's order nobody can tell what stood beside it.
    orders = list(_with_facts(Order.objects.exclude(link="").newest_first())[:count])
    others, looks = _by_target(_open_beside(orders)), _by_counter(_looks_at(orders))
    return [
        Recalled(
            order=order,
            others=tuple(other for other in others[order.target_key] if _was_in_the_way(other, order)),
            looks=tuple(look for look in looks[order.counter_key] if _was_during(look, order)),
            had_agreed=facts["had_agreed"],
            delivered_before=facts["delivered_before"],
            is_fault_proven=facts["is_fault_proven"],
        )
        for order in orders
        for facts in [vars(order)]
    ]


def _with_facts(orders: QuerySet[Order]) -> QuerySet[Order]:
    """Each fact is looked up by an index, once for each order that is returned."""
    agreed = Acceptance.objects.filter(
        customer=OuterRef("customer"),
        version=OuterRef("terms_version"),
        accepted_at__lt=OuterRef("placed_at"),
    )
    earlier = Order.objects.filter(
        customer=OuterRef("customer"),
        target_key=OuterRef("target_key"),
        counter_key=OuterRef("counter_key"),
        service=OuterRef("service"),
        closed_at__isnull=False,
        pk__lt=OuterRef("pk"),
    )
    delivered = earlier.order_by().values("service").annotate(units=Sum(F("quantity") - F("remains")))
    proofs = FaultFinding.objects.filter(
        order=OuterRef("pk"), fault=OuterRef("fault"), source__in=[FaultSource.STAFF, FaultSource.CHECKS]
    )
    return (
        orders.select_related("terms_version")
        .defer("service_description", "comments", "terms_version__text", "terms_version__wording")
        .annotate(
            had_agreed=Exists(agreed),
            delivered_before=Coalesce(Subquery(delivered.values("units")), 0),
            is_fault_proven=Exists(proofs, output_field=BooleanField()),
        )
    )


def _open_beside(orders: list[Order]) -> QuerySet[Order]:
    """Orders for the same targets that were open at some time while these were placed."""
    if not orders:
        return Order.objects.none()
    first, last = min(order.placed_at for order in orders), max(order.placed_at for order in orders)
    beside = Order.objects.filter(target_key__in={order.target_key for order in orders})
    beside = beside.filter(Q(closed_at__isnull=True) | Q(closed_at__gt=first), placed_at__lt=last)
    fields = ("customer_id", "target_key", "counter_key", "placed_at", "closed_at", "drip_feed_id")
    return beside.exclude(events__what=RELEASED_BY_STAFF).only(*fields).order_by("pk")[:MOST_OTHERS]


def _looks_at(orders: list[Order]) -> QuerySet[Sighting]:
    if not orders:
        return Sighting.objects.none()
    seen = Sighting.objects.filter(
        counter_key__in={order.counter_key for order in orders},
        seen_at__gte=min(order.placed_at for order in orders),
    )
    return seen.exclude(source=SightingSource.CUSTOMER).order_by("seen_at", "pk")[:MOST_LOOKS]


def _was_in_the_way(other: Order, order: Order) -> bool:
    is_sibling = order.drip_feed_id is not None and other.drip_feed_id == order.drip_feed_id
    was_open = other.closed_at is None or other.closed_at > order.placed_at
    return other.pk < order.pk and was_open and not is_sibling


def _was_during(look: Sighting, order: Order) -> bool:
    ended: datetime | None = order.closed_at
    return look.seen_at >= order.placed_at and (ended is None or look.seen_at <= ended)


def _by_target(orders: Iterable[Order]) -> dict[str, list[Order]]:
    return _grouped(orders, "target_key")


def _by_counter(looks: Iterable[Sighting]) -> dict[str, list[Sighting]]:
    return _grouped(looks, "counter_key")


def _grouped(rows: Iterable[Any], key: str) -> dict[str, list[Any]]:
    groups: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        groups[getattr(row, key)].append(row)
    return groups
