from decimal import Decimal

import pytest

from accounts.models import AccountState, Notice, User
from accounts.standing import NoSuchChange, NotYours
from billing.deciding_disputes import (
    NoDebt,
    NothingToTerminate,
    NotLost,
    StillDisputed,
    accounts_sharing_a_card,
    confirm_termination,
    customers_with_terminations,
    mark_fraud,
    note_orders_ended,
    reopen,
    terminations_of,
    terminations_owed,
    write_off,
)
from billing.disputing import Report, apply_dispute
from billing.ledger import balance_of, house_balance
from billing.models import Dispute, DisputeState, Payment
from billing.reversing import settle_refunds
from billing.routes import AccountKind
from billing.verification import verify_books
from tests.billing.movements import charge
from tests.billing.payments import paid
from tests.factories import after, give, make_customer, make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice(terms) -> User:
    return make_customer("alice@example.com")


@pytest.fixture
def sam(terms) -> User:
    return make_staff()


def disputed(payment: Payment, state: DisputeState = DisputeState.OPEN, name: str = "dp_1") -> Dispute:
    drawn = payment.received if state in {DisputeState.OPEN, DisputeState.LOST} else Decimal(0)
    return apply_dispute(payment, Report(name, state, payment.received, drawn), now=after(hours=1))


def confirm(dispute: Dispute, sam: User) -> Dispute:
    return confirm_termination(dispute, by=sam, note="the bank asks it back", now=after(hours=2))


def state_of(person: User) -> str:
    return User.objects.get(pk=person.pk).state


@pytest.mark.clause("K-76")
def test_staff_confirm_that_the_orders_end_and_the_account_stays_readable(alice: User, sam: User) -> None:
    dispute = confirm(disputed(paid(alice)), sam)

    assert state_of(alice) == AccountState.FROZEN
    [owed] = terminations_owed()
    assert (owed.dispute, owed.customer, owed.ends_guarantees) == (dispute.pk, alice.pk, True)
    title = Notice.objects.filter(customer=alice).order_by("pk").last().title
    assert title == f"Your orders end over the dispute of payment {dispute.payment.code}"


@pytest.mark.profile("alphasmm")
@pytest.mark.clause("A-26", "A-27")
def test_where_the_terms_close_the_access_the_account_is_suspended(alice: User, sam: User) -> None:
    confirm(disputed(paid(alice)), sam)

    assert state_of(alice) == AccountState.SUSPENDED
    [owed] = terminations_owed()
    assert not owed.ends_guarantees


@pytest.mark.parametrize("state", [DisputeState.INQUIRY, DisputeState.WON, DisputeState.CLOSED])
def test_orders_do_not_end_over_a_question_or_a_dispute_that_is_over(
    alice: User, sam: User, state: DisputeState
) -> None:
    dispute = disputed(paid(alice), state)

    with pytest.raises(NothingToTerminate):
        confirm(dispute, sam)

    assert terminations_owed() == []


def test_termination_is_confirmed_once(alice: User, sam: User) -> None:
    dispute = confirm(disputed(paid(alice)), sam)
    note_orders_ended(dispute.pk, now=after(hours=3))
    assert terminations_owed() == []

    with pytest.raises(NothingToTerminate):
        confirm(dispute, sam)

    assert terminations_owed() == []


@pytest.mark.clause("A-32", "K-77", "K-78")
def test_fraud_terminates_the_account_and_reverses_the_deposit(alice: User, sam: User) -> None:
    payment = paid(alice)
    charge(alice, amount="30")

    dispute = mark_fraud(payment, by=sam, note="a stolen card", now=after(hours=1))

    assert state_of(alice) == AccountState.TERMINATED
    assert balance_of(alice) == -30
    assert (dispute.is_fraud, dispute.ends_guarantees) == (True, True)
    assert [owed.dispute for owed in terminations_owed()] == [dispute.pk]
    assert verify_books().differences == []


@pytest.mark.clause("A-32", "K-78")
def test_there_is_no_way_back_from_fraud(alice: User, sam: User) -> None:
    payment = paid(alice)
    dispute = mark_fraud(payment, by=sam, note="a stolen card", now=after(hours=1))
    Dispute.objects.filter(pk=dispute.pk).update(state=DisputeState.WON)

    with pytest.raises(NoSuchChange):
        reopen(dispute, by=sam, note="please", now=after(hours=2))

    assert state_of(alice) == AccountState.TERMINATED


def test_marking_the_same_fraud_again_changes_nothing(alice: User, sam: User) -> None:
    payment = paid(alice)
    for hours in (1, 2):
        mark_fraud(payment, by=sam, note="a stolen card", now=after(hours=hours))

    assert Dispute.objects.count() == 1
    assert balance_of(alice) == 0


