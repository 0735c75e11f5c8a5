"""The hold of a withdrawal: gross and lost bonus leave the balance together, and the fundings they were taken from.

What is held belongs to nobody until it is decided: it can neither be ordered with nor asked for again. It goes back as
a whole, to the same fundings, as long as nobody has begun to pay it out (R-7).
"""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.refusals import Refusal
from billing.ledger import Posting, customer_account, house_account, post
from billing.models import (
    Dispute,
    DisputeState,
    Funding,
    LedgerAccount,
    PayoutState,
    Withdrawal,
    WithdrawalPart,
    WithdrawalState,
)
from billing.money import ZERO
from billing.quoting import Part
from billing.routes import AccountKind, TransferKind
from billing.telling import tell_given_back
from billing.webhooks import owe_updated

# While nobody has begun to pay it out, all of it can still go back.
STOPPABLE = (WithdrawalState.REQUESTED, WithdrawalState.APPROVED)


class WithdrawalDecided(Refusal):
    code = "withdrawal_decided"
    clause = "K-70"
    sentence = _("Request #%(number)s is “%(state)s” now. Nothing was changed.")


class DisputeOpen(Refusal):
    code = "dispute_open"
    clause = "A-25, A-26, K-75, K-76"
    sentence = _(
        "A dispute about one of your payments is open. Nothing can be withdrawn until it is decided."
    )


def lock_withdrawal(withdrawal_id: int) -> Withdrawal:
    """Lock a withdrawal before anything else that belongs to it: its payouts, the ledger account, the fundings."""
    withdrawals = Withdrawal.objects.select_for_update(of=("self",), no_key=True)
    return withdrawals.select_related("customer").get(pk=withdrawal_id)


def require_state(withdrawal: Withdrawal, *states: WithdrawalState) -> None:
    """Raise WithdrawalDecided unless the withdrawal is in one of these states."""
    if withdrawal.state not in states:
        raise WithdrawalDecided(number=withdrawal.pk, state=withdrawal.get_state_display())


def require_no_dispute(customer: User) -> None:
    """Raise DisputeOpen while a payment of the customer is disputed, or asked about by its bank (R-7, R-13)."""
    unsettled = [DisputeState.INQUIRY, DisputeState.OPEN]
    if Dispute.objects.filter(payment__customer=customer, state__in=unsettled).exists():
        raise DisputeOpen


def lock_balance(customer: User) -> LedgerAccount:
    """Lock the customer's ledger account: nothing moves on the balance until the end of the transaction."""
    account = customer_account(customer)
    return LedgerAccount.objects.select_for_update(no_key=True).get(pk=account.pk)


def hold(withdrawal: Withdrawal, parts: Iterable[Part], *, balance: LedgerAccount, now: datetime) -> None:
    """Move gross and lost bonus from the balance, which is locked, and write down what each funding gives (R-7)."""
    for part in parts:
        taken = WithdrawalPart.objects.create(
            withdrawal=withdrawal,
            funding_id=part.lot.funding,
            cash=part.cash,
            bonus=part.bonus,
            bonus_lost=part.bonus_lost,
            fee_percent=part.fee_percent,
        )
        _move_totals(taken, 1)
    held = house_account(AccountKind.WITHDRAWAL)
    for kind, what, amount in (
        (TransferKind.WITHDRAWAL, "hold", withdrawal.gross),
        (TransferKind.BONUS_LOST, "bonus", withdrawal.bonus_lost),
    ):
        move_held(withdrawal, kind, what, (balance, held), amount, by=withdrawal.customer, now=now)


def give_back(
    withdrawal: Withdrawal, *, state: WithdrawalState, by: User | None, note: str, now: datetime
) -> None:
    """Return gross and bonus to the balance, and the parts to their fundings, which have kept ageing (R-7, W-27).

    Needs the withdrawal locked, and nothing of it being paid out. Where it should have gone is forgotten.
    """
    assert withdrawal.state in STOPPABLE, withdrawal.state
    balance, held = lock_balance(withdrawal.customer), house_account(AccountKind.WITHDRAWAL)
    for kind, what, amount in (
        (TransferKind.WITHDRAWAL_BACK, "back", withdrawal.gross),
        (TransferKind.BONUS_BACK, "bonus_back", withdrawal.bonus_lost),
    ):
        move_held(withdrawal, kind, what, (held, balance), amount, by=by, now=now)
    for part in withdrawal.parts.order_by("pk"):
        _move_totals(part, -1)
    withdrawal.payouts.filter(state=PayoutState.DUE).update(state=PayoutState.FAILED, due_at=None)
    assert not withdrawal.payouts.exclude(state=PayoutState.FAILED).exists(), "it was being paid out"
    withdrawal.state, withdrawal.closed_at, withdrawal.closed_by = state, now, by
    withdrawal.note, withdrawal.destination_sealed = note, ""
    withdrawal.save(update_fields=["state", "closed_at", "closed_by", "note", "destination_sealed"])
    tell_given_back(withdrawal, now=now)
    owe_updated(withdrawal, now=now)


def move_held(
    withdrawal: Withdrawal,
    kind: TransferKind,
    what: str,
    way: tuple[LedgerAccount, LedgerAccount],
    amount: Decimal,
    *,
    by: User | None,
    now: datetime,
) -> None:
    """Post one movement of a withdrawal's money, under the reference `withdrawal:<number>:<what>`; nothing for zero."""
    if amount == ZERO:
        return
    debit, credit = way
    reference = f"withdrawal:{withdrawal.pk}:{what}"
    post(Posting(kind, debit, credit, amount, reference, withdrawal=withdrawal, actor=by), now=now)


def _move_totals(part: WithdrawalPart, sign: int) -> None:
    Funding.objects.filter(pk=part.funding_id).update(
        cash_withdrawn=F("cash_withdrawn") + sign * part.cash,
        bonus_withdrawn=F("bonus_withdrawn") + sign * part.bonus,
        bonus_forfeited=F("bonus_forfeited") + sign * part.bonus_lost,
    )
