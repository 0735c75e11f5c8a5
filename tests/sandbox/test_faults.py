from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from sandbox.faults import (
    ADD_LIES,
    BATCH_LIES,
    NAMES,
    ON_THE_WIRE,
    REFILL_LIES,
    REFILL_WORDS,
    REFUSALS,
    STATUS_LIES,
    UNREAD,
)

from .conftest import LINK, Caller

HANDBOOK = (
    (Path(__file__).parents[2] / "docs" / "sandbox.md")
    .read_text(encoding="utf-8")
    .partition("# The local Stripe")[0]
)


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refusal_is_answered_and_nothing_is_ordered(sandbox: Caller, name: str):
    sandbox.control("set_fault", fault=name, action="add")

    assert sandbox.add() == {"error": REFUSALS[name]}
    books = sandbox.books()
    assert books["orders"] == []
    assert [(add["verdict"], add["fault"]) for add in books["adds"]] == [("refused", name)]
    assert sandbox.balance == 1000


def test_a_refusal_may_have_any_words_and_any_http_status(sandbox: Caller):
    sandbox.control("set_fault", fault="funds", text="neworder.error.not_enough_funds", http_status=422)

    status, body, _ = sandbox.exchange("POST", "/api/v2", b"action=add&key=sandbox-demo-key")

    assert (status, body) == (422, b'{"error":"neworder.error.not_enough_funds"}')


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("id_null", {"order": None}),
        ("id_zero", {"order": 0}),
        ("id_negative", {"order": -100002}),
        ("id_string", {"order": "abc"}),
        ("id_numeric_string", {"order": "100002"}),
        ("id_reused", {"order": 100001}),
        ("id_and_error", {"order": 100002, "error": "Not enough funds on balance"}),
        ("neither", {}),
    ],
)
def test_the_number_is_a_lie_but_the_order_is_placed(sandbox: Caller, name: str, answer: Any):
    sandbox.order()
    sandbox.control("set_fault", fault=name)

    assert sandbox.add() == answer
    [_, received] = sandbox.books()["adds"]
    assert (received["verdict"], received["order_id"], received["answer"]) == ("accepted", 100002, answer)


def test_a_lie_about_the_number_leaves_a_refusal_alone(sandbox: Caller):
    sandbox.control("set_fault", fault="id_zero")

    assert sandbox.add(quantity=1) == {"error": "Quantity less than minimal 10"}


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("remains_over", {"remains": "2000"}),
        ("remains_negative", {"remains": "-40"}),
        ("remains_null", {"remains": None}),
        ("remains_word", {"remains": "abc"}),
        ("remains_fraction", {"remains": "12.5"}),
        ("start_count_null", {"start_count": None}),
        ("unknown_word", {"status": "Sleeping"}),
        ("spelling", {"status": "in queue"}),
        ("wrong_currency", {"currency": "TRY"}),
        ("wrong_charge", {"charge": "99.99"}),
        ("completed_with_remains", {"status": "Completed", "remains": "250"}),
        ("all_canceled", {"status": "Canceled", "remains": "1000", "charge": "0"}),
        ("back_to_pending", {"status": "Pending", "remains": "1000"}),
    ],
)
def test_a_status_is_a_lie_while_the_books_tell_the_truth(sandbox: Caller, name: str, fields: dict):
    order = sandbox.order(link=LINK + "/complete")
    truth, books = sandbox.status(order), sandbox.books()["orders"]
    sandbox.control("set_fault", fault=name, times=2)

    assert sandbox.status(order) == truth | fields
    assert sandbox.ask("status", orders=f"{order},7") == {
        str(order): truth | fields,
        "7": {"error": "Incorrect order ID"},
    }
    assert sandbox.status(order) == truth
    assert sandbox.books()["orders"] == books


def test_every_word_has_a_spelling_variant_and_any_other_can_be_given(sandbox: Caller):
    order = sandbox.order()
    sandbox.control("set_fault", fault="spelling")
    seen = [sandbox.status(order)["status"]]
    for status in ("Completed", "Partial", "Canceled"):
        sandbox.control("finish", order=order, status=status, remains=10)
        seen.append(sandbox.status(order)["status"])
    sandbox.control("clear_faults")
    sandbox.control("set_fault", fault="spelling", value="Refunded")

    assert seen == ["in queue", "COMPLETED", "partial", "Cancelled"]
    assert sandbox.status(order)["status"] == "Refunded"


def test_a_running_order_goes_back_to_pending(sandbox: Caller):
    order = sandbox.order(link=LINK + "/stuck")
    sandbox.control("advance", seconds=200)
    assert sandbox.status(order)["status"] == "In progress"

    sandbox.control("set_fault", fault="back_to_pending", times=1)

    assert [sandbox.status(order)["status"] for _ in range(2)] == ["Pending", "In progress"]


