"""However a program sends its call, it is understood; whatever else arrives is an incorrect request with status 200."""

import io
import json
from urllib.parse import urlencode

import pytest
from django.db import connection

from accounts.api_keys import revoke_key
from orders.models import Order
from tests.api.conftest import answered
from tests.factories import NOW, make_service

pytestmark = pytest.mark.django_db

FORM = "application/x-www-form-urlencoded"
INCORRECT = {"error": "Incorrect request"}
BALANCE = {"balance": "10.00", "currency": "USD"}


@pytest.fixture
def key(call):
    return call.key


@pytest.mark.parametrize("path", ["/api/v2", "/api/v2/"])
def test_both_spellings_of_the_address_answer_without_a_redirect(client, key, path):
    fields = {"key": key, "action": "balance"}

    assert answered(client.post(path, urlencode(fields), content_type=FORM)) == BALANCE
    assert answered(client.post(path, fields)) == BALANCE  # multipart
    assert answered(client.post(path, fields, content_type="application/json")) == BALANCE
    assert answered(client.get(path, fields)) == BALANCE


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "text/plain", FORM, ""])
def test_json_is_understood_whatever_it_is_called(client, key, kind):
    body = json.dumps({"key": key, "action": "balance"})

    assert answered(client.post("/api/v2", body, content_type=kind)) == BALANCE


def test_a_form_without_a_name_is_understood(client, key):
    body = urlencode({"key": key, "action": "balance"})

    assert answered(client.post("/api/v2", body, content_type="")) == BALANCE
    assert answered(client.post("/api/v2", body, content_type="text/plain")) == BALANCE


def test_numbers_and_nothing_are_understood_in_json(client, key):
    service = make_service()
    order = {"service": service.pk, "link": "https://instagram.com/bob", "quantity": 1000, "runs": None}
    fields = {"key": key, "action": "add", "interval": 0} | order

    number = answered(client.post("/api/v2", fields, content_type="application/json"))["order"]

    several = {"key": key, "action": "status", "orders": [number, "x"]}
    assert list(answered(client.post("/api/v2", several, content_type="application/json"))) == [
        str(number),
        "x",
    ]


@pytest.mark.parametrize("quantity", ["1000.0", "1e3", "1E3", "NaN", "-1000"])
def test_other_numbers_of_json_are_no_quantities(client, key, quantity):
    order = {"key": key, "action": "add", "service": make_service().pk, "link": "https://instagram.com/bob"}
    body = json.dumps(order).removesuffix("}") + f', "quantity": {quantity}}}'

    answer = answered(client.post("/api/v2", body, content_type="application/json"))

    assert answer["error"] == "Incorrect quantity"
    assert not Order.objects.exists()


def test_the_query_and_the_body_are_read_together_the_body_first(client, key):
    query = urlencode({"key": key, "action": "services"})

    assert answered(client.post(f"/api/v2?{query}", {"action": "balance"})) == BALANCE


def test_a_program_needs_no_cookie_and_no_token_of_a_form(client, key):
    client.handler.enforce_csrf_checks = True

    answer = client.post("/api/v2", {"key": key, "action": "balance"})

    assert answered(answer) == BALANCE
    assert not answer.cookies


@pytest.mark.parametrize(
    "agent", ["Mozilla/4.0 (compatible; MSIE 5.01; Windows NT 5.0)", "Python-urllib/3.9", ""]
)
def test_odd_programs_are_welcome(client, key, agent):
    headers = {"User-Agent": agent}

    assert answered(client.post("/api/v2", {"key": key, "action": "balance"}, headers=headers)) == BALANCE


def test_answers_are_not_kept_by_anybody_on_the_way(client, key):
    assert "no-store" in client.get("/api/v2", {"key": key, "action": "balance"})["Cache-Control"]


def test_the_key_may_stand_in_the_header(client, key):
    bearer = {"Authorization": f"Bearer {key}"}

    assert answered(client.post("/api/v2", {"action": "balance"}, headers=bearer)) == BALANCE


