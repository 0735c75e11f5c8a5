"""Refills of an account whose orders were ended over a dispute (R-13, K-76)."""

import pytest

from accounts.models import AccountState, User
from accounts.standing import AccountFrozen, change_state
from orders.claims import Place
from orders.drops import known_drop
from orders.models import Channel
from refills.eligibility import GuaranteeEnded
from refills.models import Refill
from refills.offers import offer_of
from refills.requesting import request_refill
from refills.states import RefillState
from refills.terminating import end_refills
from tests.billing.payments import paid
from tests.factories import after, make_customer, make_staff
from tests.orders.disputes import dispute, terminate
from tests.refills.stories import delivered, shows

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice(terms) -> User:
    return make_customer("alice@example.com")


@pytest.fixture
def sam(terms) -> User:
    return make_staff()


def asked(order) -> Refill:
    return request_refill(order, channel=Channel.BROWSER, now=after(hours=24, minutes=10))


def thaw(alice: User, sam: User, *, hours: float) -> None:
    change_state(customer=alice, to=AccountState.ACTIVE, why="for the story", by=sam, now=after(hours=hours))
    alice.refresh_from_db()


@pytest.mark.clause("K-76")
def test_a_finished_order_is_not_refilled_while_the_account_is_frozen(alice: User, sam: User) -> None:
    payment = paid(alice)
    order = delivered(alice)
    shows(order, 11_000)
    terminate(dispute(payment), sam)
    order.customer.refresh_from_db()

    with pytest.raises(AccountFrozen) as refused:
        asked(order)

    assert refused.value.code == "account_frozen"
    assert not Refill.objects.exists()


@pytest.mark.clause("K-76")
def test_after_a_lost_dispute_the_guarantee_stays_ended_also_when_the_account_is_open_again(
    alice: User, sam: User
) -> None:
    payment = paid(alice)
    order = delivered(alice)
    shows(order, 11_000)
    terminate(dispute(payment), sam)
    dispute(payment, "lost", hours=4)
    thaw(alice, sam, hours=5)
    order.customer.refresh_from_db()

    with pytest.raises(GuaranteeEnded):
        asked(order)

    offer = offer_of(order, now=after(hours=30))
    assert (offer.may_ask, offer.is_refusal) == (False, True)


def test_after_a_won_dispute_the_guarantee_lives_again(alice: User, sam: User) -> None:
    payment = paid(alice)
    order = delivered(alice)
    shows(order, 11_000)
    terminate(dispute(payment), sam)
    dispute(payment, "won", hours=4)
    thaw(alice, sam, hours=5)
    order.customer.refresh_from_db()

    assert asked(order).amount == 1000


def test_open_refills_end_whosever_turn_it_was(alice: User, sam: User) -> None:
    payment = paid(alice)
    granted = delivered(alice)
    shows(granted, 11_000)
    waiting = delivered(alice, link="https://www.instagram.com/alice.second/")
    refills = [asked(granted), asked(waiting)]
    assert [refill.state for refill in refills] == [RefillState.QUEUED, RefillState.REQUESTED]
    assert end_refills(now=after(hours=31)) == 0
    terminate(dispute(payment), sam, hours=32)

    assert end_refills(now=after(hours=33)) == 2
    assert end_refills(now=after(hours=34)) == 0

    for refill in refills:
        refill.refresh_from_db()
    assert [refill.state for refill in refills] == [RefillState.REJECTED, RefillState.REFUSED]
    assert {refill.reason for refill in refills} == {"guarantee_ended"}


def test_a_drop_that_nobody_may_refill_any_more_does_not_stand_in_the_way_of_an_order(
    alice: User, sam: User
) -> None:
    payment = paid(alice)
    order = delivered(alice)
    shows(order, 11_000)
    place = Place(order.target_key, order.counter_key, order.metric, "")
    assert known_drop(alice, place, now=after(hours=30)) is not None

    terminate(dispute(payment), sam)

    assert known_drop(alice, place, now=after(hours=30)) is None
