"""An order in a list: its network, and whether it is late."""

from datetime import datetime

from django import template

from catalog.platforms import Platform
from orders.lateness import is_late
from orders.models import Order

register = template.Library()


@register.filter
def network_of(order: Order) -> str:
    """Return the network of an order's target, without asking for its service."""
    return order.target_key.partition(":")[0]


@register.filter
def network_name(platform: str) -> str:
    return str(Platform(platform).label)


@register.filter
def late_at(order: Order, now: datetime) -> bool:
    return is_late(order, now=now)
