from dataclasses import replace
from decimal import Decimal
from itertools import permutations

import pytest

from accounts.models import AccountState, Notice, User
from accounts.standing import change_state
from billing.deciding_disputes import mark_fraud
from billing.disputing import (
    DisputedTooMuch,
    DisputeKnown,
    NotCredited,
    Report,
    apply_dispute,
    note_fraud_warning,
    note_outcome,
    register_dispute,
    warned_payments,
)
from billing.ledger import balance_of, house_balance
from billing.models import Dispute, DisputeState, Payment, Transfer
from billing.reversing import settle_refunds
from billing.routes import AccountKind
from billing.verification import verify_books
from tests.billing.movements import charge
from tests.billing.payments import paid
from tests.billing.withdrawals import asks
from tests.factories import after, make_customer, make_staff, publish_terms

pytestmark = pytest.mark.django_db

OPENED = Report("dp_1", DisputeState.OPEN, Decimal(100), Decimal(100), reason="fraudulent")
ASKED = replace(OPENED, state=DisputeState.INQUIRY, drawn=Decimal(0))
WON = replace(OPENED, state=DisputeState.WON, drawn=Decimal(0))
LOST = replace(OPENED, state=DisputeState.LOST)


@pytest.fixture
def alice(terms) -> User:
    return make_customer("alice@example.com")


@pytest.fixture
def sam(terms) -> User:
    return make_staff()


def say(payment: Payment, report: Report, *, hours: int = 1) -> Dispute:
    return apply_dispute(payment, report, now=after(hours=hours))


def state_of(person: User) -> str:
    return User.objects.get(pk=person.pk).state


def told(person: User) -> list[str]:
    return list(Notice.objects.filter(customer=person).order_by("pk").values_list("title", flat=True))


def register(payment: Payment, by: User, *, state=DisputeState.OPEN, amount: str = "100") -> Dispute:
    return register_dispute(
        payment,
        state=state,
        amount=Decimal(amount),
        reason="not recognised",
        evidence_due_at=None,
        by=by,
        now=after(hours=1),
    )


@pytest.mark.clause("A-26", "K-76")
@pytest.mark.parametrize("profile", ["bestsmmkart", "alphasmm"])
def test_a_dispute_freezes_the_account_at_once_and_takes_what_the_bank_drew(profile: str) -> None:
    publish_terms(profile)
    alice = make_customer()
    payment = paid(alice)
    charge(alice, amount="90")

    dispute = say(payment, OPENED)

    assert state_of(alice) == AccountState.FROZEN
    assert balance_of(alice) == -90
    assert (dispute.state, dispute.drawn, dispute.closed_at) == ("open", 100, None)
    assert told(alice) == ["Your account is frozen", f"Payment {payment.code} is disputed"]
    assert verify_books().differences == []


def test_an_inquiry_freezes_and_moves_no_money(alice: User) -> None:
    payment = paid(alice)

    say(payment, ASKED)

    assert state_of(alice) == AccountState.FROZEN
    assert balance_of(alice) == 110


def test_terms_that_do_not_freeze_leave_the_account_open() -> None:
    publish_terms("bestsmmkart", {"dispute.freeze_on_open": False})
    alice = make_customer()

    say(paid(alice), OPENED)

    assert state_of(alice) == AccountState.ACTIVE
    assert balance_of(alice) == 0


@pytest.mark.parametrize("state", [AccountState.SUSPENDED, AccountState.TERMINATED, AccountState.CLOSED])
def test_an_account_that_is_shut_already_stays_as_it_is(alice: User, state: AccountState) -> None:
    payment = paid(alice)
    change_state(customer=alice, to=state, why="for the story", by=None, now=after(minutes=1))

    say(payment, OPENED)

    assert state_of(alice) == state
    assert balance_of(alice) == 0


