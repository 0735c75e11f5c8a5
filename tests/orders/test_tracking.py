"""Providers are asked in batches, and believed exactly as far as the answer says."""

from decimal import Decimal

import pytest
from django.db import transaction

from accounts.models import User
from billing.ledger import balance_of
from orders.models import Order, Review, Submission
from orders.states import OrderState
from orders.timing import first_check
from orders.tracking import CLAIM, apply_answer, claim_checks
from providers.fake import FakeGateway
from providers.gateway import FaultKind, ProviderFault, RejectionKind, ReportedState, StatusMiss
from providers.models import Provider
from tests.factories import NOW, after, make_customer, make_order, make_provider, make_service
from tests.orders.stories import (
    ask,
    at_once,
    differences,
    events,
    gateway_for,
    hand_over,
    report,
    started,
    taken,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]

IN_PROGRESS, COMPLETED, PARTIAL = ReportedState.IN_PROGRESS, ReportedState.COMPLETED, ReportedState.PARTIAL


def running(customer: User, count: int = 1) -> tuple[list[Order], FakeGateway]:
    """So many orders, taken by one provider in memory."""
    service = make_service()
    gateway = gateway_for(service)
    orders = []
    for number in range(count):
        orders.append(make_order(customer, service, link=f"https://www.instagram.com/alice{number}/"))
        assert hand_over(gateway)
    gateway.calls.clear()
    return [Order.objects.select_related("submission").get(pk=order.pk) for order in orders], gateway


def miss(order: Order, words: str = "", **age: float) -> Order:
    apply_answer(order.pk, StatusMiss(words), now=after(**age))
    order.refresh_from_db()
    return order


def copy_of(order: Order, number: int) -> None:
    copy = Order.objects.get(pk=order.pk)
    copy.pk, copy.request_id = None, f"copy {number}"
    copy.save(force_insert=True)
    submission = Submission.objects.get(order=order)
    submission.pk, submission.order, submission.external_id = None, copy, str(number)
    submission.save(force_insert=True)


# --- Asking --------------------------------------------------------------------------------------------------


def test_a_provider_is_asked_about_the_orders_that_are_due_in_one_call(alice: User) -> None:
    (first, second), gateway = running(alice, 2)
    gateway.report(first.submission.external_id, IN_PROGRESS, remains=400, start_count=157)
    gateway.report(second.submission.external_id, COMPLETED, remains=0)

    assert ask(first, gateway, now=after(minutes=5)) == 2

    assert gateway.calls == ["status"]
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, first.remains, first.start_count) == (OrderState.IN_PROGRESS, 400, 157)
    assert second.state == OrderState.COMPLETED


def test_nobody_is_asked_before_it_is_time(alice: User) -> None:
    (order,), gateway = running(alice)
    due = first_check(NOW)

    assert ask(order, gateway, now=due.replace(microsecond=0) - (after(seconds=1) - NOW)) == 0
    assert gateway.calls == []
    assert ask(order, gateway, now=due) == 1


def test_at_most_a_hundred_orders_are_asked_about_in_one_call(alice: User) -> None:
    order = taken(alice)
    before = transaction.savepoint()
    for number in range(101):
        copy_of(order, number)

    asked = [claim_checks(order.submission.provider, now=after(minutes=5)) for _ in range(3)]

    assert [len(claim) for claim in asked] == [100, 2, 0]
    assert not set(asked[0]) & set(asked[1])
    # The copies were never paid, so they do not stay.
    transaction.savepoint_rollback(before)


def test_an_order_that_is_being_asked_about_is_not_asked_about_twice(alice: User) -> None:
    (order,), _gateway = running(alice)
    provider, now = order.submission.provider, after(minutes=5)

    assert claim_checks(provider, now=now) == {order.submission.external_id: order.pk}
    assert claim_checks(provider, now=now) == {}
    # A worker that vanished with its claim loses it again.
    assert claim_checks(provider, now=now + CLAIM) == {order.submission.external_id: order.pk}


@pytest.mark.django_db(transaction=True)
def test_four_workers_at_once_ask_about_each_order_once(terms: object) -> None:
    orders, _gateway = running(make_customer(balance="100"), 12)
    provider = orders[0].submission.provider

    asked = at_once(4, lambda number: claim_checks(provider, now=after(minutes=5)))

    numbers = [number for claim in asked for number in claim.values()]  # type: ignore[attr-defined]
    assert sorted(numbers) == sorted(order.pk for order in orders)
    assert differences() == []


