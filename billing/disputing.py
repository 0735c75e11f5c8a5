"""Disputes: a payer's bank asks a payment back (R-13, A-26, K-76).

The account is frozen at once, as the terms of the payment say, and open withdrawals are stopped. What the bank draws
away leaves the balance with its part of the bonus; a won dispute brings it back exactly. Everything else, ending the
orders above all, is decided by people: see `deciding_disputes`. A report may come twice or late and changes nothing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as translate
from django.utils.translation import gettext_lazy as _

from accounts.models import AccountState, NoticeKind, User
from accounts.notices import notify
from accounts.refusals import Refusal
from accounts.standing import change_state
from billing.ledger import Posting, customer_account, house_account, post
from billing.models import Dispute, DisputeState, Payment
from billing.money import ZERO, shown_amount
from billing.reversing import settle_disputes
from billing.routes import AccountKind, TransferKind
from billing.templatetags.money import money_text
from billing.withdrawing import stop_withdrawals

# Banks take cards' payments back for about so long; a warning that is older came to nothing.
WARNING_COUNTS_FOR = timedelta(days=120)
UNSETTLED = (DisputeState.INQUIRY, DisputeState.OPEN)
# A later word does not lead back: an inquiry may become a dispute, and both end.
RANK = {
    DisputeState.INQUIRY: 0,
    DisputeState.OPEN: 1,
    DisputeState.WON: 2,
    DisputeState.LOST: 2,
    DisputeState.CLOSED: 2,
}
TITLES: dict[DisputeState, str | Promise] = {
    DisputeState.INQUIRY: _("Your bank asks about payment %(payment)s"),
    DisputeState.OPEN: _("Payment %(payment)s is disputed"),
    DisputeState.WON: _("The dispute of payment %(payment)s was decided for us"),
    DisputeState.LOST: _("The dispute of payment %(payment)s was decided for the payer"),
    DisputeState.CLOSED: _("The question about payment %(payment)s is closed"),
}


class NotCredited(Refusal):
    code = "not_credited"
    sentence = _("Payment %(payment)s was never credited: there is nothing to take back.")


class DisputeKnown(Refusal):
    code = "dispute_known"
    sentence = _("Payment %(payment)s has an open dispute that was entered by hand. Decide that one first.")


class DisputedTooMuch(Refusal):
    code = "disputed_too_much"
    sentence = _("At most %(most)s of payment %(payment)s can still be disputed.")


@dataclass(frozen=True)
class Report:
    """What is said of a dispute at one moment: amounts in the panel's currency; `drawn` is what it holds now."""

    external_id: str | None
    state: DisputeState
    amount: Decimal
    drawn: Decimal
    reason: str = ""
    evidence_due_at: datetime | None = None
    opened_at: datetime | None = None


def apply_dispute(payment: Payment, report: Report, *, now: datetime) -> Dispute:
    """Apply what a processor says of a dispute, as it stands there now (R-13, A-26, A-27, K-76).

    Call it outside of any transaction: freezing, stopping and booking are one each, so that none waits for another's
    locks, and any of them may be repeated.
    """
    return _apply(payment, report, by=None, note="", now=now)


def register_dispute(
    payment: Payment,
    *,
    state: DisputeState,
    amount: Decimal,
    reason: str,
    evidence_due_at: datetime | None,
    by: User,
    now: datetime,
) -> Dispute:
    """Enter a dispute by hand, for methods whose processor tells us nothing (R-13, A-26, K-76).

    An inquiry draws nothing yet, anything else draws the amount. Raises NotCredited, DisputeKnown or DisputedTooMuch.
    """
    assert state in UNSETTLED
    _require_disputable(payment, amount)
    drawn = amount if state == DisputeState.OPEN else ZERO
    report = Report(None, state, amount, drawn, reason, evidence_due_at, now)
    return _apply(payment, report, by=by, note="", now=now)


def note_outcome(dispute: Dispute, *, state: DisputeState, by: User, note: str, now: datetime) -> Dispute:
    """Say how a dispute that was entered by hand goes on or has ended (R-13).

    Open and lost ones draw their amount, won and closed ones nothing.
    """
    assert dispute.external_id is None
    drawn = dispute.amount if state in {DisputeState.OPEN, DisputeState.LOST} else ZERO
    report = Report(None, state, dispute.amount, drawn, dispute.reason, dispute.evidence_due_at)
    return _apply(dispute.payment, report, known=dispute, by=by, note=note, now=now)


def note_fraud_warning(payment: Payment, *, now: datetime) -> bool:
    """The card's bank believes a payment to be fraud before anybody disputes it; False when that is known (A-32).

    Nothing is frozen and no money moves, but what is about to be paid out is stopped, and staff see the payment: they
    may refund it at the processor, mark it as fraud or leave it. Call it outside of any transaction.
    """
    if not Payment.objects.filter(pk=payment.pk, warned_at=None).update(warned_at=now):
        return False
    payment.warned_at = now
    why = translate("The bank of the card asks about payment %(payment)s.")
    stop_withdrawals(payment.customer, why % {"payment": payment.code}, now)
    return True


def warned_payments(*, now: datetime) -> QuerySet[Payment]:
    """Return payments that banks warned of and nobody has dealt with: neither refunded nor disputed (A-32)."""
    fresh = Payment.objects.filter(warned_at__gt=now - WARNING_COUNTS_FOR, disputes=None)
    return fresh.filter(received__gt=F("refunded")).exclude(customer__state=AccountState.TERMINATED)


