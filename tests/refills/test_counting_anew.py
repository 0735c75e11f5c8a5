"""A count from before the asking is no ground for a no: what dropped since is not in it."""

from datetime import timedelta

import pytest

from providers.gateway import ReportedState
from refills.eligibility import NoDrop, Unknown
from refills.judging import COUNT_WITHIN, judge
from refills.requesting import preview
from refills.states import RefillState, WaitsFor
from tests.factories import NOW
from tests.orders.stories import report, taken
from tests.refills.stories import asked, delivered, refilled, shows

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("books")]

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


@pytest.mark.clause("K-30", "K-56")
def test_what_drops_right_after_the_delivery_is_seen_although_the_last_count_is_fresh(alice):
    order = delivered(alice)
    shows(order, 12_000, at=NOW)
    soon = NOW + 10 * MINUTE

    assert preview(order, now=soon) == Unknown("count")
    refill = asked(order, at=soon)
    assert (refill.state, refill.waits_for) == (RefillState.REQUESTED, WaitsFor.COUNT)
    report(order, ReportedState.COMPLETED, 0, current_count=11_880, at=soon + 5 * SECOND)

    assert refilled(judge(refill.pk, now=soon + 5 * SECOND)) == (RefillState.QUEUED, 120, "")


def test_a_count_of_this_moment_says_no_before_asking(alice):
    order = delivered(alice)
    shows(order, 12_000, at=NOW + MINUTE)

    assert isinstance(preview(order, now=NOW + 2 * MINUTE), NoDrop)
    assert preview(order, now=NOW + 2 * MINUTE + SECOND) == Unknown("count")


def test_the_same_count_again_is_an_answer(alice):
    order = delivered(alice)
    shows(order, 12_000, at=NOW)
    soon = NOW + 10 * MINUTE
    refill = asked(order, at=soon)
    report(order, ReportedState.COMPLETED, 0, current_count=12_000, at=soon + 2 * SECOND)

    judge(refill.pk, now=soon + 5 * SECOND)

    assert refilled(refill) == (RefillState.REFUSED, None, "no_drop")


@pytest.mark.clause("K-30")
def test_an_answer_without_a_count_is_no_count(alice):
    order = delivered(alice)
    shows(order, 12_000, at=NOW)
    soon = NOW + 10 * MINUTE
    refill = asked(order, at=soon)
    report(order, ReportedState.COMPLETED, 0, at=soon + 2 * SECOND)

    judge(refill.pk, now=soon + 5 * SECOND)

    assert refilled(refill) == (RefillState.REQUESTED, None, "")


def test_when_nothing_newer_comes_in_time_the_fresh_count_decides(alice):
    order = delivered(alice)
    shows(order, 12_000, at=NOW)
    soon = NOW + 10 * MINUTE
    refill = asked(order, at=soon)

    assert judge(refill.pk, now=soon + COUNT_WITHIN - SECOND).state == RefillState.REQUESTED
    judge(refill.pk, now=soon + COUNT_WITHIN)

    assert refilled(refill) == (RefillState.REFUSED, None, "no_drop")


@pytest.mark.clause("K-36")
def test_a_share_that_is_too_small_needs_no_new_count(alice):
    order = delivered(alice, start=200_000, quantity=5000)
    shows(order, 205_000, at=NOW)

    assert refilled(asked(order, at=NOW + 10 * MINUTE)) == (RefillState.REFUSED, None, "share_too_small")


@pytest.mark.clause("K-30", "K-41")
def test_a_start_count_that_comes_with_the_end_is_no_count_of_a_drop(alice):
    order = taken(alice, quantity=2000)
    ended = NOW + 3 * MINUTE
    report(order, ReportedState.COMPLETED, 0, start_count=10_000, at=ended)
    order.refresh_from_db()
    assert order.sightings.get().seen_at == NOW

    assert preview(order, now=ended + SECOND) == Unknown("count")
    assert asked(order, at=ended + SECOND).waits_for == WaitsFor.COUNT
