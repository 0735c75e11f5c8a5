"""What an order promises about drops: its own numbers and terms, put together for deciding."""

from catalog.platforms import Metric
from orders.models import Order
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
        start_count=order.start_count,
        guarantee_days=order.guarantee_days,
        delivered_before=delivered_before(
            order.customer, service_id=order.service_id, counter_key=order.counter_key, order=order
        ),
        watched=order.counter_key.endswith(f":{Metric.WATCH_HOURS}"),
    )
