"""How a card processor counts each currency: in whole minor units, of a size that is the processor's own.

Only currencies of this table are paid by card. Some have no minor unit; UGX and ISK are counted with two places that
must be 00; the Arab dinars and the rial with three, the last of which must be 0.
"""

from decimal import Decimal

from billing.currencies import AmountNotPayable

ZERO_DECIMAL = frozenset(
    "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF".split()  # noqa: SIM905
)
THREE_DECIMAL = frozenset("BHD JOD KWD OMR TND".split())  # noqa: SIM905
WHOLE_HUNDREDS = frozenset({"ISK", "UGX"})
TWO_DECIMAL = frozenset(
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BWP BYN BZD CAD CDF CHF CNY COP "  # noqa: SIM905
    "CRC CVE CZK DKK DOP DZD EGP ETB EUR FJD FKP GBP GEL GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR JMD KES KGS "
    "KHR KYD KZT LAK LBP LKR LRD LSL MAD MDL MKD MMK MNT MOP MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB "
    "PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SEK SGD SHP SLE SOS SRD STD SZL THB TJS TOP TRY TTD TWD TZS "
    "UAH USD UYU UZS WST XCD YER ZAR ZMW".split()
)
LARGEST_UNITS = 99_999_999
# The processor's own least, as money. Where it publishes none, one unit is the least.
LEAST = {
    "USD": "0.50", "AED": "2", "AUD": "0.50", "BGN": "1", "BRL": "0.50", "CAD": "0.50", "CHF": "0.50", "CZK": "15",
    "DKK": "2.50", "EUR": "0.50", "GBP": "0.30", "HKD": "4", "HUF": "175", "INR": "0.50", "JPY": "50", "MXN": "10",
    "MYR": "2", "NOK": "3", "NZD": "0.50", "PLN": "2", "RON": "2", "SEK": "3", "SGD": "0.50", "THB": "10",
}  # fmt: skip


class CurrencyNotCounted(ValueError):
    """This currency is not in the table: nothing in it is guessed."""


def is_counted(currency: str) -> bool:
    """Whether amounts in this currency can be paid by card here."""
    return currency in ZERO_DECIMAL | THREE_DECIMAL | WHOLE_HUNDREDS | TWO_DECIMAL


def to_units(amount: Decimal, currency: str) -> int:
    """Return an amount in minor units: 12.50 USD is 1250, 500 JPY is 500, 500 UGX is 50000, 1.25 KWD is 1250.

    Raises AmountNotPayable for an amount that has no such number of units, CurrencyNotCounted.
    """
    units = amount.scaleb(_exponent(currency))
    step = 10 if currency in THREE_DECIMAL else 100 if currency in WHOLE_HUNDREDS else 1
    if not units.is_finite() or units < 0 or units % step:
        raise AmountNotPayable(currency=currency, decimals=payable_decimals(currency))
    return int(units)


def from_units(units: int, currency: str) -> Decimal:
    """Return minor units as money. Raises CurrencyNotCounted."""
    return Decimal(units).scaleb(-_exponent(currency))


def payable_decimals(currency: str) -> int:
    """How many decimals an amount has that can be paid by card."""
    return 0 if currency in WHOLE_HUNDREDS else min(_exponent(currency), 2)


def least_payable(currency: str) -> Decimal:
    return Decimal(LEAST.get(currency, Decimal(1).scaleb(-payable_decimals(currency))))


def most_payable(currency: str) -> Decimal:
    places = Decimal(1).scaleb(-payable_decimals(currency))
    return from_units(LARGEST_UNITS, currency) // places * places


def _exponent(currency: str) -> int:
    if not is_counted(currency):
        raise CurrencyNotCounted(currency)
    if currency in ZERO_DECIMAL:
        return 0
    return 3 if currency in THREE_DECIMAL else 2
