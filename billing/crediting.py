"""Money that has come in is credited: once, whoever brings the news, and only if it is what our own row expects.

The row says whose payment it is, how much and in which currency; a browser or a processor's remarks say nothing about
that. What does not match waits for a person. Money that comes late, after its payment was given up, is credited too.
"""

from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import NoticeKind, User
from accounts.notices import notify
from accounts.refusals import Refusal
from billing.bonuses import bonus_for, offered_tiers
from billing.coupons import CouponFor, take_coupon
from billing.ending import LONGEST_WHY, coupon_subject, lock_payment, page_of
from billing.ledger import Posting, customer_account, house_account, post
from billing.methods import Receipt, method_of
from billing.models import CouponUse, Funding, Payment, PaymentState
from billing.money import ZERO
from billing.routes import AccountKind, TransferKind
from billing.templatetags.money import money_text
from billing.webhooks import owe_credited


@transaction.atomic
def credit_payment(
    payment: Payment, receipt: Receipt, *, now: datetime, by: User | None = None, accepted: bool = False
) -> Payment:
    """Credit what was received, in the panel's currency, with the bonus that was promised (F-18, V-6, R-6).

    Any number of calls credit once; a later one only adds the processor's fee, once that is known. The funding keeps
    the terms that the payment was started under, its age counts from now (A-25, K-71, K-75). What does not match the
    row goes to review, unless `by` has `accepted` it.
    """
    locked = lock_payment(payment)
    if locked.funding_id is None:
        if locked.state == PaymentState.FAILED and locked.confirmed_by_id and not accepted:
            return locked
        mismatch = "" if accepted else _mismatch(locked, receipt)
        if mismatch:
            return _send_to_review(locked, receipt, mismatch)
        _credit(locked, receipt, by=by, now=now)
    _book_fee(locked, receipt, now=now)
    return locked


def _mismatch(payment: Payment, receipt: Receipt) -> str:
    """Say in what the receipt differs from the row; empty when it does not."""
    if receipt.currency != settings.PANEL_CURRENCY:
        return f"Received in {receipt.currency}, not in {settings.PANEL_CURRENCY}."
    if receipt.amount != payment.amount:
        return f"Received {receipt.amount.normalize():f}, expected {payment.amount.normalize():f}."
    if _is_of_another(payment, receipt):
        return f"{receipt.intent_id or receipt.charge_id} belongs to another payment."
    return ""


def _is_of_another(payment: Payment, receipt: Receipt) -> bool:
    same = Q()
    if receipt.intent_id:
        same |= Q(intent_id=receipt.intent_id)
    if receipt.charge_id:
        same |= Q(charge_id=receipt.charge_id)
    return bool(same) and Payment.objects.filter(same).exclude(pk=payment.pk).exists()


def _send_to_review(payment: Payment, receipt: Receipt, why: str) -> Payment:
    payment.state, payment.why = PaymentState.REVIEW, why[:LONGEST_WHY]
    payment.closed_at = None
    if receipt.currency == settings.PANEL_CURRENCY and receipt.amount > ZERO:
        payment.received = receipt.amount
    if not _is_of_another(payment, receipt):
        payment.intent_id = receipt.intent_id or payment.intent_id
        payment.charge_id = receipt.charge_id or payment.charge_id
    payment.save(update_fields=["state", "why", "closed_at", "received", "intent_id", "charge_id"])
    return payment


