"""A customer takes an order back: where the terms allow it, and only before anybody began to hand it over."""

import pytest

from accounts.models import User
from billing.ledger import balance_of
from orders import submitting
from orders.cancelling import NotCancellable, cancel_order, cancel_refusal
from orders.models import Order, Submission
from orders.states import OrderState
from providers.fake import NO_CONNECTION
from providers.gateway import ReportedState
from tests.factories import NOW, after, make_customer, make_order, publish_terms
from tests.orders.stories import answered, at_once, differences, events, gateway_for, hand_over, report, taken

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]


@pytest.mark.clause("A-28")
@pytest.mark.profile("alphasmm")
def test_a_pending_order_is_cancelled_and_paid_back_in_full(alice: User) -> None:
    order = make_order(alice)
    assert cancel_refusal(order) is None

    cancel_order(order, now=after(seconds=1))

    order.refresh_from_db()
    assert (order.state, order.ending) == (OrderState.CANCELLED, "cancelled_by_customer")
    assert order.refunded == order.charge
    assert balance_of(alice) == 100
    assert order.submission.state == "rejected"
    assert events(order) == ["placed", "cancelled_by_customer"]
    assert not hand_over(gateway_for(order.service), now=after(hours=1))


@pytest.mark.profile("alphasmm")
def test_an_order_that_waits_for_its_provider_may_still_be_cancelled(alice: User) -> None:
    order = answered(make_order(alice), NO_CONNECTION)

    cancel_order(order, now=NOW)

    assert balance_of(alice) == 100


@pytest.mark.clause("A-14", "A-28")
@pytest.mark.profile("alphasmm")
@pytest.mark.parametrize(
    "state", [ReportedState.PROCESSING, ReportedState.IN_PROGRESS, ReportedState.COMPLETED]
)
def test_an_order_that_was_handed_over_is_not_cancelled(alice: User, state: ReportedState) -> None:
    order = report(taken(alice), state)

    with pytest.raises(NotCancellable) as caught:
        cancel_order(order, now=NOW)

    assert caught.value.text == f"Orders in state “{order.get_state_display()}” cannot be cancelled."
    assert caught.value.clauses == ("A-28", "K-16")
    assert balance_of(alice) == 100 - order.charge


@pytest.mark.clause("K-16", "K-23")
@pytest.mark.profile("bestsmmkart")
def test_terms_without_cancelling_refuse_even_a_pending_order(alice: User) -> None:
    order = make_order(alice)

    with pytest.raises(NotCancellable, match="Pending"):
        cancel_order(order, now=NOW)

    order.refresh_from_db()
    assert order.state == OrderState.PENDING


@pytest.mark.profile("alphasmm")
def test_an_order_is_cancelled_by_the_terms_it_was_placed_under(alice: User) -> None:
    order = make_order(alice)
    publish_terms("bestsmmkart")

    cancel_order(Order.objects.get(pk=order.pk), now=NOW)

    assert balance_of(alice) == 100


@pytest.mark.profile("alphasmm")
def test_a_worker_that_was_faster_is_told_to_the_customer(alice: User) -> None:
    order = make_order(alice)
    seen = Order.objects.select_related("terms_version").get(pk=order.pk)
    assert submitting.claim_next(now=NOW)

    with pytest.raises(NotCancellable, match="Processing"):
        cancel_order(seen, now=NOW)

    assert Submission.objects.get().state == "sending"


@pytest.mark.profile("alphasmm")
def test_an_order_cancelled_twice_is_paid_back_once(alice: User) -> None:
    order = make_order(alice)
    again = Order.objects.get(pk=order.pk)
    cancel_order(order, now=NOW)

    with pytest.raises(NotCancellable, match="Canceled"):
        cancel_order(again, now=NOW)

    assert balance_of(alice) == 100


@pytest.mark.clause("A-28")
@pytest.mark.django_db(transaction=True)
def test_of_cancelling_and_handing_over_at_once_exactly_one_wins() -> None:
    publish_terms("alphasmm")
    alice = make_customer(balance="100")
    orders = [make_order(alice, link=f"https://www.instagram.com/alice{number}/") for number in range(6)]
    gateway = gateway_for(*(order.service for order in orders))

    def work(number: int) -> object:
        if number < 6:
            return cancel_order(orders[number], now=NOW)
        return hand_over(gateway)

    outcomes = at_once(12, work)

    assert all(outcome in (None, True, False) or isinstance(outcome, NotCancellable) for outcome in outcomes)
    ended = Order.objects.filter(state=OrderState.CANCELLED).count()
    assert len(gateway.taken) + ended + Order.objects.filter(state=OrderState.PENDING).count() == 6
    assert Submission.objects.filter(state="accepted").count() == len(gateway.taken)
    assert balance_of(alice) == 100 - sum(order.charge for order in Order.objects.open())
    assert differences() == []
