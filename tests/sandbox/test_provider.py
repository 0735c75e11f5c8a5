from __future__ import annotations

import json
import time
from decimal import Decimal
from pathlib import Path

import pytest

from sandbox.catalogue import own_catalogue

from .conftest import COMMENTS, FOLLOWERS, KEY, LINK, PACKAGE, Caller

RATES = {service.id: service.rate for service in own_catalogue()}
NO_REFILL = "1001"
NO_CANCEL = "1007"


def test_the_services_are_an_array(sandbox: Caller):
    services = sandbox.ask("services")

    assert services == [service.offer for service in own_catalogue()]


def test_an_order_gets_a_number_and_is_paid_from_the_balance(sandbox: Caller):
    answer = sandbox.add(quantity=1234)

    assert answer == {"order": 100001}
    assert sandbox.add() == {"order": 100002}
    assert sandbox.balance == Decimal(1000) - RATES[FOLLOWERS] * (1234 + 1000) / 1000


def test_a_new_order_is_pending_with_everything_remaining(sandbox: Caller):
    order = sandbox.order(quantity=1234)

    assert sandbox.status(order) == {
        "charge": f"{(RATES[FOLLOWERS] * 1234 / 1000).normalize():f}",
        "start_count": "0",
        "status": "Pending",
        "remains": "1234",
        "currency": "USD",
    }


def test_remains_fall_while_it_delivers(sandbox: Caller):
    order = sandbox.order(link=LINK + "/complete", quantity=10000)
    seen = []
    for _ in range(14):
        sandbox.control("advance", seconds=10)
        seen.append(sandbox.status(order))

    remains = [int(step["remains"]) for step in seen]
    assert remains == sorted(remains, reverse=True)
    assert len(set(remains)) > 4
    assert "In progress" in [step["status"] for step in seen]
    assert seen[-1]["status"] == "Completed"
    assert seen[-1]["remains"] == "0"
    assert len({step["start_count"] for step in seen if step["status"] != "Pending"}) == 1


def test_a_partial_order_costs_less_and_the_rest_comes_back(sandbox: Caller):
    order = sandbox.order(link="https://www.instagram.com/partial-567", quantity=1234)
    sandbox.control("advance", seconds=200)

    answer = sandbox.status(order)

    assert (answer["status"], answer["remains"]) == ("Partial", "567")
    assert Decimal(answer["charge"]) == RATES[FOLLOWERS] * 667 / 1000
    assert sandbox.balance == Decimal(1000) - RATES[FOLLOWERS] * 667 / 1000


def test_a_cancelled_order_costs_nothing(sandbox: Caller):
    order = sandbox.order(link="https://www.instagram.com/cancel")
    sandbox.control("advance", seconds=200)

    answer = sandbox.status(order)

    assert (answer["status"], answer["remains"], answer["charge"]) == ("Canceled", "1000", "0.00")
    assert sandbox.balance == 1000


def test_a_package_is_one_piece_at_its_own_price(sandbox: Caller):
    order = sandbox.ask("add", service=PACKAGE, link=LINK)["order"]

    assert sandbox.status(order)["remains"] == "1"
    assert sandbox.balance == 1000 - RATES[PACKAGE]


def test_comments_are_counted_by_lines_without_empty_ones(sandbox: Caller):
    comments = "nice\r\nwow\n\n  \ngreat\ntop\ncool\n"

    order = sandbox.ask("add", service=COMMENTS, link=LINK, comments=comments)["order"]

    assert sandbox.status(order)["remains"] == "5"
    assert sandbox.books()["orders"][0]["comments"] == comments


def test_a_second_order_for_one_counter_starts_where_the_first_ended(sandbox: Caller):
    sandbox.control("set_speed", speed="instant")
    first, other, second = sandbox.order(), sandbox.order(service="1043", quantity=500), sandbox.order()

    starts = [int(sandbox.status(order)["start_count"]) for order in (first, other, second)]

    assert starts == [starts[0], starts[0], starts[0] + 1000]


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"service": "31337"}, "Incorrect service ID"),
        ({"service": ""}, "Incorrect service ID"),
        ({"link": ""}, "Incorrect link"),
        ({"link": "two words"}, "Incorrect link"),
        ({"quantity": 9}, "Quantity less than minimal 10"),
        ({"quantity": 600001}, "Quantity more than maximum 600000"),
        ({"quantity": "10.5"}, "Incorrect quantity"),
        ({"quantity": "-5"}, "Incorrect quantity"),
        ({"quantity": "1e3"}, "Incorrect quantity"),
        ({"quantity": 100, "runs": 3, "interval": 10}, "Dripfeed is not supported by this service"),
        ({"service": COMMENTS, "comments": " \n"}, "Incorrect comments"),
        ({"service": COMMENTS, "comments": "one"}, "Quantity less than minimal 5"),
    ],
)
def test_a_wrong_order_is_refused_in_the_trades_words(sandbox: Caller, fields: dict, error: str):
    assert sandbox.add(**fields) == {"error": error}
    assert sandbox.balance == 1000
    [received] = sandbox.books()["adds"]
    assert (received["verdict"], received["answer"], received["order_id"]) == (
        "refused",
        {"error": error},
        None,
    )


