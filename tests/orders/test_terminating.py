"""What becomes of a customer's orders when staff end them over a dispute (R-13)."""

from decimal import Decimal

import pytest

from accounts.models import AccountState, User
from accounts.standing import AccountFrozen, change_state
from billing.composition import composition_for
from billing.deciding_disputes import mark_fraud, terminations_owed
from billing.ledger import balance_of
from billing.models import Dispute, Payment, Transfer
from orders.models import Order, TerminatedOrder
from orders.timeline import guaranteed_until, timeline
from providers.fake import FakeGateway
from providers.gateway import CancelAnswer, ReportedState, Unknown
from tests.billing.payments import paid
from tests.factories import after, give, make_customer, make_order, make_service
from tests.orders.disputes import ask_to_stop, dispute, sweep, terminate
from tests.orders.stories import (
    answered,
    ask,
    at_once,
    events,
    gateway_for,
    hand_over,
    report,
    started,
    taken,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]


@pytest.fixture
def alice(terms) -> User:
    return make_customer("alice@example.com")


@pytest.fixture
def payment(alice: User) -> Payment:
    return paid(alice)


def link(number: int) -> str:
    return f"https://www.instagram.com/alice.{number}/"


def state_of(order: Order) -> str:
    return Order.objects.get(pk=order.pk).state


@pytest.mark.worked("W-43")
@pytest.mark.clause("A-26", "K-76")
def test_a_dispute_of_spent_money_leaves_exactly_what_was_consumed_as_debt(
    alice: User, sam: User, payment: Payment
) -> None:
    followers = make_service(rate_per_1000="10")
    gateway = gateway_for(followers)
    completed = make_order(alice, followers, quantity=6000, link=link(1))
    running = make_order(alice, followers, quantity=3000, link=link(2))
    assert hand_over(gateway)
    assert hand_over(gateway)
    first, second = gateway.taken
    gateway.report(first, ReportedState.COMPLETED, remains=0)
    gateway.report(second, ReportedState.IN_PROGRESS, remains=1500)
    running.refresh_from_db()
    assert ask(running, gateway, now=after(minutes=10)) == 2
    pending = make_order(alice, followers, quantity=1200, link=link(3), now=after(minutes=20))
    assert [one.charge for one in (completed, running, pending)] == [60, 30, 12]
    assert balance_of(alice) == 8

    disputed = dispute(payment)
    assert balance_of(alice) == -102
    terminate(disputed, sam)
    assert sweep() == 1

    # Nothing of the third had begun: 12 come back.
    assert state_of(pending) == "cancelled"
    assert balance_of(alice) == -90
    # Of the second, 1200 of 3000 do.
    assert ask_to_stop(running, gateway) == 1
    assert gateway.taken[second].cancel_asked
    assert not gateway.taken[first].cancel_asked
    gateway.report(second, ReportedState.PARTIAL, remains=1200)
    assert ask(running, gateway, now=after(hours=4))
    assert balance_of(alice) == -78
    assert gateway.calls.count("add") == 2

    give(alice, cash="80", bonus="8", now=after(days=1))

    assert balance_of(alice) == 10
    assert [(rest.cash, rest.bonus) for rest in composition_for(alice)] == [(2, 8)]


@pytest.mark.worked("W-43")
def test_the_order_of_the_steps_makes_no_difference_to_the_debt(
    alice: User, sam: User, payment: Payment
) -> None:
    # As the example tells it: the orders end first, then 110 leave.
    followers = make_service(rate_per_1000="10")
    report(
        started(alice, followers, quantity=6000, link=link(1)), ReportedState.COMPLETED, 0, at=after(hours=1)
    )
    running = started(alice, followers, quantity=3000, link=link(2))
    pending = make_order(alice, followers, quantity=1200, link=link(3))
    terminate(dispute(payment, amount="0.01"), sam)
    sweep()
    assert state_of(pending) == "cancelled"
    report(running, ReportedState.PARTIAL, 1200, at=after(hours=4))
    assert balance_of(alice) == Decimal("31.989")

    dispute(payment, amount="100", hours=5)

    assert balance_of(alice) == -78


@pytest.mark.clause("K-76")
def test_runs_that_have_not_begun_are_cancelled_and_the_one_at_work_is_asked_to_stop(
    alice: User, sam: User, payment: Payment
) -> None:
    service = make_service(rate_per_1000="10")
    first = taken(alice, service, quantity=1000, runs=3, interval_minutes=60)
    assert balance_of(alice) == 80
    terminate(dispute(payment), sam)

    assert sweep() == 1

    states = (
        Order.objects.filter(drip_feed=first.drip_feed_id).order_by("run").values_list("state", flat=True)
    )
    assert list(states) == ["processing", "cancelled", "cancelled"]
    assert balance_of(alice) == -10
    assert [one.order_id for one in TerminatedOrder.objects.all()] == [first.pk]


def test_nothing_ends_before_staff_have_confirmed_it(alice: User, payment: Payment) -> None:
    order = make_order(alice)
    dispute(payment)

    assert sweep() == 0

    assert state_of(order) == "pending"


def test_what_cannot_be_stopped_runs_out(alice: User, sam: User, payment: Payment) -> None:
    order = started(alice, make_service(rate_per_1000="10"), quantity=1000)
    terminate(dispute(payment), sam)
    sweep()

    class Stubborn(FakeGateway):
        def cancel(self, external_ids):
            return {one: CancelAnswer(requested=False, words="Incorrect order ID") for one in external_ids}

    assert ask_to_stop(order, Stubborn()) == 1
    assert ask_to_stop(order, Stubborn(), hours=4) == 0
    assert order.events.get(what="stop_asked").words == "Incorrect order ID"
    report(order, ReportedState.COMPLETED, 0, at=after(hours=5))

    assert state_of(order) == "completed"
    assert balance_of(alice) == -10


