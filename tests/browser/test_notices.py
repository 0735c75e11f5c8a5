"""The bell, the list and a banner, in a real browser."""

import pytest
from django.db import transaction
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from accounts.announcements import announce
from accounts.models import Notice, NoticeKind, User
from accounts.notices import notify, unread_count
from accounts.switches import wants
from tests.browser.conftest import PHONE
from tests.factories import make_customer

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("terms")]


@pytest.fixture
def alice() -> User:
    return make_customer()


@transaction.atomic
def tell(customer: User, title: str, url: str = "/orders/") -> None:
    notify(
        customer=customer,
        kind=NoticeKind.ORDER_PARTIAL,
        title=title,
        text="$1.20 went back to your balance.",
        url=url,
        now=timezone.now(),
    )


@transaction.atomic
def say(title: str) -> None:
    announce(title=title, text="In force from now on.", url="/terms/", by=None, now=timezone.now())


def bell_of(page: Page) -> Locator:
    return page.locator("#bell .bell-count")


def test_alice_follows_the_bell_and_reads_what_is_new(visit, alice):
    for number in (1, 2, 3):
        tell(alice, f"Order #{number} was canceled")
    page = visit(alice)
    expect(bell_of(page)).to_have_text("3")
    expect(page.get_by_role("region", name="News for you")).to_contain_text("Order #3 was canceled")

    page.get_by_role("link", name="Notices: 3 unread").click()
    page.get_by_role("button", name="Mark “Order #2 was canceled” as read").click()
    expect(bell_of(page)).to_have_text("2")
    page.get_by_role("link", name="Order #3 was canceled").click()
    expect(page.get_by_role("heading", name="Orders", exact=True)).to_be_visible()
    expect(bell_of(page)).to_have_text("1")

    page.locator("#bell").click()
    page.get_by_role("link", name="Unread", exact=True).click()
    expect(page.locator("#notices li")).to_have_count(1)
    page.get_by_role("button", name="Mark all as read").click()
    expect(page.locator("#notices")).to_contain_text("There is nothing new.")
    expect(bell_of(page)).to_have_count(0)
    assert unread_count(alice) == 0
    assert Notice.objects.count() == 3


def test_the_bell_rings_by_itself(visit, alice):
    page = visit(alice, "/account/notices/switches/")
    expect(bell_of(page)).to_have_count(0)
    tell(alice, "Order #1 was canceled")

    page.evaluate(
        "htmx.ajax('GET', '/account/notices/bell/', {source: '#bell', target: '#bell', swap: 'outerHTML'})"
    )

    expect(bell_of(page)).to_have_text("1")


def test_a_banner_stays_until_it_is_put_away(visit, alice):
    say("New terms, version 2")
    page = visit(alice, "/services/")
    banner = page.locator(".banner")
    expect(banner).to_contain_text("New terms, version 2")

    page.get_by_role("button", name="I have read “New terms, version 2”").click()
    expect(banner).to_have_count(0)
    page.goto("/account/")
    expect(banner).to_have_count(0)
    page.goto("/account/announcements/")
    expect(page.locator("main")).to_contain_text("New terms, version 2")


def test_alice_chooses_on_her_phone_what_she_is_mailed(visit, alice):
    page = visit(alice, "/account/notices/switches/", viewport=PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]

    page.get_by_label("Refund decided: by mail").uncheck()
    page.get_by_role("button", name="Keep these choices").click()
    expect(page.get_by_text("Kept: we tell you what you chose.")).to_be_visible()

    alice.refresh_from_db()
    assert not wants(alice, NoticeKind.REFUND_DECIDED, "mail")
    assert wants(alice, NoticeKind.REFUND_DECIDED, "panel")
    expect(page.get_by_label("Security: by mail")).to_be_disabled()
