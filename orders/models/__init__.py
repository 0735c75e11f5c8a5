"""Orders and everything kept about them."""

from orders.models.orders import (
    Channel,
    Claim,
    Order,
    OrderEvent,
    OrderQuerySet,
    Review,
    StaleOrder,
)
from orders.models.submissions import RefundBrake, Submission

__all__ = [
    "Channel",
    "Claim",
    "Order",
    "OrderEvent",
    "OrderQuerySet",
    "RefundBrake",
    "Review",
    "StaleOrder",
    "Submission",
]