def test_only_the_orders_of_this_provider_are_asked_about(alice: User) -> None:
    (order,), _gateway = running(alice)
    other = taken(alice, make_service(provider=make_provider("Another")), link="@alice.two")

    assert claim_checks(other.submission.provider, now=after(hours=1)) == {
        other.submission.external_id: other.pk
    }
    assert order.submission.provider != other.submission.provider


# --- Answers that are none -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [
        ProviderFault(FaultKind.REFUSED, "Invalid API key", RejectionKind.BAD_KEY),
        ProviderFault(FaultKind.BAD_ANSWER, "<html>"),
        ProviderFault(FaultKind.TIMEOUT, "45 s"),
    ],
)
def test_a_call_that_fails_touches_no_order(alice: User, fault: ProviderFault) -> None:
    (order,), gateway = running(alice)
    gateway.report(order.submission.external_id, COMPLETED, remains=0)
    gateway.next_fault(fault)

    assert ask(order, gateway, now=after(minutes=5)) == 0

    untouched = Order.objects.get(pk=order.pk)
    assert (untouched.state, untouched.misses, untouched.checked_at) == (OrderState.PROCESSING, 0, None)
    assert Provider.objects.get().last_error
    assert ask(order, gateway, now=after(minutes=5) + CLAIM) == 1
    assert Order.objects.get(pk=order.pk).state == OrderState.COMPLETED


def test_an_order_missing_from_the_answer_is_never_a_reason_to_refund(alice: User) -> None:
    (order,), gateway = running(alice)
    gateway.taken.clear()

    for minutes in (5, 10, 15):
        ask(order, gateway, now=after(minutes=minutes))

    order = Order.objects.get(pk=order.pk)
    assert (order.state, order.misses, order.refunded) == (OrderState.PROCESSING, 3, 0)


def test_a_provider_that_does_not_know_an_order_for_a_day_is_shown_to_staff(alice: User) -> None:
    order = taken(alice)
    for hours in (1, 2, 3, 4):
        miss(order, hours=hours)
    assert miss(order, days=1, seconds=-1).review == Review.NONE

    assert miss(order, "Incorrect order ID", days=1).review == Review.SILENT
    assert order.events.latest("pk").words == "Incorrect order ID"
    miss(order, days=2)
    assert events(order).count("odd_answer") == 1
    assert report(order, IN_PROGRESS, 10, at=after(days=3)).review == Review.NONE
    assert order.misses == 0


def test_a_day_of_silence_needs_five_answers_and_counts_from_the_last_report(alice: User) -> None:
    order = started(alice)

    for _ in range(4):
        miss(order, days=2)
    assert order.review == Review.NONE
    assert miss(order, days=2).review == Review.SILENT

    report(order, IN_PROGRESS, at=after(days=3))
    for _ in range(6):
        miss(order, days=3, hours=23)
    assert order.review == Review.NONE


def test_an_ended_order_that_the_provider_forgot_stays_as_it_is(alice: User) -> None:
    order = report(started(alice), COMPLETED, 0)

    for _ in range(6):
        miss(order, days=20)

    assert (order.state, order.review) == (OrderState.COMPLETED, Review.NONE)


# --- Odd answers ---------------------------------------------------------------------------------------------


def test_an_unknown_word_keeps_the_state_and_is_shown_to_staff_once(alice: User) -> None:
    order = report(started(alice), None, 300, raw="Zombie")

    assert (order.state, order.review, order.refunded) == (OrderState.IN_PROGRESS, Review.UNKNOWN_WORD, 0)
    assert order.events.latest("pk").words == "Zombie"
    told = events(order)
    assert events(report(order, None, 300, raw="Zombie")) == told
    assert report(order, IN_PROGRESS, 200).review == Review.NONE


def test_a_partial_order_without_a_number_waits_for_one(alice: User) -> None:
    order = report(started(alice), PARTIAL)
    assert (order.state, order.review, order.refunded) == (OrderState.IN_PROGRESS, Review.NO_NUMBER, 0)

    order = report(order, PARTIAL, 617)

    assert (order.state, order.review) == (OrderState.PARTIAL, Review.NONE)
    assert order.refunded == order.charge / 2


def test_a_cancelled_order_with_nothing_left_and_a_price_pays_nothing_and_is_shown_to_staff(
    alice: User,
) -> None:
    order = report(started(alice), ReportedState.CANCELLED, 0, charge=Decimal("0.9"), currency="USD")

    assert (order.state, order.review, order.refunded) == (OrderState.IN_PROGRESS, Review.CONTRADICTION, 0)
    assert order.claims.exists()


