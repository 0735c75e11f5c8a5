"""Paying a withdrawal out: each payment that leaves is a row, made when the withdrawal is approved.

What goes back to a card is sent by a sweep. Sending is committed before Stripe is asked, under a key that is the
row's own, so asking again is harmless; and before it is asked again, Stripe is asked what it has done. What Stripe
refuses, at once or days later, is paid by hand. A withdrawal is paid when all of it has left (R-7, K-74).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Protocol

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import AccountState, User
from accounts.refusals import Refusal
from accounts.standing import require_may
from accounts.states import Deed
from billing.holding import lock_withdrawal, move_held, require_no_dispute
from billing.ledger import house_account
from billing.models import (
    OPEN_WITHDRAWALS,
    Dispute,
    DisputeState,
    Payout,
    PayoutState,
    PayoutWay,
    Withdrawal,
    WithdrawalState,
)
from billing.money import ZERO, shown_amount
from billing.routes import AccountKind, TransferKind
from billing.telling import tell_paid
from billing.ways import ways_of
from billing.webhooks import owe_updated

FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)
UNPAID = (PayoutState.DUE, PayoutState.SENDING)
LONGEST_WORDS = 300


class NothingToPay(Refusal):
    code = "nothing_to_pay"
    clause = "K-70"
    sentence = _("Nothing of request #%(number)s is to be paid by hand now.")


class OtherAmountDue(Refusal):
    code = "other_amount_due"
    clause = ""
    sentence = _("By hand, %(due)s of request #%(number)s is due. Nothing was changed.")


@dataclass(frozen=True)
class Returned:
    """The money is on its way to the card, under this number of the processor's."""

    external_id: str


@dataclass(frozen=True)
class UnderWay:
    """The processor has begun and will say later how it ended."""

    external_id: str


@dataclass(frozen=True)
class NotPossible:
    """The processor says no: nothing has left, and asking again would not help."""

    words: str


@dataclass(frozen=True)
class Silent:
    """Nobody knows. It may be asked again under the same key."""

    words: str


Answer = Returned | UnderWay | NotPossible | Silent


class CardRefunds(Protocol):
    """What gives money back to a card. The same payout is given back once, however often this is asked."""

    def give_back(self, payout: Payout, *, key: str, again: bool) -> Answer: ...


def key_of(payout: Payout) -> str:
    return f"withdrawal:{payout.withdrawal_id}:{payout.pk}"


def plan_payouts(withdrawal: Withdrawal, *, now: datetime) -> None:
    """Make the payments of an approved withdrawal due. Needs the withdrawal locked."""
    for way in ways_of(withdrawal.payout, withdrawal.parts.order_by("pk")):
        Payout.objects.create(
            withdrawal=withdrawal,
            payment=way.payment,
            way=PayoutWay.CARD_REFUND if way.payment else PayoutWay.BY_HAND,
            amount=way.amount,
            due_at=now,
        )
    _finish_when_paid(withdrawal, by=None, now=now)


def send_next(*, refunds: CardRefunds, clock: Callable[[], datetime]) -> bool:
    """Give back the payout to a card that has waited longest; False when none is due."""
    payout = claim_next(now=clock())
    if payout is None:
        return False
    answer = refunds.give_back(payout, key=key_of(payout), again=payout.attempts > 1)
    record_answer(payout, answer, now=clock())
    return True


@transaction.atomic(durable=True)
def claim_next(*, now: datetime) -> Payout | None:
    """Take one payout that is due to a card, and commit that it is being sent. From then on nothing goes back.

    Nothing is sent for an account that may not withdraw any more, or while a dispute is open.
    """
    due = Payout.objects.filter(way=PayoutWay.CARD_REFUND, state__in=UNPAID, due_at__lte=now)
    disputed = Dispute.objects.filter(state__in=[DisputeState.INQUIRY, DisputeState.OPEN])
    owed = (
        Withdrawal.objects.filter(pk__in=due.values("withdrawal"), customer__state=AccountState.ACTIVE)
        .exclude(customer__in=disputed.values("payment__customer"))
        .select_for_update(of=("self",), no_key=True, skip_locked=True)
        .order_by("due_on", "pk")
    )
    withdrawal = owed.first()
    if withdrawal is None:
        return None
    payout = due.filter(withdrawal=withdrawal).select_related("payment").order_by("due_at", "pk").first()
    if payout is None:
        return None
    payout.state = PayoutState.SENDING
    payout.due_at = now + min(FIRST_WAIT * 2**payout.attempts, LONGEST_WAIT)
    payout.attempts += 1
    payout.save(update_fields=["state", "due_at", "attempts"])
    _begin_paying(withdrawal, now=now)
    return payout


@transaction.atomic(durable=True)
def record_answer(payout: Payout, answer: Answer, *, now: datetime) -> None:
    """Record what became of an attempt, and what follows. The same answer twice changes nothing."""
    withdrawal = lock_withdrawal(payout.withdrawal_id)
    payout = withdrawal.payouts.get(pk=payout.pk)
    if payout.state != PayoutState.SENDING:
        return
    match answer:
        case Returned(external_id):
            payout.external_id = external_id
            _book_paid(withdrawal, payout, AccountKind.STRIPE, by=None, now=now)
            _finish_when_paid(withdrawal, by=None, now=now)
        case UnderWay(external_id):
            payout.external_id = external_id
            payout.save(update_fields=["external_id"])
        case NotPossible(words):
            _pay_by_hand_instead(payout, words, now=now)
        case Silent(words):
            payout.words = words[:LONGEST_WORDS]
            payout.save(update_fields=["words"])


