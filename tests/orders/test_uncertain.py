"""What people decide when nobody knows whether an order arrived, and what happens when nobody decides."""

import threading
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from time import sleep

import pytest
from django.db import connection, transaction

from accounts.models import User
from billing.ledger import balance_of, house_balance
from billing.models import Transfer
from billing.routes import AccountKind
from orders import submitting, uncertain
from orders.models import Order, Submission
from orders.states import OrderState
from orders.uncertain import NotUncertain, NumberTaken, write_off_overdue
from providers.fake import LOST_ANSWER
from providers.gateway import Accepted, ReportedState, Unknown
from tests.factories import NOW, after, make_order, make_service
from tests.orders.stories import answered, at_once, differences, events, gateway_for, hand_over, report, taken

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]

DEADLINE = timedelta(hours=24)


def doubtful(customer: User, **fields: object) -> Submission:
    """An order whose answer was lost, with the row as staff see it."""
    order = answered(make_order(customer, **fields), Unknown("HTTP 502", "<html>"))
    return fresh(order.submission)


def fresh(submission: Submission) -> Submission:
    return Submission.objects.select_related("order__service").get(pk=submission.pk)


def found(submission: Submission, sam: User) -> None:
    uncertain.found(submission, external_id="23501", by=sam, note="seen there", now=after(hours=1))


def resend(submission: Submission, sam: User) -> None:
    uncertain.resend(submission, by=sam, note="not there", now=after(hours=1))


def refund(submission: Submission, sam: User) -> None:
    uncertain.refund(submission, by=sam, note="not there", now=after(hours=1))


def write_off(submission: Submission, sam: User) -> None:
    uncertain.write_off(submission, by=sam, note="who knows", now=after(hours=1))


BUTTONS = [found, resend, refund, write_off]
Button = Callable[[Submission, User], None]


def test_an_order_found_at_the_provider_goes_on_as_if_it_had_been_accepted(alice: User, sam: User) -> None:
    submission = doubtful(alice)

    found(submission, sam)

    submission = fresh(submission)
    assert (submission.state, submission.external_id) == ("accepted", "23501")
    assert submission.verdict_words == "<html>"
    assert submission.order.check_at > after(hours=1)
    event = submission.order.events.latest("pk")
    assert (event.what, event.actor, event.note) == ("found", sam, "seen there")
    order = report(submission.order, ReportedState.PARTIAL, 617, at=after(hours=2))
    assert order.refunded == order.charge / 2


def test_a_number_of_another_order_cannot_be_the_one_that_was_found(
    alice: User, bob: User, sam: User
) -> None:
    answered(make_order(bob), Accepted("23501", ""))
    submission = doubtful(alice)

    with pytest.raises(NumberTaken, match="23501"):
        found(submission, sam)

    submission = fresh(submission)
    assert (submission.state, submission.external_id) == ("uncertain", "")
    assert events(submission.order)[-1] == "uncertain"


def test_an_order_that_is_not_there_is_sent_once_more(alice: User, sam: User) -> None:
    submission = doubtful(alice)

    resend(submission, sam)

    submission = fresh(submission)
    assert (submission.state, submission.order.state) == ("due", OrderState.PENDING)
    gateway = gateway_for(submission.order.service)
    assert [hand_over(gateway, now=after(hours=1)) for _ in range(2)] == [True, False]
    submission = fresh(submission)
    assert (submission.state, submission.attempts, len(gateway.taken)) == ("accepted", 2, 1)
    assert events(submission.order) == ["placed", "sending", "uncertain", "resent", "sending", "accepted"]
    assert balance_of(alice) == 100 - submission.order.charge


def test_an_order_that_is_not_there_may_be_paid_back_instead(alice: User, sam: User) -> None:
    submission = doubtful(alice)

    refund(submission, sam)

    submission = fresh(submission)
    order = submission.order
    assert (order.state, order.ending, submission.state) == (OrderState.CANCELLED, "not_placed", "rejected")
    assert balance_of(alice) == 100
    assert house_balance(AccountKind.UNKNOWN_LOSS) == 0
    transfer = Transfer.objects.get(kind="refund")
    assert (transfer.actor, transfer.note) == (sam, "not there")


def test_an_order_written_off_is_paid_back_and_its_cost_is_our_loss(alice: User, sam: User) -> None:
    service = make_service(provider_rate=Decimal("0.90"))
    submission = doubtful(alice, service=service, quantity=1234)

    write_off(submission, sam)

    submission = fresh(submission)
    assert (submission.order.state, submission.order.ending) == (OrderState.CANCELLED, "written_off")
    assert submission.written_off_at == after(hours=1)
    assert balance_of(alice) == 100
    assert house_balance(AccountKind.UNKNOWN_LOSS) == Decimal("-1.1106")
    assert house_balance(AccountKind.PROVIDER) == Decimal("1.1106")
    assert Transfer.objects.get(kind="unknown_loss").actor == sam