@pytest.mark.parametrize("quantity", [10, 600000])
def test_the_limits_themselves_are_accepted(sandbox: Caller, quantity: int):
    assert "order" in sandbox.add(quantity=quantity)


def test_parameters_that_mean_nothing_are_ignored(sandbox: Caller):
    assert "order" in sandbox.add(runs="undefined", interval="")


def test_without_enough_money_nothing_is_ordered(sandbox: Caller):
    cost = RATES[FOLLOWERS] * 1000 / 1000
    sandbox.control("set_balance", balance=str(cost - Decimal("0.00001")))
    assert sandbox.add() == {"error": "Not enough funds on balance"}

    sandbox.control("set_balance", balance=str(cost))
    assert "order" in sandbox.add()
    assert sandbox.balance == 0


def test_a_busy_link_is_refused_only_when_the_guard_is_on(sandbox: Caller):
    first = sandbox.order()
    assert "order" in sandbox.add()
    sandbox.control("set_duplicate_guard", on=True)

    assert sandbox.add()["error"].startswith("You have active order with this link.")
    assert "order" in sandbox.add(service="1043")
    for order in (first, first + 1):
        sandbox.control("finish", order=order)
    assert "order" in sandbox.add()


def test_what_the_counter_shows_is_said_only_when_it_is_asked_for(sandbox: Caller):
    order = sandbox.order()
    assert "current_count" not in sandbox.status(order)
    sandbox.control("set_counts", on=True)
    sandbox.control("finish", order=order, status="Partial", remains=400)
    sandbox.control("drop", order=order, by=50)

    said = sandbox.status(order)

    assert int(said["current_count"]) == int(said["start_count"]) + 1000 - 400 - 50


@pytest.mark.parametrize("key", ["", "wrong"])
@pytest.mark.parametrize("action", ["services", "balance", "add", "status", "nonsense"])
def test_without_the_right_key_nothing_is_told(sandbox: Caller, key: str, action: str):
    assert sandbox.ask(action, key=key, order=1) == {"error": "Invalid API key"}


@pytest.mark.parametrize("action", ["", "orders", "status", "cancel", "refill", "refill_status"])
def test_an_unknown_action_or_a_missing_number_is_an_incorrect_request(sandbox: Caller, action: str):
    assert sandbox.ask(action) == {"error": "Incorrect request"}


def test_several_orders_are_answered_by_number_with_errors_inside(sandbox: Caller):
    first, second = sandbox.order(), sandbox.order()

    for fields in ({"orders": f"{first},{second},5,abc"}, {"order": f"{first}, {second},5,abc"}):
        answer = sandbox.ask("status", **fields)
        assert list(answer) == [str(first), str(second), "5", "abc"]
        assert answer["5"] == answer["abc"] == {"error": "Incorrect order ID"}
        assert answer[str(first)] == sandbox.status(first)
    assert sandbox.status(5) == {"error": "Incorrect order ID"}
    assert sandbox.ask("status", orders=first) == {str(first): sandbox.status(first)}


def test_a_hundred_orders_at_once_and_no_more(sandbox: Caller):
    assert len(sandbox.ask("status", orders=",".join(map(str, range(100))))) == 100
    assert sandbox.ask("status", orders=",".join(map(str, range(101)))) == {"error": "Maximum 100 orders"}


def test_a_cancel_is_only_a_promise_until_the_status_says_so(sandbox: Caller):
    order = sandbox.order(link=LINK + "/stuck")
    fixed = sandbox.order(service=NO_CANCEL)

    answer = sandbox.ask("cancel", orders=f"{order},{fixed},9")

    assert answer == [
        {"order": order, "cancel": 1},
        {"order": fixed, "cancel": {"error": "You are not eligible to cancel this order."}},
        {"order": 9, "cancel": {"error": "Incorrect order ID"}},
    ]
    assert sandbox.status(order)["status"] == "Pending"
    sandbox.control("advance", seconds=6)
    assert sandbox.status(order)["status"] == "Canceled"
    assert sandbox.balance == 1000 - RATES[NO_CANCEL]


