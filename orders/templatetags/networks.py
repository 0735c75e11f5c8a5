"""An order in a list: its network, whether it is late, and the drip-feed that it stands for."""

from collections.abc import Mapping
from datetime import datetime

from django import template

from catalog.platforms import Platform
from orders.dripping import Whole
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


@register.filter
def whole_in(order: Order, wholes: Mapping[int, Whole] | str) -> Order | Whole:
    """The drip-feed that an order stands for in this list, or the order itself."""
    if order.drip_feed_id is None or isinstance(wholes, str):
        return order
    return wholes.get(order.drip_feed_id, order)
