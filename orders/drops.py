"""What is known to have dropped of earlier orders: refilled first, it is whole again; ordered over, it is lost.

A new order begins at the count of its moment. What was missing before is then in no order's numbers any more, so the
customer is told of it before ordering, and where the terms want it, has to ask for the refill first.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Max, QuerySet
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.refusals import Refusal
from catalog.naming import LIFETIME_DAYS
from catalog.platforms import Metric
from orders.claims import Place
from orders.ended_guarantees import guarantee_ended_at
from orders.estimating import dropped_of
from orders.models import Order, OrderEvent, Sighting
from orders.shares import delivered_before, share_of
from orders.sightings import latest_sighting
from terms.catalogue import Overlap
from terms.policy import Policy

# The event of an order whose refill has ended: what its counter showed before says nothing any more.
REFILL_ENDED = "refill_ended"
# The event of an order that was placed although it was known what a refill would have brought back.
OVER_A_DROP = "over_a_drop"


class UnrefilledDrop(Refusal):
    code = "unrefilled_drop"
    clause = "K-32, K-33, K-42"
    sentence = _(
        "%(dropped)s of order #%(order)s have dropped: the count is %(count)s instead of %(guaranteed)s. A new order "
        "begins at %(count)s, and what is missing could not be refilled any more. Ask for its refill first."
    )


class DropNotConfirmed(UnrefilledDrop):
    code = "drop_warning"


@dataclass(frozen=True)
class Drop:
    """Units of an order that its guarantee covers and a later count no longer shows."""

    order: Order
    dropped: int
    count: int
    guaranteed: int

    def refusal(self, *, blocks: bool) -> UnrefilledDrop:
        kind = UnrefilledDrop if blocks else DropNotConfirmed
        return kind(
            order=self.order.pk,
            dropped=number_format(self.dropped),
            count=number_format(self.count),
            guaranteed=number_format(self.guaranteed),
        )


def guarantee_end(
    rules: Policy, *, guarantee_days: int | None, placed_at: datetime, closed_at: datetime | None
) -> datetime | None:
    """Return the last moment of a guarantee; None for life, without one, or before it has begun (K-09, AMB-08)."""
    if guarantee_days is None or guarantee_days >= LIFETIME_DAYS or closed_at is None:
        return None
    begins = closed_at if rules.refill.window_anchor == "closed_at" else placed_at
    return begins + timedelta(days=guarantee_days)


def require_no_drop(
    *, customer: User, place: Place, overlap: Overlap, confirmed: bool, now: datetime
) -> Drop | None:
    """Return a drop that the customer knowingly orders over, or None (K-32, K-33, K-42, W-39).

    Raises UnrefilledDrop where the terms want the refill first, DropNotConfirmed where they warn and the tick is
    missing.
    """
    if overlap.unrefilled_drop == "ignore":
        return None
    drop = known_drop(customer, place, now=now)
    if drop is None:
        return None
    blocks = overlap.unrefilled_drop == "block"
    if blocks or not confirmed:
        raise drop.refusal(blocks=blocks)
    return drop


def known_drop(customer: User, place: Place, *, now: datetime) -> Drop | None:
    """Return the oldest order here whose guarantee covers what the newest count is missing, or None (AMB-28).

    In units. Only counts that somebody else than the customer saw after everything here had ended.
    """
    if place.metric == Metric.WATCH_HOURS:
        return None
    closed = Order.objects.of(customer).filter(
        # The target has an index; the counter is the target with its metric.
        target_key=place.target_key,
        counter_key=place.counter_key,
        closed_at__isnull=False,
    )
    seen = _seen_since_all_ended(closed, place)
    if seen is None or seen.count is None:
        return None
    covered = closed.filter(guarantee_days__isnull=False, start_count__isnull=False)
    for order in covered.select_related("customer", "terms_version").order_by("pk"):
        drop = _drop_of(order, count=seen.count, now=now)
        if drop:
            return drop
    return None


def _seen_since_all_ended(closed: QuerySet[Order], place: Place) -> Sighting | None:
    last_order = closed.aggregate(last=Max("closed_at"))["last"]
    if last_order is None:
        return None
    refills = OrderEvent.objects.filter(order__in=closed, what=REFILL_ENDED)
    last_refill = refills.aggregate(last=Max("at"))["last"]
    return latest_sighting(place.counter_key, not_before=max(last_order, last_refill or last_order))


def _drop_of(order: Order, *, count: int, now: datetime) -> Drop | None:
    start, rules = order.start_count, order.terms_version.rules
    assert start is not None
    end = guarantee_end(
        rules, guarantee_days=order.guarantee_days, placed_at=order.placed_at, closed_at=order.closed_at
    )
    below_start = count < start and rules.refill.below_start == "deny"
    dropped = dropped_of(start_count=start, delivered=order.delivered, count=count)
    if (end and now > end) or below_start or dropped < rules.refill.min_drop:
        return None
    share = share_of(
        rules.refill,
        quantity=order.quantity,
        delivered_before=delivered_before(
            order.customer, service_id=order.service_id, counter_key=order.counter_key, order=order
        ),
        start=start,
        current=count,
    )
    if (share and not share.is_enough) or guarantee_ended_at(order):
        return None
    return Drop(order, dropped, count, start + order.delivered)
