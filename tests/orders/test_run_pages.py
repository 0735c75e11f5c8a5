"""Drip-feeds on the pages: asked for, summed up, bought, watched and stopped."""

import re
from decimal import Decimal

import pytest

from billing.ledger import balance_of
from orders.models import Order
from providers.gateway import ReportedState
from tests.factories import LINK, make_order, make_service
from tests.orders.stories import report, taken
from tests.orders.test_pages import LIST, NEW, QUOTE, TICKS, ask_for, browser, refusals, said

__all__ = ["browser"]

pytestmark = pytest.mark.django_db

RUNS = {"in_runs": "on", "runs": "10", "interval": "60"}


def service_at(rate: str = "1.20", **fields):
    return make_service(rate_per_1000=rate, **fields)


def place(browser, page, **changes):
    form = page.context["form"]
    assert page.context["step"] == "summary", form.errors
    typed = {field.html_name: field.value() for field in form.typed_fields}
    sent = {
        "do": "place",
        "service": form.service.pk,
        "request_id": page.context["request_id"],
        "shown_version": page.context["version"].number,
        "shown_charge": re.search(r'name="shown_charge" value="([\d.]+)"', page.content.decode())[1],
        **{name: value for name, value in typed.items() if value},
    }
    return browser.post(NEW, sent | TICKS | changes)


def test_the_price_of_all_runs_is_shown_while_typing(browser, terms):
    service = service_at()

    page = browser.post(QUOTE, {"service": service.pk, "link": LINK, "quantity": "100", **RUNS})

    words = said(page)
    assert "10, one every 60 min" in words
    assert ">1,000<" in words
    assert page.context["form"].charge == Decimal("1.20")
    assert page.context["form"].run_charge == Decimal("0.12")
    assert page.context["balance_after"] == Decimal("98.80")


def test_runs_count_only_when_the_switch_is_on(browser, terms):
    page = browser.post(
        QUOTE, {"service": service_at().pk, "link": LINK, "quantity": "100", "runs": "10", "interval": "60"}
    )

    assert page.context["form"].charge == Decimal("0.12")


def test_the_summary_names_all_that_will_be_charged_and_one_press_buys_all_runs(browser, alice):
    page = ask_for(browser, service_at(), quantity="100", **RUNS)
    assert "10, one every 60 min" in said(page)

    answer = place(browser, page)

    first = Order.objects.get(run=1)
    assert answer["Location"] == f"/orders/{first.pk}/"
    assert Order.objects.count() == 10
    assert balance_of(alice) == Decimal("98.80")


def test_pressing_twice_buys_once(browser, alice):
    page = ask_for(browser, service_at(), quantity="100", **RUNS)

    first, second = place(browser, page), place(browser, page)

    assert first["Location"] == second["Location"]
    assert Order.objects.count() == 10


