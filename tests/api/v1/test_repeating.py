"""The same Idempotency-Key is one thing and one answer, whatever happens in between."""

import json
import time
from contextlib import suppress
from datetime import timedelta

import pytest
import requests
from django.utils import timezone

from api.keeping import forget_old_answers
from api.models import IdempotentCall
from api.v1.repeating import request_id_of
from billing.ledger import balance_of
from orders.models import Order
from tests.api.v1.conftest import code_of, key_for
from tests.factories import LINK, give, make_order
from tests.orders.stories import at_once, differences

pytestmark = pytest.mark.django_db(transaction=True)


def test_fifty_parallel_calls_with_one_key_are_one_order_and_fifty_equal_answers(live_server, alice, service):
    url, key = f"{live_server.url}/api/v1/orders/", key_for(alice)
    body = json.dumps({"service": service.pk, "link": LINK, "quantity": 1000})
    headers = {
        "Authorization": f"Bearer {key}",
        "Idempotency-Key": "cart-17",
        "Content-Type": "application/json",
    }

    def persist(_number: int) -> requests.Response:
        # The server of the tests turns some of fifty connections away; a call without an answer is repeated.
        for _attempt in range(20):
            with suppress(requests.ConnectionError):
                return requests.post(url, data=body, headers=headers, timeout=60)
            time.sleep(0.2)
        raise AssertionError("no answer")

    answers = at_once(50, persist)

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert answers[0].json()["id"] == Order.objects.get().pk
    assert str(balance_of(alice)) == "8.76550000"
    assert differences() == []


def test_the_same_key_with_another_body_is_a_clash_and_buys_nothing(call, service):
    call.order(service, repeat="cart-1")

    answer = call.order(service, repeat="cart-1", quantity=500)

    assert code_of(answer) == (409, "idempotency_key_reused")
    assert Order.objects.count() == 1


def test_the_same_key_at_another_address_is_a_clash(call, service):
    order = call.order(service, repeat="cart-1").json()["id"]

    assert code_of(call.post(f"/orders/{order}/cancellation/", repeat="cart-1")) == (
        409,
        "idempotency_key_reused",
    )


def test_what_a_rule_refused_stays_refused_for_this_key(call, alice, service):
    first = call.order(service, repeat="dear", quantity=10_000)
    give(alice, cash="100")

    again = call.order(service, repeat="dear", quantity=10_000)

    assert code_of(first) == (422, "insufficient_balance")
    assert again.content == first.content
    assert again["Content-Type"] == first["Content-Type"]
    assert call.order(service, repeat="dear-2", quantity=10_000).status_code == 201


def test_what_could_not_be_read_may_be_put_right_with_another_key_or_repeated(call, service):
    assert code_of(call.order(service, repeat="typo", quantity="1000")) == (400, "bad_fields")
    assert code_of(call.order(service, repeat="typo", quantity="1000")) == (400, "bad_fields")


def test_two_customers_may_use_the_same_key(program_of, alice, bob, service):
    first = program_of(alice).order(service, repeat="one").json()
    second = program_of(bob).order(service, repeat="one").json()

    assert first["id"] != second["id"]


def test_a_worker_that_died_after_the_order_is_survived(call, alice, service):
    order = make_order(alice, service, quantity=1000, request_id=request_id_of("cart-9"), channel="api")
    begun = timezone.now() - timedelta(minutes=5)
    first = call.order(service, repeat="probe")
    probe = IdempotentCall.objects.get(idempotency_key="probe")
    IdempotentCall.objects.create(
        customer=alice,
        idempotency_key="cart-9",
        input_hash=probe.input_hash,
        created_at=begun,
        busy_until=begun + timedelta(seconds=60),
    )

    answer = call.order(service, repeat="cart-9")

    assert first.status_code in {201, 422}
    assert answer.status_code == 201
    assert answer.json()["id"] == order.pk


def test_a_call_that_is_still_at_work_is_told_when_to_come_back(call, alice, service, monkeypatch):
    monkeypatch.setattr("api.v1.repeating.PATIENCE", 0.2)
    call.order(service, repeat="slow")
    IdempotentCall.objects.update(status=None, answer=None, busy_until=timezone.now() + timedelta(minutes=1))

    answer = call.order(service, repeat="slow")

    assert code_of(answer) == (409, "in_progress")
    assert int(answer["Retry-After"]) > 0


def test_answers_are_forgotten_after_two_days_but_the_order_is_not_bought_again(call, service):
    order = call.order(service, repeat="cart-1").json()["id"]
    now = timezone.now()

    assert forget_old_answers(now=now + timedelta(hours=47)) == 0
    assert forget_old_answers(now=now + timedelta(hours=49)) == 1

    assert call.order(service, repeat="cart-1").json()["id"] == order
    forget_old_answers(now=now + timedelta(hours=49))
    assert code_of(call.order(service, repeat="cart-1", quantity=500)) == (409, "request_reused")


def test_an_order_needs_a_key_of_the_program_to_be_repeated_by(call, service):
    body = {"service": service.pk, "link": LINK, "quantity": 1000}

    assert code_of(call.post("/orders/", body)) == (400, "idempotency_key_missing")
    assert code_of(call.post("/orders/", body, repeat="x" * 101)) == (400, "idempotency_key_unusable")
    assert call.post("/orders/", body, repeat="x" * 100).status_code == 201
