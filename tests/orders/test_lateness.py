from datetime import timedelta

import pytest
from django.utils import timezone

from catalog.models import Estimate
from orders.conditions import conditions_of, stated_clauses
from orders.lateness import (
    estimated_for,
    expected_end,
    expected_start,
    is_late,
    lateness,
    timing_of,
    usual_hours,
)
from orders.models import SightingSource
from orders.sightings import record_sighting
from providers.gateway import ReportedState
from tests.factories import LINK, NOW, after, make_order, make_service
from tests.orders.stories import report, started, taken

pytestmark = pytest.mark.django_db
NEW, QUOTE, LIST = "/orders/new/", "/orders/new/quote/", "/orders/"


@pytest.fixture
def browser(client, alice):
    client.force_login(alice)
    return client


def measured(**fields):
    """A service whose last ten orders are those of the worked examples."""
    service = make_service(**fields)
    Estimate.objects.create(
        service=service,
        completed=10,
        newest_at=NOW,
        starts=10,
        start_median=timedelta(minutes=16.5),
        start_nine_of_ten=timedelta(minutes=45),
        speeds=10,
        speed_per_day=4800,
    )
    return service


def said(page):
    return " ".join(page.content.decode().split())


# --- the rule ---------------------------------------------------------------------------------------


@pytest.mark.clause("K-11")
def test_an_order_is_late_after_its_expected_start_and_not_at_it(alice):
    order = taken(alice, make_service(stated_start="0-6 h"))

    assert expected_start(order) == after(hours=6)
    assert not is_late(order, now=after(hours=6))
    assert is_late(order, now=after(hours=6, seconds=1))


@pytest.mark.clause("A-09", "A-14", "K-48")
def test_a_late_order_is_called_late_and_gets_no_money(alice, books):
    order = taken(alice, measured(stated_start="0-6 h"))

    assert is_late(order, now=after(minutes=60))
    assert lateness(order) == "Later than estimated (9 of 10 start within 45 min)."
    order = report(order, ReportedState.COMPLETED, 0, at=after(days=9))
    assert order.refunded == 0


def test_too_few_orders_leave_what_was_stated(alice):
    order = taken(alice, make_service(stated_start="0-6 h"))

    assert order.estimated_from == 0
    assert lateness(order) == "Later than stated (start within 6 h)."


def test_what_has_started_or_ended_or_has_no_estimate_is_never_late(alice):
    service = make_service(stated_start="0-1 h")
    running = started(alice, service)
    closed = report(running, ReportedState.COMPLETED, 0, at=after(hours=3))
    unknown = taken(alice, make_service())

    assert not is_late(running, now=after(days=9))
    assert not is_late(closed, now=after(days=9))
    assert expected_start(unknown) is None
    assert not is_late(unknown, now=after(days=9))


def test_an_order_keeps_the_estimate_that_it_was_ordered_by(alice):
    service = measured()
    order = make_order(alice, service, quantity=4800)

    Estimate.objects.filter(service=service).update(start_nine_of_ten=timedelta(hours=9))
    order.refresh_from_db()

    assert expected_start(order) == after(minutes=45)
    assert expected_end(order) == after(days=1, minutes=16.5)
    assert order.estimated_from == 10


@pytest.mark.clause("K-35")
def test_the_usual_hours_are_told_where_the_terms_name_them(alice, terms):
    assert usual_hours(terms.rules) == "Most orders are done within 24 to 72 hours; some take longer."


@pytest.mark.profile("alphasmm")
def test_without_usual_hours_nothing_is_told(terms):
    assert usual_hours(terms.rules) == ""


def test_a_closed_order_has_no_times_any_more(alice):
    assert timing_of(report(taken(alice), ReportedState.COMPLETED, 0), now=NOW) is None


# --- the pages --------------------------------------------------------------------------------------


@pytest.mark.clause("A-09", "A-13", "K-05", "K-08", "K-15", "K-46", "K-47")
@pytest.mark.worked("W-45")
def test_the_form_tells_start_speed_and_finish_for_what_was_typed(browser):
    service = measured(stated_start="0-6 h")

    page = said(browser.post(QUOTE, {"service": service.pk, "quantity": "4800"}))
    assert "Expected to finish in about 24.3 h." in page

    page = said(browser.get(f"{NEW}?service={service.pk}"))
    assert "typically 16.5 min, 9 of 10 within 45 min" in page
    assert "4,800 a day" in page
    assert "Estimate from the last 10 orders up to March 1, 2026, not a promise." in page
    assert "stated: 0-6 h" in page


@pytest.mark.clause("K-08")
@pytest.mark.worked("W-46")
def test_12000_at_4800_a_day_are_said_to_take_62_hours(browser):
    service = measured()
    Estimate.objects.update(start_median=timedelta(hours=2))

    assert "in about 62 h" in said(browser.post(QUOTE, {"service": service.pk, "quantity": "12000"}))


