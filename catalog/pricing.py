"""What an order costs.

Rates are money per 1000 units with at most 5 places, so a charge has at most 8 places and is never rounded.
The only rounding is where a discount or a mark-up makes a new rate: half up, to 5 places.
"""

from decimal import ROUND_HALF_UP, Context, Decimal, DivisionByZero, Inexact, InvalidOperation, Overflow

RATE_STEP = Decimal("0.00001")
MONEY_STEP = Decimal("0.00000001")

_HUNDRED = Decimal(100)
_THOUSAND = Decimal(1000)

# Fails instead of losing a digit, whatever context the caller runs in.
_EXACT = Context(prec=80, traps=[Inexact, InvalidOperation, DivisionByZero, Overflow])
_HALF_UP = Context(prec=80, rounding=ROUND_HALF_UP, traps=[InvalidOperation, DivisionByZero, Overflow])


def effective_rate(list_rate: Decimal, discount_percent: Decimal) -> Decimal:
    """Return the customer's rate per 1000: the list rate less the discount, half up to 5 places (R-1, R-2).

    Raises ValueError for a discount outside 0…100 or a rate that is negative or has more than 5 places.
    """
    _require_rate(list_rate)
    _require_percent(discount_percent)
    if discount_percent > _HUNDRED:
        raise ValueError(f"a discount is at most 100 percent, not {discount_percent}")
    kept = _EXACT.subtract(_HUNDRED, discount_percent)
    return _to_rate(_EXACT.multiply(list_rate, kept))


def customer_rate(list_rate: Decimal, discount_percent: Decimal) -> Decimal:
    """Return what a customer with this discount pays per 1000, or for a package (R-1, R-2).

    A discount never makes a service free: an order of nothing could not be refunded or earned. Raises as
    `effective_rate` does.
    """
    return max(effective_rate(list_rate, discount_percent), RATE_STEP)


def price_of(*, rate_per_1000: Decimal, quantity: int) -> Decimal:
    """Return the exact charge for a quantity, with 8 places (R-2).

    Raises TypeError for anything but a Decimal and an int, ValueError for a rate that is negative or has more
    than 5 places, or a quantity below 1.
    """
    _require_rate(rate_per_1000)
    if not isinstance(quantity, int) or isinstance(quantity, bool):
        raise TypeError(f"a quantity is an int, not {type(quantity).__name__}")
    if quantity < 1:
        raise ValueError(f"a quantity is at least 1, not {quantity}")
    charge = _EXACT.divide(_EXACT.multiply(rate_per_1000, Decimal(quantity)), _THOUSAND)
    return charge.quantize(MONEY_STEP, context=_EXACT)


def package_price(rate: Decimal) -> Decimal:
    """Return the charge for one package, which is its rate, with 8 places (R-2).

    Raises as `price_of` does.
    """
    _require_rate(rate)
    return rate.quantize(MONEY_STEP, context=_EXACT)


def retail_rate(cost: Decimal, markup_percent: Decimal) -> Decimal:
    """Return the rate to sell at, per 1000, for what the provider asks: half up to 5 places.

    What costs something is never given away: the least is 0.00001. The cost may have any number of places.
    Raises ValueError for a negative or endless cost or mark-up.
    """
    _require_amount(cost, "cost")
    _require_percent(markup_percent)
    rate = _to_rate(_EXACT.multiply(cost, _EXACT.add(_HUNDRED, markup_percent)))
    return max(rate, RATE_STEP) if cost > 0 else rate


def _to_rate(hundredfold: Decimal) -> Decimal:
    return _EXACT.scaleb(hundredfold, Decimal(-2)).quantize(RATE_STEP, context=_HALF_UP)


def _require_rate(rate: Decimal) -> None:
    _require_amount(rate, "rate")
    if rate != rate.quantize(RATE_STEP, context=_HALF_UP):
        raise ValueError(f"a rate has at most 5 places, not {rate}")


def _require_percent(percent: Decimal) -> None:
    _require_amount(percent, "percentage")


def _require_amount(amount: Decimal, what: str) -> None:
    if not isinstance(amount, Decimal):
        raise TypeError(f"a {what} is a Decimal, not {type(amount).__name__}")
    if not amount.is_finite() or amount < 0:
        raise ValueError(f"a {what} is a number from 0 up, not {amount}")
