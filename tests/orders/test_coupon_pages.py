"""A coupon on the order form: what it takes off is shown while typing, on the summary and on the order's page."""

from decimal import Decimal

import pytest

from billing.models import Coupon, CouponUse
from billing.templatetags.money import MINUS
from orders.models import Order
from tests.factories import LINK, make_service
from tests.orders.test_pages import QUOTE, ask_for, browser, refusals, said
from tests.orders.test_run_pages import place

__all__ = ["browser"]

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def coupon():
    return Coupon.objects.create(code="Welcome5", kind="order_amount", value=1, at_least=Decimal("2"))


def service():
    return make_service(rate_per_1000="2.00")


def test_what_it_takes_off_is_shown_while_typing(browser, terms):
    page = browser.post(
        QUOTE, {"service": service().pk, "link": LINK, "quantity": "2500", "coupon": "welcome5 "}
    )

    assert page.context["form"].charge == 4
    assert "Coupon WELCOME5" in said(page)
    assert f"{MINUS}$1.00" in said(page)
    assert 'name="shown_charge" value="4.00' in said(page)


def test_one_that_cannot_be_used_is_refused_beside_its_field_and_what_was_typed_stays(browser, terms):
    page = ask_for(browser, service(), quantity="900", coupon="WELCOME5")

    assert page.context["step"] == "fields"
    assert refusals(page, "coupon") == ["coupon_too_small"]
    assert "This coupon is for amounts from 2.00." in said(page)
    assert 'value="WELCOME5"' in said(page)


def test_the_summary_and_the_order_show_what_it_took_off(browser, alice):
    summary = ask_for(browser, service(), quantity="2500", coupon="welcome5")
    assert "Coupon WELCOME5" in said(summary)

    placed = place(browser, summary)
    order = Order.objects.get()
    assert placed.url == f"/orders/{order.pk}/"
    assert (order.charge, CouponUse.objects.get().amount) == (4, 1)
    page = said(browser.get(placed.url))
    assert "Off by coupon WELCOME5" in page
    assert "coupon given back" not in page


def test_used_before_it_takes_nothing_off(browser, alice):
    place(browser, ask_for(browser, service(), quantity="2500", coupon="welcome5"))

    page = ask_for(browser, service(), link=LINK + "p2", quantity="2500", coupon="welcome5")

    assert "You have used this coupon before." in said(page)
