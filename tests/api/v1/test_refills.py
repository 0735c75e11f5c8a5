"""Refills by program."""

import pytest

from accounts.scopes import Scope
from tests.api.v1.conftest import code_of
from tests.factories import make_order
from tests.refills.stories import asked, delivered, shows

pytestmark = pytest.mark.django_db


def test_a_refill_is_asked_for_and_followed(call, alice):
    from datetime import timedelta

    from django.utils import timezone

    now = timezone.now()
    order = delivered(alice, at=now - timedelta(days=1))
    shows(order, 11_500, at=now)

    made = call.post("/refills/", {"order": order.pk}, repeat="refill-1")

    assert made.status_code == 201
    told = made.json()
    assert (told["order"], told["count"], told["amount"]) == (order.pk, "11500", 500)
    assert call.get(f"/refills/{told['id']}/").json()["order"] == order.pk
    assert [item["id"] for item in call.get(f"/refills/?order={order.pk}").json()["items"]] == [told["id"]]
    assert call.post("/refills/", {"order": order.pk}, repeat="refill-1").json() == told
    assert code_of(call.post("/refills/", {"order": order.pk})) == (422, "refill_running")


def test_an_order_that_is_not_delivered_is_refused_with_its_clause(call, alice):
    answer = call.post("/refills/", {"order": make_order(alice).pk})

    assert answer.status_code == 422
    assert answer.json()["clauses"]


def test_what_is_somebody_elses_does_not_exist(call, bob):
    order = delivered(bob)
    refill = asked(order)

    assert code_of(call.post("/refills/", {"order": order.pk})) == (404, "not_found")
    assert code_of(call.get(f"/refills/{refill.pk}/")) == (404, "not_found")
    assert call.get("/refills/").json()["items"] == []


def test_asking_needs_its_own_scope(program_of, alice):
    assert code_of(program_of(alice, Scope.READ).post("/refills/", {"order": 1})) == (403, "scope_missing")