@pytest.mark.parametrize(
    "wrong", ["", "nonsense", "fp_", "undefined", "fp_00000000" + "0" * 32, "fp_00000000" + "é" * 32]
)
def test_without_a_working_key_nothing_is_told(client, key, wrong):
    refused = {"error": "Invalid API key"}

    for action in ("balance", "services", "add", "status", "cancel", "refill", "refill_status", "", "x"):
        assert answered(client.post("/api/v2", {"key": wrong, "action": action})) == refused
    assert answered(client.post("/api/v2", {"action": "balance"})) == refused
    assert answered(client.get("/api/v2")) == refused


def test_a_revoked_key_works_no_more(call, alice):
    revoke_key(customer=alice, key_id=alice.api_keys.get().pk, now=NOW)

    assert call("balance") == {"error": "Invalid API key"}


@pytest.mark.parametrize("action", ["", "x", "Balance", "balance\n;", "__class__", "undefined"])
def test_an_unknown_action_is_an_incorrect_request(call, action):
    assert call(action) == INCORRECT


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options"])
def test_other_methods_are_an_incorrect_request(client, key, method):
    body = urlencode({"key": key, "action": "balance"})

    assert answered(getattr(client, method)("/api/v2", body, content_type=FORM)) == INCORRECT


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"{", "application/json"),
        (b"[]", "application/json"),
        (b'"balance"', "application/json"),
        (b"null", "application/json"),
        (b"\xff\xfe\x00", "application/json"),
        (b"[" * 100_000, "application/json"),
        (b'{"key": ["a"]}', "application/json"),
        (b'{"key": {"a": 1}}', "application/json"),
        (b'{"key": true}', "application/json"),
        (b'{"key": "\\u0000"}', "application/json"),
        (b'{"key": "\\ud800"}', "application/json"),
        (b'{"quantity": ' + b"9" * 10_000 + b"}]", "application/json"),
        (b"key=%00", FORM),
        (b"&".join(b"a%d=1" % number for number in range(2_000)), FORM),
        (b"--x\r\nbroken", "multipart/form-data; boundary=x"),
        (b"whatever", "multipart/form-data"),
        (b"key=" + b"a" * 3_000_000, FORM),
        (b"--x\r\n" + b"a" * 3_000_000, "multipart/form-data; boundary=x"),
    ],
    ids=lambda value: str(value[:24]),
)
def test_a_body_that_cannot_be_read_is_an_incorrect_request(client, key, body, kind):
    query = urlencode({"key": key, "action": "balance"})
    answer = answered(client.post(f"/api/v2?{query}", body, content_type=kind))

    # An unfinished multipart body is what was read of it: nothing, so that only the query counts.
    assert answer == (BALANCE if body == b"--x\r\nbroken" else INCORRECT)


def test_a_body_in_pieces_without_a_length_is_understood(client, key):
    body = urlencode({"key": key, "action": "balance"}).encode()
    pieces = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True, "CONTENT_LENGTH": ""}
    sent = client.generic(
        "POST", "/api/v2", b"", content_type=FORM, **pieces, **{"wsgi.input": io.BytesIO(body)}
    )

    assert answered(sent) == BALANCE


def test_an_endless_body_in_pieces_is_an_incorrect_request(client, key):
    pieces = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True, "CONTENT_LENGTH": ""}
    body = io.BytesIO(b"key=" + b"a" * 3_000_000)

    assert (
        answered(client.generic("POST", "/api/v2", b"", FORM, **pieces, **{"wsgi.input": body})) == INCORRECT
    )


def test_a_failure_of_ours_is_an_error_in_json_and_in_the_log_without_the_key(client, key, caplog):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE billing_ledgeraccount RENAME TO mislaid")

    assert answered(client.post("/api/v2", {"key": key, "action": "balance"})) == {"error": "Internal error"}
    assert "A call of API v2 failed" in caplog.text
    assert key not in caplog.text
