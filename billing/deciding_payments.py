"""What people decide about payments: that a bank transfer has come, or has not, and what to do with what did not match.

Nobody decides about a payment of their own.
"""

from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.refusals import Refusal
from accounts.standing import NotYours
from billing.crediting import credit_payment
from billing.ending import fail_payment
from billing.methods import Receipt, method_of
from billing.models import Payment, PaymentState


class NotToConfirm(Refusal):
    code = "not_to_confirm"
    sentence = _("Payment %(payment)s is “%(state)s” and not confirmed by hand. Nothing was changed.")


class NotInReview(Refusal):
    code = "not_in_review"
    sentence = _("Payment %(payment)s is “%(state)s”: there is nothing to decide. Nothing was changed.")


class NothingReceived(Refusal):
    code = "nothing_received"
    sentence = _(
        "What came for payment %(payment)s cannot be credited: it is in another currency, or another's."
    )


def is_confirmed_by_hand(payment: Payment) -> bool:
    way = method_of(payment)
    return bool(way and way.is_confirmed_by_hand)


def confirm_payment(payment: Payment, *, by: User, now: datetime) -> Payment:
    """Say that the whole amount has come to our bank: it is credited (F-18). Raises NotYours, NotToConfirm."""
    _require_other(payment, by)
    payment.refresh_from_db()
    if payment.state == PaymentState.PAID or not is_confirmed_by_hand(payment):
        raise NotToConfirm(payment=payment.code, state=payment.get_state_display())
    receipt = Receipt(amount=payment.amount, currency=settings.PANEL_CURRENCY)
    return credit_payment(payment, receipt, by=by, accepted=True, now=now)


def refuse_payment(payment: Payment, *, why: str, by: User, now: datetime) -> Payment:
    """Say that a bank transfer did not come, and why; the customer reads it. Raises NotYours, NotToConfirm."""
    _require_other(payment, by)
    payment.refresh_from_db()
    if payment.state != PaymentState.STARTED or not is_confirmed_by_hand(payment):
        raise NotToConfirm(payment=payment.code, state=payment.get_state_display())
    return fail_payment(payment, to=PaymentState.FAILED, why=why, by=by, now=now)


def accept_review(payment: Payment, *, by: User, now: datetime) -> Payment:
    """Credit what really came for a payment that did not match, in the panel's currency; a bonus only if all came.

    Raises NotYours, NotInReview, NothingReceived.
    """
    _require_in_review(payment, by)
    if payment.received is None or payment.intent_id is None:
        raise NothingReceived(payment=payment.code)
    receipt = Receipt(
        amount=payment.received,
        currency=settings.PANEL_CURRENCY,
        intent_id=payment.intent_id,
        charge_id=payment.charge_id,
        card=payment.card,
        fingerprint=payment.fingerprint,
    )
    return credit_payment(payment, receipt, by=by, accepted=True, now=now)


def refuse_review(payment: Payment, *, why: str, by: User, now: datetime) -> Payment:
    """Close a payment that did not match without crediting it; what came is given back at the processor, by hand.

    Raises NotYours, NotInReview.
    """
    _require_in_review(payment, by)
    return fail_payment(payment, to=PaymentState.FAILED, why=why, by=by, now=now)


def _require_in_review(payment: Payment, by: User) -> None:
    _require_other(payment, by)
    payment.refresh_from_db()
    if payment.state != PaymentState.REVIEW:
        raise NotInReview(payment=payment.code, state=payment.get_state_display())


def _require_other(payment: Payment, by: User) -> None:
    if payment.customer_id == by.pk:
        raise NotYours
