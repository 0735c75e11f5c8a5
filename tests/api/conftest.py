import json

import pytest

from accounts.api_keys import create_key
from orders import submitting, tracking
from providers.gateway import Accepted, StatusReport
from tests.factories import NOW, after, make_customer, make_order, make_service


class Caller:
    """A reseller's program: it posts a form and reads JSON, and no error may come with another status than 200."""

    def __init__(self, client, key):
        self.client = client
        self.key = str(key)

    def __call__(self, action="", **fields):
        return answered(self.client.post("/api/v2", {"key": self.key, "action": action} | fields))

    def order(self, service, /, **fields):
        ordinary = {
            "service": service.pk,
            "link": "https://www.instagram.com/alice.studio/",
            "quantity": "1000",
        }
        return self("add", **(ordinary | fields))


def answered(response):
    assert response.status_code == 200
    assert response["Content-Type"] == "application/json"
    return json.loads(response.content)


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


@pytest.fixture
def reported():
    """Place an order, hand it over, and let its provider report on it."""

    def order(customer, state, remains=None, **fields):
        placed = make_order(customer, make_service(), **fields)
        submission = submitting.claim_next(now=NOW)
        submitting.apply_verdict(submission, Accepted(f"77{placed.pk}", "Weird Upstream words"), now=NOW)
        report = StatusReport(state, remains, 3572, None, "EUR", "Weird Upstream words", "raw")
        tracking.apply_answer(placed.pk, report, now=after(minutes=5))
        placed.refresh_from_db()
        return placed

    return order
