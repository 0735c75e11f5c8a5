"""Ordering and cancelling on an account that is frozen, suspended, terminated or closed."""

from threading import Barrier, Thread
from time import sleep
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.models import AccountState, User
from accounts.standing import REFUSALS, AccountFrozen, change_state
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


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("first", ["order", "freeze"])
def test_an_order_that_meets_the_freezing_is_placed_before_it_or_refused(first):
    alice = make_customer(balance="100")
    service = make_service()
    seen_earlier = User.objects.get(pk=alice.pk)
    at_the_door = Barrier(2)

    def freeze():
        with transaction.atomic():
            if first == "freeze":
                become(alice, AccountState.FROZEN)
                at_the_door.wait()
                sleep(0.3)
            else:
                at_the_door.wait()
                become(alice, AccountState.FROZEN)
        connection.close()

    freezing = Thread(target=freeze)
    freezing.start()
    try:
        if first == "freeze":
            at_the_door.wait()
            with pytest.raises(AccountFrozen):
                make_order(seen_earlier, service)
        else:
            make_order(seen_earlier, service)
            at_the_door.wait()
    finally:
        freezing.join()

    assert Order.objects.count() == (first == "order")
    assert User.objects.get(pk=alice.pk).state == AccountState.FROZEN


def test_the_database_itself_takes_no_order_of_a_shut_account():
    alice = make_customer(balance="100")
    order = make_order(alice)
    become(alice, AccountState.FROZEN)
    order.pk, order.request_id = None, "another"

    with pytest.raises(IntegrityError, match="order is of an active account"), transaction.atomic():
        order.save(force_insert=True)