@pytest.mark.parametrize("remains", [10**17, 1235, -1, -(10**17)])
def test_rests_that_cannot_be_never_pay_more_than_the_charge(alice: User, remains: int) -> None:
    order = report(started(alice), PARTIAL, remains)

    assert order.refunded in {Decimal(0), order.charge}
    assert balance_of(alice) in {Decimal(100), 100 - order.charge}


def test_a_rest_may_rise_again_while_the_order_runs(alice: User) -> None:
    order = report(started(alice), IN_PROGRESS, 100)

    assert report(order, IN_PROGRESS, 400).remains == 400
    assert report(order, IN_PROGRESS).remains == 400


def test_a_price_in_another_currency_is_kept_with_it_and_moves_no_money(alice: User) -> None:
    order = report(started(alice), COMPLETED, 0, charge=Decimal("123.45"), currency="RUBLES-LONG")

    assert order.submission.provider_charge == Decimal("123.45")
    assert order.submission.provider_currency == "RUBLES-L"
    assert order.earned == order.charge


def test_an_answer_that_cannot_be_stored_does_not_stop_the_others(
    alice: User, caplog: pytest.LogCaptureFixture
) -> None:
    (first, bad, last), gateway = running(alice, 3)
    for order in (first, bad, last):
        gateway.report(order.submission.external_id, COMPLETED, remains=0)
    gateway.report(bad.submission.external_id, COMPLETED, remains=0, charge=Decimal(10) ** 30)

    assert ask(first, gateway, now=after(minutes=5)) == 3

    states = [Order.objects.get(pk=order.pk).state for order in (first, bad, last)]
    assert states == [OrderState.COMPLETED, OrderState.PROCESSING, OrderState.COMPLETED]
    assert f"order {bad.pk}" in caplog.text
    gateway.report(bad.submission.external_id, COMPLETED, remains=0, charge=Decimal(1))
    assert ask(bad, gateway, now=after(minutes=5) + CLAIM) == 1
    assert Order.objects.get(pk=bad.pk).state == OrderState.COMPLETED


# --- Start and way -------------------------------------------------------------------------------------------


def test_the_first_start_count_is_kept(alice: User) -> None:
    order = report(taken(alice), ReportedState.PENDING, start_count=157)

    assert report(order, IN_PROGRESS, start_count=900).start_count == 157


@pytest.mark.parametrize("state", [ReportedState.PENDING, ReportedState.PROCESSING, None])
def test_a_start_count_of_zero_is_not_believed_before_the_start(
    alice: User, state: ReportedState | None
) -> None:
    order = report(taken(alice), state, start_count=0)
    assert order.start_count is None

    assert report(order, IN_PROGRESS).start_count is None
    assert report(order, IN_PROGRESS, start_count=0).start_count == 0
    assert report(order, IN_PROGRESS, start_count=5).start_count == 0


def test_the_order_starts_when_the_provider_first_says_so(alice: User) -> None:
    order = taken(alice)
    assert report(order, ReportedState.PENDING, at=after(minutes=1)).started_at is None

    order = report(order, IN_PROGRESS, at=after(minutes=2))
    order = report(order, ReportedState.PROCESSING, at=after(minutes=3))
    assert order.state == OrderState.PROCESSING
    order = report(order, IN_PROGRESS, at=after(minutes=4))

    assert order.started_at == after(minutes=2)
    assert events(order) == ["placed", "sending", "accepted", "in_progress", "processing", "in_progress"]


def test_the_same_report_again_changes_nothing(alice: User) -> None:
    order = report(taken(alice), IN_PROGRESS, 500, start_count=10)
    told = events(order)

    again = report(order, IN_PROGRESS, 500, start_count=10, at=after(minutes=6))

    assert events(again) == told
    assert (again.state, again.remains, again.checked_at) == (order.state, 500, after(minutes=6))


def test_an_open_order_is_asked_about_again_and_an_ended_one_for_late_corrections(alice: User) -> None:
    order = report(taken(alice), IN_PROGRESS, at=after(hours=1))
    assert order.check_at == after(hours=1, minutes=3)

    order = report(order, COMPLETED, 0, at=after(hours=2))
    assert order.check_at == after(hours=3)
    assert report(order, COMPLETED, 0, at=after(hours=2, days=29)).check_at is None
