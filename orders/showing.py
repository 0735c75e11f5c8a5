"""What the page of one order tells beside its state: times, the share rule, and what to try next time."""

from dataclasses import dataclass
from datetime import datetime

from orders.lateness import Timing, timing_of
from orders.models import Order
from orders.outlooks import Outlook, outlook_of
from orders.states import OrderState
from orders.suggesting import Suggestion, better_services
from terms.versions import newest_version

DELIVERED = {OrderState.COMPLETED, OrderState.PARTIAL}


@dataclass(frozen=True)
class Shown:
    timing: Timing | None
    outlook: Outlook | None
    suggestions: list[Suggestion]


def shown_of(order: Order, *, now: datetime) -> Shown:
    """Return what an order's page tells; other services are suggested once it has delivered (K-11, K-17, K-36)."""
    version = newest_version()
    delivered = order.state in DELIVERED
    return Shown(
        timing=timing_of(order, now=now),
        outlook=outlook_of(order),
        suggestions=better_services(order.service, version.rules.estimate) if version and delivered else [],
    )
