"""Deciding about withdrawals: by one person, above a limit by two, never about one's own."""

from decimal import Decimal

import pytest

from accounts.models import AccountState, User
from accounts.standing import AccountFrozen, change_state
from billing.approving import (
    NothingToAgreeTo,
    NotYourOwn,
    SecondPersonNeeded,
    agree,
    approve,
    reject,
    waits_for_second,
)
from billing.holding import DisputeOpen, WithdrawalDecided
from billing.ledger import balance_of
from billing.models import Dispute
from billing.paying_out import NothingToPay, mark_paid
from tests.billing.withdrawals import asks, assert_books_are_right, at, is_paid_by_hand, pays, pays_by_card
from tests.factories import make_customer, make_staff, publish_terms

pytestmark = [pytest.mark.django_db, pytest.mark.clause("K-70")]


@pytest.fixture
def alice(terms) -> User:
    return make_customer("alice@example.com")


@pytest.fixture
def tom(terms) -> User:
    return make_staff("tom@example.com")


def test_up_to_the_limit_one_person_approves_and_the_payout_is_due(alice, sam):
    pays(alice, "500", when=at(6))
    withdrawal = asks(alice, "500", when=at(7))

    approved = approve(withdrawal.pk, by=sam, now=at(7, 1))

    assert (approved.state, approved.approved_by) == ("approved", sam)
    assert not waits_for_second(approved)
    payout = approved.payouts.get()
    assert (payout.way, payout.state, payout.amount) == ("by_hand", "due", 500)
    with pytest.raises(NothingToAgreeTo):
        agree(withdrawal.pk, by=sam, now=at(7, 2))
    with pytest.raises(WithdrawalDecided):
        approve(withdrawal.pk, by=sam, now=at(7, 2))


def test_above_the_limit_a_second_person_has_to_agree(alice, sam, tom):
    pays(alice, "500.01", when=at(6))
    withdrawal = asks(alice, "500.01", when=at(7))

    approved = approve(withdrawal.pk, by=sam, now=at(7, 1))

    assert waits_for_second(approved)
    assert not approved.payouts.exists()
    with pytest.raises(NothingToPay):
        mark_paid(withdrawal.pk, amount=Decimal("500.01"), reference="SEPA 1", by=tom, now=at(7, 2))
    with pytest.raises(SecondPersonNeeded):
        agree(withdrawal.pk, by=sam, now=at(7, 2))

    agreed = agree(withdrawal.pk, by=tom, now=at(7, 3))
    assert (agreed.seconded_by, agreed.payouts.get().amount) == (tom, Decimal("500.01"))
    assert_books_are_right()


def test_nobody_decides_about_their_own(terms, sam, tom):
    pays(sam, "600", when=at(6))
    withdrawal = asks(sam, "600", when=at(7))

    for deed in (
        lambda: approve(withdrawal.pk, by=sam, now=at(7, 1)),
        lambda: reject(withdrawal.pk, by=sam, note="No.", now=at(7, 1)),
    ):
        with pytest.raises(NotYourOwn):
            deed()
    approve(withdrawal.pk, by=tom, now=at(7, 2))
    with pytest.raises(NotYourOwn):
        agree(withdrawal.pk, by=sam, now=at(7, 3))


def test_a_withdrawal_is_rejected_until_it_is_being_paid_out(alice, sam):
    pays(alice, "100", when=at(6))
    withdrawal = asks(alice, "80", when=at(7))
    approve(withdrawal.pk, by=sam, now=at(7, 1))

    reject(withdrawal.pk, by=sam, note="The bank refuses it.", now=at(7, 2))

    assert balance_of(alice) == 100
    with pytest.raises(NothingToPay):
        mark_paid(withdrawal.pk, amount=Decimal(80), reference="SEPA 1", by=sam, now=at(7, 3))
    paid = is_paid_by_hand(asks(alice, "80", when=at(7, 4)), by=sam, when=at(7, 5))
    with pytest.raises(WithdrawalDecided):
        reject(paid.pk, by=sam, note="Too late.", now=at(7, 6))
    assert balance_of(alice) == 20
    assert_books_are_right()


def test_what_happened_since_the_request_is_looked_at_before_money_leaves(alice, sam):
    payment = pays_by_card(pays(alice, "100", when=at(6)))
    pays(alice, "50", when=at(6))
    withdrawal = asks(alice, when=at(7))
    dispute = Dispute.objects.create(payment=payment, state="open", amount=100, opened_at=at(7, 1))
    with pytest.raises(DisputeOpen):
        approve(withdrawal.pk, by=sam, now=at(7, 2))
    Dispute.objects.filter(pk=dispute.pk).update(state="won")
    approve(withdrawal.pk, by=sam, now=at(7, 3))

    change_state(customer=alice, to=AccountState.FROZEN, why="A dispute.", by=None, now=at(7, 4))
    with pytest.raises(AccountFrozen):
        mark_paid(withdrawal.pk, amount=Decimal(150), reference="SEPA 1", by=sam, now=at(7, 5))
    assert_books_are_right()


def test_where_the_terms_want_no_decision_a_small_withdrawal_is_approved_by_itself(terms, alice, sam):
    publish_terms(changes={"withdrawal.approval_required": False})
    pays(alice, "700", when=at(6))

    small = asks(alice, "80", when=at(7))
    assert (small.state, small.approved_by) == ("approved", None)
    assert small.payouts.get().amount == 80
    mark_paid(small.pk, amount=Decimal(80), reference="SEPA 1", by=sam, now=at(7, 1))

    large = asks(alice, "500.01", when=at(7, 2))
    assert (large.state, large.payouts.count()) == ("requested", 0)
