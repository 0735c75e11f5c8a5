"""Drip-feed by program: one number stands for all runs."""

from decimal import Decimal

import pytest

from billing.ledger import balance_of
from catalog.models import ServiceKind
from orders.models import Order
from providers.gateway import ReportedState
from tests.factories import make_service
from tests.orders.stories import report

pytestmark = pytest.mark.django_db


@pytest.fixture
def service(terms):
    return make_service(rate_per_1000="1.20")


def test_an_order_in_runs_is_answered_with_one_number_and_charged_in_full(call, alice, service):
    answer = call.order(service, quantity="100", runs="10", interval="60")

    assert set(answer) == {"order", "terms_version"}
    first = Order.objects.get(pk=answer["order"])
    assert (first.run, first.drip_feed.runs, first.drip_feed.interval_minutes) == (1, 10, 60)
    assert balance_of(alice) == Decimal("8.80")


def test_the_status_of_that_number_is_that_of_all_runs(call, service):
    number = call.order(service, quantity="100", runs="10", interval="60")["order"]
    first = Order.objects.get(pk=number)
    waiting = {
        "charge": "1.20",
        "start_count": "0",
        "status": "Pending",
        "remains": "1000",
        "currency": "USD",
        "runs": "10",
        "runs_ended": "0",
    }
    assert call("status", order=number) == waiting

    first.submission.state = "accepted"
    first.submission.external_id = "77"
    first.submission.save()
    first.move_to("processing")
    report(first, ReportedState.PARTIAL, 30, start_count=500)

    changed = {
        "charge": "1.164",
        "start_count": "500",
        "status": "In progress",
        "remains": "930",
        "runs_ended": "1",
    }
    assert call("status", order=number) == waiting | changed
    second = first.drip_feed.orders.get(run=2)
    both = call("status", orders=f"{number},{second.pk},999999999")
    assert both[str(number)] == waiting | changed
    assert both[str(second.pk)]["remains"] == "100"
    assert both["999999999"] == {"error": "Incorrect order ID"}


@pytest.mark.profile("alphasmm")
def test_cancelling_that_number_stops_all_runs(call, alice, service):
    number = call.order(service, quantity="100", runs="10", interval="60")["order"]

    assert call("cancel", orders=number) == [{"order": number, "cancel": 1}]

    assert balance_of(alice) == 10
    assert call("status", order=number)["status"] == "Canceled"
    assert call("cancel", orders=number)[0]["cancel"]["code"] == "not_cancellable"


def test_a_repeated_call_with_its_key_buys_once(call, service):
    answers = [
        call.order(service, quantity="100", runs="3", interval="1", idempotency_key="drip") for _ in range(2)
    ]

    assert answers[0] == answers[1]
    assert Order.objects.count() == 3
    other = call.order(service, quantity="100", runs="4", interval="1", idempotency_key="drip")
    assert other["code"] == "request_reused"


def test_the_highest_charge_named_is_that_of_all_runs(call, service):
    fields = {"quantity": "100", "runs": "10", "interval": "60"}

    assert call.order(service, **fields, max_charge="1.19")["error"] == "Price is above max_charge"
    assert "order" in call.order(service, **fields, max_charge="1.20")


def test_the_quantity_of_one_run_keeps_to_the_limits(call, service):
    answer = call.order(service, quantity="9", runs="100", interval="1")

    assert answer["error"] == "Quantity less than minimal 10"


def test_services_say_whether_they_come_in_runs_and_others_are_refused(call, service):
    package = make_service(kind=ServiceKind.PACKAGE, min_quantity=1, max_quantity=1)
    off = make_service(allows_runs=False)

    assert {item["service"]: item["dripfeed"] for item in call("services")} == {
        service.pk: True,
        package.pk: False,
        off.pk: False,
    }
    for other in (package, off):
        answer = call.order(other, runs="2", interval="5")
        assert answer["error"] == "Dripfeed is not supported by this service"
        assert answer["code"] == "drip_feed_not_offered"
