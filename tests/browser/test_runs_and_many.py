"""Orders in runs and many orders at once, in a real browser."""

import re
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from accounts.models import User
from billing.ledger import balance_of
from orders import many_views
from orders.models import Order
from tests.browser.conftest import PHONE
from tests.factories import make_customer, make_service

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("terms")]


@pytest.fixture
def alice() -> User:
    return make_customer(balance="100")


def tick(page) -> None:
    page.get_by_label("Everybody can see").check()
    if page.get_by_label("I have read and accept").count():
        page.get_by_label("I have read and accept").check()


def test_alice_orders_in_runs_and_sees_the_price_of_all_of_them_while_typing(alice, visit):
    service = make_service(rate_per_1000="1.20")
    page = visit(alice, f"/orders/new/?service={service.pk}", viewport=PHONE)
    expect(page.get_by_label("Runs", exact=True)).to_be_hidden()

    page.get_by_label("Link", exact=True).fill("@nova.studio")
    page.get_by_label("Quantity").fill("100")
    page.get_by_label("Deliver in runs").check()
    page.get_by_label("Runs", exact=True).fill("1")
    expect(page.get_by_text("Between 2 and 1,000 runs.")).to_be_visible()
    page.get_by_label("Runs", exact=True).fill("10")
    page.get_by_label("Minutes from one run").fill("60")
    expect(page.locator("#charge")).to_have_text("$1.20")
    expect(page.locator("#balance-after")).to_have_text("$98.80")

    page.get_by_role("button", name="Go on to the summary").click()
    tick(page)
    page.get_by_role("button", name=re.compile("Place order")).click()

    expect(page.get_by_text("0 of 10 runs ended")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.locator(".runs-strip a").nth(6).click()
    expect(page.get_by_role("heading", name="Run 7", exact=True)).to_be_visible()
    assert Order.objects.count() == 10
    assert balance_of(alice) == Decimal("98.80")


def test_alice_pastes_many_orders_and_corrects_the_one_that_was_wrong(alice, visit, monkeypatch):
    # However short a turn is, the page goes on by itself.
    monkeypatch.setattr(many_views, "SECONDS", 0.05)
    service = make_service(rate_per_1000="1.20")
    page = visit(alice, "/orders/many/")
    links = [f"{service.pk}\t@name.{number}\t1,000" for number in range(8)]
    page.get_by_label("Orders, one on each line").fill("\n".join([*links, f"{service.pk} | @wrong | 1"]))

    page.get_by_role("button", name="Check all lines").click()
    expect(page.locator("#charge")).to_have_text("$9.60")
    expect(page.get_by_text("Between 10 and 100,000; 1 is too few.")).to_be_visible()
    tick(page)
    page.get_by_role("button", name="Place 8 orders").click()

    expect(page.get_by_text("8 orders are placed for")).to_be_visible()
    box = page.get_by_label("What was not placed")
    expect(box).to_have_value(f"{service.pk} | @wrong | 1")
    box.fill(f"{service.pk} | @right | 100")
    page.get_by_role("button", name="Check all lines").click()
    tick(page)
    page.get_by_role("button", name="Place 1 order").click()

    expect(page.get_by_text("1 order is placed for")).to_be_visible()
    assert Order.objects.count() == 9
    assert balance_of(alice) == Decimal("90.28")
