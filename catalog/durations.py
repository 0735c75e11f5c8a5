"""Lengths of time as people say them: 16.5 min, 62 h, 4 days."""

from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

TENTH = Decimal("0.1")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def spell_duration(length: timedelta) -> str:
    """Return a length of time in the unit that suits it, to a tenth."""
    if length < MINUTE:
        return _("less than 1 min")
    if length < 2 * HOUR:
        return _("%(count)s min") % {"count": _in_units(length, MINUTE)}
    if length < 4 * DAY:
        return _("%(count)s h") % {"count": _in_units(length, HOUR)}
    days = _in_units(length, DAY)
    return ngettext("%(count)s day", "%(count)s days", 1 if days == "1" else 2) % {"count": days}


def _in_units(length: timedelta, unit: timedelta) -> str:
    tiny = timedelta(microseconds=1)
    units = (Decimal(length // tiny) / (unit // tiny)).quantize(TENTH, ROUND_HALF_UP)
    return number_format(units.to_integral_value() if units == units.to_integral_value() else units)
