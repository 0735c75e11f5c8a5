"""How Stripe counts each currency: in its smallest unit, with the exceptions that Stripe makes."""

from decimal import Decimal

from sandbox.stripe.refusals import Refused

ZERO_DECIMAL = frozenset(
    "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf".split()  # noqa: SIM905
)
THREE_DECIMAL = frozenset({"bhd", "jod", "kwd", "omr", "tnd"})
# Without decimals in life, with two of them at Stripe, where both must be zero.
WHOLE_HUNDREDS = frozenset({"isk", "ugx"})
OTHERS = frozenset(
    "aed all amd aud azn bam bbd bdt bgn bnd bob brl bsd bwp bzd cad chf cny cop crc czk dkk dop dzd egp etb eur "  # noqa: SIM905
    "fjd gbp gel ghs gip gmd gtq gyd hkd hnl htg huf idr ils inr jmd kes kgs khr kyd kzt lak lbp lkr mad mdl mkd "
    "mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd pab pen pgk php pkr pln qar ron rsd sar scr sek "
    "sgd sos szl thb tjs top try ttd twd tzs uah usd uyu uzs wst xcd yer zar zmw".split()
)
KNOWN = ZERO_DECIMAL | THREE_DECIMAL | WHOLE_HUNDREDS | OTHERS
LARGEST = 99_999_999
# The least that is charged, in the smallest unit.
LEAST = {
    "usd": 50, "aed": 200, "aud": 50, "bgn": 100, "brl": 50, "cad": 50, "chf": 50, "czk": 1500, "dkk": 250,
    "eur": 50, "gbp": 30, "hkd": 400, "huf": 17500, "inr": 50, "jpy": 50, "mxn": 1000, "myr": 200, "nok": 300,
    "nzd": 50, "pln": 200, "ron": 200, "sek": 300, "sgd": 50, "thb": 1000,
}  # fmt: skip


def exponent(currency: str) -> int:
    """How many decimals an amount at Stripe has."""
    if currency in ZERO_DECIMAL:
        return 0
    return 3 if currency in THREE_DECIMAL else 2


def spoken(amount: int, currency: str) -> str:
    """An amount as people read it: 12.50 USD."""
    places = 0 if currency in WHOLE_HUNDREDS else exponent(currency)
    return f"{Decimal(amount).scaleb(-exponent(currency)):,.{places}f} {currency.upper()}"


def minor_units(text: str, currency: str) -> int:
    """The amount a person typed, in the smallest unit. Raises ValueError for what is no such amount."""
    try:
        amount = Decimal(text.strip()).scaleb(exponent(currency))
    except ArithmeticError:
        raise ValueError(f"{text!r} is no amount") from None
    if not amount.is_finite() or amount != amount.to_integral_value():
        raise ValueError(f"{text!r} is no amount of {currency.upper()}")
    return int(amount)


def require_currency(currency: str, *, param: str) -> str:
    lower = currency.lower()
    if lower not in KNOWN:
        raise Refused(f"Invalid currency: {currency}.", param=param)
    return lower


def require_countable(amount: int, currency: str, *, param: str) -> None:
    """Refuse an amount that has more decimals than can be paid."""
    step = 10 if currency in THREE_DECIMAL else 100 if currency in WHOLE_HUNDREDS else 1
    if amount % step:
        raise Refused(
            f"Invalid amount: amounts in {currency.upper()} must be divisible by {step}.",
            code="parameter_invalid_integer",
            param=param,
        )


def require_chargeable(amount: int, currency: str) -> None:
    """Refuse a total below Stripe's least or above its most."""
    least = LEAST.get(currency, 1)
    if amount < least:
        raise Refused(
            f"The Checkout Session's total amount due must add up to at least {spoken(least, currency)}",
            code="amount_too_small",
        )
    if amount > LARGEST:
        raise Refused(
            f"The Checkout Session's total amount due must be no more than {spoken(LARGEST, currency)}",
            code="amount_too_large",
        )