def test_a_won_dispute_brings_back_exactly_what_it_took_and_leaves_opening_to_people(alice: User) -> None:
    payment = paid(alice)
    charge(alice, amount="33.33")
    before = balance_of(alice)

    say(payment, OPENED)
    dispute = say(payment, WON, hours=2)

    assert balance_of(alice) == before
    assert (dispute.state, dispute.drawn) == ("won", 0)
    assert dispute.closed_at == after(hours=2)
    assert state_of(alice) == AccountState.FROZEN
    assert told(alice)[-1] == f"The dispute of payment {payment.code} was decided for us"


def test_the_same_report_again_moves_nothing_and_tells_nothing(alice: User) -> None:
    payment = paid(alice)
    say(payment, OPENED)
    notices, transfers = told(alice), Transfer.objects.count()

    say(payment, OPENED, hours=2)

    assert told(alice) == notices
    assert Transfer.objects.count() == transfers
    assert Dispute.objects.count() == 1


def test_a_report_that_comes_again_after_staff_opened_the_account_does_not_freeze_it(alice: User) -> None:
    payment = paid(alice)
    say(payment, OPENED)
    change_state(customer=alice, to=AccountState.ACTIVE, why="an error", by=None, now=after(hours=2))

    say(payment, OPENED, hours=3)

    assert state_of(alice) == AccountState.ACTIVE


@pytest.mark.parametrize("order", list(permutations([ASKED, OPENED, WON])), ids=str)
def test_reports_in_any_order_and_twice_end_at_the_last_word(alice: User, order: tuple[Report, ...]) -> None:
    payment = paid(alice)

    for report in (*order, *order):
        say(payment, report)

    assert Dispute.objects.get().state == DisputeState.WON
    assert balance_of(alice) == 110
    assert verify_books().differences == []


def test_an_inquiry_becomes_a_dispute_and_an_older_word_leads_nowhere(alice: User) -> None:
    payment = paid(alice)

    say(payment, ASKED)
    say(payment, OPENED)
    say(payment, ASKED)

    assert Dispute.objects.get().state == DisputeState.OPEN
    assert balance_of(alice) == 0


def test_the_report_before_the_money_moved_does_not_give_it_back(alice: User) -> None:
    payment = paid(alice)

    say(payment, OPENED)
    say(payment, replace(OPENED, drawn=Decimal(0)))

    assert balance_of(alice) == 0


def test_two_disputes_of_one_payment_are_counted_together(alice: User) -> None:
    payment = paid(alice)
    first = replace(OPENED, amount=Decimal(40), drawn=Decimal(40))

    say(payment, first)
    say(payment, replace(first, external_id="dp_2"))
    assert balance_of(alice) == 22

    say(payment, replace(first, state=DisputeState.WON, drawn=Decimal(0)))
    assert balance_of(alice) == 66


def test_a_dispute_and_a_refund_of_one_payment_end_the_same_whichever_came_first(alice: User) -> None:
    balances = []
    for number, steps in enumerate([("refund", "dispute"), ("dispute", "refund")]):
        person = make_customer(f"person{number}@example.com")
        payment = paid(person)
        for step in steps:
            if step == "refund":
                settle_refunds(payment, refunded=Decimal(25), now=after(hours=1))
            else:
                partly = replace(OPENED, external_id=f"dp_{number}", drawn=Decimal(75))
                say(payment, partly)
        balances.append(balance_of(person))

    assert balances == [0, 0]


def test_a_lost_dispute_costs_the_fee_of_the_terms_once() -> None:
    publish_terms("bestsmmkart", {"dispute.fee": "15.00"})
    alice = make_customer()
    payment = paid(alice)

    say(payment, OPENED)
    assert balance_of(alice) == 0
    say(payment, LOST)
    say(payment, LOST)

    assert balance_of(alice) == -15
    assert house_balance(AccountKind.DISPUTE_FEE) == 15


def test_a_dispute_that_is_first_heard_of_when_it_is_lost_freezes_too(alice: User) -> None:
    say(paid(alice), LOST)

    assert state_of(alice) == AccountState.FROZEN
    assert balance_of(alice) == 0


