"""What every call goes through: the key, how often, the shape of a mistake, and files that stay fresh."""

import subprocess
import sys
from datetime import timedelta

import pytest
import yaml
from django.test import Client
from django.utils import timezone

from accounts.api_keys import revoke_key
from accounts.scopes import Scope
from accounts.standing import change_state
from accounts.states import AccountState
from api.v1.file_views import FILE
from tests.api.v1.conftest import Program, code_of
from tests.factories import NOW, make_order

pytestmark = pytest.mark.django_db

LISTS = [
    "/services/",
    "/orders/",
    "/refills/",
    "/balance/",
    "/transactions/",
    "/fundings/",
    "/terms/",
    "/keys/",
    "/webhooks/",
]


@pytest.mark.parametrize("path", LISTS)
def test_every_list_answers_its_customer(call, alice, path):
    make_order(alice)

    answer = call.get(path)

    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/json"
    assert answer["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize("path", [*LISTS, "/orders/1/", "/nowhere/"])
def test_without_a_key_nothing_is_told(terms, path):
    for headers, code in (
        ({}, "no_key"),
        ({"Authorization": "Basic Zm9v"}, "no_key"),
        ({"Authorization": "Bearer fp_wrong"}, "key_unknown"),
        ({"Authorization": "Bearer "}, "no_key"),
    ):
        answer = Client().get(f"/api/v1{path}", headers=headers)
        assert code_of(answer) == (401, code)
        assert answer["WWW-Authenticate"] == "Bearer"


def test_a_key_in_the_address_is_no_key(call, alice):
    assert code_of(Client().get(f"/api/v1/balance/?key={call.key}")) == (401, "no_key")


def test_a_revoked_and_an_expired_key_end(call, program_of, alice):
    ended = program_of(alice, expires_at=NOW + timedelta(days=1))
    assert code_of(ended.get("/balance/")) == (401, "key_expired")

    revoke_key(customer=alice, key_id=alice.api_keys.order_by("pk").first().pk, now=timezone.now())
    assert code_of(call.get("/balance/")) == (401, "key_unknown")


def test_a_key_from_elsewhere_is_refused(program_of, alice):
    assert code_of(program_of(alice, allowed_networks=["192.0.2.0/24"]).get("/balance/")) == (
        403,
        "address_not_allowed",
    )


def test_a_frozen_account_is_told_why(call, alice):
    change_state(customer=alice, to=AccountState.FROZEN, why="dispute", by=None, now=NOW)

    answer = call.get("/balance/")

    assert code_of(answer) == (403, "account_frozen")
    assert answer.json()["clauses"] == ["A-26", "K-76"]


def test_calls_are_counted_down_and_then_refused(call, settings):
    settings.PANEL_API_CALLS_PER_MINUTE = 3
    answers = [call.get("/balance/") for _call in range(8)]

    refused = answers[-1]
    assert answers[0]["RateLimit-Limit"] == "3"
    assert {answer.status_code for answer in answers} == {200, 429}
    assert code_of(refused) == (429, "rate_limited")
    assert refused["RateLimit-Remaining"] == "0"
    assert 1 <= int(refused["Retry-After"]) <= 60
    assert refused.json()["params"]["limit"] == 3


@pytest.mark.parametrize(
    ("method", "path"),
    [("PUT", "/orders/"), ("DELETE", "/orders/1/"), ("PATCH", "/balance/"), ("OPTIONS", "/keys/")],
)
def test_a_wrong_method_is_a_problem_that_names_the_right_ones(call, method, path):
    answer = call(method, path)

    assert code_of(answer) == (405, "method_not_allowed")
    assert "GET" in answer["Allow"]


@pytest.mark.parametrize(
    "path", ["/orders", "/nowhere/", "/orders/abc/", "/orders/99999999999999999999/", "/"]
)
def test_where_nothing_is_a_problem_says_so_and_nothing_redirects(call, path):
    assert code_of(call.get(path)) == (404, "not_found")
    assert call.post(path).status_code in {404, 405}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"service": NaN}',
        b'{"service": 1, "service": 2}',
        b'{"link": "a\\u0000b"}',
        b'{"link": "\\ud800"}',
        b'{"\\u0000": 1}',
        b"\xff\xfe",
        b"\xef\xbb\xbf{}",
        b"[" * 100_000,
        b'{"quantity": ' + b"9" * 5000 + b"}",
        b'{"quantity": 1e999999999}',
    ],
    ids=lambda body: repr(body[:20]),
)
@pytest.mark.parametrize("path", ["/orders/", "/orders/bulk/", "/refills/", "/keys/"])
def test_a_body_that_is_no_plain_object_is_refused(call, path, body):
    answer = call("POST", path, raw=body, repeat="odd")

    assert answer.status_code == 400
    assert answer.json()["code"] in {"bad_json", "bad_fields"}


def test_other_kinds_of_body_are_refused(call):
    headers = {"Authorization": f"Bearer {call.key}", "Idempotency-Key": "a"}
    form = Client().post("/api/v1/orders/", {"service": "1"}, headers=headers)

    assert code_of(form) == (415, "unsupported_media_type")


