"""Comparing our payments with what the processor says: the success page, the messages and the sweep all end here.

A look outside is taken first, then what it shows is applied: credited, ended, disputed, given back. A look that was
begun before one that was applied already is dropped: it knows less. So any number of looks, in any order, end the same.
"""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from billing.crediting import credit_payment
from billing.disputing import Report, apply_dispute, note_fraud_warning
from billing.ending import fail_payment, lock_payment
from billing.methods import Outcome, Sight, method_of
from billing.models import DisputeState, Payment, PaymentState
from billing.paying_out import note_failed_refund
from billing.reversing import settle_refunds
from billing.stripe_reports import DisputeReport

ENDS = {Outcome.FAILED: PaymentState.FAILED, Outcome.EXPIRED: PaymentState.EXPIRED}


def compare_payment(payment: Payment, *, clock: Callable[[], datetime]) -> Payment:
    """Look at a payment outside and apply what is seen. Never in a transaction.

    Raises a Refusal when there is no answer; then nothing is changed.
    """
    began = clock()
    sight = see_payment(payment)
    return apply_sight(payment, sight, began=began, now=clock()) if sight else payment


def see_payment(payment: Payment) -> Sight | None:
    """Return what is seen of it outside, or None where there is nothing to look at. Never in a transaction."""
    way = method_of(payment)
    return way.see(payment) if way else None


def apply_sight(
    payment: Payment,
    sight: Sight,
    *,
    began: datetime,
    now: datetime,
    also: Callable[[Payment], object] = lambda payment: None,
) -> Payment:
    """Apply what was seen in a look that began at that time. The same again, or an older one, changes nothing.

    Never in a transaction: crediting, each dispute, and what was given back are one each, and any of them may be
    repeated. `also` is done in the last one, with the payment as it is then.
    """
    payment = _apply_outcome(payment, sight, began=began, now=now)
    if payment.state == PaymentState.PAID and not _is_older(payment, began):
        _apply_worries(payment, sight, now=now)
    with transaction.atomic():
        locked = lock_payment(payment)
        if not _is_older(locked, began):
            if locked.state == PaymentState.PAID and locked.refunded != sight.refunded:
                settle_refunds(locked, refunded=sight.refunded, now=now)
            Payment.objects.filter(pk=locked.pk).update(checked_at=began)
        locked.refresh_from_db()
        also(locked)
    return locked


@transaction.atomic
def _apply_outcome(payment: Payment, sight: Sight, *, began: datetime, now: datetime) -> Payment:
    locked = lock_payment(payment)
    if _is_older(locked, began):
        return locked
    if sight.outcome in ENDS:
        return fail_payment(locked, to=ENDS[sight.outcome], why=sight.words, now=now)
    if sight.outcome == Outcome.PROCESSING and locked.state == PaymentState.STARTED:
        Payment.objects.filter(pk=locked.pk).update(state=PaymentState.PROCESSING)
    if sight.receipt is not None:
        return credit_payment(locked, sight.receipt, now=now)
    return locked


def _apply_worries(payment: Payment, sight: Sight, *, now: datetime) -> None:
    """Disputes, payouts of ours that came back, and warnings: each by the rule of its own."""
    for dispute in sight.disputes:
        report = Report(
            external_id=dispute.id,
            state=_state_of(dispute),
            amount=dispute.amount,
            drawn=dispute.drawn,
            reason=dispute.reason,
            evidence_due_at=dispute.evidence_due_at,
            opened_at=dispute.opened_at,
        )
        apply_dispute(payment, report, now=now)
    for refund in sight.failed_refunds:
        note_failed_refund(refund.id, refund.words, now=now)
    if sight.is_warned and payment.warned_at is None:
        note_fraud_warning(payment, now=now)


def _state_of(dispute: DisputeReport) -> DisputeState:
    known = {
        "won": DisputeState.WON,
        "lost": DisputeState.LOST,
        "warning_closed": DisputeState.CLOSED,
        "prevented": DisputeState.CLOSED,
    }
    return known.get(dispute.status, DisputeState.INQUIRY if dispute.is_inquiry else DisputeState.OPEN)


def _is_older(payment: Payment, began: datetime) -> bool:
    return payment.checked_at is not None and began < payment.checked_at
