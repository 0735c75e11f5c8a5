"""Refills in a real browser: the answer before asking, the chart, many at once, and a phone."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import User
from orders.models import Order
from refills.ending import BroughtBack, close
from refills.judging import locked
from refills.models import Refill
from refills.states import RefillState
from tests.browser.conftest import PHONE
from tests.factories import make_customer, make_service
from tests.refills.stories import delivered, shows

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("terms")]

UGLY = "🔥 Instagram Followers [ Max 900K ] ~ R30 ♻️ <b>HQ</b> & " + "W" * 90


@pytest.fixture
def alice() -> User:
    return make_customer(balance="100")


def dropped(alice: User, count: int, **fields: object) -> Order:
    now = timezone.now()
    order = delivered(alice, at=now - timedelta(days=1), **fields)
    shows(order, count, at=now - timedelta(seconds=1))
    return order


@transaction.atomic
def bring_back(refill: Refill) -> None:
    refill = locked(refill.pk)
    refill.move_to(RefillState.IN_PROGRESS)
    shows(refill.order, refill.target, at=timezone.now())
    close(refill, RefillState.COMPLETED, BroughtBack(), now=timezone.now())


def fits(page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("viewport", [PHONE, {"width": 1280, "height": 800}], ids=["phone", "desk"])
def test_alice_reads_the_answer_asks_and_watches_her_refill_come_back(alice, visit, viewport):
    order = dropped(alice, 10_600, service=make_service(name=UGLY))
    page = visit(alice, f"/orders/{order.pk}/", viewport=viewport)
    part = page.locator("#refill")
    expect(part).to_contain_text("Guaranteed 12,000, now 10,600: 1,400 to refill; until")
    expect(part.locator("canvas")).to_be_visible()
    assert fits(page)

    part.get_by_role("button", name="Ask for a refill").click()
    expect(page.get_by_role("heading", name="Refill #")).to_be_visible()
    expect(page.locator("#course .state").first).to_have_text("Queued")
    assert fits(page)

    bring_back(Refill.objects.get())
    expect(page.locator("#course .state").first).to_have_text("Completed")
    expect(page.locator("#course")).to_contain_text("1,400 brought back")
    page.get_by_text("The counts as a list").click()
    expect(page.locator("#course details")).to_contain_text("12,000 Refilled")


def test_alice_ticks_orders_in_her_list_and_gets_an_answer_for_each(alice, visit):
    service = make_service()
    good = dropped(alice, 10_600, service=service, link="@one")
    none = dropped(alice, 12_000, service=service, link="@two")
    page = visit(alice, "/orders/")
    bar = page.get_by_role("button", name="Refill the ticked orders")
    expect(bar).to_be_hidden()

    page.get_by_label(f"Ask for a refill of order #{none.pk}").check()
    page.get_by_label(f"Ask for a refill of order #{good.pk}").check()
    bar.click()

    expect(page.locator("main")).to_contain_text("1,400 to refill")
    expect(page.locator("main")).to_contain_text("there is no drop to refill")
    expect(page.get_by_label(f"Ask for order #{good.pk}")).to_be_checked()
    expect(page.get_by_label(f"Ask for order #{none.pk}")).to_have_count(0)
    page.get_by_role("button", name="Ask for the ticked ones").click()
    expect(page.get_by_role("heading", name="What was answered")).to_be_visible()
    expect(page.locator("table .state")).to_have_text("Queued")
    page.get_by_role("link", name="All refills").click()
    expect(page.locator("#refills tbody tr")).to_have_count(1)