@pytest.mark.parametrize(
    ("typed", "field", "code"),
    [
        ({"runs": "1"}, "runs", "drip_feed_runs"),
        ({"runs": ""}, "runs", "drip_feed_runs"),
        ({"runs": "many"}, "runs", "drip_feed_runs"),
        ({"runs": "1001"}, "runs", "drip_feed_runs"),
        ({"interval": ""}, "interval", "drip_feed_interval"),
        ({"interval": "10081"}, "interval", "drip_feed_interval"),
        ({"runs": "100", "interval": "10080"}, "runs", "drip_feed_too_long"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_beside_its_field_and_what_was_typed_stays(
    browser, terms, typed, field, code
):
    page = ask_for(browser, service_at(), quantity="100", **(RUNS | typed))

    assert page.context["step"] == "fields"
    assert refusals(page, field) == [code]
    assert page.context["fields"]["in_runs"].value()
    assert page.context["fields"][field].value() == (RUNS | typed)[field]


def test_a_balance_that_covers_one_run_but_not_all_is_refused_before_the_summary(browser, alice):
    page = ask_for(browser, service_at("300"), quantity="100", **RUNS)

    assert refusals(page, "__all__") == ["insufficient_balance"]


def test_a_service_that_is_not_sold_in_runs_offers_no_switch_and_ignores_it(browser, terms):
    service = service_at(allows_runs=False)
    page = browser.get(f"{NEW}?service={service.pk}")
    assert 'id="id_in_runs"' not in page.content.decode()

    page = ask_for(browser, service, quantity="100", **RUNS)

    place(browser, page)
    assert Order.objects.get().drip_feed is None


def test_a_drip_feed_is_one_row_of_the_list_with_the_sums_of_all_runs(browser, alice):
    first = make_order(alice, service_at(), quantity=100, runs=10, interval_minutes=60)
    single = make_order(alice, service_at(), link="@bob", quantity=50)

    page = browser.get(LIST)

    assert page.context["orders"] == [single, first]
    assert "0 of 10 runs" in said(page)
    assert ">1,000<" in said(page)


def test_a_drip_feed_is_found_by_the_state_of_any_run(browser, alice):
    first = taken(alice, service_at(), quantity=100, runs=3, interval_minutes=60)
    report(first, ReportedState.COMPLETED, 0)

    completed, pending = (
        browser.get(LIST, {"state": state}).context["orders"] for state in ("completed", "pending")
    )

    assert [order.run for order in completed] == [1]
    assert [order.run for order in pending] == [2]
    assert f'href="/orders/{first.pk}/"' in browser.get(LIST, {"state": "pending"}).content.decode()


def test_a_run_is_found_by_its_own_number(browser, alice):
    first = make_order(alice, service_at(), quantity=100, runs=3, interval_minutes=60)
    third = first.drip_feed.orders.get(run=3)

    page = browser.get(LIST, {"q": f"#{third.pk}"})

    assert page.context["orders"] == [third]
    assert f'href="/orders/{third.pk}/"' in page.content.decode()


def test_the_page_of_any_run_shows_the_whole_and_its_own_course(browser, alice):
    first = taken(alice, service_at(), quantity=100, runs=10, interval_minutes=60)
    report(first, ReportedState.PARTIAL, 30)
    second = first.drip_feed.orders.get(run=2)

    for run in (first, second):
        words = said(browser.get(f"/orders/{run.pk}/"))
        assert "Drip-feed: 10 runs, one every 60 min" in words
        assert "1 of 10 runs ended" in words
        assert "70 of 1,000" in words
        assert f"Run {run.run}" in words


def test_of_very_many_runs_the_page_shows_those_nearby(browser, alice):
    first = make_order(alice, service_at(), quantity=10, runs=200, interval_minutes=1)

    page = browser.get(f"/orders/{first.drip_feed.orders.get(run=100).pk}/")

    assert [run.run for run in page.context["runs"]] == list(range(70, 131))


@pytest.mark.profile("alphasmm")
@pytest.mark.clause("A-28")
def test_stop_cancels_what_has_not_begun(browser, alice):
    first = taken(alice, service_at(), quantity=100, runs=10, interval_minutes=60)
    assert "Stop this drip-feed?" in said(browser.get(f"/orders/{first.pk}/"))

    browser.post(f"/orders/{first.pk}/cancel/")

    assert balance_of(alice) == Decimal("99.88")
    assert "Stop this drip-feed?" not in said(browser.get(f"/orders/{first.pk}/"))


def test_under_terms_without_cancel_there_is_no_button(browser, alice):
    first = make_order(alice, service_at(), quantity=100, runs=10, interval_minutes=60)

    assert "Stop this drip-feed?" not in said(browser.get(f"/orders/{first.pk}/"))


def test_order_again_fills_in_the_runs(browser, alice):
    first = make_order(alice, service_at(), quantity=100, runs=10, interval_minutes=45)

    fields = browser.get(f"{NEW}?again={first.pk}").context["fields"]

    assert [fields[name].value() for name in ("quantity", "runs", "interval")] == ["100", "10", "45"]
    assert fields["in_runs"].value()
