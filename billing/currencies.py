"""Currencies and their own decimals: money that enters or leaves the panel has no smaller part than these."""

from decimal import Decimal

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.refusals import Refusal

DEFAULT_DECIMALS = 2
# ISO 4217 where it differs from two decimals. Card processors want UGX and ISK with two (always 00), and the
# three-decimal ones in steps of ten.
DECIMALS = {
    "BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "JPY": 0, "KMF": 0, "KRW": 0, "MGA": 0, "PYG": 0, "RWF": 0,
    "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0, "UGX": 0, "ISK": 0,
    "BHD": 2, "JOD": 2, "KWD": 2, "OMR": 2, "TND": 2,
}  # fmt: skip
SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "INR": "₹", "JPY": "¥", "BRL": "R$", "TRY": "₺"}


class AmountNotPayable(Refusal):
    code = "amount_not_payable"
    clause = ""
    sentence = _("An amount in %(currency)s has at most %(decimals)s decimals and is not negative.")


def decimals_of(currency: str) -> int:
    return DECIMALS.get(currency, DEFAULT_DECIMALS)


def symbol_of(currency: str) -> str:
    return SYMBOLS.get(currency, f"{currency} ")


def smallest_payable() -> Decimal:
    """Return the smallest amount of the panel's currency that can exist outside the panel."""
    return Decimal(1).scaleb(-decimals_of(settings.PANEL_CURRENCY))


def require_currency_decimals(amount: Decimal) -> None:
    """Raise AmountNotPayable unless the amount can exist outside the panel, in its currency."""
    decimals = decimals_of(settings.PANEL_CURRENCY)
    if not amount.is_finite() or amount < 0 or amount != round(amount, decimals):
        raise AmountNotPayable(currency=settings.PANEL_CURRENCY, decimals=decimals)
