"""Drip-feed: runs are charged together, begin one after the other, and what never begins comes back in full."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from accounts.models import Notice, User
from billing.ledger import InsufficientBalance, balance_of
from catalog.models import Service
from orders import deciding
from orders.asking import RequestReused
from orders.cancelling import NotCancellable, cancel_order
from orders.claims import LinkBusy, SimilarBusy
from orders.dripping import (
    DripFeedNotOffered,
    IntervalOutOfRange,
    PlanTooLong,
    RunsOutOfRange,
    Whole,
    plan_of,
    state_of_runs,
    wholes_of,
)
from orders.models import Claim, DripFeed, Order, Submission
from orders.placing import PriceChanged, place_order
from orders.states import OrderState
from orders.submitting import give_up_waiting, withdraw
from orders.uncertain import write_off_overdue
from providers.gateway import Accepted, NotSent, Rejected, RejectionKind, ReportedState, Unknown
from terms.models import Acceptance
from tests.factories import NOW, after, make_customer, make_order, make_service, order_request
from tests.orders.stories import answered, at_once, differences, gateway_for, hand_over, report

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]

OTHER_LINK = "https://www.instagram.com/bob.bakery/"


def drip(customer: User, *, runs: int = 10, minutes: int = 60, quantity: int = 100, **fields) -> list[Order]:
    """A drip-feed at 1.20 per 1000; its runs in their order."""
    fields.setdefault("service", None)
    service = fields.pop("service") or make_service(rate_per_1000="1.20")
    first = make_order(customer, service, runs=runs, interval_minutes=minutes, quantity=quantity, **fields)
    return list(first.drip_feed.orders.order_by("run"))


def take(order: Order, *, hours: float) -> Order:
    """The provider takes the run that is due."""
    return answered(order, Accepted(str(10_000 + order.pk), ""), now=after(hours=hours))


def finish(order: Order, *, hours: float, state=ReportedState.COMPLETED, remains: int = 0) -> Order:
    take(order, hours=hours)
    return report(order, state, remains, at=after(hours=hours, minutes=30))


def sendable(*, hours: float) -> bool:
    return hand_over(gateway_for(*Service.objects.all()), now=after(hours=hours))


def states(runs: list[Order]) -> list[str]:
    return [Order.objects.get(pk=run.pk).state for run in runs]


def whole(run: Order) -> Whole:
    return wholes_of([run])[run.drip_feed_id]


# --- Placing -------------------------------------------------------------------------------------------------


@pytest.mark.clause("A-31", "K-23")
def test_all_runs_are_charged_together_and_owed_each_at_its_time(alice: User) -> None:
    runs = drip(alice, runs=3, minutes=60, quantity=100)

    assert balance_of(alice) == Decimal("99.64")
    assert [run.charge for run in runs] == [Decimal("0.12")] * 3
    assert [run.begins_at for run in runs] == [NOW, after(hours=1), after(hours=2)]
    assert [run.submission.due_at for run in runs] == [NOW, after(hours=1), after(hours=2)]
    assert [run.submission.after for run in runs] == [None, *runs[:2]]
    assert Acceptance.objects.count() == 1


def test_an_ordinary_order_begins_when_it_is_placed(alice: User) -> None:
    assert make_order(alice).begins_at == NOW


def test_a_thousand_runs_are_placed_in_one_go(alice: User) -> None:
    runs = drip(alice, runs=1000, minutes=1, quantity=10)

    assert len(runs) == 1000
    assert balance_of(alice) == Decimal("88")


def test_a_balance_short_of_the_last_run_leaves_no_trace(terms: object) -> None:
    alice = make_customer(balance="0.35")

    with pytest.raises(InsufficientBalance) as refusal:
        drip(alice, runs=3)

    assert refusal.value.text == "0.36 needed, 0.35 available."
    assert not Order.objects.exists()
    assert not DripFeed.objects.exists()


def test_the_price_shown_is_that_of_all_runs(alice: User) -> None:
    drip(alice, runs=3, max_charge=Decimal("0.36"))

    with pytest.raises(PriceChanged):
        drip(alice, runs=3, max_charge=Decimal("0.35"), link=OTHER_LINK)


@pytest.mark.parametrize(("runs", "minutes"), [(2, 1), (1000, 1), (2, 10_080), (53, 10_080)])
def test_plans_within_the_limits_are_taken(terms: object, runs: int, minutes: int) -> None:
    assert plan_of(make_service(), runs=runs, interval_minutes=minutes)


@pytest.mark.parametrize(
    ("runs", "minutes", "refusal"),
    [
        (1, 60, RunsOutOfRange),
        (1001, 60, RunsOutOfRange),
        (None, 60, RunsOutOfRange),
        (2, 0, IntervalOutOfRange),
        (2, 10_081, IntervalOutOfRange),
        (2, None, IntervalOutOfRange),
        (54, 10_080, PlanTooLong),
    ],
)
def test_plans_beyond_the_limits_are_refused(terms: object, runs, minutes, refusal) -> None:
    with pytest.raises(refusal) as caught:
        plan_of(make_service(), runs=runs, interval_minutes=minutes)

    assert caught.value.text
    assert caught.value.clauses == ("A-31", "K-23")


def test_only_services_by_quantity_that_staff_let_are_delivered_in_runs(terms: object) -> None:
    for service in (
        make_service(kind="package"),
        make_service(kind="custom_comments", metric="comments"),
        make_service(allows_runs=False),
    ):
        with pytest.raises(DripFeedNotOffered):
            plan_of(service, runs=2, interval_minutes=1)
        assert plan_of(service, runs=None, interval_minutes=None) is None


def test_the_same_request_buys_one_drip_feed_and_another_plan_is_no_repeat(alice: User) -> None:
    request = order_request(make_service(), quantity=100, runs=3, interval_minutes=60)
    first = place_order(customer=alice, request=request, now=NOW)

    assert place_order(customer=alice, request=request, now=after(days=3)) == first
    assert Order.objects.count() == 3
    for other in ({"runs": 4}, {"interval_minutes": 61}, {"runs": None, "interval_minutes": None}):
        with pytest.raises(RequestReused):
            place_order(customer=alice, request=replace(request, **other), now=NOW)


# --- One run after the other ---------------------------------------------------------------------------------


def test_a_run_is_not_handed_over_before_its_time(alice: User) -> None:
    runs = drip(alice, runs=2)
    finish(runs[0], hours=0)

    assert not hand_over(gateway_for(runs[0].service), now=after(hours=1) - timedelta(seconds=1))
    assert sendable(hours=1)
    assert states(runs) == ["completed", "processing"]


@pytest.mark.clause("K-21")
def test_a_run_that_is_not_finished_keeps_the_next_one_waiting(alice: User) -> None:
    runs = drip(alice, runs=3)
    take(runs[0], hours=0)

    assert not sendable(hours=5)
    report(runs[0], ReportedState.COMPLETED, 0, at=after(hours=5))

    runs[1].refresh_from_db()
    assert runs[1].begins_at == after(hours=5)
    assert sendable(hours=5)
    assert not sendable(hours=5)
    assert states(runs) == ["completed", "processing", "pending"]


def test_waiting_for_an_earlier_run_is_not_held_against_a_run(alice: User) -> None:
    runs = drip(alice, runs=2)
    take(runs[0], hours=0)

    assert give_up_waiting(now=after(hours=100)) == 0
    report(runs[0], ReportedState.COMPLETED, 0, at=after(hours=100))
    assert give_up_waiting(now=after(hours=171, minutes=59)) == 0
    assert give_up_waiting(now=after(hours=172)) == 1

    assert states(runs) == ["completed", "cancelled"]


def test_a_run_that_cannot_be_handed_over_just_now_keeps_its_place(alice: User) -> None:
    runs = drip(alice, runs=3)

    answered(runs[0], NotSent("no route"), now=NOW)

    assert states(runs) == ["pending"] * 3
    assert not Submission.objects.filter(after__isnull=True).exclude(order=runs[0]).exists()


@pytest.mark.clause("K-21", "K-39")
def test_the_link_stays_taken_until_the_last_run_has_ended(alice: User) -> None:
    runs = drip(alice, runs=2)
    finish(runs[0], hours=0)

    assert set(Claim.objects.values_list("order", flat=True)) == {runs[1].pk}
    with pytest.raises((LinkBusy, SimilarBusy)) as refusal:
        make_order(alice, now=after(hours=1))
    assert f"#{runs[1].pk}" in refusal.value.text

    finish(runs[1], hours=1)
    assert not Claim.objects.exists()
    make_order(alice, now=after(hours=2))


def test_a_link_that_staff_free_is_free_of_all_runs(alice: User, sam: User) -> None:
    runs = drip(alice, runs=3)

    deciding.free_link(runs[2].pk, by=sam, note="Alice asked", now=NOW)

    make_order(alice)


# --- What comes back -----------------------------------------------------------------------------------------


@pytest.mark.worked("W-10")
@pytest.mark.profile("alphasmm")
@pytest.mark.clause("A-28", "A-29", "K-67")
def test_ten_runs_of_which_four_are_done_the_fifth_partial_and_the_rest_stopped(alice: User) -> None:
    runs = drip(alice, runs=10, quantity=100)
    assert balance_of(alice) == Decimal("98.80")
    for number in range(4):
        finish(runs[number], hours=number)

    finish(runs[4], hours=4, state=ReportedState.PARTIAL, remains=30)
    assert balance_of(alice) == Decimal("98.836")
    assert whole(runs[0]).state == OrderState.IN_PROGRESS

    cancel_order(runs[0], now=after(hours=4, minutes=45))

    assert balance_of(alice) == Decimal("99.436")
    done = whole(runs[0])
    assert (done.refunded, done.final_charge) == (Decimal("0.636"), Decimal("0.564"))
    assert (done.remains, done.delivered, done.ended) == (530, 470, 10)
    assert done.state == OrderState.PARTIAL
    assert done.refunded == done.charge * done.remains / done.quantity
    assert not Claim.objects.exists()


@pytest.mark.profile("alphasmm")
def test_a_customer_who_cancels_stops_what_has_not_begun_and_no_more(alice: User) -> None:
    runs = drip(alice, runs=4)
    take(runs[0], hours=0)

    cancel_order(runs[0], now=after(minutes=10))

    assert states(runs) == ["processing", "cancelled", "cancelled", "cancelled"]
    assert balance_of(alice) == Decimal("99.88")
    with pytest.raises(NotCancellable):
        cancel_order(runs[0], now=after(minutes=11))
    assert set(Claim.objects.values_list("order", flat=True)) == {runs[0].pk}
    report(runs[0], ReportedState.COMPLETED, 0)
    assert not Claim.objects.exists()


@pytest.mark.clause("K-16", "K-23")
def test_where_the_terms_know_no_cancel_a_drip_feed_goes_on(alice: User) -> None:
    runs = drip(alice, runs=3)

    with pytest.raises(NotCancellable):
        cancel_order(runs[0], now=NOW)

    assert states(runs) == ["pending"] * 3


@pytest.mark.parametrize(
    "kind", [RejectionKind.BAD_LINK, RejectionKind.BAD_QUANTITY, RejectionKind.SERVICE_GONE]
)
def test_a_run_that_the_provider_refuses_gives_back_all_that_follow(alice: User, kind) -> None:
    runs = drip(alice, runs=4)
    finish(runs[0], hours=0)

    answered(runs[1], Rejected(kind, "no"), now=after(hours=1))

    assert states(runs) == ["completed", "cancelled", "cancelled", "cancelled"]
    assert balance_of(alice) == Decimal("99.88")
    assert Order.objects.get(pk=runs[2].pk).ending == "run_never_begun"
    assert not sendable(hours=9)


def test_a_run_that_nobody_takes_for_three_days_gives_back_all_that_follow(alice: User) -> None:
    runs = drip(alice, runs=4)

    assert give_up_waiting(now=after(hours=72)) == 1

    assert states(runs) == ["cancelled"] * 4
    assert balance_of(alice) == 100


def test_a_run_whose_outcome_nobody_learns_gives_back_itself_and_all_that_follow(alice: User) -> None:
    runs = drip(alice, runs=3)
    answered(runs[0], Unknown("timeout", ""), now=NOW)

    assert not sendable(hours=3)
    assert write_off_overdue(now=after(hours=24)) == 1

    assert states(runs) == ["cancelled"] * 3
    assert balance_of(alice) == 100


@pytest.mark.parametrize("remains", [100, 40])
def test_a_run_that_the_provider_took_and_cancelled_lets_the_next_one_begin(
    alice: User, remains: int
) -> None:
    runs = drip(alice, runs=3)

    finish(runs[0], hours=0, state=ReportedState.CANCELLED, remains=remains)

    assert balance_of(alice) == Decimal("99.64") + Decimal("0.0012") * remains
    assert sendable(hours=1)


def test_staff_stop_a_drip_feed_at_any_run_that_has_not_begun(alice: User, sam: User) -> None:
    runs = drip(alice, runs=5)
    take(runs[0], hours=0)

    deciding.settle_by_staff(
        runs[2].pk, state=OrderState.CANCELLED, remains=None, by=sam, note="Alice asked", now=after(hours=1)
    )

    assert states(runs) == ["processing", "pending", "cancelled", "cancelled", "cancelled"]
    assert balance_of(alice) == Decimal("99.76")


# --- Telling -------------------------------------------------------------------------------------------------


def test_a_drip_feed_that_goes_well_is_told_once(alice: User) -> None:
    runs = drip(alice, runs=3)
    for number, run in enumerate(runs):
        finish(run, hours=number)

    assert Notice.objects.filter(customer=alice).count() == 1


def test_what_comes_back_for_runs_that_never_began_is_told_with_the_run_that_failed(alice: User) -> None:
    runs = drip(alice, runs=4)

    answered(runs[0], Rejected(RejectionKind.BAD_LINK, "no"), now=NOW)

    assert "0.48" in Notice.objects.get(customer=alice).text


# --- The whole -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("runs", "state"),
    [
        ({"pending"}, "pending"),
        ({"pending", "processing"}, "processing"),
        ({"pending", "in_progress"}, "in_progress"),
        ({"pending", "completed"}, "in_progress"),
        ({"processing", "partial"}, "in_progress"),
        ({"completed"}, "completed"),
        ({"cancelled"}, "cancelled"),
        ({"completed", "cancelled"}, "partial"),
        ({"completed", "partial"}, "partial"),
        ({"partial"}, "partial"),
    ],
)
def test_the_state_of_a_whole_follows_from_its_runs(runs: set[str], state: str) -> None:
    assert state_of_runs(frozenset(OrderState(run) for run in runs)) == state


# --- Races ---------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_the_same_drip_feed_sent_eight_times_at_once_is_bought_once(alice: User) -> None:
    request = order_request(make_service(), quantity=100, runs=5, interval_minutes=1)

    outcomes = at_once(8, lambda _: place_order(customer=alice, request=request, now=NOW).pk)

    assert len(set(outcomes)) == 1
    assert Order.objects.count() == 5
    assert differences() == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.profile("alphasmm")
def test_a_cancel_and_a_report_at_once_leave_every_run_in_one_state(alice: User) -> None:
    for attempt in range(5):
        runs = drip(alice, runs=4, link=f"https://www.instagram.com/alice{attempt}/")
        take(runs[0], hours=0)

        def work(number: int, runs: list[Order] = runs) -> object:
            if number == 0:
                return report(runs[0], ReportedState.PARTIAL, 50)
            if number == 1:
                return cancel_order(runs[1], now=after(minutes=5))
            return withdraw(runs[2].submission.pk, why="gave_up", now=after(minutes=5))

        outcomes = at_once(3, work)

        assert not [found for found in outcomes if isinstance(found, Exception) and "deadlock" in str(found)]
        assert states(runs)[0] == "partial"
        assert states(runs)[2:] == ["cancelled"] * 2
        assert differences() == []
