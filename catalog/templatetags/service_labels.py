"""A service's network and guarantee on a page."""

from django import template

from catalog.guarantees import guarantee_label
from catalog.platforms import Platform

register = template.Library()
register.filter("guarantee", guarantee_label)

# Networks that have no sign of their own in the set of icons.
PLAIN_SIGNS = {Platform.VK: "users", Platform.WEBSITE: "world", Platform.OTHER: "link"}


@register.filter
def platform_icon(platform: str) -> str:
    """Return the icon of a network, `brand-instagram`."""
    return PLAIN_SIGNS.get(Platform(platform), f"brand-{platform}")
