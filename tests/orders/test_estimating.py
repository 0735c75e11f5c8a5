from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from catalog.expecting import expected_finish, expected_of
from catalog.models import Estimate
from catalog.stating import DropLabel
from orders import estimating
from orders.models import Fault, Order, SightingSource
from orders.settling import Ending, settle
from orders.sightings import record_sighting
from orders.states import OrderState
from providers.gateway import ReportedState
from terms.policy import Policy
from tests.factories import NOW, after, make_customer, make_order, make_service, publish_terms
from tests.orders.stories import at_once, report, started, taken

pytestmark = pytest.mark.django_db

MINUTES = [5, 8, 9, 12, 15, 18, 22, 30, 45, 600]


def minutes(*numbers):
    return [timedelta(minutes=number) for number in numbers]


@pytest.fixture
def rules(terms) -> Policy:
    return terms.rules


def closed(
    customer,
    service,
    *,
    placed=0,
    waited=10,
    worked=60,
    quantity=1000,
    remains=0,
    start_count=None,
    link=None,
):
    """An order placed so many minutes after the beginning, that waited and worked for so many."""
    begin = after(minutes=placed)
    link = link or f"https://www.instagram.com/page{Order.objects.count()}/"
    order = taken(customer, service, now=begin, quantity=quantity, link=link)
    report(
        order,
        ReportedState.IN_PROGRESS,
        quantity,
        at=begin + timedelta(minutes=waited),
        start_count=start_count,
    )
    state = ReportedState.PARTIAL if remains else ReportedState.COMPLETED
    return report(order, state, remains, at=begin + timedelta(minutes=waited + worked))


def estimate_of(service):
    return Estimate.objects.get(service=service)


def seen(order, count, *, at):
    """The counter of an order is looked at."""
    estimating.note_drop(counter_key=order.counter_key, count=count, seen_at=at)


# --- the figures ------------------------------------------------------------------------------------


@pytest.mark.clause("K-05", "K-47", "A-09")
@pytest.mark.worked("W-45")
def test_the_typical_start_is_the_middle_and_one_slow_order_does_not_spoil_it():
    assert estimating.median(minutes(*MINUTES)) == timedelta(minutes=16.5)
    assert estimating.nine_of_ten(minutes(*MINUTES)) == timedelta(minutes=45)


@pytest.mark.parametrize(
    ("waits", "middle", "nine"), [([7], 7, 7), ([1, 2], 1.5, 2), ([3, 1, 2], 2, 3), (range(1, 21), 10.5, 18)]
)
def test_median_and_nine_of_ten_of_few_and_of_many(waits, middle, nine):
    assert estimating.median(minutes(*waits)) == timedelta(minutes=middle)
    assert estimating.nine_of_ten(minutes(*waits)) == timedelta(minutes=nine)


@pytest.mark.clause("K-08", "K-47", "A-13")
@pytest.mark.worked("W-46")
def test_twelve_thousand_at_4800_a_day_and_a_start_of_two_hours_take_62_hours():
    length = expected_finish(start=timedelta(hours=2), speed_per_day=Decimal(4800), units=12_000)

    assert length == timedelta(hours=62)


def test_speed_counts_from_the_start_and_an_order_without_time_has_none():
    speed = estimating.units_per_day(delivered=100, started_at=NOW, closed_at=after(hours=6))

    assert speed == 400
    assert estimating.units_per_day(delivered=100, started_at=NOW, closed_at=NOW) is None


@pytest.mark.parametrize(
    ("count", "dropped"), [(1600, 0), (1500, 0), (1499, 1), (1000, 500), (999, 500), (0, 500)]
)
def test_a_drop_is_never_below_nothing_and_never_above_what_was_delivered(count, dropped):
    assert estimating.dropped_of(start_count=1000, delivered=500, count=count) == dropped


# --- orders that close ------------------------------------------------------------------------------


