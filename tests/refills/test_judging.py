"""How a refill comes to its answer: waiting for a count, for the customer, for staff, or for what is in its way."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction

from accounts.models import AccountState, Notice
from accounts.standing import change_state
from orders.deciding import free_link
from orders.models import Channel, Claim, Condition, Order, Sighting
from orders.placing import place_order
from providers.gateway import Rejected, RejectionKind, ReportedState
from refills.judging import (
    AlreadyDecided,
    AmountOutOfRange,
    due_to_judge,
    grant_by_hand,
    information_given,
    judge,
    judge_by_count,
    locked,
)
from refills.models import Refill
from refills.requesting import request_many
from refills.states import NEXT_STATES, OPEN_STATES, RefillState, WaitsFor
from tests.factories import NOW, make_order, make_service, order_request, publish_terms
from tests.orders.stories import answered, at_once, report, taken
from tests.refills.stories import NEXT_DAY, asked, brought_back, delivered, ended, happened, refilled, shows

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("books")]

MINUTE = timedelta(minutes=1)


def judged(refill: Refill, at) -> Refill:
    return judge(refill.pk, now=at)


def test_every_state_has_its_moves_and_no_end_has_any():
    assert set(NEXT_STATES) == set(RefillState)
    for state, following in NEXT_STATES.items():
        assert bool(following) == (state in OPEN_STATES)


@pytest.mark.clause("K-30")
def test_without_a_fresh_count_the_provider_is_asked_anew(alice):
    order = delivered(alice)
    shows(order, 10_600, at=NEXT_DAY - 61 * MINUTE)

    refill = asked(order)

    order.refresh_from_db()
    assert (refill.state, refill.waits_for) == (RefillState.REQUESTED, WaitsFor.COUNT)
    assert order.check_at == NEXT_DAY
    report(order, ReportedState.COMPLETED, 0, current_count=10_500, at=NEXT_DAY + MINUTE)
    assert due_to_judge(now=NEXT_DAY + MINUTE) == [refill.pk]
    assert refilled(judged(refill, NEXT_DAY + MINUTE)) == (RefillState.QUEUED, 1500, "")


@pytest.mark.clause("K-30")
def test_a_count_of_an_hour_ago_is_fresh_enough(alice):
    order = delivered(alice)
    shows(order, 10_600, at=NEXT_DAY - 60 * MINUTE)

    assert asked(order).amount == 1400


@pytest.mark.clause("K-28", "K-64")
def test_what_the_provider_does_not_say_in_two_minutes_the_customer_is_asked_to_show(alice):
    refill = asked(delivered(alice))

    before = NEXT_DAY + 2 * MINUTE - timedelta(seconds=1)
    assert refilled(judged(refill, before))[0] == RefillState.REQUESTED
    assert refilled(judged(refill, NEXT_DAY + 2 * MINUTE)) == (RefillState.NEEDS_INFO, None, "needs_info")
    assert refill.pk not in due_to_judge(now=NEXT_DAY + 3 * MINUTE)
    [notice] = Notice.objects.filter(kind="refill")
    assert "screenshot" in notice.text


@pytest.mark.clause("K-64")
def test_while_the_customer_is_asked_a_late_count_decides_all_the_same(alice):
    order = delivered(alice)
    refill = asked(order)
    judged(refill, NEXT_DAY + 2 * MINUTE)
    shows(order, 10_600, at=NEXT_DAY + 5 * MINUTE)
    later = NEXT_DAY + 8 * MINUTE

    assert due_to_judge(now=later) == [refill.pk]
    assert refilled(judged(refill, later)) == (RefillState.QUEUED, 1400, "")


@pytest.mark.clause("K-59", "K-64")
def test_the_request_counts_from_when_it_is_complete(alice, sam):
    refill = asked(delivered(alice))
    judged(refill, NEXT_DAY + 2 * MINUTE)
    complete_at = NEXT_DAY + timedelta(hours=10)

    with transaction.atomic():
        information_given(locked(refill.pk), stated_count=Decimal(10_500), now=complete_at)

    refill.refresh_from_db()
    assert (refill.state, refill.waits_for) == (RefillState.REQUESTED, WaitsFor.STAFF)
    assert (refill.added_at, refill.stated_count) == (complete_at, 10_500)
    confirmed_at = complete_at + timedelta(hours=3)
    done = judge_by_count(
        refill.pk, count=Decimal(10_600), condition=Condition.PUBLIC, by=sam, note="", now=confirmed_at
    )
    assert refilled(done) == (RefillState.QUEUED, 1400, "")
    assert done.start_due_at == complete_at + timedelta(hours=48)
    assert done.counted_by == "staff"
    assert Sighting.objects.filter(source="staff", seen_by=sam, count=10_600).exists()
    assert happened(refill) == [
        "asked",
        "needs_info",
        "information_given",
        "count_wanted",
        "counted",
        "granted",
    ]


@pytest.mark.clause("K-64")
def test_where_a_screenshot_is_always_needed_a_providers_count_is_not_enough(alice, sam):
    publish_terms(changes={"refill.evidence": "always"})
    order = delivered(alice)
    shows(order, 10_600)

    refill = asked(order)

    assert refilled(refill) == (RefillState.NEEDS_INFO, None, "needs_info")
    with transaction.atomic():
        information_given(locked(refill.pk), now=NEXT_DAY)
    refill.refresh_from_db()
    assert (refill.state, refill.waits_for) == (RefillState.REQUESTED, WaitsFor.STAFF)
    done = judge_by_count(
        refill.pk, count=Decimal(10_700), condition=Condition.PUBLIC, by=sam, note="", now=NEXT_DAY
    )
    assert done.amount == 1300


@pytest.mark.clause("K-64")
def test_where_no_screenshot_is_ever_needed_staff_look(alice):
    publish_terms(changes={"refill.evidence": "never"})
    refill = asked(delivered(alice))

    judged(refill, NEXT_DAY + 2 * MINUTE)

    refill.refresh_from_db()
    assert (refill.state, refill.waits_for) == (RefillState.REQUESTED, WaitsFor.STAFF)


@pytest.mark.worked("W-41")
@pytest.mark.clause("K-44", "K-45")
@pytest.mark.parametrize(
    ("hours", "becomes"),
    [
        ("3200", (RefillState.QUEUED, 800, "")),
        ("3999.4", (RefillState.QUEUED, 1, "")),
        ("4000.0", (RefillState.REFUSED, None, "hours_reached")),
    ],
)
def test_watch_hours_are_shown_by_the_customer_and_confirmed_by_staff(alice, sam, hours, becomes):
    service = make_service(platform="youtube", metric="watch_hours")
    link = "https://www.youtube.com/watch?v=dQw4w9WgXcQ"
    channel = "https://www.youtube.com/@alice"
    order = delivered(alice, service, quantity=4000, start=None, link=link, channel_link=channel)
    shows(order, 100)

    refill = asked(order)

    assert refill.state == RefillState.NEEDS_INFO
    assert refill.clause == "K-44, K-64"
    with transaction.atomic():
        information_given(locked(refill.pk), stated_count=Decimal(hours), now=NEXT_DAY)
    done = judge_by_count(
        refill.pk, count=Decimal(hours), condition=Condition.PUBLIC, by=sam, note="", now=NEXT_DAY
    )
    assert refilled(done) == becomes
    assert not Sighting.objects.filter(source="staff").exists()


@pytest.mark.profile("alphasmm")
@pytest.mark.worked("W-40")
@pytest.mark.clause("A-34")
def test_overlapping_orders_are_refilled_one_after_the_other_by_what_really_dropped(alice):
    service = make_service()
    first = taken(alice, service, quantity=500, now=NOW - timedelta(hours=2))
    report(first, ReportedState.IN_PROGRESS, start_count=1000, at=NOW - timedelta(hours=1))
    second = taken(alice, service, quantity=500, now=NOW, overlap_ticked=True)
    report(second, ReportedState.IN_PROGRESS, start_count=1200, at=NOW)
    ended(first, at=NOW + MINUTE)

    older = asked(first)
    assert (older.state, older.behind_order) == (RefillState.WAITING, second)
    assert f"#{second.pk}" in older.answer
    ended(second, at=NEXT_DAY + MINUTE)
    shows(first, 1400, at=NEXT_DAY + MINUTE)
    at = NEXT_DAY + 2 * MINUTE
    # What was seen before it goes on is too old.
    assert judged(older, at).state == RefillState.REQUESTED
    shows(first, 1400, at=at + MINUTE)
    assert judged(older, at + MINUTE).amount == 100

    younger = asked(second, at=at + MINUTE)
    assert (younger.state, younger.behind_refill_id) == (RefillState.WAITING, older.pk)
    brought_back(older, at=at + 2 * MINUTE)
    judged(younger, at + 2 * MINUTE)
    shows(second, 1500, at=at + 3 * MINUTE)
    assert judged(younger, at + 3 * MINUTE).amount == 200


@pytest.mark.worked("W-37")
@pytest.mark.clause("K-31", "K-57")
def test_asked_together_the_younger_order_goes_on_when_the_older_one_is_refilled(alice):
    service = make_service()
    first = delivered(alice, service, start=1000, quantity=500)
    second = delivered(alice, service, start=1500, quantity=500, at=NOW + timedelta(hours=3))
    shows(first, 1400)

    older, younger = (
        answer.refill for answer in request_many([first, second], channel=Channel.API, now=NEXT_DAY)
    )
    assert [older.amount, younger.state] == [100, RefillState.WAITING]
    brought_back(older, at=NEXT_DAY + MINUTE)
    judged(younger, NEXT_DAY + 2 * MINUTE)
    shows(second, 1500, at=NEXT_DAY + 3 * MINUTE)

    assert judged(younger, NEXT_DAY + 3 * MINUTE).amount == 500


@pytest.mark.profile("alphasmm")
@pytest.mark.clause("A-34")
def test_the_moment_of_asking_decides_the_guarantee_however_long_it_waits(alice):
    order = delivered(alice)
    last = NOW + timedelta(days=30)
    blocking = taken(alice, order.service, quantity=100, now=last)
    refill = asked(order, at=last)
    assert refill.state == RefillState.WAITING

    later = last + timedelta(days=5)
    report(blocking, ReportedState.CANCELLED, 100, at=later)
    judged(refill, later)
    shows(order, 11_000, at=later + MINUTE)

    assert judged(refill, later + MINUTE).amount == 1000


@pytest.mark.clause("A-34")
def test_where_the_terms_let_nothing_wait_it_is_refused(alice):
    publish_terms(changes={"refill.other_open_order": "deny"})
    order = delivered(alice)
    blocking = taken(alice, order.service, now=NEXT_DAY)

    refill = asked(order)

    assert refilled(refill) == (RefillState.REFUSED, None, "refill_running")
    assert f"#{blocking.pk}" in refill.answer


def test_an_order_whose_link_staff_freed_is_not_waited_for(alice, sam):
    order = delivered(alice)
    stuck = taken(alice, order.service, now=NEXT_DAY)
    free_link(stuck.pk, by=sam, note="stuck", now=NEXT_DAY)
    shows(order, 11_000)

    assert asked(order).amount == 1000


def test_a_count_from_before_the_last_refill_decides_nothing_again(alice):
    order = delivered(alice)
    shows(order, 10_600)
    first = asked(order)
    brought_back(first, at=NEXT_DAY + MINUTE)

    again = asked(order, at=NEXT_DAY + 2 * MINUTE)

    assert (again.state, again.amount) == (RefillState.REQUESTED, None)
    shows(order, 11_900, at=NEXT_DAY + 3 * MINUTE)
    assert judged(again, NEXT_DAY + 3 * MINUTE).amount == 100
    assert Claim.objects.get(key=order.counter_key).refill_number == again.pk


def test_judging_again_changes_nothing_that_was_decided(alice, sam):
    order = delivered(alice)
    shows(order, 10_600)
    refill = asked(order)
    shows(order, 12_000, at=NEXT_DAY + MINUTE)

    assert refilled(judged(refill, NEXT_DAY + MINUTE)) == (RefillState.QUEUED, 1400, "")
    with pytest.raises(AlreadyDecided):
        judge_by_count(refill.pk, count=Decimal(0), condition=Condition.PUBLIC, by=sam, note="", now=NEXT_DAY)


def test_who_may_not_ask_any_more_is_refused_when_it_goes_on(alice):
    refill = asked(delivered(alice))
    change_state(customer=alice, to=AccountState.FROZEN, why="dispute", by=None, now=NEXT_DAY)

    assert refilled(judged(refill, NEXT_DAY + MINUTE)) == (RefillState.REFUSED, None, "account_frozen")


def test_without_any_start_staff_grant_at_most_what_was_delivered(alice, sam):
    order = delivered(alice, start=None)
    shows(order, 11_000)
    refill = asked(order)
    assert refill.waits_for == WaitsFor.STAFF

    for amount in (0, 2001):
        with pytest.raises(AmountOutOfRange):
            grant_by_hand(refill.pk, amount=amount, by=sam, note="seen", now=NEXT_DAY)
    done = grant_by_hand(refill.pk, amount=2000, by=sam, note="seen", now=NEXT_DAY)
    assert refilled(done) == (RefillState.QUEUED, 2000, "")
    assert done.events.get(what="granted").actor == sam


@pytest.mark.clause("K-30")
def test_not_even_staff_grant_more_than_is_missing(alice, sam):
    order = delivered(alice)
    refill = asked(order)
    shows(order, 11_900, at=NEXT_DAY + MINUTE)

    with pytest.raises(AmountOutOfRange):
        grant_by_hand(refill.pk, amount=101, by=sam, note="seen", now=NEXT_DAY + MINUTE)
    assert grant_by_hand(refill.pk, amount=100, by=sam, note="seen", now=NEXT_DAY + MINUTE).amount == 100


@pytest.mark.clause("K-36")
def test_later_terms_change_nothing_for_an_order_of_before(alice):
    order = delivered(alice, start=20_000, quantity=2000)
    publish_terms(changes={"refill.min_share_percent": "15"})
    shows(order, 21_000)

    assert asked(order).amount == 1000


@pytest.mark.clause("K-32", "A-34")
def test_an_order_placed_while_a_refill_is_asked_never_runs_beside_it(alice):
    order = delivered(alice)
    service = order.service
    shows(order, 11_000)

    def do(number: int) -> object:
        if number:
            return asked(Order.objects.get(pk=order.pk))
        request = order_request(service, overlap_ticked=True)
        return place_order(customer=alice, request=request, now=NEXT_DAY)

    placed, refill = at_once(2, do)

    assert isinstance(refill, Refill)
    outcome = (type(placed).__name__, refilled(refill)[0])
    assert outcome in {("Order", RefillState.WAITING), ("RefillRunning", RefillState.QUEUED)}
    if isinstance(placed, Order):
        answered(placed, Rejected(RejectionKind.BAD_LINK, ""), now=NEXT_DAY)
        judged(refill, NEXT_DAY + MINUTE)
        shows(order, 11_000, at=NEXT_DAY + 2 * MINUTE)
        assert judged(refill, NEXT_DAY + 2 * MINUTE).amount == 1000


def test_when_a_refill_has_ended_its_counter_is_free_and_no_drop_is_known(alice):
    order = delivered(alice)
    shows(order, 11_000)
    refill = asked(order)
    brought_back(refill, at=NEXT_DAY + MINUTE)

    assert make_order(alice, order.service, now=NEXT_DAY + 2 * MINUTE).is_open
    assert Claim.objects.filter(refill_number=refill.pk).count() == 0
