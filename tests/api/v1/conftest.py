import json
from uuid import uuid4

import pytest
from django.test import Client

from accounts.api_keys import create_key
from accounts.scopes import Scope
from tests.factories import LINK, make_customer, make_service
from tests.factories import NOW as KEY_MADE
from tests.orders.conftest import books

__all__ = ["books"]


@pytest.fixture(autouse=True)
def _many_calls(settings):
    """A test calls more often than a shop."""
    settings.PANEL_API_CALLS_PER_MINUTE = 100_000


class Program:
    """A reseller's program with one key. What it gets is JSON, or nothing."""

    def __init__(self, key, client=None):
        self.key = str(key)
        self.client = client or Client()

    def __call__(self, method, path, body=None, *, repeat="", raw=None, **headers):
        headers = {"Authorization": f"Bearer {self.key}"} | headers
        if repeat:
            headers["Idempotency-Key"] = repeat
        data = raw if raw is not None else json.dumps(body) if body is not None else ""
        answer = self.client.generic(
            method, f"/api/v1{path}", data, content_type="application/json", headers=headers
        )
        if answer.status_code >= 400:
            assert answer["Content-Type"] == "application/problem+json"
            assert answer.json()["status"] == answer.status_code
        return answer

    def get(self, path, **headers):
        return self("GET", path, **headers)

    def post(self, path, body=None, *, repeat="", **headers):
        return self("POST", path, body if body is not None else {}, repeat=repeat, **headers)

    def order(self, service, /, *, repeat="", **fields):
        body = {"service": service.pk, "link": LINK, "quantity": 1000} | fields
        return self.post("/orders/", body, repeat=repeat or uuid4().hex)


def key_for(customer, *scopes, **fields):
    chosen = scopes or tuple(Scope)
    return create_key(customer=customer, label="shop", now=KEY_MADE, scopes=chosen, **fields)[1]


@pytest.fixture
def program_of(db):
    def program(customer, *scopes, **fields):
        return Program(key_for(customer, *scopes, **fields))

    return program


@pytest.fixture
def alice(terms, db):
    return make_customer(balance="10.00")


@pytest.fixture
def bob(terms, db):
    return make_customer("bob@example.com", balance="10.00")


@pytest.fixture
def service(terms, db):
    return make_service(rate_per_1000="1.2345")


@pytest.fixture
def call(program_of, alice):
    return program_of(alice)


def code_of(answer):
    return answer.status_code, answer.json()["code"]
