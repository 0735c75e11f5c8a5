"""Where the money is, as its customer sees it in a real browser: fundings, receipts, the statement, a coupon."""

import re
from decimal import Decimal

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import User
from billing.models import Coupon
from orders.models import Order
from tests.browser.conftest import PHONE
from tests.browser.test_ordering import to_the_summary, width
from tests.factories import give, make_customer, make_order, make_service

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("terms")]


@pytest.fixture
def alice() -> User:
    alice = make_customer()
    give(alice, cash="1523.37", bonus="76.17", now=timezone.now())
    return alice


def test_a_customer_finds_what_is_left_of_a_payment_and_its_receipt(visit, alice):
    make_order(alice, make_service(rate_per_1000="0.0002"), quantity=100, now=timezone.now())
    page = visit(alice, "/funds/", viewport=PHONE)

    funding = page.locator(".funding")
    expect(funding).to_contain_text("$1,523.36998")
    expect(funding).to_contain_text("fee-free to withdraw")
    expect(funding.locator("svg rect")).to_have_count(3)
    assert width(page) == PHONE["width"]

    funding.get_by_role("link", name="Receipt").click()
    expect(page.locator("main")).to_contain_text("$1,599.54 USD")
    assert width(page) == PHONE["width"]
    file = page.request.get(page.get_by_role("link", name="As PDF").get_attribute("href"))
    assert (file.status, file.body()[:5]) == (200, b"%PDF-")


def test_a_customer_narrows_the_statement_and_looks_further_back(visit, alice):
    order = make_order(alice, make_service(rate_per_1000="2.00"), quantity=1000, now=timezone.now())
    page = visit(alice, "/statement/")
    lines = page.locator("#lines tbody tr")
    expect(lines).to_have_count(3)

    page.locator(".chip", has_text="Orders and refunds").click()
    expect(lines).to_have_count(1)
    expect(lines.get_by_role("link")).to_have_text(f"Order #{order.pk}")
    expect(page).to_have_url(re.compile("group=orders"))

    page.get_by_role("link", name="365 days").click()
    expect(page.get_by_role("link", name="365 days")).to_have_attribute("aria-current", "true")
    expect(lines).to_have_count(1)
    expect(page.locator("canvas[data-chart]")).to_be_visible()
    page.wait_for_function("Boolean(Chart.getChart(document.querySelector('canvas[data-chart]')))")
    drawn = page.evaluate(
        "Chart.getChart(document.querySelector('canvas[data-chart]')).data.datasets[0].data"
    )
    assert (len(drawn), str(drawn[-1])) == (365, "1597.54")


def test_a_coupon_typed_into_the_order_form_is_off_the_charge(visit, alice):
    Coupon.objects.create(code="FIRST1", kind="order_amount", value=1)
    service = make_service(rate_per_1000="2.00")
    page = visit(alice, f"/orders/new/?service={service.pk}")

    page.get_by_label("Coupon").fill("nothing")
    page.get_by_label("Quantity").fill("2500")
    expect(page.locator("#id_coupon_said")).to_contain_text("There is no such coupon.")
    expect(page.locator("#charge")).to_have_text("$5.00")
    page.get_by_label("Coupon").fill("first1")
    expect(page.locator("#charge")).to_have_text("$4.00")
    expect(page.locator("#id_coupon_said")).to_be_empty()

    to_the_summary(page, quantity="2500")
    expect(page.locator("main")).to_contain_text("Coupon FIRST1")
    page.get_by_role("button", name=re.compile("Place order")).click()
    expect(page.locator("#course")).to_contain_text("Off by coupon FIRST1")
    assert Order.objects.get().charge == Decimal(4)
