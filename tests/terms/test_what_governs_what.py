"""Which version governs what, row by row, where the worked examples do not say it already."""

from datetime import timedelta
from decimal import Decimal

import pytest

from billing.composition import composition_for
from orders.hastening import SpeedUpNotOffered, speed_up_refusal
from orders.models import Condition, Order
from orders.reaching import note_count
from orders.states import OrderState
from orders.timeline import guaranteed_until
from providers.gateway import ReportedState
from terms.versions import version_in_force
from tests.factories import after, give, make_customer, make_order, make_service, make_staff, publish_terms
from tests.orders.stories import report, started, taken

pytestmark = [pytest.mark.django_db, pytest.mark.clause("A-05", "K-49")]


@pytest.fixture
def alice(terms):
    return make_customer(balance="100")


def fresh(order):
    return Order.objects.select_related("terms_version", "customer", "service", "submission").get(pk=order.pk)


def test_an_order_keeps_the_version_under_which_it_was_charged(alice):
    earlier = make_order(alice)
    publish_terms("alphasmm")
    later = make_order(alice, link="@other", now=after(seconds=1))

    assert [fresh(order).terms_version_id for order in (earlier, later)] == [1, 2]


@pytest.mark.clause("A-18", "K-63")
def test_completion_by_target_follows_the_orders_version(alice):
    sam = make_staff()
    publish_terms("alphasmm")
    publish_terms("bestsmmkart")
    by_count = started(alice, quantity=500)
    publish_terms("alphasmm")
    by_word = started(alice, quantity=500, link="@other")
    for order in (by_count, by_word):
        report(order, ReportedState.IN_PROGRESS, start_count=1000, at=after(minutes=2))
        note_count(
            order.pk, count=1500, condition=Condition.PUBLIC, by=sam, note="seen", now=after(minutes=3)
        )

    assert fresh(by_count).state == OrderState.COMPLETED
    assert fresh(by_word).state == OrderState.IN_PROGRESS


@pytest.mark.clause("K-11", "K-60")
def test_asking_for_more_speed_follows_the_orders_version(alice):
    late = after(hours=100)
    may_ask = taken(alice, make_service(stated_start="0-1 hours"))
    publish_terms("alphasmm")
    may_not = taken(alice, make_service(stated_start="0-1 hours"), link="@other")

    assert speed_up_refusal(fresh(may_ask), now=late) is None
    assert isinstance(speed_up_refusal(fresh(may_not), now=late), SpeedUpNotOffered)


@pytest.mark.clause("K-09")
def test_a_guarantee_runs_from_where_the_orders_version_says(alice):
    service = make_service(guarantee_days=30)
    orders = [taken(alice, service)]
    publish_terms(changes={"refill.window_anchor": "ordered_at"})
    orders.append(taken(alice, service, link="@other"))
    for order in orders:
        report(order, ReportedState.COMPLETED, at=after(days=5))

    month = timedelta(days=30)
    assert [guaranteed_until(fresh(order)) for order in orders] == [after(days=5) + month, after() + month]


@pytest.mark.clause("K-16", "A-28")
def test_every_run_of_a_drip_feed_keeps_the_version_of_its_beginning(alice):
    service = make_service()
    first = make_order(alice, service, quantity=100, runs=3, interval_minutes=60)
    publish_terms("alphasmm")

    versions = Order.objects.filter(drip_feed=first.drip_feed).values_list("terms_version", flat=True)
    assert list(versions) == [1, 1, 1]


@pytest.mark.clause("K-12")
def test_refunded_money_goes_back_under_the_deposits_version(alice):
    """The deposit was made while there were withdrawals, and keeps them, spent and refunded after the switch."""
    publish_terms("alphasmm")
    order = taken(alice)
    report(order, ReportedState.CANCELLED)

    [rest] = composition_for(alice)
    assert (rest.cash, rest.lot.terms.enabled) == (Decimal(100), True)


def test_what_is_given_has_the_version_in_force_when_it_is_given(alice):
    publish_terms("alphasmm")
    give(alice, cash="5", now=after(days=1))

    newest, oldest = composition_for(alice)
    assert (newest.cash, newest.lot.terms.enabled) == (Decimal(5), False)
    assert (oldest.cash, oldest.lot.terms.enabled) == (Decimal(100), True)
    assert version_in_force().number == 2
