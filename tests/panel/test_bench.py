"""The bench: what it measures is made of consistent books."""

from decimal import Decimal

import pytest
from django.urls import reverse

from accounts.models import User
from billing.ledger import balance_of
from billing.verification import verify_books
from orders.models import Order
from orders.verification import verify_orders
from panel.bench.filling import fill
from panel.bench.measuring import Reader, percentiles
from tests.factories import NOW, make_service

pytestmark = pytest.mark.django_db


def test_copied_orders_are_as_consistent_as_real_ones(terms):
    customer = User.objects.create_user("bench@demo.example")

    fill(customer, make_service(rate_per_1000="1.2345"), count=250, now=NOW)

    assert not (verify_books() + verify_orders()).differences
    ended = Order.objects.of(customer).exclude(request_id="bench-template")
    assert ended.count() == 250
    assert {state: ended.filter(state=state).count() for state in ("partial", "cancelled", "completed")} == {
        "partial": 17,
        "cancelled": 9,
        "completed": 224,
    }
    charge = Decimal("0.4938")
    assert balance_of(customer) == 10_000_000 - 251 * charge + 17 * charge / 4 + 9 * charge


def test_a_page_that_is_not_there_is_not_measured(terms):
    reader = Reader(User.objects.create_user("bench@demo.example"))

    timing = reader.time_page(reverse("order_list"), times=5)
    assert 0 < timing.p50 <= timing.p95
    assert timing.queries > 0

    with pytest.raises(AssertionError, match="404"):
        reader.time_page("/orders/999999/", times=5)


def test_percentiles_are_milliseconds_with_one_decimal():
    seconds = [number / 1000 for number in range(1, 101)]

    assert percentiles(seconds) == (Decimal("50.5"), Decimal("95.0"))
