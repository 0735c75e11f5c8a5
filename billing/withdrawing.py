"""Withdrawing: what leaves the balance is held at once, and either is paid out or goes back where it was taken from.

A customer sees what a withdrawal takes and brings, and asks for exactly that. Fee and age are those of the request,
however long the decision takes. One request at a time; none while a dispute is open, or soon after the way into the
account was changed (R-7, R-16).
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.refusals import Refusal
from accounts.safety import paused_until
from accounts.sealing import seal
from accounts.standing import require_may
from accounts.states import Deed
from billing.approving import approve_unasked
from billing.composition import composition_for
from billing.holding import (
    STOPPABLE,
    give_back,
    hold,
    lock_balance,
    lock_withdrawal,
    require_no_dispute,
    require_state,
)
from billing.models import (
    OPEN_WITHDRAWALS,
    Withdrawal,
    WithdrawalState,
)
from billing.money import ZERO, shown_amount
from billing.quoting import Quote, most_withdrawable, quote_withdrawal
from billing.telling import tell_requested
from billing.ways import left_for_hand, ways_of_quote
from billing.webhooks import owe_updated
from terms.versions import version_in_force


class WithdrawalOpen(Refusal):
    code = "withdrawal_open"
    clause = "K-70"
    sentence = _("Request #%(number)s is still open.")


class WithdrawalPaused(Refusal):
    code = "withdrawal_paused"
    clause = "A-38"
    sentence = _(
        "The way into your account was changed a short time ago. Withdrawals are possible again from %(when)s."
    )


class QuoteChanged(Refusal):
    code = "quote_changed"
    clause = "K-71, K-72, K-73"
    sentence = _(
        "Since you opened this page, what you would receive has changed to %(payout)s, with a bonus of %(bonus)s lost. "
        "Nothing was withdrawn."
    )


class DestinationMissing(Refusal):
    code = "destination_missing"
    clause = ""
    sentence = _("%(amount)s cannot go back the way it came. Please say where to send it.")


class WithdrawalRequestReused(Refusal):
    code = "request_reused"
    clause = ""
    sentence = _("This form has already asked for another withdrawal. Open a new one to ask again.")


@dataclass(frozen=True)
class Shown:
    """What the customer was shown before asking, in the panel's currency."""

    payout: Decimal
    bonus_lost: Decimal


def quote_for(customer: User, *, gross: Decimal, now: datetime) -> Quote:
    """Return what withdrawing `gross` would take and bring now; raises what quote_withdrawal does (R-7)."""
    in_force = version_in_force().rules.withdrawal
    return quote_withdrawal(composition_for(customer), gross=gross, in_force=in_force, requested_at=now)


def most_for(customer: User, *, now: datetime) -> Decimal:
    """Return the most that the customer can ask for now (R-7, K-71, K-72)."""
    in_force = version_in_force().rules.withdrawal
    return most_withdrawable(composition_for(customer), in_force=in_force, requested_at=now)


def refusal_before_asking(customer: User, *, now: datetime) -> Refusal | None:
    """Return what stands in the way of any withdrawal at all, whatever the amount, or None (R-7, R-16)."""
    try:
        _require_free_way(customer, now=now)
    except Refusal as refusal:
        return refusal
    return None


def open_withdrawal(customer: User) -> Withdrawal | None:
    return Withdrawal.objects.filter(customer=customer, state__in=OPEN_WITHDRAWALS).first()