def _credit(payment: Payment, receipt: Receipt, *, by: User | None, now: datetime) -> None:
    way = method_of(payment)
    assert way is not None, "what is credited was paid in some way"
    bonus, remark = _bonus(payment, receipt.amount, now=now)
    funding = Funding.objects.create(
        customer=payment.customer,
        kind=Funding.Kind.DEPOSIT,
        cash=receipt.amount,
        bonus=bonus,
        terms_version=payment.terms_version,
        reason=_("Payment %(code)s") % {"code": payment.code},
        given_by=by,
        request_id=payment.request_id,
        credited_at=now,
    )
    named = f"{payment.method}:{receipt.intent_id or payment.code}"
    _post(funding, TransferKind.DEPOSIT, way.account, receipt.amount, f"{named}:credit", by=by, now=now)
    if bonus > ZERO:
        _post(funding, TransferKind.BONUS, AccountKind.BONUS_COST, bonus, f"{named}:bonus", by=by, now=now)
    payment.state, payment.closed_at, payment.why = PaymentState.PAID, now, remark[:LONGEST_WHY]
    payment.funding, payment.received, payment.confirmed_by = funding, receipt.amount, by
    payment.intent_id = receipt.intent_id or payment.intent_id
    payment.charge_id = receipt.charge_id or payment.charge_id
    payment.card, payment.fingerprint = receipt.card, receipt.fingerprint
    payment.save()
    _tell(payment, bonus, remark, now=now)
    owe_credited(funding, now=now)


def _bonus(payment: Payment, received: Decimal, *, now: datetime) -> tuple[Decimal, str]:
    """Return the bonus that is due and what to say of it. A coupon that went back is taken again if it can be."""
    if received < payment.amount:
        return ZERO, _("Less came than was agreed, so there is no bonus.") if payment.bonus else ""
    subject = coupon_subject(payment.code)
    if payment.coupon is None or CouponUse.objects.filter(subject=subject, returned_at__isnull=True).exists():
        return payment.bonus, ""
    try:
        use = take_coupon(
            customer=payment.customer,
            code=payment.coupon.code,
            kind=CouponFor.DEPOSIT,
            amount=payment.amount,
            subject=subject,
            now=now,
        )
    except Refusal as refusal:
        # What was offered to everybody when the payment was started is still owed.
        tier = bonus_for(payment.amount, offered_tiers(payment.started_at), payment.started_at)
        return tier.amount, _("The payment came late, and its coupon could not be used any more: %(why)s") % {
            "why": refusal.text
        }
    return use.amount, ""


def _post(
    funding: Funding,
    kind: TransferKind,
    source: AccountKind,
    amount: Decimal,
    reference: str,
    *,
    by: User | None,
    now: datetime,
) -> None:
    post(
        Posting(
            kind=kind,
            debit=house_account(source),
            credit=customer_account(funding.customer),
            amount=amount,
            reference=reference,
            funding=funding,
            actor=by,
            note=funding.reason,
        ),
        now=now,
    )


def _book_fee(payment: Payment, receipt: Receipt, *, now: datetime) -> None:
    if payment.fee is not None or receipt.line_id is None or receipt.fee is None:
        return
    book_processor_fee(receipt.line_id, receipt.fee, now=now)
    payment.fee = receipt.fee
    payment.save(update_fields=["fee"])


def book_processor_fee(line_id: str, fee: Decimal, *, now: datetime) -> None:
    """Book what the processor kept, by the number of its own line: once, whoever finds it first."""
    if fee > ZERO:
        post(
            Posting(
                kind=TransferKind.PROCESSOR_FEE,
                debit=house_account(AccountKind.PROCESSOR_FEE),
                credit=house_account(AccountKind.STRIPE),
                amount=fee,
                reference=f"stripe:{line_id}:fee",
            ),
            now=now,
        )


def _tell(payment: Payment, bonus: Decimal, remark: str, *, now: datetime) -> None:
    assert payment.received is not None
    said = _("%(amount)s were added to your balance.") % {"amount": money_text(payment.received)}
    if bonus:
        said = _("%(amount)s and a bonus of %(bonus)s were added to your balance.") % {
            "amount": money_text(payment.received),
            "bonus": money_text(bonus),
        }
    notify(
        customer=payment.customer,
        kind=NoticeKind.MONEY,
        title=_("Your payment of %(amount)s has arrived") % {"amount": money_text(payment.received)},
        text=f"{said} {remark}".strip(),
        url=page_of(payment),
        now=now,
    )