@pytest.mark.parametrize(
    ("service", "quantity", "cost"),
    [
        ({"provider_rate": Decimal("0.12345678")}, 10, "0.00123457"),
        ({"provider_rate": Decimal("4.5"), "kind": "package"}, None, "4.5"),
        ({"provider_rate": Decimal(0)}, 1000, "0"),
    ],
)
def test_our_loss_is_what_the_provider_asks(
    alice: User, sam: User, service: dict[str, object], quantity: int | None, cost: str
) -> None:
    submission = doubtful(alice, service=make_service(**service), quantity=quantity)

    write_off(submission, sam)

    assert uncertain.provider_cost(submission.order) == Decimal(cost)
    assert house_balance(AccountKind.UNKNOWN_LOSS) == -Decimal(cost)


# --- Only while nobody knows ---------------------------------------------------------------------------------


@pytest.mark.parametrize("second", BUTTONS)
@pytest.mark.parametrize("first", BUTTONS)
def test_what_one_person_decided_another_cannot_decide_again(
    alice: User, sam: User, first: Button, second: Button
) -> None:
    submission = doubtful(alice)
    seen_by_another = fresh(submission)
    first(submission, sam)
    state, balance, told = fresh(submission).state, balance_of(alice), events(submission.order)

    with pytest.raises(NotUncertain, match=f"#{submission.order.pk}"):
        second(seen_by_another, sam)
    with pytest.raises(NotUncertain):
        second(fresh(submission), sam)

    assert (fresh(submission).state, balance_of(alice), events(submission.order)) == (state, balance, told)


@pytest.mark.parametrize("button", BUTTONS)
def test_nothing_is_decided_about_an_order_that_is_still_due_or_being_sent_or_known(
    alice: User, sam: User, button: Button
) -> None:
    submission = fresh(make_order(alice).submission)
    with pytest.raises(NotUncertain):
        button(submission, sam)

    worker = submitting.claim_next(now=NOW)
    assert worker is not None
    with pytest.raises(NotUncertain):
        button(fresh(submission), sam)

    submitting.apply_verdict(worker, Accepted("99", ""), now=NOW)
    with pytest.raises(NotUncertain):
        button(fresh(submission), sam)
    assert fresh(submission).external_id == "99"


# --- Nobody decides ------------------------------------------------------------------------------------------


def test_after_a_day_of_doubt_the_customer_is_paid_back_and_the_loss_is_ours(alice: User) -> None:
    submission = doubtful(alice)

    assert write_off_overdue(now=NOW + DEADLINE - timedelta(seconds=1)) == 0
    assert fresh(submission).state == "uncertain"
    assert balance_of(alice) == 100 - submission.order.charge

    assert write_off_overdue(now=NOW + DEADLINE) == 1

    submission = fresh(submission)
    assert (submission.state, submission.order.state) == ("rejected", OrderState.CANCELLED)
    assert submission.written_off_at == NOW + DEADLINE
    assert balance_of(alice) == 100
    assert house_balance(AccountKind.UNKNOWN_LOSS) < 0
    assert submission.order.events.latest("pk").actor is None
    assert write_off_overdue(now=after(days=9)) == 0
    assert not hand_over(gateway_for(submission.order.service), now=after(days=9))


def test_the_day_is_counted_from_the_doubt_not_from_the_order(alice: User, settings) -> None:  # type: ignore[no-untyped-def]
    settings.PANEL_UNCERTAIN_HOURS = 2
    answered(make_order(alice), LOST_ANSWER, now=after(hours=10))

    assert write_off_overdue(now=after(hours=11, minutes=59)) == 0
    assert write_off_overdue(now=after(hours=12)) == 1


def test_as_many_are_written_off_as_were_asked_for(alice: User) -> None:
    for number in range(3):
        doubtful(alice, link=f"https://www.instagram.com/alice{number}/")

    assert write_off_overdue(now=after(days=2), limit=2) == 2
    assert write_off_overdue(now=after(days=2)) == 1
    assert balance_of(alice) == 100


@pytest.mark.django_db(transaction=True)
def test_a_decision_of_the_last_second_does_not_stop_the_others(alice: User, sam: User) -> None:
    """The sweep has read its list and waits for the first row, which a person is just deciding about."""
    decided, waiting = (
        doubtful(alice, link=f"https://www.instagram.com/alice{number}/") for number in range(2)
    )
    locked = threading.Event()

    def decide_or_sweep(number: int) -> object:
        if number:
            locked.wait()
            return write_off_overdue(now=after(days=2))
        with transaction.atomic():
            resend(decided, sam)
            locked.set()
            wait_until_somebody_waits_for_a_lock()
        return None

    assert at_once(2, decide_or_sweep) == [None, 1]

    assert fresh(decided).state == "due"
    assert fresh(waiting).order.state == OrderState.CANCELLED
    assert differences() == []


def wait_until_somebody_waits_for_a_lock() -> None:
    for _ in range(500):
        with connection.cursor() as cursor:
            # Inside a transaction the first look at it would be the only one.
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(
                "SELECT EXISTS (SELECT FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock')"
            )
            if cursor.fetchone()[0]:
                return
        sleep(0.01)
    raise AssertionError("nobody waited")


def test_a_known_outcome_is_never_written_off(alice: User) -> None:
    order = taken(alice)

    assert write_off_overdue(now=after(days=9)) == 0
    assert Order.objects.get(pk=order.pk).state == OrderState.PROCESSING
