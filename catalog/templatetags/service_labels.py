"""A service's network, guarantee and estimates on a page."""

from decimal import ROUND_HALF_UP, Decimal

from django import template
from django.utils.formats import number_format

from catalog.durations import spell_duration
from catalog.guarantees import guarantee_label
from catalog.platforms import Platform
from catalog.stating import DropLabel

register = template.Library()
register.filter("guarantee", guarantee_label)
register.filter("duration", spell_duration)

DROP_TONES = {DropLabel.NON_DROP: "good", DropLabel.SOME_DROP: "neutral", DropLabel.HIGH_DROP: "warn"}

# Networks that have no sign of their own in the set of icons.
PLAIN_SIGNS = {Platform.VK: "users", Platform.WEBSITE: "world", Platform.OTHER: "link"}


@register.filter
def platform_icon(platform: str) -> str:
    """Return the icon of a network, `brand-instagram`."""
    return PLAIN_SIGNS.get(Platform(platform), f"brand-{platform}")


@register.filter
def network_label(platform: str) -> str:
    return str(Platform(platform).label)


@register.filter
def drop_tone(label: str) -> str:
    return DROP_TONES[DropLabel(label)]


@register.filter
def per_day(speed: Decimal) -> str:
    """Return a speed in whole units, or in tenths of a slow one."""
    step = Decimal(1) if speed >= 10 else Decimal("0.1")
    return number_format(speed.quantize(step, ROUND_HALF_UP), use_l10n=True, force_grouping=True)
