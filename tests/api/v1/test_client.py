"""The Python client, as a shop's program would use it, against a running panel."""

from datetime import UTC, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from fairpanel_client import Client, Problem, Unreachable

from orders.models import Order
from tests.api.v1.conftest import key_for
from tests.factories import LINK, make_order
from tests.refills.stories import delivered, shows

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def pauses():
    return []


@pytest.fixture
def panel(live_server, alice, pauses):
    return Client(live_server.url, key_for(alice), sleep=pauses.append)


def test_a_shop_looks_orders_follows_and_cannot_cancel(panel, service):
    [found] = panel.services(search="followers")
    assert (found.id, found.rate_per_1000) == (service.pk, Decimal("1.2345"))
    assert panel.service(found.id) == found

    order = panel.place_order(
        service=found.id, link=LINK, quantity=1000, max_charge=Decimal("1.2345"), repeat_key="cart-1"
    )
    again = panel.place_order(
        service=found.id, link=LINK, quantity=1000, max_charge=Decimal("1.2345"), repeat_key="cart-1"
    )

    assert again == order
    assert (order.charge, order.is_open) == (Decimal("1.2345"), True)
    assert order.placed_at.tzinfo is not None
    assert order.placed_at.astimezone(UTC) <= timezone.now()
    assert panel.order(order.id).state == "pending"
    assert [event["title"] for event in panel.events(order.id)] == ["Placed"]
    assert panel.balance().balance == Decimal("8.7655")
    assert [line.change for line in panel.transactions()] == [Decimal("-1.2345"), Decimal("10.00")]
    with pytest.raises(Problem) as refused:
        panel.cancel_order(order.id)
    assert (refused.value.status, refused.value.code) == (422, "not_cancellable")
    assert refused.value.clauses == ("A-28", "K-16")


def test_a_no_has_its_code_its_clauses_and_its_fields(panel, service):
    with pytest.raises(Problem) as poor:
        panel.place_order(service=service.pk, link=LINK, quantity=100_000)
    assert poor.value.code == "insufficient_balance"
    assert poor.value.params["available"] == "10.00"

    with pytest.raises(Problem) as odd:
        panel.place_orders([])
    assert [error["field"] for error in odd.value.errors] == ["lines"]


def test_many_lines_have_their_verdicts(panel, service):
    line = {"service": service.pk, "link": LINK, "quantity": 100, "max_charge": Decimal("1")}

    placed, refused = panel.place_orders([line, line | {"quantity": 1}])

    assert placed.order == Order.objects.get().pk
    assert placed.charge == Decimal("0.12345")
    assert refused.refusal["code"] == "quantity_range"


def test_a_long_list_is_read_page_after_page(panel, alice, monkeypatch):
    monkeypatch.setattr("fairpanel_client.client.PAGE", 2)
    made = [make_order(alice, quantity=100, link=f"https://www.instagram.com/shop{n}/").pk for n in range(5)]

    assert [order.id for order in panel.orders(state="pending")] == made[::-1]


def test_a_refill_is_asked_for(panel, alice):
    now = timezone.now()
    order = delivered(alice, at=now - timedelta(days=1))
    shows(order, 11_500, at=now)

    refill = panel.ask_for_refill(order.pk)

    assert refill.amount == 500
    assert panel.refill(refill.id) == refill
    assert [each.id for each in panel.refills(order=order.pk)] == [refill.id]


def test_it_waits_as_long_as_the_panel_asks_and_gives_up_in_the_end(panel, pauses, settings):
    settings.PANEL_API_CALLS_PER_MINUTE = 0

    with pytest.raises(Problem) as limited:
        panel.balance()

    assert limited.value.code == "rate_limited"
    assert len(pauses) == 4
    assert all(1 <= pause <= 60 for pause in pauses)


def test_where_nobody_answers_it_says_so_after_some_attempts(pauses):
    nobody = Client("http://127.0.0.1:9", "fp_x", attempts=3, sleep=pauses.append)

    with pytest.raises(Unreachable):
        nobody.place_order(service=1, link=LINK, quantity=10)

    assert len(pauses) == 2


def test_only_an_address_of_the_web_is_taken():
    with pytest.raises(ValueError, match="https"):
        Client("file:///etc", "fp_x")
