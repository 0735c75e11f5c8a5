"""Many programs at once: money is spent once, and a repeated call buys once."""

from collections import Counter

import pytest
from django.test import Client

from billing.ledger import balance_of
from orders.models import Order
from tests.api.conftest import Caller
from tests.factories import make_customer, make_service
from tests.orders.stories import at_once, differences

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def alice(terms):
    """She has money for ten orders of a thousand and a little more."""
    return make_customer(balance="10.50")


@pytest.fixture
def order(caller_of, alice):
    """Order as one of many programs that share alice's key."""
    key, service = caller_of(alice).key, make_service(rate_per_1000="1")
    return lambda **fields: Caller(Client(), key).order(service, **fields)


def test_sixty_four_orders_on_money_for_ten_are_ten_orders_and_clean_refusals(order, alice):
    answers = at_once(
        64, lambda number: order(link=f"https://www.instagram.com/shop{number}").get("error", "placed")
    )

    assert Counter(answers) == {"placed": 10, "Not enough funds on balance": 54}
    assert str(balance_of(alice)) == "0.50000000"
    assert Order.objects.count() == 10
    assert differences() == []


def test_sixteen_calls_with_one_key_are_one_order(order, alice):
    answers = at_once(
        16, lambda _number: order(link="https://www.instagram.com/shop", idempotency_key="cart-17")["order"]
    )

    assert set(answers) == {Order.objects.get().pk}
    assert str(balance_of(alice)) == "9.50000000"
