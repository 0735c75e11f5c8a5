from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from django.template import Context, Template
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from billing.ledger import balance_of, charge_order
from billing.money import MoneyField, plain_amount, shown_amount
from tests.factories import NOW, give

# Only the tests with a customer need it.
pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("1.52337300", "1.523373"),
        ("0.00002000", "0.00002"),
        ("4.25000000", "4.25"),
        ("4.2", "4.20"),
        ("0E-8", "0.00"),
        ("100", "100.00"),
        ("1523.37337300", "1,523.373373"),
        ("999999999999.99999999", "999,999,999,999.99999999"),
        ("-0.00000001", "-0.00000001"),
        ("1E+3", "1,000.00"),
    ],
)
def test_an_amount_is_shown_in_full_without_idle_zeros(amount: str, shown: str) -> None:
    assert shown_amount(Decimal(amount)) == shown
    assert plain_amount(Decimal(amount)) == shown.replace(",", "")


def test_an_amount_is_shown_as_the_reader_writes_numbers() -> None:
    with override("de"):
        assert shown_amount(Decimal("1523.3733")) == "1.523,3733"
        assert plain_amount(Decimal("1523.3733")) == "1523.3733"


@given(st.decimals(min_value=-(10**11), max_value=10**11, places=8))
def test_a_plain_amount_is_never_rounded(amount: Decimal) -> None:
    assert Decimal(plain_amount(amount)) == amount


def written(filter_name: str, amount: Decimal | None) -> str:
    template = Template("{% load money %}{{ amount|" + filter_name + " }}")
    return template.render(Context({"amount": amount}))


@pytest.mark.parametrize(
    ("filter_name", "amount", "text"),
    [
        ("money", "1284.5", '<bdi dir="ltr" class="money">$1,284.50</bdi>'),
        ("money", "-0.00002", '<bdi dir="ltr" class="money">\N{MINUS SIGN}$0.00002</bdi>'),
        ("signed_money", "4.25", '<bdi dir="ltr" class="money money-in">+$4.25</bdi>'),
        ("signed_money", "-1.5", '<bdi dir="ltr" class="money money-out">\N{MINUS SIGN}$1.50</bdi>'),
        ("signed_money", "0", '<bdi dir="ltr" class="money">$0.00</bdi>'),
        ("rate", "1.2345", '<bdi dir="ltr" class="money rate">$1.2345</bdi>'),
        ("money_text", "4.25", "$4.25"),
    ],
)
def test_a_page_writes_money_with_its_currency(filter_name: str, amount: str, text: str) -> None:
    assert written(filter_name, Decimal(amount)) == text


@pytest.mark.parametrize("filter_name", ["money", "signed_money", "rate"])
def test_a_missing_amount_is_a_dash(filter_name: str) -> None:
    assert "\N{EN DASH}" in written(filter_name, None)


def test_a_currency_has_its_own_decimals_and_sign(settings) -> None:
    settings.PANEL_CURRENCY = "JPY"
    assert written("money_text", Decimal("1500")) == "¥1,500"
    assert written("money_text", Decimal("0.5")) == "¥0.5"
    settings.PANEL_CURRENCY = "CHF"
    assert written("money_text", Decimal("2")) == "CHF 2.00"


def test_a_binary_fraction_is_not_money() -> None:
    with pytest.raises(ValidationError) as refusal:
        MoneyField().to_python(0.1)

    assert refusal.value.code == "float"


def test_money_of_nine_places_is_refused_and_never_rounded(alice: User) -> None:
    with pytest.raises(ValidationError) as refusal, transaction.atomic():
        charge_order(customer=alice, order_number=1, amount=Decimal("0.000000001"), now=NOW)

    assert refusal.value.code == "too_many_places"
    assert balance_of(alice) == 10


def test_a_binary_fraction_never_reaches_the_books(alice: User) -> None:
    with pytest.raises(ValidationError), transaction.atomic():
        charge_order(customer=alice, order_number=1, amount=0.5, now=NOW)  # type: ignore[arg-type]

    assert balance_of(alice) == 10


def test_large_money_is_kept_to_the_last_place(bob: User) -> None:
    give(bob, cash="999999999999")
    charge_order(customer=bob, order_number=1, amount=Decimal("0.00000001"), now=NOW)

    assert balance_of(bob) == Decimal("999999999998.99999999")
