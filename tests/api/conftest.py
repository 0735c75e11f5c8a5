import json

import pytest

from accounts.api_keys import create_key
from tests.factories import NOW, make_customer


class Caller:
    """A reseller's program: it posts a form and reads JSON, whatever the status says."""

    def __init__(self, client, key):
        self.client = client
        self.key = key

    def __call__(self, action="", **fields):
        answer = self.client.post("/api/v2", {"key": self.key, "action": action} | fields)
        assert answer.status_code == 200
        assert answer["Content-Type"] == "application/json"
        return json.loads(answer.content)

    def order(self, service, **fields):
        link = fields.pop("link", "https://www.instagram.com/alice.studio/")
        quantity = {"quantity": "1000"} if service.kind == "default" else {}
        return self("add", service=service.pk, link=link, **(quantity | fields))


@pytest.fixture
def caller_of(client, db):
    """Give a customer a program with a key of its own."""

    def caller(customer):
        return Caller(client, create_key(customer=customer, label="shop", now=NOW)[1])

    return caller


@pytest.fixture
def alice(terms, db):
    return make_customer(balance="10.00")


@pytest.fixture
def bob(terms, db):
    return make_customer("bob@example.com", balance="10.00")


@pytest.fixture
def call(caller_of, alice):
    return caller_of(alice)
