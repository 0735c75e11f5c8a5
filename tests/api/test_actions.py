"""The words, types and shapes of API v2."""

import pytest

from tests.factories import make_service

pytestmark = pytest.mark.django_db


def test_the_balance_is_a_text_with_its_currency(call):
    assert call("balance") == {"balance": "10.00", "currency": "USD"}


def test_an_order_is_answered_with_its_number(call, terms):
    answer = call.order(make_service())
    assert isinstance(answer["order"], int)
    assert "error" not in answer
