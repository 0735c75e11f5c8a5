"""A network's sign and name on a page."""

from django import template

from catalog.platforms import Platform
from orders.models import Order

register = template.Library()

# Networks that have no sign of their own in the set of icons.
PLAIN_SIGNS = {Platform.VK: "users", Platform.WEBSITE: "world", Platform.OTHER: "link"}


@register.filter
def network_icon(platform: str) -> str:
    """Return the icon of a network, `brand-instagram`."""
    return PLAIN_SIGNS.get(Platform(platform), f"brand-{platform}")


@register.filter
def network_of(order: Order) -> str:
    """Return the network of an order's target, without asking for its service."""
    return order.target_key.partition(":")[0]


@register.filter
def network_name(platform: str) -> str:
    return str(Platform(platform).label)
