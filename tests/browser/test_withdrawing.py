"""A customer withdraws, in a real browser: two minutes decide about the fee."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from billing.ledger import balance_of
from billing.models import Withdrawal
from tests.billing.withdrawals import assert_books_are_right, orders, pays
from tests.browser.conftest import PHONE
from tests.factories import PASSWORD, make_customer

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("terms")]

NEW = "/funds/withdraw/"


@pytest.fixture
def alice() -> User:
    return make_customer()


def paid_ago(customer: User, **passed: int) -> None:
    """W-18: 100 and a bonus of 5 so long ago, of which an order took 31.50."""
    pays(customer, "100", "5", when=timezone.now() - timedelta(**passed))
    orders(customer, "31.50", when=timezone.now())


def confirms_who_it_is(page: Page) -> None:
    page.fill("[name=password]", PASSWORD)
    page.locator("main").get_by_role("button").first.click()
    expect(page.get_by_role("heading", name="Withdraw", exact=True)).to_be_visible()


def width(page: Page) -> int:
    return page.evaluate("document.documentElement.scrollWidth")


@pytest.mark.clause("K-71", "K-72", "K-73")
@pytest.mark.worked("W-18", "W-19")
@pytest.mark.parametrize(
    ("passed", "fee", "payout"),
    [({"hours": 47, "minutes": 59}, "$0.00", "$68.50"), ({"hours": 48, "minutes": 1}, "$13.70", "$54.80")],
    ids=["47:59", "48:01"],
)
def test_the_fee_is_shown_before_and_taken_as_shown(visit, alice, passed, fee, payout):
    paid_ago(alice, **passed)
    page = visit(alice, NEW)
    confirms_who_it_is(page)

    quote = page.locator("#quote")
    expect(quote.get_by_role("button")).to_contain_text(payout)
    page.get_by_label("Amount").fill("10")
    expect(quote).to_contain_text("$10.00")
    page.get_by_label("Amount").fill("68.50")
    expect(quote.get_by_role("button")).to_contain_text(payout)
    facts = quote.locator("dl")
    expect(facts.locator("div", has_text="Fee")).to_contain_text(fee)
    expect(facts.locator("div", has_text="Bonus lost")).to_contain_text("$5.00")
    page.get_by_label("Where to").fill("Alice Example, DE89 3704 0044 0532 0130 00")
    quote.get_by_role("button").click()
    page.get_by_role("dialog").get_by_role("button", name="Withdraw").click()

    expect(page.get_by_role("heading", name="Withdrawal #")).to_be_visible()
    withdrawal = Withdrawal.objects.get()
    assert withdrawal.payout == Decimal(payout.removeprefix("$"))
    assert balance_of(alice) == 0
    assert_books_are_right()


def test_on_a_phone_a_request_is_made_and_taken_back(visit, alice):
    paid_ago(alice, hours=1)
    page = visit(alice, NEW, viewport=PHONE)
    confirms_who_it_is(page)
    assert width(page) == PHONE["width"]
    page.get_by_label("Where to").fill("Alice Example, DE89 3704 0044 0532 0130 00")
    page.locator("#quote").get_by_role("button").click()
    page.get_by_role("dialog").get_by_role("button", name="Withdraw").click()

    expect(page.get_by_role("heading", name="Withdrawal #")).to_be_visible()
    assert width(page) == PHONE["width"]
    page.get_by_role("button", name="Take the request back").click()
    page.get_by_role("dialog").get_by_role("button", name="Take it back").click()
    expect(page.get_by_text("Taken back by you")).to_be_visible()
    assert balance_of(alice) == Decimal("73.50")
    page.goto("/funds/withdrawals/")
    expect(page.get_by_text("cancelled")).to_be_visible()
    assert width(page) == PHONE["width"]


def test_somebody_without_a_destination_is_told_and_keeps_what_was_typed(visit, alice, complaints):
    paid_ago(alice, hours=1)
    page = visit(alice, NEW)
    confirms_who_it_is(page)
    page.get_by_label("Amount").fill("20")
    expect(page.locator("#quote").get_by_role("button")).to_contain_text("$20.00")
    page.locator("#quote").get_by_role("button").click()
    page.get_by_role("dialog").get_by_role("button", name="Withdraw").click()

    expect(page.get_by_text("20.00 cannot go back the way it came.")).to_be_visible()
    expect(page.get_by_label("Amount")).to_have_value("20")
    assert not Withdrawal.objects.exists()
    # The browser notes the answer 422, as it should.
    complaints.clear()
