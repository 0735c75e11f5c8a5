from decimal import Decimal

import pytest

from billing.currencies import DECIMALS, AmountNotPayable, decimals_of
from billing.minor_units import (
    THREE_DECIMAL,
    TWO_DECIMAL,
    WHOLE_HUNDREDS,
    ZERO_DECIMAL,
    CurrencyNotCounted,
    from_units,
    is_counted,
    least_payable,
    most_payable,
    payable_decimals,
    to_units,
)
from sandbox.stripe import currencies as at_stripe

TABLE = [
    ("12.50", "USD", 1250),
    ("12.50", "EUR", 1250),
    ("500", "JPY", 500),
    ("500", "KRW", 500),
    ("500", "VND", 500),
    ("500", "XAF", 500),
    ("500", "UGX", 50_000),
    ("500", "ISK", 50_000),
    ("1.25", "KWD", 1250),
    ("1.25", "BHD", 1250),
    ("1.25", "TND", 1250),
    ("175", "HUF", 17_500),
    ("1", "TWD", 100),
]


@pytest.mark.parametrize(("amount", "currency", "units"), TABLE)
def test_each_currency_is_counted_as_the_processor_counts_it(amount, currency, units):
    assert to_units(Decimal(amount), currency) == units
    assert from_units(units, currency) == Decimal(amount)


@pytest.mark.parametrize(
    ("amount", "currency"),
    [
        ("0.5", "JPY"),
        ("0.50", "UGX"),
        ("1.5", "ISK"),
        ("1.255", "KWD"),
        ("0.001", "USD"),
        ("-1", "USD"),
        ("NaN", "USD"),
    ],
)
def test_an_amount_that_cannot_be_paid_is_refused_and_not_rounded(amount, currency):
    with pytest.raises(AmountNotPayable):
        to_units(Decimal(amount), currency)


def test_nothing_is_guessed_of_a_currency_that_is_not_in_the_table():
    with pytest.raises(CurrencyNotCounted):
        to_units(Decimal(1), "XTS")
    assert not is_counted("XTS")
    assert is_counted("USD")


def test_the_table_says_what_the_other_side_says():
    assert {name.lower() for name in ZERO_DECIMAL} == at_stripe.ZERO_DECIMAL
    assert {name.lower() for name in THREE_DECIMAL} == at_stripe.THREE_DECIMAL
    assert {name.lower() for name in WHOLE_HUNDREDS} == at_stripe.WHOLE_HUNDREDS
    assert not (ZERO_DECIMAL | THREE_DECIMAL | WHOLE_HUNDREDS) & TWO_DECIMAL
    for currency, least in at_stripe.LEAST.items():
        assert to_units(least_payable(currency.upper()), currency.upper()) == least


@pytest.mark.parametrize("currency", sorted(DECIMALS))
def test_the_panel_lets_people_type_no_more_decimals_than_can_be_paid(currency):
    assert decimals_of(currency) == payable_decimals(currency)
    assert to_units(Decimal(1).scaleb(-decimals_of(currency)), currency) > 0


def test_the_most_that_can_be_paid_at_once_is_a_payable_amount():
    assert most_payable("USD") == Decimal("999999.99")
    assert most_payable("JPY") == Decimal(99_999_999)
    assert most_payable("ISK") == Decimal(999_999)
    assert most_payable("KWD") == Decimal("99999.99")
