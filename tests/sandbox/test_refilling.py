from __future__ import annotations

import http.client
from typing import Any

import pytest

from sandbox.faults import REFILL_WORDS

from .conftest import Caller

NO_REFILL = "1001"


@pytest.fixture
def dropped(sandbox: Caller) -> int:
    """An order that lost 300."""
    sandbox.control("set_speed", speed="instant")
    order = sandbox.order()
    sandbox.control("drop", order=order, by=300)
    return order


def test_every_call_to_refill_is_written_down_also_one_that_is_refused(sandbox: Caller, dropped: int):
    sandbox.ask("refill", order=dropped)
    refused = sandbox.ask("refill", order=dropped)

    calls = sandbox.books()["refill_calls"]

    assert [call["orders"] for call in calls] == [str(dropped)] * 2
    assert [call["answer"] for call in calls] == [{"refill": "1"}, refused]
    assert len(sandbox.books()["refills"]) == 1


def test_a_lost_answer_leaves_a_refill_behind_or_does_not(sandbox: Caller, dropped: int):
    for refuse, refills in ((True, 0), (False, 1)):
        sandbox.control("set_fault", fault="lose_answer", action="refill", refuse=refuse, times=1)
        with pytest.raises(http.client.RemoteDisconnected):
            sandbox.ask("refill", order=dropped)
        assert len(sandbox.books()["refills"]) == refills
    assert [call["fault"] for call in sandbox.books()["refill_calls"]] == ["lose_answer"] * 2


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("refill_null", {"refill": None}),
        ("refill_number", {"refill": 1}),
        ("refill_own_number", {"refill": "100001"}),
        ("refill_as_list", [{"order": 100001, "refill": 1}]),
        (
            "refill_and_error",
            {"refill": "1", "error": "Service is under maintenance, please try again later"},
        ),
    ],
)
def test_the_number_is_a_lie_but_the_refill_is_begun(sandbox: Caller, dropped: int, name: str, answer: Any):
    sandbox.control("set_fault", fault=name)

    assert sandbox.ask("refill", order=dropped) == answer
    assert [refill["order_id"] for refill in sandbox.books()["refills"]] == [dropped]


def test_a_refusal_may_come_inside(sandbox: Caller, dropped: int):
    sandbox.control("set_fault", fault="refill_error_inside")

    assert sandbox.ask("refill", order=3) == {"refill": {"error": "Incorrect order ID"}}


def test_a_refill_is_also_known_by_the_orders_number(sandbox: Caller, dropped: int):
    sandbox.ask("refill", order=dropped)

    assert sandbox.ask("refill_status", refill=dropped) == {"status": "Pending"}


@pytest.mark.parametrize("name", REFILL_WORDS)
def test_a_refills_word_may_be_a_lie_about_one_order(sandbox: Caller, dropped: int, name: str):
    sandbox.ask("refill", order=dropped)
    other = sandbox.order()
    sandbox.ask("refill", order=other)
    sandbox.control("set_fault", fault=name, order=dropped)

    assert sandbox.ask("refill_status", refill=2) == {"status": "Pending"}
    assert sandbox.ask("refill_status", refills="1") == [{"refill": 1, "status": REFILL_WORDS[name]}]


def test_a_reset_forgets_refills_too(sandbox: Caller, dropped: int):
    sandbox.ask("refill", order=dropped)
    sandbox.control("reset")

    books = sandbox.books()
    assert books["refills"] == books["refill_calls"] == []