def test_an_order_in_doubt_keeps_the_work_owed_until_its_outcome_is_known(
    alice: User, sam: User, payment: Payment
) -> None:
    order = answered(make_order(alice), Unknown("no answer", ""))
    disputed = terminate(dispute(payment), sam)

    assert sweep() == 0
    assert [owed.dispute for owed in terminations_owed()] == [disputed.pk]

    order.submission.refresh_from_db()
    type(order.submission).objects.filter(pk=order.submission.pk).update(state="accepted", external_id="77")
    assert sweep() == 1
    assert TerminatedOrder.objects.get().order == order


def test_a_sweep_that_runs_twice_ends_nothing_twice(alice: User, sam: User, payment: Payment) -> None:
    make_order(alice, link=link(1))
    started(alice, link=link(2))
    terminate(dispute(payment), sam)
    sweep()
    transfers = Transfer.objects.count()
    Dispute.objects.update(orders_ended_at=None)

    assert sweep(hours=4) == 1

    assert Transfer.objects.count() == transfers
    assert TerminatedOrder.objects.get().terminated_at == after(hours=3)


def test_orders_of_a_dispute_that_was_won_before_the_sweep_go_on(
    alice: User, sam: User, payment: Payment
) -> None:
    order = make_order(alice)
    terminate(dispute(payment), sam)
    dispute(payment, "won", hours=4)

    assert sweep(hours=5) == 0

    assert state_of(order) == "pending"


def test_orders_placed_after_the_account_was_opened_again_are_left_alone(
    alice: User, sam: User, payment: Payment
) -> None:
    terminate(dispute(payment), sam)
    change_state(customer=alice, to=AccountState.ACTIVE, why="settled", by=sam, now=after(hours=4))
    give(alice, cash="50", now=after(hours=4))
    order = make_order(alice, now=after(hours=5))

    assert sweep(hours=6) == 1

    assert state_of(order) == "pending"


@pytest.mark.clause("A-32", "K-77")
def test_fraud_ends_the_orders_too(alice: User, sam: User, payment: Payment) -> None:
    order = make_order(alice, make_service(rate_per_1000="10"), quantity=1000)
    mark_fraud(payment, by=sam, note="a stolen card", now=after(hours=2))

    assert sweep() == 1

    assert state_of(order) == "cancelled"
    assert balance_of(alice) == 0


def test_the_customer_reads_why_an_order_ended(alice: User, sam: User, payment: Payment) -> None:
    running, pending = started(alice, link=link(1)), make_order(alice, link=link(2))
    terminate(dispute(payment), sam)
    sweep()

    last = timeline(pending, pending.events.order_by("pk"))[-1]
    assert last.text == "It was ended because a payment of yours is disputed."
    assert last.clauses == ("A-26", "K-76")
    assert events(running)[-1] == "ended_by_dispute"
    assert "runs out" in timeline(running, running.events.order_by("pk"))[-1].text


@pytest.mark.clause("K-76")
def test_the_guarantee_of_a_finished_order_ends_and_lives_again_when_the_dispute_is_won(
    alice: User, sam: User, payment: Payment
) -> None:
    order = report(started(alice), ReportedState.COMPLETED, 0, at=after(hours=1))
    assert guaranteed_until(order) == after(days=30, hours=1)

    terminate(dispute(payment), sam)
    assert guaranteed_until(order) == after(hours=3)

    dispute(payment, "won", hours=4)
    assert guaranteed_until(order) == after(days=30, hours=1)


@pytest.mark.profile("alphasmm")
@pytest.mark.clause("A-26")
def test_terms_that_end_running_orders_only_leave_older_guarantees(
    alice: User, sam: User, payment: Payment
) -> None:
    finished = report(started(alice, link=link(1)), ReportedState.COMPLETED, 0, at=after(hours=1))
    running = started(alice, link=link(2))
    terminate(dispute(payment), sam)
    report(running, ReportedState.COMPLETED, 0, at=after(hours=5))

    assert guaranteed_until(finished) > after(days=29)
    assert guaranteed_until(running) == after(hours=3)


@pytest.mark.django_db(transaction=True)
def test_an_order_that_meets_the_dispute_is_placed_before_it_or_refused(
    alice: User, sam: User, payment: Payment
) -> None:
    services = [make_service(rate_per_1000="10") for _ in range(6)]

    def work(number: int) -> object:
        if number == 0:
            return dispute(payment)
        return make_order(User.objects.get(pk=alice.pk), services[number], quantity=1000, link=link(number))

    outcomes = at_once(6, work)

    placed = [one for one in outcomes if isinstance(one, Order)]
    refused = [one for one in outcomes[1:] if one not in placed]
    assert all(isinstance(one, AccountFrozen) for one in refused), refused
    assert Order.objects.count() == len(placed)
    assert balance_of(alice) == -10 * len(placed)
    terminate(Dispute.objects.get(), sam)
    assert sweep() == 1
    assert balance_of(alice) == 0


@pytest.mark.django_db(transaction=True)
def test_refunds_and_the_dispute_at_the_same_moment_do_not_stop_each_other(
    alice: User, sam: User, payment: Payment
) -> None:
    orders = [started(alice, make_service(rate_per_1000="10"), quantity=1000, link=link(n)) for n in range(5)]

    def work(number: int) -> object:
        if number == 5:
            return dispute(payment)
        return report(orders[number], ReportedState.PARTIAL, 400, at=after(hours=2))

    outcomes = at_once(6, work)

    assert not [one for one in outcomes if isinstance(one, Exception)]
    assert balance_of(alice) == 110 - 50 + 20 - 110