@pytest.mark.parametrize("first", ["fraud", "refund"])
def test_the_refund_to_the_cards_owner_is_not_taken_a_second_time(alice: User, sam: User, first: str) -> None:
    payment = paid(alice)
    steps = {
        "fraud": lambda: mark_fraud(payment, by=sam, note="a stolen card", now=after(hours=1)),
        "refund": lambda: settle_refunds(payment, refunded=Decimal(100), now=after(hours=1)),
    }

    for step in sorted(steps, key=lambda name: name != first):
        steps[step]()

    payment.refresh_from_db()
    assert (payment.refunded, payment.disputed) == (100, 0)
    assert balance_of(alice) == 0


def test_a_dispute_of_a_payment_by_fraud_takes_it_once(alice: User, sam: User) -> None:
    payment = paid(alice)
    mark_fraud(payment, by=sam, note="a stolen card", now=after(hours=1))

    disputed(payment)

    assert balance_of(alice) == 0
    disputed(payment, DisputeState.WON)
    assert balance_of(alice) == 0


def test_a_disputed_payment_that_turns_out_to_be_fraud_keeps_its_dispute(alice: User, sam: User) -> None:
    payment = paid(alice)
    dispute = confirm(disputed(payment), sam)
    note_orders_ended(dispute.pk, now=after(hours=3))

    marked = mark_fraud(payment, by=sam, note="a stolen card", now=after(hours=4))

    assert marked == dispute
    assert Dispute.objects.count() == 1
    assert balance_of(alice) == 0


@pytest.mark.clause("A-32")
def test_other_accounts_with_the_card_are_shown_to_staff(alice: User, sam: User) -> None:
    bob, carol = make_customer("bob@example.com"), make_customer("carol@example.com")
    stolen = paid(alice, fingerprint="fp_1")
    same_card = paid(bob, fingerprint="fp_1")
    paid(carol, fingerprint="fp_2")
    paid(carol, fingerprint="")

    assert not accounts_sharing_a_card().exists()
    mark_fraud(stolen, by=sam, note="a stolen card", now=after(hours=1))

    assert list(accounts_sharing_a_card()) == [same_card]
    mark_fraud(same_card, by=sam, note="the same card", now=after(hours=2))
    assert not accounts_sharing_a_card().exists()


def test_nobody_marks_a_payment_of_their_own(sam: User) -> None:
    payment = paid(sam)

    with pytest.raises(NotYours):
        mark_fraud(payment, by=sam, note="for the story", now=after(hours=1))

    assert balance_of(sam) == 110


def test_staff_open_the_account_after_a_won_dispute(alice: User, sam: User) -> None:
    payment = paid(alice)
    dispute = confirm(disputed(payment), sam)
    assert list(customers_with_terminations()) == [alice.pk]

    with pytest.raises(StillDisputed):
        reopen(dispute, by=sam, note="too early", now=after(hours=3))
    disputed(payment, DisputeState.WON)
    reopen(dispute, by=sam, note="we won", now=after(hours=4))

    assert state_of(alice) == AccountState.ACTIVE
    assert list(terminations_of(alice)) == []
    assert not customers_with_terminations().exists()


def test_another_dispute_keeps_the_account_shut(alice: User, sam: User) -> None:
    won, other = paid(alice), paid(alice)
    dispute = disputed(won)
    disputed(other, DisputeState.INQUIRY, name="dp_2")
    disputed(won, DisputeState.WON)

    with pytest.raises(StillDisputed, match=other.code):
        reopen(dispute, by=sam, note="we won", now=after(hours=3))

    assert state_of(alice) == AccountState.FROZEN


def test_what_is_still_owed_after_a_lost_dispute_is_written_off_once(alice: User, sam: User) -> None:
    payment = paid(alice)
    charge(alice, amount="78")
    dispute = disputed(payment)
    with pytest.raises(NotLost):
        write_off(dispute, by=sam, note="too early", now=after(hours=2))
    disputed(payment, DisputeState.LOST)

    assert write_off(dispute, by=sam, note="gone", now=after(hours=3)) == 78

    assert balance_of(alice) == 0
    assert house_balance(AccountKind.CHARGEBACK_LOSS) == -78
    with pytest.raises(NoDebt):
        write_off(dispute, by=sam, note="again", now=after(hours=4))
    assert verify_books().differences == []


@pytest.mark.clause("A-26")
def test_a_later_deposit_settles_the_debt_first(alice: User) -> None:
    payment = paid(alice)
    charge(alice, amount="78")
    disputed(payment)
    assert balance_of(alice) == -78

    give(alice, cash="80", bonus="8", now=after(days=1))

    assert balance_of(alice) == 10
