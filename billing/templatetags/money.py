"""How an amount is written on a page: currency sign, the currency's own decimals at least, never rounded (R-1)."""

from decimal import Decimal

from django import template
from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import SafeString

from billing.currencies import decimals_of, symbol_of
from billing.money import shown_amount

register = template.Library()

MINUS = "\N{MINUS SIGN}"
MISSING = "\N{EN DASH}"


@register.filter
def money_text(amount: Decimal | None) -> str:
    """Write an amount without markup, for titles and messages: `$1,284.50`, `-$0.00002`."""
    if amount is None:
        return MISSING
    currency = settings.PANEL_CURRENCY
    # Not abs(): the balance on every page is a lazy object, which passes on methods only.
    digits = shown_amount(amount.copy_abs(), places=decimals_of(currency))
    return f"{MINUS if amount < 0 else ''}{symbol_of(currency)}{digits}"


@register.filter
def money(amount: Decimal | None) -> SafeString:
    """Write an amount for people; digits keep their order in texts that run from right to left."""
    return _isolated(money_text(amount), "money")


@register.filter
def owed_text(balance: Decimal) -> str:
    """Write what a balance below zero owes, without its sign (F-21)."""
    return money_text(balance.copy_abs())


@register.filter
def signed_money(amount: Decimal | None) -> SafeString:
    """Write a change of a balance, with its sign and colour: `+$4.25`, `-$1.50`."""
    if amount is None or amount == 0:
        return money(amount)
    coming = amount > 0
    return _isolated(
        ("+" if coming else "") + money_text(amount), "money money-in" if coming else "money money-out"
    )


@register.filter
def rate(rate_per_1000: Decimal | None) -> SafeString:
    """Write a rate, that is money per 1000 units: `$1.2345`."""
    return _isolated(money_text(rate_per_1000), "money rate")


def _isolated(text: str, classes: str) -> SafeString:
    return format_html('<bdi dir="ltr" class="{}">{}</bdi>', classes, text)
