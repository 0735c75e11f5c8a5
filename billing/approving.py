"""Deciding about a withdrawal: one person approves or rejects it, and above a limit a second one has to agree.

Nobody decides about their own. What was approved is paid out; until that begins it can still be rejected. A rejection
says why (R-7, K-70).
"""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.refusals import Refusal
from accounts.standing import require_may
from accounts.states import Deed
from billing.holding import STOPPABLE, give_back, lock_withdrawal, require_no_dispute, require_state
from billing.models import Withdrawal, WithdrawalState
from billing.paying_out import plan_payouts
from billing.telling import tell_approved
from billing.webhooks import owe_updated


class NotYourOwn(Refusal):
    code = "not_yours_to_decide"
    clause = "K-70"
    sentence = _("Nobody decides about their own withdrawal.")


class SecondPersonNeeded(Refusal):
    code = "second_person_needed"
    clause = "K-70"
    sentence = _("You have approved this withdrawal yourself. Somebody else has to agree to it.")


class NothingToAgreeTo(Refusal):
    code = "nothing_to_agree_to"
    clause = "K-70"
    sentence = _("Request #%(number)s needs nobody's agreement.")


def needs_second(withdrawal: Withdrawal) -> bool:
    """Whether a second person has to agree: above the limit of the settings, in the panel's currency (F-27)."""
    above: bool = withdrawal.gross > settings.PANEL_SECOND_PERSON_ABOVE
    return above


def waits_for_second(withdrawal: Withdrawal) -> bool:
    """Whether it was approved by one person, and a second one has to agree."""
    is_alone = withdrawal.state == WithdrawalState.APPROVED and withdrawal.seconded_by_id is None
    return is_alone and needs_second(withdrawal)


@transaction.atomic(durable=True)
def approve(withdrawal_id: int, *, by: User, now: datetime) -> Withdrawal:
    """Approve a request; below the limit its payouts are due at once (R-7, K-70).

    Raises WithdrawalDecided when it is not waiting for that, NotYourOwn for one's own, and what forbids the customer to
    withdraw by now.
    """
    withdrawal = lock_withdrawal(withdrawal_id)
    require_state(withdrawal, WithdrawalState.REQUESTED)
    _require_decider(withdrawal, by)
    _require_allowed(withdrawal)
    withdrawal.state, withdrawal.approved_at, withdrawal.approved_by = WithdrawalState.APPROVED, now, by
    withdrawal.save(update_fields=["state", "approved_at", "approved_by"])
    owe_updated(withdrawal, now=now)
    if not needs_second(withdrawal):
        _release(withdrawal, now=now)
    return withdrawal


def approve_unasked(withdrawal: Withdrawal, *, now: datetime) -> None:
    """Approve without anybody, where the terms want no decision; above the limit a person has to, all the same (K-70).

    Needs the transaction in which it is asked for.
    """
    if needs_second(withdrawal):
        return
    withdrawal.state, withdrawal.approved_at = WithdrawalState.APPROVED, now
    withdrawal.save(update_fields=["state", "approved_at"])
    owe_updated(withdrawal, now=now)
    _release(withdrawal, now=now)


@transaction.atomic(durable=True)
def agree(withdrawal_id: int, *, by: User, now: datetime) -> Withdrawal:
    """Agree as the second person; then the payouts are due (F-27, K-70).

    Raises WithdrawalDecided, NothingToAgreeTo, SecondPersonNeeded for the one who approved it, and as `approve` does.
    """
    withdrawal = lock_withdrawal(withdrawal_id)
    require_state(withdrawal, WithdrawalState.APPROVED)
    if not waits_for_second(withdrawal):
        raise NothingToAgreeTo(number=withdrawal.pk)
    _require_decider(withdrawal, by)
    if withdrawal.approved_by_id == by.pk:
        raise SecondPersonNeeded
    _require_allowed(withdrawal)
    withdrawal.seconded_at, withdrawal.seconded_by = now, by
    withdrawal.save(update_fields=["seconded_at", "seconded_by"])
    _release(withdrawal, now=now)
    return withdrawal


@transaction.atomic(durable=True)
def reject(withdrawal_id: int, *, by: User, note: str, now: datetime) -> Withdrawal:
    """Give everything back, with a reason that the customer reads; possible until it is being paid out (R-7, K-70).

    Raises WithdrawalDecided, or NotYourOwn for one's own.
    """
    assert note, "a rejection says why"
    withdrawal = lock_withdrawal(withdrawal_id)
    require_state(withdrawal, *STOPPABLE)
    _require_decider(withdrawal, by)
    give_back(withdrawal, state=WithdrawalState.REJECTED, by=by, note=note, now=now)
    return withdrawal


def _release(withdrawal: Withdrawal, *, now: datetime) -> None:
    plan_payouts(withdrawal, now=now)
    tell_approved(withdrawal, now=now)


def _require_decider(withdrawal: Withdrawal, by: User) -> None:
    if by.pk == withdrawal.customer_id:
        raise NotYourOwn


def _require_allowed(withdrawal: Withdrawal) -> None:
    require_may(withdrawal.customer, Deed.WITHDRAW)
    require_no_dispute(withdrawal.customer)
