"""Terms at the order: what the form shows when they changed, and what pressing the button then does."""

import pytest

from billing.ledger import balance_of
from orders.models import Order
from terms.acceptance import record_acceptance
from terms.models import Acceptance, Channel
from tests.factories import LINK, NOW, make_customer, make_service, publish_terms

pytestmark = pytest.mark.django_db

NEW = "/orders/new/"
STRICTER = {"refill.min_share_percent": "15"}


@pytest.fixture
def alice(terms):
    return make_customer(balance="100")


@pytest.fixture
def browser(client, alice):
    client.force_login(alice)
    return client


def agreed(alice, version):
    record_acceptance(
        customer=alice, version=version, channel=Channel.ORDER, explicit=True, subject="order:1", now=NOW
    )


def summary_for(browser, service):
    typed = {"do": "check", "service": service.pk, "link": LINK, "quantity": "1000"}
    return browser.post(NEW, typed | {"public": "on"})


def press(browser, page, **ticks):
    sent = {
        "do": "place",
        "service": page.context["form"].service.pk,
        "request_id": page.context["request_id"],
        "shown_version": page.context["version"].number,
        "shown_charge": str(page.context["form"].draft.charge),
        "link": LINK,
        "quantity": "1000",
        "public": "on",
    }
    return browser.post(NEW, sent | ticks)


def said(page):
    return " ".join(page.content.decode().split())


@pytest.mark.worked("V-5")
@pytest.mark.clause("A-06", "K-50")
def test_terms_published_between_form_and_button_charge_nothing_and_come_back_with_the_difference(
    browser, alice, terms
):
    agreed(alice, terms)
    page = summary_for(browser, make_service())
    assert page.context["terms_news"] is None
    publish_terms(changes=STRICTER)

    back = press(browser, page, accept_terms="on")

    assert not Order.objects.exists()
    assert balance_of(alice) == 100
    assert "The terms changed on" in said(back)
    assert "Until now: 10. From now on: 15." in said(back)
    assert "/terms/1/changes/2/" in said(back)
    assert back.context["terms_tick"] is True
    assert back.context["terms_ticked"] is False

    unticked = press(browser, back)
    assert not Order.objects.exists()
    press(browser, unticked, accept_terms="on")
    order = Order.objects.get()
    assert order.terms_version_id == 2
    assert Acceptance.objects.get(subject=f"order:{order.pk}", explicit=True).version_id == 2


@pytest.mark.clause("A-06", "K-50")
@pytest.mark.parametrize(
    ("rule", "ticked"), [("implicit_notice", False), ("tick_if_changed", True), ("tick_always", True)]
)
def test_the_form_says_since_when_the_terms_changed_and_asks_as_the_policy_wants(
    browser, alice, rule, ticked
):
    agreed(alice, publish_terms(changes={"accept.order_browser": rule}))
    publish_terms(changes={"accept.order_browser": rule} | STRICTER)

    page = summary_for(browser, make_service())

    assert "The terms changed since March 1, 2026, when you last agreed to them" in said(page)
    assert "Until now: 10. From now on: 15." in said(page)
    assert ("id_accept_terms" in said(page)) is ticked
    press(browser, page)
    assert Order.objects.exists() is not ticked


def test_after_the_order_the_change_is_no_news_any_more(browser, alice, terms):
    agreed(alice, terms)
    publish_terms(changes=STRICTER)
    service = make_service()
    press(browser, summary_for(browser, service), accept_terms="on")
    Order.objects.get()

    assert summary_for(browser, make_service()).context.get("terms_news") is None


@pytest.mark.clause("A-02", "K-03")
def test_an_account_made_by_staff_ticks_the_terms_at_its_first_order(browser, alice):
    publish_terms(changes={"accept.order_browser": "implicit_notice"})

    page = summary_for(browser, make_service())

    assert page.context["terms_tick"] is True
    assert page.context["terms_news"] is None
    press(browser, page)
    assert not Order.objects.exists()


def test_very_many_changes_are_folded_and_all_there(browser, alice):
    agreed(alice, publish_terms("alphasmm"))
    publish_terms("bestsmmkart")

    page = said(summary_for(browser, make_service()))

    assert "20 changes</summary>" in page
    assert "<details open" not in page
