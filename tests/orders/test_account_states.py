"""Ordering and cancelling on an account that is frozen, suspended, terminated or closed."""

from uuid import uuid4

import pytest

from accounts.models import AccountState
from accounts.standing import REFUSALS, change_state
from billing.ledger import balance_of
from orders.cancelling import cancel_order, cancel_refusal
from orders.models import Order
from orders.placing import place_order
from tests.factories import NOW, after, make_customer, make_order, make_service, order_request

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("terms")]

SHUT = [state for state in AccountState if state != AccountState.ACTIVE]
# An account is closed only when its orders are finished.
SHUT_WITH_ORDERS = [state for state in SHUT if state != AccountState.CLOSED]


def become(person, state):
    change_state(customer=person, to=state, why="for the story", by=None, now=NOW)


@pytest.mark.clause("A-26", "A-27", "A-32", "K-76", "K-77")
@pytest.mark.parametrize("state", SHUT)
def test_nothing_is_ordered_and_nothing_charged(state):
    alice = make_customer(balance="100")
    become(alice, state)

    with pytest.raises(REFUSALS[state]):
        make_order(alice)

    assert not Order.objects.exists()
    assert str(balance_of(alice)) == "100.00000000"


@pytest.mark.parametrize("state", SHUT_WITH_ORDERS)
def test_a_repeated_request_still_finds_its_order(state):
    alice = make_customer(balance="100")
    request = order_request(make_service(), request_id=uuid4().hex)
    order = place_order(customer=alice, request=request, now=NOW)
    become(alice, state)

    assert place_order(customer=alice, request=request, now=after(minutes=1)) == order
    assert Order.objects.count() == 1


@pytest.mark.profile("alphasmm")
@pytest.mark.parametrize("state", SHUT_WITH_ORDERS)
def test_an_order_is_not_cancelled_and_runs_on(state):
    alice = make_customer(balance="100")
    order = make_order(alice)
    assert cancel_refusal(order) is None
    become(alice, state)
    order = Order.objects.get(pk=order.pk)

    with pytest.raises(REFUSALS[state]):
        cancel_order(order, now=after(minutes=1))

    order.refresh_from_db()
    assert order.state == "pending"
    assert order.submission.state == "due"


def test_after_the_thaw_orders_are_placed_again():
    alice = make_customer(balance="100")
    become(alice, AccountState.FROZEN)
    become(alice, AccountState.ACTIVE)

    assert make_order(alice).state == "pending"
