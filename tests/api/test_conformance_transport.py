"""API v2, what the trade does: how a call travels. One test for each line."""

import json
from http import HTTPStatus
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.utils import timezone

from api import views
from tests.factories import make_service

pytestmark = pytest.mark.django_db

FORM = "application/x-www-form-urlencoded"
ADDRESSES = ["/api/v2", "/api/v2/"]
BALANCE = {"balance": "10.00", "currency": "USD"}
AGENTS = [
    "Mozilla/4.0 (compatible; MSIE 5.01; Windows NT 5.0)",
    "Python-urllib/3.11",
    "python-requests/2.32",
    "axios/1.7",
    "",
]


@pytest.fixture
def asked(call):
    return {"key": call.key, "action": "balance"}


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_call_is_a_posted_form_with_key_and_action(client, asked, address):
    assert client.post(address, urlencode(asked), content_type=FORM).json() == BALANCE


@pytest.mark.parametrize("address", ADDRESSES)
def test_bots_ask_with_get_and_a_query(client, asked, address):
    assert client.get(address, asked).json() == BALANCE


@pytest.mark.parametrize("address", ADDRESSES)
def test_node_clients_send_json(client, asked, address):
    assert client.post(address, json.dumps(asked), content_type="application/json").json() == BALANCE


@pytest.mark.parametrize("address", ADDRESSES)
def test_some_clients_send_multipart(client, asked, address):
    assert client.post(address, asked).json() == BALANCE


def test_some_panels_take_the_key_in_the_header(client, call):
    answer = client.post("/api/v2", {"action": "balance"}, headers={"Authorization": f"Bearer {call.key}"})

    assert answer.json() == BALANCE


def test_some_clients_call_the_key_api_key(client, call):
    assert client.post("/api/v2", {"api_key": call.key, "action": "balance"}).json() == BALANCE


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("method", ["get", "post"])
def test_neither_spelling_is_ever_redirected(client, asked, address, method):
    assert getattr(client, method)(address, asked).status_code == HTTPStatus.OK


def test_a_program_has_no_cookie_and_no_token_of_a_form(asked):
    assert Client(enforce_csrf_checks=True).post("/api/v2", asked).json() == BALANCE


@pytest.mark.parametrize("agent", AGENTS)
def test_no_user_agent_is_turned_away(client, asked, agent):
    assert client.post("/api/v2", asked, headers={"User-Agent": agent}).json() == BALANCE


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"key": "wrong", "action": "balance"},
        {"action": "nonsense"},
        {"action": "add"},
        {"action": "add", "service": "999999", "link": "x", "quantity": "1"},
        {"action": "status", "order": "999999"},
        {"action": "refill", "order": "999999"},
        {"action": "refill_status", "refill": "999999"},
        {"action": "status"},
    ],
)
def test_every_error_comes_with_status_200(client, call, asked):
    answer = client.post("/api/v2", {"key": call.key} | asked)

    assert answer.status_code == HTTPStatus.OK
    assert answer.json()["error"]


def test_no_success_has_a_key_error_not_even_an_empty_one(call):
    service = make_service()
    order = call.order(service)["order"]

    for answer in (
        call("balance"),
        call("services")[0],
        call.order(service, link="https://www.instagram.com/another/"),
        call("status", order=order),
        call("status", orders=order)[str(order)],
    ):
        assert "error" not in answer


@pytest.mark.parametrize("action", ["balance", "services", "nonsense"])
def test_an_answer_is_json_from_its_first_byte(client, call, action):
    answer = client.post("/api/v2", {"key": call.key, "action": action})

    assert answer["Content-Type"] == "application/json"
    assert answer.content[:1] in (b"{", b"[")


def test_120_calls_a_minute_are_answered_and_the_next_is_told_to_slow_down_with_200(
    client, asked, monkeypatch
):
    moment = timezone.now()
    monkeypatch.setattr(views.timezone, "now", lambda: moment)

    for _call in range(120):
        assert client.post("/api/v2", asked).json() == BALANCE
    refused = client.post("/api/v2", asked)

    assert refused.status_code == HTTPStatus.OK
    assert refused.json()["error"] == "Rate limit exceeded"