def test_a_body_beyond_reason_is_refused(call, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000

    assert code_of(call("POST", "/orders/", raw=b"{" + b" " * 1000, repeat="a")) == (413, "too_large")
    assert code_of(call("POST", "/orders/", raw=b"{" + b" " * 998 + b"}", repeat="a")) == (400, "bad_fields")


def test_a_head_request_is_a_look_without_the_body(call):
    answer = call("HEAD", "/balance/")

    assert (answer.status_code, answer.content) == (200, b"")
    assert answer["ETag"] == call.get("/balance/")["ETag"]


def test_over_plain_http_no_call_is_answered_where_https_is_the_rule(call, settings):
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_REDIRECT_EXEMPT = [r"^api/v1/"]
    # The middleware reads its settings when it is made.
    call.client = Client()

    assert code_of(call.get("/balance/")) == (403, "https_needed")


# ---------------------------------------------------------------- The other shelves


def test_the_balance_says_what_is_cash_and_what_is_bonus(call, alice):
    from tests.factories import give

    give(alice, cash="5", bonus="2")

    told = call.get("/balance/").json()

    assert (told["balance"], told["cash"], told["bonus"]) == ("17.00", "15.00", "2.00")
    assert [lot["cash"] for lot in told["fundings"]] == ["5.00", "10.00"]
    assert [item["bonus"] for item in call.get("/fundings/").json()["items"]] == ["2.00", "0.00"]


def test_the_statement_adds_up_line_by_line(call, alice):
    order = make_order(alice, quantity=1000)

    lines = call.get("/transactions/").json()["items"]

    assert [(line["kind"], line["change"], line["balance"]) for line in lines] == [
        ("charge", "-1.2345", "8.7655"),
        ("deposit", "10.00", "10.00"),
    ]
    assert lines[0]["order"] == order.pk
    assert len(call.get("/transactions/?kind=deposit").json()["items"]) == 1
    assert call.get("/transactions/?last_day=2020-01-01").json()["items"] == []


def test_services_are_at_the_callers_own_rate_and_found_by_words(call, alice, service):
    alice.discount_percent = "10"
    alice.save(update_fields=["discount_percent"])

    [told] = call.get("/services/?platform=instagram&metric=followers&guarantee=refill&search=refill").json()[
        "items"
    ]

    assert told["id"] == service.pk
    assert told["rate_per_1000"] == "1.11105"
    assert call.get(f"/services/?category={service.category_id}").json()["items"] == [told]
    assert call.get("/services/?guarantee=none").json()["items"] == []
    assert call.get(f"/services/{service.pk}/").json() == told
    service.is_on_sale = False
    service.save(update_fields=["is_on_sale"])
    assert code_of(call.get(f"/services/{service.pk}/")) == (404, "not_found")


def test_the_terms_are_told_with_their_numbers(call, terms):
    [version] = call.get("/terms/").json()["items"]
    whole = call.get(f"/terms/{version['number']}/").json()

    assert version == {
        "number": terms.number,
        "published_at": "2026-03-01T12:00:00Z",
        "digest": terms.digest,
        "in_force": True,
    }
    assert whole["text"] == terms.text
    assert whole["policy"] == terms.policy
    assert code_of(call.get("/terms/2/")) == (404, "not_found")


# ---------------------------------------------------------------- Keys


def test_a_key_makes_a_weaker_one_and_ends_it(call, alice):
    made = call.post("/keys/", {"label": "Reader", "scopes": ["read"]})

    assert made.status_code == 201
    reader = Program(made.json()["key"])
    assert reader.get("/balance/").status_code == 200
    assert code_of(reader.get("/keys/")) == (403, "scope_missing")
    assert "key" not in call.get(f"/keys/{made.json()['id']}/").json()
    assert call("DELETE", f"/keys/{made.json()['id']}/").status_code == 204
    assert code_of(reader.get("/balance/")) == (401, "key_unknown")


def test_no_key_makes_a_stronger_one(program_of, alice):
    tied = program_of(
        alice,
        Scope.MONEY,
        allowed_networks=["127.0.0.0/8"],
        expires_at=timezone.now() + timedelta(days=30),
    )
    wider = (
        {"scopes": ["money", "order"]},
        {"allowed_networks": []},
        {"allowed_networks": ["0.0.0.0/0"]},
        {"expires_at": "2100-01-01T00:00:00Z"},
    )
    for more in wider:
        answer = tied.post("/keys/", {"label": "More", "scopes": ["money"]} | more)
        assert code_of(answer) == (422, "wider_than_yours"), more

    same = tied.post("/keys/", {"label": "Same", "scopes": ["money"]}).json()
    assert same["allowed_networks"] == ["127.0.0.0/8"]
    assert same["expires_at"] is not None


def test_a_key_of_somebody_else_does_not_exist(call, program_of, bob):
    program_of(bob)
    theirs = bob.api_keys.get()

    assert code_of(call("DELETE", f"/keys/{theirs.pk}/")) == (404, "not_found")
    theirs.refresh_from_db()
    assert theirs.revoked_at is None


# ---------------------------------------------------------------- The OpenAPI file


def test_the_openapi_file_is_fresh():
    made = subprocess.run(
        [sys.executable, "manage.py", "spectacular", "--validate", "--fail-on-warn"],
        cwd=FILE.parents[1],
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert made == FILE.read_text(), "bin/openapi writes it anew"


def test_the_openapi_file_is_there_for_everybody(client):
    answer = client.get("/api/v1/openapi.yaml")

    assert answer.content.decode() == FILE.read_text()
    assert client.get("/api/v1/openapi.yaml", headers={"If-None-Match": answer["ETag"]}).status_code == 304


def test_every_operation_is_described_in_full():
    described = yaml.safe_load(FILE.read_text())
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            named = (path, method)
            assert operation["summary"], named
            assert operation["tags"], named
            assert operation["security"] == [{"key": []}], named
            assert operation["x-scope"] in set(Scope), named
            assert {"401", "403", "404", "405", "429", "500"} <= set(operation["responses"]), named
            for status, response in operation["responses"].items():
                if status not in {"204", "304"}:
                    [content] = response["content"].values()
                    assert content["examples"], (named, status)