@pytest.mark.clause("A-13", "K-15", "K-46", "K-47")
@pytest.mark.parametrize("profile", ["alphasmm", "bestsmmkart"])
def test_below_three_orders_nothing_is_computed_and_the_stated_figure_stands(db, profile):
    rules = publish_terms(profile).rules
    alice = make_customer(balance="100")
    service = make_service(stated_start="0-6 h")
    for placed in (0, 100):
        closed(alice, service, placed=placed)
    service = type(service).objects.get(pk=service.pk)

    expected = expected_of(service, rules.estimate)

    assert (expected.start, expected.speed, expected.endings) == (None, None, None)
    assert expected.stated_start == "0-6 h"
    assert expected.latest_start == timedelta(hours=6)

    closed(alice, service, placed=200)
    expected = expected_of(type(service).objects.get(pk=service.pk), rules.estimate)

    assert expected.start.orders == expected.speed.orders == expected.endings.orders == 3
    assert expected.start.median == timedelta(minutes=10)
    assert expected.speed.per_day == 24_000
    assert expected.until == after(minutes=270)


@pytest.mark.clause("K-15")
def test_of_twelve_orders_the_last_ten_count(alice):
    service = make_service()
    for number in range(12):
        closed(alice, service, placed=number * 100, waited=60 if number < 2 else 10, quantity=10)

    estimate = estimate_of(service)

    assert (estimate.sample, estimate.starts) == (10, 10)
    assert estimate.start_nine_of_ten == timedelta(minutes=10)


@pytest.mark.clause("A-15")
def test_the_last_report_stores_start_rest_and_estimates_together(alice):
    service = make_service()
    order = started(alice, service, quantity=1000)
    report(order, ReportedState.IN_PROGRESS, 1000, at=after(hours=5))
    assert (order.start_count, order.remains) == (None, 1000)
    assert not Estimate.objects.filter(service=service).exists()

    order = report(order, ReportedState.COMPLETED, 0, start_count=500, at=after(hours=6))

    assert (order.start_count, order.remains, order.state) == (500, 0, OrderState.COMPLETED)
    assert (estimate_of(service).completed, estimate_of(service).newest_at) == (1, after(hours=6))


def test_an_end_that_is_rolled_back_leaves_no_estimate(alice):
    order = started(alice, make_service())

    with transaction.atomic():
        locked = Order.objects.select_for_update().get(pk=order.pk)
        settle(locked, Ending(OrderState.COMPLETED, 0, "completed"), now=after(hours=1))
        assert estimate_of(order.service).completed == 1
        transaction.set_rollback(True)

    assert not Estimate.objects.filter(service=order.service).exists()


def test_how_orders_ended_is_told_in_percent(alice, rules):
    service = make_service()
    closed(alice, service, placed=0)
    closed(alice, service, placed=100)
    closed(alice, service, placed=200, remains=400)
    report(taken(alice, service, link="https://www.instagram.com/gone/"), ReportedState.CANCELLED, 1234)

    expected = expected_of(type(service).objects.get(pk=service.pk), rules.estimate)

    ended = expected.endings
    assert (ended.completed, ended.partial, ended.cancelled, ended.orders) == (50, 25, 25, 4)
    assert expected.start.orders == 3, "what never delivered never started"


def test_a_partial_order_counts_with_what_it_delivered(alice):
    service = make_service()

    closed(alice, service, worked=24 * 60, quantity=1000, remains=400)

    assert estimate_of(service).speed_per_day == 600


def test_orders_that_failed_by_their_customer_say_nothing_about_the_service(alice):
    service = make_service()
    spoilt = closed(alice, service, waited=900)
    Order.objects.filter(pk=spoilt.pk).update(fault=Fault.PRIVATE)
    closed(alice, service, placed=10, waited=20)

    assert estimate_of(service).sample == 1
    assert estimate_of(service).start_median == timedelta(minutes=20)


@pytest.mark.profile("alphasmm")
def test_an_order_that_its_customer_cancelled_says_nothing_about_the_service(alice):
    from orders.cancelling import cancel_order

    order = make_order(alice)

    cancel_order(order, now=after(minutes=1))

    assert estimate_of(order.service).sample == 0


