"""How the pages of withdrawals write ages and percentages."""

from datetime import timedelta
from decimal import Decimal

from django import template
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

register = template.Library()

# Up to here a second may decide about the fee.
EXACT_HOURS = 72


@register.filter
def age(passed: timedelta) -> str:
    """Write the age of a payment: to the second while it is young, `47:59:59 h`, later in days."""
    seconds = max(int(passed.total_seconds()), 0)
    hours, rest = divmod(seconds, 3600)
    if hours < EXACT_HOURS:
        return _("%(time)s h") % {"time": f"{hours}:{rest // 60:02d}:{rest % 60:02d}"}
    return ngettext("%(days)d day", "%(days)d days", passed.days) % {"days": passed.days}


@register.filter
def percent(share: Decimal) -> str:
    """Write a percentage without zeros that say nothing: `20%`, `12.5%`."""
    digits = f"{share.normalize():f}"
    return _("%(share)s%%") % {"share": number_format(digits)}