@transaction.atomic
def note_failed_refund(external_id: str, words: str, *, now: datetime) -> bool:
    """The processor says that a refund of ours failed after all: it is owed by hand again (K-74).

    False when no payout has this number. Told twice, it changes nothing.
    """
    found = Payout.objects.filter(external_id=external_id).values_list("withdrawal", flat=True).first()
    if found is None:
        return False
    withdrawal = lock_withdrawal(found)
    payout = withdrawal.payouts.get(external_id=external_id)
    if payout.state == PayoutState.FAILED:
        return True
    if payout.state == PayoutState.PAID:
        way = house_account(AccountKind.STRIPE), house_account(AccountKind.WITHDRAWAL)
        what = f"payout:{payout.pk}:returned"
        kind = TransferKind.PAYOUT_RETURNED
        move_held(withdrawal, kind, what, way, payout.amount, by=None, now=now)
    _pay_by_hand_instead(payout, words, now=now)
    return True


def due_by_hand(withdrawal: Withdrawal) -> Decimal:
    """Return what staff have to pay by hand now."""
    due = withdrawal.payouts.filter(way=PayoutWay.BY_HAND, state=PayoutState.DUE)
    return sum((payout.amount for payout in due), ZERO)


@transaction.atomic(durable=True)
def mark_paid(withdrawal_id: int, *, amount: Decimal, reference: str, by: User, now: datetime) -> Withdrawal:
    """Write down that staff have paid by hand all that was due, and what the bank calls it (R-7, K-70).

    Raises NothingToPay, OtherAmountDue when `amount` is not what is due, and what forbids the customer to withdraw.
    """
    withdrawal = lock_withdrawal(withdrawal_id)
    due = due_by_hand(withdrawal)
    if due == ZERO:
        raise NothingToPay(number=withdrawal.pk)
    if amount != due:
        raise OtherAmountDue(number=withdrawal.pk, due=shown_amount(due))
    require_may(withdrawal.customer, Deed.WITHDRAW)
    require_no_dispute(withdrawal.customer)
    _begin_paying(withdrawal, now=now)
    for payout in withdrawal.payouts.filter(way=PayoutWay.BY_HAND, state=PayoutState.DUE):
        payout.words = reference[:LONGEST_WORDS]
        _book_paid(withdrawal, payout, AccountKind.MANUAL_DEPOSITS, by=by, now=now)
    withdrawal.payment_reference = reference
    withdrawal.save(update_fields=["payment_reference"])
    _finish_when_paid(withdrawal, by=by, now=now)
    return withdrawal


def _begin_paying(withdrawal: Withdrawal, *, now: datetime) -> None:
    if withdrawal.state == WithdrawalState.APPROVED:
        withdrawal.state = WithdrawalState.PAYING
        withdrawal.save(update_fields=["state"])
        owe_updated(withdrawal, now=now)


def _book_paid(
    withdrawal: Withdrawal, payout: Payout, place: AccountKind, *, by: User | None, now: datetime
) -> None:
    way = house_account(AccountKind.WITHDRAWAL), house_account(place)
    move_held(withdrawal, TransferKind.PAYOUT, f"payout:{payout.pk}", way, payout.amount, by=by, now=now)
    payout.state, payout.paid_at, payout.due_at = PayoutState.PAID, now, None
    payout.save(update_fields=["state", "paid_at", "due_at", "external_id", "words"])


def _pay_by_hand_instead(payout: Payout, words: str, *, now: datetime) -> None:
    payout.state, payout.words, payout.due_at = PayoutState.FAILED, words[:LONGEST_WORDS], None
    payout.save(update_fields=["state", "words", "due_at"])
    Payout.objects.create(
        withdrawal_id=payout.withdrawal_id, way=PayoutWay.BY_HAND, amount=payout.amount, due_at=now
    )


def _finish_when_paid(withdrawal: Withdrawal, *, by: User | None, now: datetime) -> None:
    """Close what has left as a whole: the fee and the lost bonus become the house's."""
    if withdrawal.state not in OPEN_WITHDRAWALS or withdrawal.payouts.filter(state__in=UNPAID).exists():
        return
    held = house_account(AccountKind.WITHDRAWAL)
    for kind, what, place, amount in (
        (TransferKind.WITHDRAWAL_FEE, "fee", AccountKind.WITHDRAWAL_FEE, withdrawal.fee),
        (TransferKind.BONUS_KEPT, "bonus_kept", AccountKind.BONUS_COST, withdrawal.bonus_lost),
    ):
        move_held(withdrawal, kind, what, (held, house_account(place)), amount, by=by, now=now)
    withdrawal.state, withdrawal.closed_at, withdrawal.closed_by = WithdrawalState.PAID, now, by
    withdrawal.save(update_fields=["state", "closed_at", "closed_by"])
    tell_paid(withdrawal, now=now)
    owe_updated(withdrawal, now=now)
