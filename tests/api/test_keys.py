"""What a key may do by program, from where and how often, and that it stays out of every log."""

import json
import logging
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import DatabaseError
from django.utils import timezone

from accounts.api_keys import create_key, replace_key
from accounts.scopes import Scope
from api import views
from api.actions import ACTIONS
from tests.api.conftest import Caller
from tests.factories import NOW, make_order, make_service

pytestmark = pytest.mark.django_db

NEEDS = {
    "services": Scope.READ,
    "balance": Scope.READ,
    "status": Scope.READ,
    "refill_status": Scope.READ,
    "add": Scope.ORDER,
    "cancel": Scope.ORDER,
    "refill": Scope.REFILL,
}


def test_every_action_needs_one_scope():
    assert {name: scope for name, (scope, _answer) in ACTIONS.items()} == NEEDS


@pytest.mark.parametrize("scope", list(Scope))
@pytest.mark.parametrize("action", NEEDS)
def test_a_key_answers_what_it_was_made_for_and_nothing_else(client, alice, scope, action):
    order = make_order(alice, make_service())
    call = Caller(client, create_key(customer=alice, label="x", now=NOW, scopes=[scope])[1])
    sent = {
        "service": order.service_id,
        "link": order.link,
        "quantity": "1000",
        "order": order.pk,
        "refill": "1",
    }

    answer = call(action, **sent)

    missing = isinstance(answer, dict) and answer.get("code") == "scope_missing"
    assert missing is (NEEDS[action] != scope)
    if missing:
        assert answer["error"] == "API access disabled"
        assert f"“{NEEDS[action].value}”" in answer["message"]


def test_a_key_from_another_network_is_refused_with_200(client, alice):
    plain = create_key(customer=alice, label="x", now=NOW, allowed_networks=["203.0.113.0/24"])[1]

    answer = Caller(client, plain)("balance")

    assert (answer["error"], answer["code"]) == ("API access disabled", "address_not_allowed")


def test_a_key_from_its_own_network_works_and_the_neighbourhood_is_noted(client, alice):
    key, plain = create_key(customer=alice, label="x", now=NOW, allowed_networks=["127.0.0.1"])

    assert Caller(client, plain)("balance")["balance"] == "10.00"
    key.refresh_from_db()
    assert key.last_used_network == "127.0.0.0/24"


def test_a_key_at_its_end_is_an_invalid_key_that_says_why(client, alice):
    past = timezone.now() - timedelta(days=2)
    plain = create_key(customer=alice, label="x", now=past, expires_at=past + timedelta(days=1))[1]

    answer = Caller(client, plain)("balance")

    assert (answer["error"], answer["code"]) == ("Invalid API key", "key_expired")


def test_both_keys_answer_during_the_overlap(client, alice):
    key, old = create_key(customer=alice, label="x", now=timezone.now())
    _successor, new = replace_key(customer=alice, key_id=key.pk, now=timezone.now())

    assert Caller(client, old)("balance") == Caller(client, new)("balance")


@pytest.mark.parametrize("name", ["key", "api_key"])
def test_the_key_may_have_either_name(client, call, name):
    answer = client.post("/api/v2", {name: call.key, "action": "balance"})

    assert answer.json()["balance"] == "10.00"


def test_too_many_calls_are_told_in_the_body_with_200_and_the_next_minute_is_free(
    client, call, settings, monkeypatch
):
    settings.PANEL_API_CALLS_PER_MINUTE = 3
    moment = timezone.now().replace(second=20)
    monkeypatch.setattr(views.timezone, "now", lambda: moment)
    sent = {"key": call.key, "action": "balance"}

    answers = [client.post("/api/v2", sent) for _call in range(4)]

    assert [answer["X-RateLimit-Remaining"] for answer in answers[:3]] == ["2", "1", "0"]
    assert answers[0]["X-RateLimit-Limit"] == "3"
    assert answers[0]["X-RateLimit-Reset"] == "40"
    refused = answers[3]
    assert (refused.status_code, refused["Retry-After"]) == (200, "40")
    body = refused.json()
    assert (body["error"], body["code"], body["retry_after"]) == ("Rate limit exceeded", "rate_limited", 40)
    moment += timedelta(seconds=40)
    assert client.post("/api/v2", sent).json()["balance"] == "10.00"


def test_an_order_over_the_limit_is_not_placed(call, alice, settings):
    settings.PANEL_API_CALLS_PER_MINUTE = 0

    assert call.order(make_service())["code"] == "rate_limited"
    assert not alice.orders.exists()


# Secrecy


def every_sort_of_call(client, key):
    form = "application/x-www-form-urlencoded"
    header = {"Authorization": f"Bearer {key}"}
    for action in (*NEEDS, "", "nonsense"):
        client.post("/api/v2", {"key": key, "action": action})
        client.get("/api/v2", {"key": key, "action": action})
        client.post("/api/v2", {"action": action}, headers=header)
        client.post("/api/v2", json.dumps({"api_key": key, "action": action}), "application/json")
    client.post("/api/v2", {"key": f"{key}x", "action": "balance"})
    client.post("/api/v2", {"key": key, "action": "add", "service": "9", "idempotency_key": "k" * 500})
    client.post("/api/v2", {"key": key, "action": "status", "order": "\x00"})
    client.post("/api/v2", f"key={key}&action=balance&x=%ff%00".encode(), form)
    client.post("/api/v2", f'{{"key": "{key}", "action":'.encode(), "application/json")
    client.post("/api/v2", f"key={key}&" + "&".join(f"a{n}=1" for n in range(5_000)), form)
    client.post(f"/api/v2?key={key}", b"broken", "multipart/form-data; boundary=x")
    client.put(f"/api/v2?key={key}", b"x")
    client.get("/api/v3", {"key": key})
    client.get("/api/v2/more/", {"key": key}, headers=header)


def test_no_call_of_any_sort_writes_the_key_into_a_log(client, call, settings, caplog, capsys, monkeypatch):
    settings.DEBUG_PROPAGATE_EXCEPTIONS = False
    settings.PANEL_API_CALLS_PER_MINUTE = 1_000
    with caplog.at_level(logging.DEBUG), caplog.at_level(logging.DEBUG, logger="django"):
        every_sort_of_call(client, call.key)

        def broken(call):
            raise DatabaseError(f"while answering {call!r}")

        monkeypatch.setattr(views, "answer", broken)
        every_sort_of_call(client, call.key)

    assert "A call of API v2 failed" in caplog.text
    assert "Not Found: /api/v3" in caplog.text
    printed = capsys.readouterr()
    everything = caplog.text + printed.out + printed.err
    assert call.key[:11] in everything, "the name of the key may be told, and shows that this test can see it"
    told = [line for line in everything.splitlines() if call.key[11:] in line]
    assert told == []


def test_the_log_of_the_web_server_leaves_out_what_stands_behind_the_question_mark():
    dockerfile = (Path(__file__).resolve().parents[2] / "Dockerfile").read_text()

    [form] = [line for line in dockerfile.splitlines() if "--access-logformat" in line]
    for with_query in ("%(r)s", "%(q)s", "%(f)s", "}i", "}e"):
        assert with_query not in form