@transaction.atomic(durable=True)
def request_withdrawal(
    *, customer: User, gross: Decimal, destination: str, shown: Shown, request_id: UUID, now: datetime
) -> Withdrawal:
    """Hold `gross`, in the panel's currency, and the bonus that goes with it, until staff decide (R-7, K-70).

    The same `request_id` asks once. `destination` says, in the customer's words, where to send what cannot go back to
    a card. Raises the refusals of the account's state, WithdrawalPaused, DisputeOpen, WithdrawalOpen,
    QuoteChanged when the quote is not what was shown, DestinationMissing, WithdrawalRequestReused, and those of
    quote_withdrawal. Then nothing is held.
    """
    # Two requests at once: the second one finds the first. A dispute that freezes the account goes before or after.
    asking = User.objects.select_for_update(no_key=True).get(pk=customer.pk)
    earlier = Withdrawal.objects.filter(request_id=request_id).first()
    if earlier:
        return _same(earlier, asking, gross)
    _require_free_way(asking, now=now)
    version = version_in_force()
    balance = lock_balance(asking)
    quote = quote_withdrawal(
        composition_for(asking), gross=gross, in_force=version.rules.withdrawal, requested_at=now
    )
    _require_as_shown(quote, shown)
    by_hand = left_for_hand(ways_of_quote(quote))
    if by_hand > ZERO and not destination.strip():
        raise DestinationMissing(amount=shown_amount(by_hand))
    withdrawal = Withdrawal.objects.create(
        customer=asking,
        request_id=request_id,
        terms_version=version,
        gross=quote.gross,
        fee=quote.fee,
        bonus_lost=quote.bonus_lost,
        requested_at=now,
        due_on=quote.due_on,
        destination_sealed=seal(destination.strip()) if destination.strip() else "",
    )
    hold(withdrawal, quote.parts, balance=balance, now=now)
    tell_requested(withdrawal, now=now)
    owe_updated(withdrawal, now=now)
    if not version.rules.withdrawal.approval_required:
        approve_unasked(withdrawal, now=now)
    return withdrawal


@transaction.atomic(durable=True)
def cancel(withdrawal_id: int, *, customer: User, now: datetime) -> Withdrawal:
    """The customer takes the request back while nobody has decided about it; raises WithdrawalDecided (R-7)."""
    withdrawal = lock_withdrawal(withdrawal_id)
    assert withdrawal.customer_id == customer.pk, "a withdrawal is cancelled by whoever asked for it"
    require_state(withdrawal, WithdrawalState.REQUESTED)
    give_back(withdrawal, state=WithdrawalState.CANCELLED, by=customer, note="", now=now)
    return withdrawal


@transaction.atomic
def stop_withdrawals(customer: User, why: str, now: datetime, by: User | None = None) -> list[Withdrawal]:
    """Give back what nobody has begun to pay out: a dispute was opened (R-13). `why` is told to the customer."""
    # A request that is just being made is waited for, and stopped, too.
    User.objects.select_for_update(no_key=True).get(pk=customer.pk)
    stopped = []
    for number in Withdrawal.objects.filter(customer=customer, state__in=STOPPABLE).values_list(
        "pk", flat=True
    ):
        withdrawal = lock_withdrawal(number)
        if withdrawal.state in STOPPABLE:
            give_back(withdrawal, state=WithdrawalState.REJECTED, by=by, note=why, now=now)
            stopped.append(withdrawal)
    return stopped


def _same(earlier: Withdrawal, customer: User, gross: Decimal) -> Withdrawal:
    if (earlier.customer_id, earlier.gross) != (customer.pk, gross):
        raise WithdrawalRequestReused
    return earlier


def _require_free_way(customer: User, *, now: datetime) -> None:
    require_may(customer, Deed.WITHDRAW)
    require_no_dispute(customer)
    until = paused_until(customer, now=now)
    if until:
        raise WithdrawalPaused(when=date_format(localtime(until), "DATETIME_FORMAT"))
    other = open_withdrawal(customer)
    if other:
        raise WithdrawalOpen(number=other.pk)


def _require_as_shown(quote: Quote, shown: Shown) -> None:
    if (quote.payout, quote.bonus_lost) != (shown.payout, shown.bonus_lost):
        raise QuoteChanged(payout=shown_amount(quote.payout), bonus=shown_amount(quote.bonus_lost))
