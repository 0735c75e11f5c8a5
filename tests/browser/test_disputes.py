"""A payment is disputed, in a real browser: staff enter it and decide, the customer reads what it means."""

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from billing.ledger import balance_of
from billing.models import Dispute
from orders import terminating
from tests.billing.payments import paid
from tests.factories import make_customer, make_order, make_service, make_staff
from tests.orders.stories import differences

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("terms")]


def decides(page: Page, button: str, note: str) -> None:
    page.get_by_role("link", name=button).click()
    page.get_by_label("Reason").fill(note)
    page.get_by_role("button", name=button).click()


@pytest.mark.clause("A-26", "K-76")
def test_a_dispute_from_the_news_to_the_open_account(visit):
    alice, sam = make_customer(), make_staff()
    payment = paid(alice, now=timezone.now())
    make_order(alice, make_service(rate_per_1000="10"), quantity=5000, now=timezone.now())

    office = visit(sam, f"/admin/billing/dispute/add/?payment={payment.code}")
    office.get_by_label("The bank has taken the money back").check()
    office.get_by_label("Reason").fill("product_not_received")
    office.get_by_role("button", name="Enter").click()
    expect(office.get_by_text("Entered. What follows from it is decided below.")).to_be_visible()

    alice.refresh_from_db()
    customer = visit(alice, "/orders/new/")
    expect(customer.get_by_text("Your account is frozen").first).to_be_visible()
    expect(customer.get_by_text("You owe $50.00")).to_be_visible()
    expect(customer.locator("#balance")).to_contain_text("$50.00")

    decides(office, "End the orders", "Ended over the dispute.")
    terminating.end_owed_orders(now=timezone.now())
    customer.goto(customer.url.replace("/orders/new/", "/orders/"))
    expect(customer.get_by_text("You owe")).to_have_count(0)

    with office.expect_download() as pack:
        office.get_by_role("link", name="Evidence as zip").click()
    assert payment.code in pack.value.suggested_filename
    decides(office, "We won it", "The bank has decided for us.")
    decides(office, "Open the account again", "We won.")
    customer.goto(customer.url)
    expect(customer.get_by_text("Your account is frozen")).to_have_count(0)

    assert User.objects.get(pk=alice.pk).state == "active"
    assert balance_of(alice) == 110
    assert Dispute.objects.get().orders_ended_at is not None
    assert differences() == []
