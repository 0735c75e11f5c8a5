"""How an amount is written on a page: the currency's sign, its own decimals at least, and nothing rounded."""

from decimal import Decimal

from django import template
from django.conf import settings

from billing.currencies import decimals_of, symbol_of
from billing.money import shown_amount

register = template.Library()


@register.filter
def money(amount: Decimal) -> str:
    """Write an amount for people: `$1,284.50`, `−$0.00002` (R-1)."""
    currency = settings.PANEL_CURRENCY
    sign = "\N{MINUS SIGN}" if amount < 0 else ""
    return f"{sign}{symbol_of(currency)}{shown_amount(abs(amount), places=decimals_of(currency))}"