def test_staff_enter_a_dispute_and_how_it_goes_on(alice: User, sam: User) -> None:
    payment = paid(alice)

    dispute = register(payment, sam, state=DisputeState.INQUIRY)
    assert (dispute.registered_by, balance_of(alice)) == (sam, 110)

    dispute = note_outcome(dispute, state=DisputeState.OPEN, by=sam, note="drawn", now=after(hours=2))
    assert balance_of(alice) == 0
    dispute = note_outcome(dispute, state=DisputeState.WON, by=sam, note="we won", now=after(hours=3))

    assert balance_of(alice) == 110
    assert (dispute.state, dispute.note) == ("won", "we won")


def test_staff_cannot_enter_the_same_dispute_twice(alice: User, sam: User) -> None:
    payment = paid(alice)
    register(payment, sam, amount="40")

    with pytest.raises(DisputeKnown):
        register(payment, sam, amount="40")

    assert balance_of(alice) == 66


def test_staff_cannot_dispute_more_than_is_left_of_a_payment(alice: User, sam: User) -> None:
    payment = paid(alice)
    settle_refunds(payment, refunded=Decimal(30), now=after(minutes=1))

    with pytest.raises(DisputedTooMuch, match="70"):
        register(payment, sam, amount="70.01")

    assert state_of(alice) == AccountState.ACTIVE
    register(payment, sam, amount="70")
    assert balance_of(alice) == 0


def test_a_payment_that_was_not_credited_is_not_disputed_by_hand(alice: User, sam: User) -> None:
    payment = paid(alice)
    payment.pk = payment.funding = payment.received = None
    payment.funding_id, payment.state, payment.code = None, "review", "P-review"
    payment.request_id = "7d3c8ab6-5b70-4b0f-8f0e-0d8b5a1c5a11"
    payment.save(force_insert=True)

    with pytest.raises(NotCredited):
        register(payment, sam)


@pytest.mark.parametrize("news", ["inquiry", "dispute", "warning", "fraud"])
def test_a_withdrawal_that_waits_is_stopped_and_its_money_is_back_before_anything_is_taken(
    alice: User, sam: User, news: str
) -> None:
    payment = paid(alice, bonus="0")
    withdrawal = asks(alice, "100", when=after(minutes=30))
    assert balance_of(alice) == 0

    match news:
        case "inquiry":
            say(payment, ASKED)
        case "dispute":
            say(payment, OPENED)
        case "warning":
            note_fraud_warning(payment, now=after(hours=1))
        case "fraud":
            mark_fraud(payment, by=sam, note="a stolen card", now=after(hours=1))

    withdrawal.refresh_from_db()
    assert withdrawal.state == "rejected"
    assert balance_of(alice) == (100 if news in {"inquiry", "warning"} else 0)


def test_a_report_that_is_repeated_stops_no_later_withdrawal(alice: User) -> None:
    payment = paid(alice, bonus="0")
    say(payment, OPENED)
    say(payment, WON)
    change_state(customer=alice, to=AccountState.ACTIVE, why="we won", by=None, now=after(hours=2))
    withdrawal = asks(alice, "50", when=after(hours=3))

    say(payment, OPENED, hours=4)

    withdrawal.refresh_from_db()
    assert withdrawal.state == "requested"
    assert state_of(alice) == AccountState.ACTIVE


@pytest.mark.clause("A-32")
def test_a_bank_that_warns_of_fraud_is_shown_to_staff_once(alice: User) -> None:
    payment = paid(alice)

    assert note_fraud_warning(payment, now=after(hours=1))
    assert not note_fraud_warning(payment, now=after(hours=2))

    assert list(warned_payments(now=after(days=120))) == [payment]
    assert not warned_payments(now=after(days=121)).exists()
    assert (state_of(alice), balance_of(alice)) == (AccountState.ACTIVE, 110)


def test_a_warning_is_dealt_with_by_a_refund_or_a_dispute(alice: User) -> None:
    refunded, disputed = paid(alice), paid(alice)
    for payment in (refunded, disputed):
        note_fraud_warning(payment, now=after(hours=1))

    settle_refunds(refunded, refunded=Decimal(100), now=after(hours=2))
    say(disputed, OPENED)

    assert not warned_payments(now=after(hours=3)).exists()