def test_a_batch_can_be_spoiled_for_one_order_only(sandbox: Caller):
    first, second = sandbox.order(), sandbox.order(link="https://www.instagram.com/bob")
    both = f"{first},{second}"
    truth = sandbox.ask("status", orders=both)
    told = {}
    for name in BATCH_LIES:
        sandbox.control("set_fault", fault=name, order=first, times=1)
        told[name] = sandbox.ask("status", orders=both)

    rest = {str(second): truth[str(second)]}
    assert told["missing_ids"] == rest
    assert told["one_error"] == {str(first): {"error": "Incorrect order ID"}} | rest
    assert told["bare_string"] == {str(first): "Incorrect order ID"} | rest
    assert set(told["extra_ids"]) == {str(first), str(second), "99999999"}
    assert told["as_list"] == [{"order": number} | entry for number, entry in truth.items()]


def test_the_whole_status_answer_can_be_an_error(sandbox: Caller):
    sandbox.control("set_fault", fault="bad_key", action="status")

    assert sandbox.ask("status", orders="1,2") == {"error": "Invalid API key"}


def test_a_single_status_can_be_missing(sandbox: Caller):
    order = sandbox.order()
    sandbox.control("set_fault", fault="missing_ids")

    assert sandbox.status(order) == {}


@pytest.mark.parametrize("scope", [{"service": 1043}, {"link": "instagram.com/bob"}, {"order": 100002}])
def test_a_fault_meets_only_what_it_is_for(sandbox: Caller, scope: dict):
    first, second = sandbox.order(), sandbox.order(service="1043", link="https://www.instagram.com/bob")
    sandbox.control("set_fault", fault="unknown_word", **scope)

    answer = sandbox.ask("status", orders=f"{first},{second}")

    assert [answer[str(order)]["status"] for order in (first, second)] == ["Pending", "Sleeping"]
    assert sandbox.status(first)["status"] == "Pending"


def test_an_add_is_met_by_service_or_link(sandbox: Caller):
    sandbox.control("set_fault", fault="maintenance", action="add", service=1043)
    sandbox.control("set_fault", fault="bad_link", action="add", link="bob")

    assert "order" in sandbox.add()
    assert sandbox.add(service="1043") == {"error": REFUSALS["maintenance"]}
    assert sandbox.add(link="https://www.instagram.com/bob") == {"error": REFUSALS["bad_link"]}


def test_a_fault_without_an_action_meets_every_action(sandbox: Caller):
    sandbox.control("set_fault", fault="rate_limit")

    answers = [
        sandbox.ask(action, order=1)
        for action in ("services", "balance", "status", "add", "cancel", "refill")
    ]

    assert answers == [{"error": "Rate limit exceeded. Slow down."}] * 6


def test_a_fault_ends_after_its_times(sandbox: Caller):
    sandbox.control("set_fault", fault="funds", action="add", times=2)

    assert ["error" in sandbox.add() for _ in range(4)] == [True, True, False, False]


def test_a_fault_with_a_probability_strikes_the_same_calls_each_run(sandbox: Caller):
    struck = []
    for _ in range(2):
        sandbox.control("reset")
        sandbox.control("set_fault", fault="id_null", probability=0.3)
        struck.append([sandbox.add(quantity=10)["order"] is None for _ in range(60)])

    assert struck[0] == struck[1]
    assert 8 <= sum(struck[0]) <= 30


def test_faults_are_listed_and_cleared(sandbox: Caller):
    first = sandbox.control("set_fault", fault="funds", action="add", times=3)["id"]
    sandbox.control("set_fault", fault="html", action="status")
    sandbox.control("set_fault", fault="html", action="balance")
    sandbox.add()

    listed = sandbox.books()["faults"]
    assert [(fault["fault"], fault["times_left"], fault["used"]) for fault in listed] == [
        ("funds", 2, 1),
        ("html", None, 0),
        ("html", None, 0),
    ]
    assert len(sandbox.control("clear_faults", fault="html")["faults"]) == 1
    assert sandbox.control("clear_faults", id=first)["faults"] == []


def test_wrong_faults_are_refused_with_the_known_ones(sandbox: Caller):
    assert "lose_answer" in sandbox.control("set_fault", fault="los_answer", expect=400)["error"]
    assert "times" in sandbox.control("set_fault", fault="funds", times=0, expect=400)["error"]


def test_every_fault_is_known_under_one_name_and_documented():
    groups = (REFUSALS, ON_THE_WIRE, (UNREAD,), ADD_LIES, STATUS_LIES, BATCH_LIES, REFILL_LIES, REFILL_WORDS)

    assert len(set(NAMES)) == sum(map(len, groups))
    assert [name for name in NAMES if f"`{name}`" not in HANDBOOK] == []
    assert [name for name in NAMES if f'"fault": "{name}"' not in HANDBOOK] == []


def test_every_instruction_in_the_handbook_works(sandbox: Caller):
    examples = [json.loads(told) for told in re.findall(r"control '(\{.*?\})'", HANDBOOK)]
    assert len(examples) > 60

    for told in examples:
        if told["do"] != "refuse_connections":
            sandbox.control("reset")
            assert sandbox.order() == 100001
            assert sandbox.control(**told)["ok"]
