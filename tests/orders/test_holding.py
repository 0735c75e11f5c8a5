"""Orders that wait for staff because of a watched word: nothing is sent, nothing is lost."""

import pytest
from django.db import IntegrityError, transaction

from accounts.models import Notice, User
from billing.ledger import balance_of
from catalog.models import ServiceKind
from orders.cancelling import NotCancellable, cancel_order
from orders.deciding import NeverHandedOver, StillHeld, clear_flag, settle_by_staff
from orders.holding import NotHeld, let_go, refuse_held
from orders.models import Order, Review, Submission, Watchword
from orders.states import OrderState
from orders.submitting import give_up_waiting, withdraw
from orders.timeline import timeline
from orders.watchwords import HELD
from providers.dispatch import DispatchState
from tests.factories import NOW, after, make_order, make_service
from tests.orders.stories import at_once, events, gateway_for, hand_over, state_of

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("books"),
    pytest.mark.clause("A-19", "K-25"),
]

POST = "https://www.instagram.com/p/CxYz123AbCd/"


@pytest.fixture(autouse=True)
def casino(request) -> Watchword:
    return Watchword.objects.create(word="casino-x")


def held(customer: User, **fields) -> Order:
    comments = make_service(metric="comments", kind=ServiceKind.CUSTOM_COMMENTS, min_quantity=1)
    order = make_order(customer, comments, link=POST, comments="nice\nplay at Casino-X", **fields)
    order.refresh_from_db()
    return order


def submission_of(order: Order) -> Submission:
    return Submission.objects.get(order=order)


def test_an_order_with_a_watched_word_is_charged_and_waits(alice: User) -> None:
    before = balance_of(alice)

    order = held(alice)

    assert (order.state, order.review) == (OrderState.PENDING, Review.PROHIBITED)
    assert submission_of(order).state == DispatchState.HELD
    assert balance_of(alice) == before - order.charge
    assert order.events.get(what=HELD).note == "casino-x"


def test_its_customer_is_told(alice: User) -> None:
    order = held(alice)

    assert Notice.objects.get(customer=alice).kind == "order_held"
    shown = timeline(order, order.events.order_by("pk"))
    assert [step.title for step in shown] == ["Placed", "Waits for our staff"]


def test_a_word_in_the_link_holds_the_order_too(alice: User) -> None:
    order = make_order(
        alice, make_service(platform="website", metric="traffic"), link="https://casino-x.com/"
    )

    assert submission_of(order).state == DispatchState.HELD


def test_an_order_without_such_a_word_is_sent_as_usual(alice: User) -> None:
    order = make_order(alice)

    assert submission_of(order).state == DispatchState.DUE
    assert not order.review


def test_no_worker_takes_a_held_order_however_long_it_waits(alice: User) -> None:
    order = held(alice)

    assert not hand_over(gateway_for(order.service), now=after(days=30))
    assert state_of(order) == OrderState.PENDING


def test_a_held_order_is_not_given_up_by_the_clock(alice: User) -> None:
    order = held(alice)

    assert give_up_waiting(now=after(days=30)) == 0
    assert state_of(order) == OrderState.PENDING


def test_let_go_it_is_sent_and_its_72_hours_begin_then(alice: User, sam: User) -> None:
    order = held(alice)
    let_go(order.pk, by=sam, note="a film title", now=after(hours=80))
    order.refresh_from_db()
    assert not order.review
    assert order.events.latest("pk").actor == sam

    assert give_up_waiting(now=after(hours=80 + 71)) == 0
    assert hand_over(gateway_for(order.service), now=after(hours=80 + 71))
    assert state_of(order) == OrderState.PROCESSING


def test_let_go_but_never_taken_it_is_given_up_72_hours_later(alice: User, sam: User) -> None:
    order = held(alice)
    let_go(order.pk, by=sam, note="fine", now=after(hours=80))

    assert give_up_waiting(now=after(hours=80 + 72)) == 1
    assert state_of(order) == OrderState.CANCELLED


def test_refused_its_whole_charge_comes_back_with_the_reason(alice: User, sam: User) -> None:
    before = balance_of(alice)
    order = held(alice)

    refuse_held(order.pk, by=sam, note="gambling", now=after(hours=1))

    order.refresh_from_db()
    assert (order.state, order.ending, order.review) == (OrderState.CANCELLED, "prohibited_content", "")
    assert balance_of(alice) == before
    assert order.events.latest("pk").actor == sam
    last = timeline(order, order.events.order_by("pk"))[-1]
    assert last.text == "This kind of content cannot be ordered for."
    assert last.clauses == ("A-19", "K-25")
    assert not hand_over(gateway_for(order.service), now=after(days=1))


def test_refused_or_let_go_it_is_decided_once(alice: User, sam: User) -> None:
    first, second = (
        held(alice),
        make_order(alice, make_service(platform="website", metric="traffic"), link="https://casino-x.com/"),
    )
    let_go(first.pk, by=sam, note="fine", now=NOW)
    refuse_held(second.pk, by=sam, note="no", now=NOW)

    for order in (first, second):
        for decide in (let_go, refuse_held):
            with pytest.raises(NotHeld):
                decide(order.pk, by=sam, note="again", now=NOW)
    assert events(second).count("prohibited_content") == 1


@pytest.mark.django_db(transaction=True)
def test_two_of_staff_at_once_decide_once(alice: User, sam: User) -> None:
    order = held(alice)

    outcomes = at_once(2, lambda number: (let_go, refuse_held)[number](order.pk, by=sam, note="now", now=NOW))

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["NoneType", "NotHeld"]


@pytest.mark.profile("alphasmm")
def test_a_customer_may_cancel_a_held_order_where_pending_ones_may_be(alice: User) -> None:
    before = balance_of(alice)
    order = held(alice)

    cancel_order(order, now=after(hours=1))

    order.refresh_from_db()
    assert (order.state, order.review, order.ending) == (OrderState.CANCELLED, "", "cancelled_by_customer")
    assert balance_of(alice) == before


def test_where_orders_cannot_be_cancelled_a_held_one_cannot_either(alice: User) -> None:
    with pytest.raises(NotCancellable):
        cancel_order(held(alice), now=after(hours=1))


def test_staff_can_end_a_held_order_only_by_cancelling_it(alice: User, sam: User) -> None:
    order = held(alice)
    ending = {"remains": None, "by": sam, "note": "why", "now": NOW}
    with pytest.raises(NeverHandedOver):
        settle_by_staff(order.pk, state=OrderState.COMPLETED, **ending)

    assert settle_by_staff(order.pk, state=OrderState.CANCELLED, **ending) == order.charge
    assert submission_of(order).state == DispatchState.REJECTED


def test_the_flag_of_a_held_order_cannot_be_cleared_alone(alice: User, sam: User) -> None:
    order = held(alice)

    with pytest.raises(StillHeld):
        clear_flag(order.pk, by=sam, note="seen", now=NOW)

    let_go(order.pk, by=sam, note="fine", now=NOW)
    assert withdraw(submission_of(order).pk, why="gave_up", now=NOW)


def test_a_held_submission_was_never_sent(alice: User) -> None:
    order = held(alice)

    with pytest.raises(IntegrityError), transaction.atomic():
        Submission.objects.filter(order=order).update(sent_at=NOW)
