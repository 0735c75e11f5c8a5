"""A programmer reads about the APIs and tries a call."""

import pytest
from playwright.sync_api import expect

from accounts.api_keys import create_key
from tests.browser.conftest import PHONE
from tests.factories import NOW, make_customer

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_call_is_tried_on_the_page_and_its_answer_shown(visit, terms):
    alice = make_customer(balance="12.50")
    _key, plain = create_key(customer=alice, label="shop", now=NOW)
    page = visit(alice, "/api/reference/rest/#balance_retrieve")
    operation = page.locator("#balance_retrieve")

    page.get_by_label("Your key, to try calls here").fill(str(plain))
    operation.get_by_role("button", name="Send").click()

    expect(operation.locator(".try-answer .status")).to_have_text("200")
    expect(operation.locator(".try-answer code")).to_contain_text('"balance": "12.50"')


def test_without_a_key_nothing_is_sent(visit, terms):
    page = visit(make_customer(), "/api/reference/rest/#balance_retrieve")
    asked = []
    page.on("request", lambda request: asked.append(request.url) if "/api/v1/" in request.url else None)

    page.locator("#balance_retrieve").get_by_role("button", name="Send").click()

    expect(page.get_by_label("Your key, to try calls here")).to_be_focused()
    assert asked == []


@pytest.mark.parametrize("path", ["/api/", "/api/reference/v2/", "/api/reference/rest/", "/api/moving/"])
def test_on_a_phone_nothing_runs_over_the_edge(visit, terms, path):
    page = visit(None, path, viewport=PHONE)

    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
