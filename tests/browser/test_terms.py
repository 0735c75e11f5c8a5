"""Terms that change, as a customer and as staff meet them in a real browser."""

import pytest
from playwright.sync_api import expect

from accounts.models import User
from billing.ledger import balance_of
from orders.models import Order
from terms.drafting import begin_from_version
from terms.models import TermsVersion
from tests.browser.conftest import PHONE
from tests.factories import NOW, make_customer, make_service, make_staff, publish_terms
from tests.orders.stories import started

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("terms")]


@pytest.fixture
def alice() -> User:
    return make_customer(balance="100")


@pytest.mark.worked("V-5")
@pytest.mark.clause("A-06", "K-50")
def test_terms_that_change_under_an_open_form_are_shown_with_their_difference_before_anything_is_charged(
    visit, alice
):
    started(alice)
    service = make_service(name="Fresh followers")
    page = visit(alice, f"/orders/new/?service={service.pk}")
    page.get_by_label("Link", exact=True).fill("@nova.studio")
    page.get_by_label("Quantity").fill("1000")
    page.get_by_role("button", name="Go on to the summary").click()
    page.get_by_label("Everybody can see").check()
    publish_terms(changes={"refill.min_share_percent": "15"})
    charged_before = balance_of(alice)

    page.get_by_role("button", name="Place order and accept terms v1").click()

    news = page.locator("#terms-news")
    expect(news).to_contain_text("Until now: 10. From now on: 15.")
    assert Order.objects.of(alice).count() == 1
    assert balance_of(alice) == charged_before
    with page.expect_popup() as opened:
        news.get_by_role("link", name="Read every change").click()
    expect(opened.value.get_by_role("heading", name="What changed from version 1 to 2")).to_be_visible()
    expect(page.get_by_label("Everybody can see")).to_be_checked()
    page.get_by_label("I have read and accept").check()
    page.get_by_role("button", name="Place order and accept terms v2").click()
    expect(page.get_by_text("is placed.", exact=False).first).to_be_visible()
    assert Order.objects.of(alice).latest("pk").terms_version_id == 2


@pytest.mark.parametrize("path", ["/terms/1/changes/2/", "/terms/versions/"])
def test_differences_and_archive_fit_a_phone(visit, path):
    publish_terms("alphasmm")

    page = visit(None, path, viewport=PHONE)

    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


@pytest.mark.clause("A-05", "K-49")
def test_staff_draft_rehearse_and_publish_another_share_rule_and_old_orders_keep_theirs(visit, alice):
    order = started(alice)
    sam = make_staff()
    draft = begin_from_version(TermsVersion.objects.get(), name="Stricter share", by=sam, now=NOW)
    page = visit(sam, f"/admin/terms/termsdraft/{draft.pk}/change/")

    page.get_by_label("min share percent").fill("15")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved. It could be published as it is.")).to_be_visible()
    page.get_by_role("link", name="3 Compare").click()
    expect(page.locator(".rule-changes ins")).to_have_text("15")
    page.get_by_role("link", name="4 Rehearse").click()
    expect(page.get_by_text("Of the last order, 0 would have been decided about differently")).to_be_visible()
    page.get_by_role("link", name="5 Publish").click()
    page.get_by_label("Type the number of the new version").fill("2")
    page.get_by_role("button", name="Publish version 2").click()
    expect(page.get_by_text("Version 2 of the terms is in force.")).to_be_visible()

    assert TermsVersion.objects.get(number=2).rules.refill.min_share_percent == 15
    order.refresh_from_db()
    assert order.terms_version.rules.refill.min_share_percent == 10