@pytest.mark.clause("A-13")
def test_with_two_orders_only_the_stated_figure_is_shown_and_says_so(browser):
    service = measured(stated_start="0-6 h")
    Estimate.objects.update(completed=2, starts=2, speeds=2)

    page = said(browser.get(f"{NEW}?service={service.pk}"))

    assert "<bdi>0-6 h</bdi> <small>as stated</small>" in page
    assert "Stated by the operator, too few orders to compute." in page
    assert "typically" not in page


@pytest.mark.clause("K-07")
@pytest.mark.parametrize(("dropped", "warns"), [(199, False), (200, True)])
def test_a_high_drop_is_warned_of(browser, dropped, warns):
    service = make_service()
    Estimate.objects.create(service=service, drop_checks=3, dropped=dropped, checked=1000)

    page = said(browser.post(QUOTE, {"service": service.pk, "quantity": "100"}))

    assert ("High drop: low quality" in page) is warns


@pytest.mark.clause("K-07", "K-54")
def test_a_stated_high_drop_without_refill_is_warned_of_more(browser):
    service = make_service(name="Followers High Drop No Refill", guarantee_days=None)

    page = said(browser.post(QUOTE, {"service": service.pk, "quantity": "100"}))

    assert "High drop and no refill" in page


@pytest.mark.clause("K-36", "K-37")
def test_the_form_tells_that_so_few_are_not_covered(browser, alice):
    service = make_service()
    typed = {"service": service.pk, "link": LINK, "quantity": "5000"}
    assert "drops are not covered" not in said(browser.post(QUOTE, typed))
    record_sighting(
        counter_key="instagram:profile:alice.studio:followers",
        count=200_000,
        source=SightingSource.CUSTOMER,
        by=alice,
        now=NOW,
    )

    page = said(browser.post(QUOTE, typed))

    assert "5,000 is 2.5 % of the count of 200,000. Below 10 % drops are not covered" in page


@pytest.mark.clause("K-36", "K-37")
@pytest.mark.worked("W-32")
def test_the_orders_page_tells_it_once_the_start_is_known(browser, alice):
    order = taken(alice, quantity=5000)
    assert "of the count of" not in said(browser.get(f"{LIST}{order.pk}/"))

    report(order, ReportedState.IN_PROGRESS, 5000, start_count=200_000)

    assert "5,000 is 2.5 % of the count of 200,000. Below 10 %" in said(browser.get(f"{LIST}{order.pk}/"))


@pytest.mark.clause("K-11", "A-09")
def test_page_and_list_say_that_an_order_is_late(browser, alice):
    now = timezone.now()
    order = make_order(alice, measured(), now=now - timedelta(minutes=44), link="@early")
    late = make_order(alice, measured(), now=now - timedelta(minutes=46))

    assert "Expected start by" in said(browser.get(f"{LIST}{order.pk}/"))
    assert "Later than" not in said(browser.get(f"{LIST}{order.pk}/"))
    assert "Later than estimated (9 of 10 start within 45 min)." in said(browser.get(f"{LIST}{late.pk}/"))
    assert said(browser.get(LIST)).count("later than estimated") == 1


@pytest.mark.clause("K-17")
def test_a_closed_order_suggests_what_drops_less(browser, alice):
    service, better = make_service(), make_service(name="Better followers")
    Estimate.objects.create(service=service, drop_checks=5, dropped=22, checked=100)
    Estimate.objects.create(service=better, drop_checks=5, dropped=3, checked=100)
    order = taken(alice, service)
    assert "Better followers" not in said(browser.get(f"{LIST}{order.pk}/"))

    report(order, ReportedState.COMPLETED, 0)

    assert "Better followers" in said(browser.get(f"{LIST}{order.pk}/"))


@pytest.mark.clause("A-07")
def test_the_catalogue_leads_to_the_rules_of_the_network(client, terms):
    make_service()

    assert "https://help.instagram.com/581066165581870" in said(client.get("/services/?platform=instagram"))


@pytest.mark.clause("A-09", "K-05", "K-06", "K-07", "K-08", "K-61")
def test_the_catalogue_shows_estimates_with_their_meaning(client, terms):
    service = measured(stated_start="0-6 h", name="Followers Non Drop")
    Estimate.objects.filter(service=service).update(drop_checks=4, dropped=24, checked=100)

    page = said(client.get("/services/"))

    assert "about 16.5 min" in page
    assert "High drop" in page
    assert "24.0 % lost again, by 4 orders that were checked" in page
    assert "The time from placing an order until its delivery begins." in page
    assert "less chance of a drop, not none" in page
    assert "may differ from name and description" in page


@pytest.mark.clause("A-17")
@pytest.mark.parametrize(("profile", "says"), [("alphasmm", True), ("bestsmmkart", False)])
def test_whose_account_it_may_be_is_said_where_the_terms_do(profile, says):
    from tests.factories import publish_terms

    version = publish_terms(profile)
    texts = [each.text for each in conditions_of(make_service(), version.rules, stated_clauses(version))]

    assert ("This is for an account of yours or of a customer of yours." in texts) is says


def test_what_is_remembered_of_no_estimate_is_nothing():
    from catalog.expecting import Expected

    assert estimated_for(Expected(), units=5) == {
        "start_within": None,
        "finish_within": None,
        "estimated_from": 0,
    }
