"""Ordering by program: what is bought, what is refused, and in which words."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.scopes import Scope
from billing.ledger import balance_of
from orders.models import Order
from tests.api.v1.conftest import code_of
from tests.factories import LINK, after, make_order, make_service
from tests.orders.stories import differences

pytestmark = pytest.mark.django_db


def test_an_order_is_charged_and_told_with_exact_amounts(call, alice, service):
    answer = call.order(service)

    told = answer.json()
    order = Order.objects.get()
    assert answer.status_code == 201
    assert (told["id"], told["state"], told["service"]) == (order.pk, "pending", service.pk)
    assert (told["charge"], told["final_charge"], told["refunded"]) == ("1.2345", "1.2345", "0.00")
    assert told["placed_at"].endswith("Z")
    assert told["drip_feed"] is None
    assert str(balance_of(alice)) == "8.76550000"
    assert differences() == []


def test_an_order_over_the_balance_is_refused_with_its_numbers_and_clauses(call, service):
    answer = call.order(service, quantity=10_000)

    problem = answer.json()
    assert code_of(answer) == (422, "insufficient_balance")
    assert problem["params"] == {"needed": "12.345", "available": "10.00"}
    assert "12.345" in problem["detail"]
    assert problem["clauses"]
    assert problem["type"] == "/api/#insufficient_balance"
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"quantity": 9}, "quantity_range"),
        ({"quantity": 10**15}, "quantity_range"),
        ({"service": 999_999}, "service_not_on_sale"),
        ({"link": "not a link"}, "bad_link"),
        ({"max_charge": "1.2344"}, "price_changed"),
        ({"terms_version": 2}, "terms_changed"),
        ({"runs": 2}, "drip_feed_interval"),
    ],
)
def test_what_a_rule_refuses_has_the_code_of_the_rule(call, service, fields, code):
    answer = call.order(service, **fields)

    assert answer.status_code == 422
    assert answer.json()["code"].startswith(code.split("_")[0])
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"quantity": 1000.0}, "quantity"),
        ({"quantity": "1000"}, "quantity"),
        ({"quantity": True}, "quantity"),
        ({"quantity": 0}, "quantity"),
        ({"quantity": 2**63}, "quantity"),
        ({"service": "17"}, "service"),
        ({"link": 17}, "link"),
        ({"link": ""}, "link"),
        ({"link": "x" * 2049}, "link"),
        ({"max_charge": 1.25}, "max_charge"),
        ({"max_charge": "1e3"}, "max_charge"),
        ({"max_charge": "1.123456789"}, "max_charge"),
        ({"quantty": 5}, "quantty"),
        ({"comments": ["two\nlines"]}, "comments"),
    ],
)
def test_what_cannot_be_taken_is_named_by_its_field(call, service, fields, field):
    answer = call.order(service, **fields)

    assert code_of(answer) == (400, "bad_fields")
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert not Order.objects.exists()


def test_the_price_as_shown_is_enough(call, service):
    assert call.order(service, max_charge="1.2345", terms_version=1).status_code == 201


def test_an_order_in_runs_is_told_as_its_first_run(call, service):
    told = call.order(service, quantity=100, runs=3, interval_minutes=60).json()

    assert told["drip_feed"] == {
        "id": Order.objects.first().drip_feed_id,
        "run": 1,
        "runs": 3,
        "interval_minutes": 60,
    }
    items = call.get(f"/orders/?drip_feed={told['drip_feed']['id']}").json()["items"]
    assert [item["drip_feed"]["run"] for item in items] == [3, 2, 1]


def test_comments_are_a_list(call):
    service = make_service(kind="custom_comments", metric="comments", min_quantity=1)
    link = "https://www.instagram.com/p/Cabc123/"

    body = {"service": service.pk, "link": link, "comments": ["Nice!", "So good"]}
    answer = call.post("/orders/", body, repeat="a")

    assert answer.status_code == 201
    assert answer.json()["quantity"] == 2


@pytest.mark.parametrize(
    ("kind", "metric", "link", "fields", "named"),
    [
        ("package", "followers", LINK, {"quantity": 1}, "quantity"),
        ("package", "followers", LINK, {"comments": ["Nice!"]}, "comments"),
        ("default", "followers", LINK, {"quantity": 1000, "comments": ["Nice!"]}, "comments"),
        (
            "custom_comments",
            "comments",
            "https://www.instagram.com/p/Cabc123/",
            {"quantity": 1, "comments": ["Nice!"]},
            "quantity",
        ),
    ],
)
def test_what_a_service_of_this_kind_would_ignore_is_refused_by_name(call, kind, metric, link, fields, named):
    service = make_service(kind=kind, metric=metric, min_quantity=1)
    line = {"service": service.pk, "link": link}

    alone = call.post("/orders/", line | fields, repeat="a")
    many = call.post("/orders/bulk/", {"lines": [line | fields]}, repeat="b").json()

    assert code_of(alone) == (422, "parameter_not_taken")
    assert (alone.json()["params"]["parameter"], alone.json()["params"]["type"]) == (named, kind)
    assert (many["placed"], many["verdicts"][0]["refusal"]["code"]) == (0, "parameter_not_taken")
    assert not Order.objects.exists()
    # Without it the same line is an order.
    right = line | {name: value for name, value in fields.items() if name != named}
    assert call.post("/orders/bulk/", {"lines": [line | fields, right]}, repeat="c").json()["placed"] == 1


# ---------------------------------------------------------------- Whose it is


def test_an_order_of_somebody_else_does_not_exist(call, bob):
    order = make_order(bob)

    for answer in (
        call.get(f"/orders/{order.pk}/"),
        call.get(f"/orders/{order.pk}/events/"),
        call.post(f"/orders/{order.pk}/cancellation/"),
    ):
        assert code_of(answer) == (404, "not_found")
    assert call.get("/orders/").json()["items"] == []
    order.refresh_from_db()
    assert order.state == "pending"


def test_a_key_without_the_scope_is_told_which_one_it_lacks(program_of, alice, service):
    order = make_order(alice)
    reads, orders = program_of(alice, Scope.READ), program_of(alice, Scope.ORDER)

    refused = reads.order(service)
    assert code_of(refused) == (403, "scope_missing")
    assert refused.json()["params"] == {"scope": "order"}
    assert code_of(reads.post(f"/orders/{order.pk}/cancellation/")) == (403, "scope_missing")
    assert code_of(orders.get("/orders/")) == (403, "scope_missing")


# ---------------------------------------------------------------- Lists


def test_a_cursor_stays_where_it_is_while_orders_come_in(call, alice):
    orders = [make_order(alice, link=f"https://www.instagram.com/shop{n}/", quantity=100) for n in range(5)]
    first = call.get("/orders/?limit=2").json()
    make_order(alice, link="https://www.instagram.com/late/", quantity=100)

    second = call.get(f"/orders/?limit=2&cursor={first['next_cursor']}").json()
    third = call.get(f"/orders/?limit=2&cursor={second['next_cursor']}").json()

    seen = [item["id"] for page in (first, second, third) for item in page["items"]]
    assert seen == [order.pk for order in reversed(orders)]
    assert third["next_cursor"] is None


def test_orders_are_found_by_state_service_time_and_number(call, alice):
    early = make_order(alice, quantity=100)
    late = make_order(alice, quantity=100, link="https://www.instagram.com/late/", now=after(hours=1))
    noon = after(minutes=30).isoformat().replace("+00:00", "Z")

    def found(query):
        return [item["id"] for item in call.get(f"/orders/?{query}").json()["items"]]

    assert found("state=pending") == [late.pk, early.pk]
    assert found("state=completed") == []
    assert found(f"service={early.service_id}") == [early.pk]
    assert found(f"placed_from={noon}") == [late.pk]
    assert found(f"placed_before={noon}") == [early.pk]
    assert found(f"ids={early.pk},{late.pk},999999") == [late.pk, early.pk]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("stat=pending", "stat"),
        ("state=Pending", "state"),
        ("service=1.5", "service"),
        ("service=" + "9" * 400, "service"),
        ("ids=1;2", "ids"),
        ("ids=" + ",".join(["1"] * 101), "ids"),
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("cursor=MTI", "cursor"),
        ("cursor=%00", "cursor"),
        ("placed_from=yesterday", "placed_from"),
    ],
)
def test_a_wrong_filter_is_refused_and_not_passed_over(call, query, field):
    answer = call.get(f"/orders/?{query}")

    assert code_of(answer) == (400, "bad_fields")
    assert answer.json()["errors"][0]["field"] == field


@pytest.mark.parametrize("path", ["/orders/", "/services/", "/transactions/", "/refills/", "/fundings/"])
def test_a_longer_list_asks_the_database_no_more(call, alice, path):
    def queries():
        with CaptureQueriesContext(connection) as asked:
            assert call.get(path).status_code == 200
        return len(asked)

    make_order(alice, quantity=100)
    call.get(path)
    few = queries()
    for number in range(6):
        make_order(alice, make_service(), link=f"https://www.instagram.com/shop{number}/", quantity=100)

    assert queries() == few


# ---------------------------------------------------------------- One order


def test_an_unchanged_order_is_not_sent_again(call, alice):
    order = make_order(alice)
    first = call.get(f"/orders/{order.pk}/")

    again = call.get(f"/orders/{order.pk}/", **{"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again["ETag"] == first["ETag"]
    assert "RateLimit-Remaining" in again

    Order.objects.filter(pk=order.pk).update(start_count=5)
    assert call.get(f"/orders/{order.pk}/", **{"If-None-Match": first["ETag"]}).status_code == 200


def test_what_happened_is_told_without_the_providers_words(call, alice, reported):
    order = reported(alice, "partial", 400, quantity=1000)

    items = call.get(f"/orders/{order.pk}/events/").json()["items"]

    assert items[0]["title"] == "Placed"
    assert items[-1]["state"] == "partial"
    assert items[-1]["refund"] == "0.4938"
    assert items[-1]["clauses"]
    assert "Weird" not in str(items)


@pytest.mark.profile("alphasmm")
def test_a_cancelled_order_gives_its_whole_charge_back(call, alice):
    order = make_order(alice, quantity=1000)

    answer = call.post(f"/orders/{order.pk}/cancellation/", repeat="stop-1")
    again = call.post(f"/orders/{order.pk}/cancellation/", repeat="stop-1")

    assert answer.json()["state"] == "cancelled"
    assert again.content == answer.content
    assert str(balance_of(alice)) == "10.00000000"
    assert code_of(call.post(f"/orders/{order.pk}/cancellation/")) == (422, "not_cancellable")


def test_where_the_terms_know_no_cancel_it_is_refused_by_its_clause(call, alice, reported):
    order = reported(alice, "completed", 0)

    answer = call.post(f"/orders/{order.pk}/cancellation/")

    assert code_of(answer) == (422, "not_cancellable")
    assert answer.json()["clauses"] == ["A-28", "K-16"]


# ---------------------------------------------------------------- Many


def test_every_line_of_a_list_has_its_own_verdict(call, alice, service):
    other = {"service": service.pk, "link": "https://www.instagram.com/other/", "quantity": 500}
    lines = [
        {"service": service.pk, "link": LINK, "quantity": 1000},
        {"service": service.pk, "link": LINK, "quantity": 5},
        {"service": service.pk, "link": LINK, "quantity": 10.5},
        "not a line",
        other,
        {"service": service.pk, "link": "https://www.instagram.com/dear/", "quantity": 100_000},
    ]

    told = call.post("/orders/bulk/", {"lines": lines}, repeat="list-1").json()

    assert (told["placed"], told["refused"], told["charge"]) == (2, 4, "1.85175")
    assert [verdict["line"] for verdict in told["verdicts"]] == [1, 2, 3, 4, 5, 6]
    assert [bool(verdict["order"]) for verdict in told["verdicts"]] == [
        True,
        False,
        False,
        False,
        True,
        False,
    ]
    codes = [(verdict["refusal"] or {}).get("code") for verdict in told["verdicts"]]
    assert codes == [None, "quantity_range", "bad_fields", "bad_fields", None, "insufficient_balance"]
    assert Order.objects.count() == 2
    assert differences() == []


def test_the_same_line_twice_is_judged_like_two_orders_for_one_link(call, service):
    line = {"service": service.pk, "link": LINK, "quantity": 100}

    told = call.post("/orders/bulk/", {"lines": [line, line]}, repeat="twice").json()

    placed, second = told["verdicts"]
    assert placed["order"]
    assert second["refusal"]["code"] in {"link_busy", "similar_busy"}
    assert Order.objects.count() == told["placed"]


def test_a_list_sent_twice_is_placed_once(call, service):
    lines = [
        {"service": service.pk, "link": f"https://www.instagram.com/s{n}/", "quantity": 100}
        for n in range(20)
    ]

    first = call.post("/orders/bulk/", {"lines": lines}, repeat="list-2")
    second = call.post("/orders/bulk/", {"lines": lines}, repeat="list-2")

    assert first.json() == second.json()
    assert second["Idempotency-Replayed"] == "true"
    assert Order.objects.count() == 20


def test_a_list_that_takes_too_long_goes_on_with_the_same_key(call, service, monkeypatch):
    lines = [
        {"service": service.pk, "link": f"https://www.instagram.com/s{n}/", "quantity": 100} for n in range(4)
    ]
    monkeypatch.setattr("api.v1.ordering.BULK_SECONDS", 0)
    early = call.post("/orders/bulk/", {"lines": lines}, repeat="long")
    assert code_of(early) == (409, "in_progress")
    assert early["Retry-After"] == "1"

    monkeypatch.setattr("api.v1.ordering.BULK_SECONDS", timedelta(minutes=1).total_seconds())
    assert call.post("/orders/bulk/", {"lines": lines}, repeat="long").json()["placed"] == 4


@pytest.mark.parametrize("count", [0, 1001])
def test_a_list_has_one_to_a_thousand_lines(call, count):
    answer = call.post("/orders/bulk/", {"lines": [{}] * count}, repeat="list-3")

    assert code_of(answer) == (400, "bad_fields")