def test_a_cancel_while_it_delivers_ends_partial(sandbox: Caller):
    order = sandbox.order(link=LINK + "/complete")
    while sandbox.status(order)["remains"] == "1000":
        sandbox.control("advance", seconds=1)
    remains = int(sandbox.status(order)["remains"])

    sandbox.ask("cancel", order=order)
    sandbox.control("advance", seconds=6)

    answer = sandbox.status(order)
    assert (answer["status"], answer["remains"]) == ("Partial", str(remains))
    assert sandbox.balance == 1000 - RATES[FOLLOWERS] * (1000 - remains) / 1000


def test_a_dropped_order_is_refilled_in_time(sandbox: Caller):
    sandbox.control("set_speed", speed="instant")
    order = sandbox.order()
    sandbox.control("drop", order=order, by=300)
    before = sandbox.books()["orders"][0]["counter"]

    assert sandbox.ask("refill", order=order) == {"refill": "1"}
    words = []
    for _ in range(25):
        words.append(sandbox.ask("refill_status", refill=1)["status"])
        sandbox.control("advance", seconds=2)

    assert list(dict.fromkeys(words)) == ["Pending", "In progress", "Completed"]
    assert sandbox.books()["orders"][0]["counter"] == before + 300


def test_a_refill_of_what_did_not_drop_is_rejected(sandbox: Caller):
    sandbox.control("set_speed", speed="instant")
    sandbox.ask("refill", order=sandbox.order())
    sandbox.control("advance", seconds=60)

    assert sandbox.ask("refill_status", refill=1) == {"status": "Rejected"}


def test_several_refills_are_answered_as_an_array_with_numbers(sandbox: Caller):
    running = sandbox.order()
    sandbox.control("set_speed", speed="instant")
    order, bare = sandbox.order(), sandbox.order(service=NO_REFILL)
    not_eligible = {"error": "You are not eligible to send refill request."}

    answer = sandbox.ask("refill", orders=f"{order},{bare},{running},3")

    assert answer == [
        {"order": order, "refill": 1},
        {"order": bare, "refill": not_eligible},
        {"order": running, "refill": not_eligible},
        {"order": 3, "refill": {"error": "Incorrect order ID"}},
    ]
    assert sandbox.ask("refill", order=order) == not_eligible
    assert sandbox.ask("refill", order=3) == {"error": "Incorrect order ID"}
    assert sandbox.ask("refill_status", refills="1,3") == [
        {"refill": 1, "status": "Pending"},
        {"refill": 3, "status": {"error": "Refill not found"}},
    ]


def test_forms_json_parts_and_addresses_are_all_understood(sandbox: Caller):
    expected = {"balance": "1000.00", "currency": "USD"}
    fields = {"key": KEY, "action": "balance"}
    parts = "".join(
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    )

    for path in ("/api/v2", "/api/v2/"):
        assert sandbox.ask("balance", path=path) == expected
        bodies = [
            sandbox.exchange("GET", f"{path}?key={KEY}&action=balance"),
            sandbox.exchange("POST", path, json.dumps(fields).encode(), Content_Type="application/json"),
            sandbox.exchange(
                "POST", path, f"{parts}--b--\r\n".encode(), Content_Type="multipart/form-data; boundary=b"
            ),
        ]
        assert [json.loads(body) for _, body, _ in bodies] == [expected] * 3


def test_a_list_in_json_is_several_orders(sandbox: Caller):
    order = sandbox.order()
    asked = {"key": KEY, "action": "status", "orders": [order, 5]}

    _, body, _ = sandbox.exchange(
        "POST", "/api/v2", json.dumps(asked).encode(), Content_Type="application/json"
    )

    assert list(json.loads(body)) == [str(order), "5"]


@pytest.mark.parametrize("body", [b"{", b"[1]", b"\xff\xfe", b"null"])
def test_nonsense_is_an_invalid_key(sandbox: Caller, body: bytes):
    status, answer, _ = sandbox.exchange("POST", "/api/v2", body, Content_Type="application/json")

    assert (status, json.loads(answer)) == (200, {"error": "Invalid API key"})


def test_a_catalogue_of_four_thousand_is_answered_quickly(tmp_path: Path):
    own = own_catalogue()
    caller = Caller(tmp_path / "large.sqlite3", speed="fast", catalogue=(own * 6)[:4000])
    try:
        took = []
        for _ in range(5):
            began = time.perf_counter()
            assert len(caller.exchange("GET", f"/api/v2?key={KEY}&action=services")[1]) > 1_000_000
            took.append(time.perf_counter() - began)
    finally:
        caller.close()
    assert min(took) < 0.1