def test_orders_of_all_customers_count(alice, bob):
    service = make_service()
    closed(alice, service)
    closed(bob, service, placed=10)

    assert estimate_of(service).sample == 2


def test_an_order_that_was_done_between_two_looks_had_started_by_then(alice):
    service = make_service()
    order = taken(alice, service)

    report(order, ReportedState.COMPLETED, 0, at=after(minutes=4))

    assert estimate_of(service).start_median == timedelta(minutes=4)
    assert estimate_of(service).speeds == 0


def test_closing_an_order_costs_four_small_queries_more(alice):
    service = make_service()
    closed(alice, service)

    with (
        transaction.atomic(),
        CaptureQueriesContext(
            connection,
        ) as queries,
    ):
        estimating.refresh_estimate(service.pk, now=NOW)

    assert len(queries) == 4


# --- drops ------------------------------------------------------------------------------------------


@pytest.mark.clause("K-06", "K-07", "K-47")
@pytest.mark.worked("W-47")
def test_400_of_5000_units_lost_are_a_drop_of_8_percent(alice, rules):
    service = make_service()
    for number, lost in enumerate([50, 0, 300, 20, 30]):
        order = closed(alice, service, placed=number * 100, start_count=2000)
        seen(order, 3000 - lost, at=after(days=3))

    expected = expected_of(type(service).objects.get(pk=service.pk), rules.estimate)

    assert (estimate_of(service).dropped, estimate_of(service).checked) == (400, 5000)
    assert expected.drop.percent == Decimal("8.0")
    assert expected.drop_label == DropLabel.SOME_DROP


@pytest.mark.clause("K-06")
def test_a_count_on_the_next_day_tells_the_drop_and_an_earlier_one_does_not(alice):
    order = closed(alice, make_service(), start_count=1000)
    a_day_later = order.closed_at + timedelta(hours=24)

    seen(order, 1900, at=a_day_later - timedelta(seconds=1))
    order.refresh_from_db()
    assert order.dropped is None

    seen(order, 1900, at=a_day_later)
    seen(order, 1500, at=a_day_later + timedelta(days=3))
    order.refresh_from_db()
    assert order.dropped == 100, "the first count a day after the end stays"


def test_a_count_while_another_order_delivers_tells_no_drop(alice, bob):
    service = make_service()
    order = closed(alice, service, start_count=1000)
    running = taken(bob, service, link=order.link, now=after(days=2))
    report(running, ReportedState.IN_PROGRESS, 900, at=after(days=2, minutes=1))

    seen(order, 1900, at=after(days=2, minutes=2))
    order.refresh_from_db()
    assert order.dropped is None

    seen(order, 1900, at=after(days=2, minutes=1))
    order.refresh_from_db()
    assert order.dropped == 100, "the count at the start of the next order is untouched by it"


def test_a_sighting_tells_the_drop_and_a_customers_word_does_not(alice, django_capture_on_commit_callbacks):
    order = closed(alice, make_service(), start_count=1000)
    facts = {"counter_key": order.counter_key, "count": 1700, "by": alice, "now": after(days=2)}

    with django_capture_on_commit_callbacks(execute=True):
        record_sighting(source=SightingSource.CUSTOMER, **facts)
    order.refresh_from_db()
    assert order.dropped is None

    with django_capture_on_commit_callbacks(execute=True):
        record_sighting(source=SightingSource.STAFF, **facts)
    order.refresh_from_db()
    assert order.dropped == 300
    assert estimate_of(order.service).drop_checks == 1


def test_without_terms_nothing_is_computed(db):
    service = make_service()

    estimating.refresh_whole_estimate(service.pk, now=NOW)

    assert estimate_of(service).refreshed_at is None


# --- at the same moment -----------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_orders_that_close_at_the_same_moment_all_count(alice):
    service = make_service()
    orders = [
        started(alice, service, link=f"https://www.instagram.com/p{number}/", quantity=10)
        for number in range(6)
    ]

    at_once(6, lambda number: report(orders[number], ReportedState.COMPLETED, 0, at=after(hours=1)))

    assert estimate_of(service).completed == 6
