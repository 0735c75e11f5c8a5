"""What an order promises about drops: its own numbers and terms, put together for deciding."""

from catalog.platforms import Metric
from orders.ended_guarantees import guarantee_ended_at
from orders.models import Order, SightingSource
from orders.shares import delivered_before
from orders.states import OrderState
from refills.eligibility import Promise


def promise_of(order: Order) -> Promise:
    """Return what the order was sold and delivered with, under the version it was placed under (K-30, K-54)."""
    return Promise(
        rules=order.terms_version.rules,
        state=OrderState(order.state),
        placed_at=order.placed_at,
        closed_at=order.closed_at,
        quantity=order.quantity,
        delivered=order.delivered,
        start_count=start_of(order),
        guarantee_days=order.guarantee_days,
        delivered_before=delivered_before(
            order.customer, service_id=order.service_id, counter_key=order.counter_key, order=order
        ),
        watched=is_watched(order),
        ended_at=None if order.guarantee_days is None else guarantee_ended_at(order),
    )


def start_of(order: Order) -> int | None:
    """Return the provider's start count, or where it gave none what we saw when the order was placed (K-33, AMB-42)."""
    if order.start_count is not None:
        return order.start_count
    seen = order.sightings.filter(source=SightingSource.CHECK, seen_at=order.placed_at, count__isnull=False)
    return seen.values_list("count", flat=True).first()


def is_watched(order: Order) -> bool:
    """Whether hours are counted, not a number that everybody sees (R-9)."""
    return order.metric == Metric.WATCH_HOURS