def freeze(payment: Payment, *, why: str, by: User | None, now: datetime) -> bool:
    """Freeze the payer's account if the payment's terms say so and it is active (A-26, K-76). True when it was."""
    if not payment.terms_version.rules.dispute.freeze_on_open:
        return False
    customer = User.objects.get(pk=payment.customer_id)
    if customer.state != AccountState.ACTIVE:
        return False
    change_state(customer=customer, to=AccountState.FROZEN, why=why, by=by, now=now)
    return True


def _apply(
    payment: Payment,
    report: Report,
    *,
    by: User | None,
    note: str,
    now: datetime,
    known: Dispute | None = None,
) -> Dispute:
    if _is_bad_news(payment, report, known):
        _shut_at_once(payment, report, by=by, now=now)
    with transaction.atomic():
        locked = lock_payment(payment)
        dispute = _earlier(locked, report, known) or _new(locked, report, by=by, now=now)
        before = None if dispute.pk is None else DisputeState(dispute.state)
        if _takes_over(dispute, report, before=before, now=now):
            dispute.payment, dispute.note = locked, note or dispute.note
            dispute.save()
            settle_disputes(locked, now=now, actor=by)
            _take_fee(dispute, by=by, now=now)
            if dispute.state != before:
                _tell(dispute, now=now)
        return dispute


def _is_bad_news(payment: Payment, report: Report, known: Dispute | None) -> bool:
    """Whether somebody asks money back and we did not know: what was decided since is not undone by a repeat."""
    if report.state not in {*UNSETTLED, DisputeState.LOST}:
        return False
    earlier = known or Dispute.objects.filter(payment=payment, external_id=report.external_id or "").first()
    return earlier is None or RANK[report.state] > RANK[DisputeState(earlier.state)]


def _shut_at_once(payment: Payment, report: Report, *, by: User | None, now: datetime) -> None:
    """Freeze, and stop what is about to be paid out, before anything else; each by itself."""
    why = translate("Payment %(payment)s over %(amount)s: the payer's bank asks it back.")
    told = why % {"payment": payment.code, "amount": money_text(report.amount)}
    freeze(payment, why=told, by=by, now=now)
    stop_withdrawals(payment.customer, told, now, by)


def lock_payment(payment: Payment) -> Payment:
    payments = Payment.objects.select_for_update(of=("self",), no_key=True)
    return payments.select_related("customer", "terms_version").get(pk=payment.pk)


def _earlier(payment: Payment, report: Report, known: Dispute | None) -> Dispute | None:
    disputes = Dispute.objects.select_for_update(of=("self",), no_key=True).filter(payment=payment)
    if known is not None:
        disputes = disputes.filter(pk=known.pk)
    elif report.external_id:
        disputes = disputes.filter(external_id=report.external_id)
    else:
        return None
    return disputes.first()


def _new(payment: Payment, report: Report, *, by: User | None, now: datetime) -> Dispute:
    if report.external_id is None:
        # Once more, under the lock: the same form sent twice enters one dispute.
        _require_disputable(payment, report.amount)
    return Dispute(
        payment=payment,
        external_id=report.external_id,
        amount=report.amount,
        opened_at=report.opened_at or now,
        registered_by=by,
    )


def _takes_over(dispute: Dispute, report: Report, *, before: DisputeState | None, now: datetime) -> bool:
    """Make the row say what the report says; False when the report is older than what is known."""
    if before is not None and RANK[report.state] < RANK[before]:
        return False
    drawn = report.drawn
    if before == report.state == DisputeState.OPEN:
        # While it is open the bank only takes.
        drawn = max(drawn, dispute.drawn)
    dispute.state, dispute.drawn = report.state, drawn
    dispute.amount, dispute.reason = report.amount, report.reason[:80] or dispute.reason
    dispute.evidence_due_at = report.evidence_due_at or dispute.evidence_due_at
    is_over = report.state not in UNSETTLED
    dispute.closed_at = (dispute.closed_at or now) if is_over else None
    return True


def _take_fee(dispute: Dispute, *, by: User | None, now: datetime) -> None:
    """A lost dispute costs what the payment's terms say, once."""
    payment = dispute.payment
    fee = payment.terms_version.rules.dispute.fee
    if dispute.state != DisputeState.LOST or fee == ZERO or payment.funding_id is None:
        return
    post(
        Posting(
            kind=TransferKind.DISPUTE_FEE,
            debit=customer_account(payment.customer),
            credit=house_account(AccountKind.DISPUTE_FEE),
            amount=fee,
            reference=f"dispute:{dispute.pk}:fee",
            actor=by,
        ),
        now=now,
    )


def _require_disputable(payment: Payment, amount: Decimal) -> None:
    if payment.funding_id is None or payment.received is None:
        raise NotCredited(payment=payment.code)
    by_hand = Dispute.objects.filter(payment=payment, external_id=None, state__in=UNSETTLED)
    if by_hand.exists():
        raise DisputeKnown(payment=payment.code)
    most = payment.received - payment.lost
    if amount > most:
        raise DisputedTooMuch(most=shown_amount(most), payment=payment.code)


def _tell(dispute: Dispute, *, now: datetime) -> None:
    payment, state = dispute.payment, DisputeState(dispute.state)
    words = [translate("It is about %(amount)s of %(paid)s.")]
    if dispute.drawn > ZERO:
        words.append(translate("%(drawn)s and the bonus that came with it have left your balance."))
    elif state == DisputeState.WON:
        words.append(
            translate("What had left your balance for it is back. Our staff open the account again.")
        )
    notify(
        customer=payment.customer,
        kind=NoticeKind.MONEY,
        title=translate(str(TITLES[state])) % {"payment": payment.code},
        text=" ".join(words)
        % {
            "amount": money_text(dispute.amount),
            "paid": money_text(payment.received or payment.amount),
            "drawn": money_text(dispute.drawn),
        },
        now=now,
    )
