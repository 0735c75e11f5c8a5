"""Starting a payment: the row comes first and is committed, then it is opened outside, then what came back is kept.

Nobody pays without having been told that a payment cannot be taken back, and without having promised not to dispute
it. The terms accepted here govern the payment to its end. A coupon is taken at once, and returned if nothing comes.
"""

import secrets
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q, Sum
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.refusals import Refusal
from accounts.standing import require_may
from accounts.states import Deed
from billing.bonuses import promised_bonus
from billing.coupons import CouponFor, take_coupon
from billing.currencies import require_currency_decimals
from billing.ending import coupon_subject, fail_payment
from billing.methods import PaymentMethod, method_of, offered_method
from billing.models import UNPAID_STATES, Payment, PaymentState
from billing.money import ZERO, shown_amount
from billing.stripe_gateway import GatewayRefused
from terms.acceptance import record_acceptance, require_current, tick_needed
from terms.models import Channel, TermsVersion
from terms.versions import version_in_force

# Read aloud and typed into a bank's form: no two letters that look alike.
LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
CODE_LENGTH = 10
MOST_UNFINISHED = 10
DAY = timedelta(days=1)


class AmountTooSmall(Refusal):
    code = "deposit_too_small"
    sentence = _("Add at least %(least)s at once.")


class AmountTooLarge(Refusal):
    code = "deposit_too_large"
    sentence = _("Add at most %(most)s at once.")


class NewAccountLimit(Refusal):
    code = "deposit_new_account"
    clause = "A-32, K-77"
    sentence = _("New accounts can add %(most)s a day; %(left)s of it is left. This limit ends on %(ends)s.")


class TooManyUnfinished(Refusal):
    code = "deposit_unfinished"
    sentence = _(
        "%(count)s of your payments are not finished yet. Finish one, or wait until one has expired."
    )


class PromiseNeeded(Refusal):
    code = "no_dispute_not_ticked"
    clause = "A-23, A-25, K-26, K-68, K-75"
    sentence = _("Please tick that you will not dispute this payment. Nothing was charged.")


class PaymentRequestReused(Refusal):
    code = "request_reused"
    sentence = _("This form has already started another payment. Open a new one.")


def start_payment(
    *,
    customer: User,
    method: str,
    amount: Decimal,
    terms_number: int | None,
    ticked: bool,
    request_id: UUID,
    now: datetime,
    coupon_code: str = "",
    ip: str | None = None,
    user_agent: str = "",
) -> Payment:
    """Store a payment that the customer is about to make, in the panel's currency, and what was agreed (F-18, V-6).

    Nothing is asked of anybody outside: that is open_payment. The same `request_id` starts one payment. Raises what
    standing.require_may raises, MethodUnknown, AmountNotPayable, AmountTooSmall, AmountTooLarge, NewAccountLimit,
    TooManyUnfinished, NoTerms, TermsChanged, PromiseNeeded, CouponNotBetter, what coupons.take_coupon raises, or
    PaymentRequestReused; then nothing is stored (A-06, A-23, A-25, K-26, K-68, K-75).
    """
    way = offered_method(method)
    require_amount(amount, way)
    with transaction.atomic(durable=True):
        # One payment of a customer is started at a time: limits and the request's number hold.
        locked = User.objects.select_for_update(no_key=True).get(pk=customer.pk)
        earlier = Payment.objects.filter(request_id=request_id).first()
        if earlier:
            return _same_or_refuse(earlier, customer=customer, method=method, amount=amount)
        require_may(locked, Deed.DEPOSIT)
        version = _require_promise(locked, terms_number=terms_number, ticked=ticked)
        require_within_limits(locked, amount, now=now)
        payment = _store(locked, way, amount, coupon_code, version, request_id, now=now)
        record_acceptance(
            customer=customer,
            version=version,
            channel=Channel.DEPOSIT,
            explicit=ticked,
            subject=f"payment:{payment.code}",
            now=now,
            ip=ip,
            user_agent=user_agent,
        )
    return payment


def open_payment(payment: Payment, *, url: str, now: datetime) -> Payment:
    """Open a started payment where it is paid, once; `url` is the payment's own page, with the panel's address.

    Never in a transaction. Raises GatewayAway, after which it may be called again, or GatewayRefused, after which the
    payment has failed.
    """
    way = method_of(payment)
    if way is None or payment.page_url or payment.state != PaymentState.STARTED:
        return payment
    try:
        opened = way.open(payment, url=url, now=now)
    except GatewayRefused as refusal:
        fail_payment(payment, to=PaymentState.FAILED, why=refusal.text, now=now)
        raise
    Payment.objects.filter(pk=payment.pk, session_id__isnull=True).update(
        session_id=opened.external_id, page_url=opened.page_url, expires_at=opened.expires_at
    )
    payment.refresh_from_db()
    return payment


def require_amount(amount: Decimal, way: PaymentMethod) -> None:
    """Raise AmountNotPayable, AmountTooSmall or AmountTooLarge, by the limits of the panel and of the method (R-1)."""
    require_currency_decimals(amount)
    least, most = way.limits()
    if amount < least:
        raise AmountTooSmall(least=shown_amount(least))
    if amount > most:
        raise AmountTooLarge(most=shown_amount(most))


def require_within_limits(customer: User, amount: Decimal, *, now: datetime) -> None:
    """Raise TooManyUnfinished, or NewAccountLimit for what an account adds in its first days (F-32, A-32, K-77)."""
    payments = Payment.objects.filter(customer=customer)
    unfinished = payments.filter(state=PaymentState.STARTED).count()
    if unfinished >= MOST_UNFINISHED:
        raise TooManyUnfinished(count=unfinished)
    ends = customer.date_joined + timedelta(days=settings.PANEL_DEPOSIT_NEW_DAYS)
    if now >= ends:
        return
    counted = Q(state=PaymentState.PAID) | Q(state__in=UNPAID_STATES)
    today: Decimal = (
        payments.filter(counted, started_at__gt=now - DAY).aggregate(total=Sum("amount"))["total"] or ZERO
    )
    most = settings.PANEL_DEPOSIT_NEW_MOST
    if today + amount > most:
        raise NewAccountLimit(
            most=shown_amount(most), left=shown_amount(max(ZERO, most - today)), ends=f"{ends:%Y-%m-%d %H:%M}"
        )


def _require_promise(customer: User, *, terms_number: int | None, ticked: bool) -> TermsVersion:
    version = version_in_force()
    require_current(version=version, shown_number=terms_number)
    if not ticked and tick_needed(customer=customer, version=version, channel=Channel.DEPOSIT):
        raise PromiseNeeded
    return version


def _store(
    customer: User,
    way: PaymentMethod,
    amount: Decimal,
    coupon_code: str,
    version: TermsVersion,
    request_id: UUID,
    *,
    now: datetime,
) -> Payment:
    bonus = promised_bonus(customer=customer, amount=amount, coupon_code=coupon_code, now=now)
    code = "".join(secrets.choice(LETTERS) for _letter in range(CODE_LENGTH))
    use = None
    if bonus.by_coupon:
        use = take_coupon(
            customer=customer,
            code=coupon_code,
            kind=CouponFor.DEPOSIT,
            amount=amount,
            subject=coupon_subject(code),
            now=now,
        )
    return Payment.objects.create(
        code=code,
        customer=customer,
        request_id=request_id,
        method=way.name,
        amount=amount,
        bonus=use.amount if use else bonus.amount,
        coupon=use.coupon if use else None,
        terms_version=version,
        started_at=now,
    )


def _same_or_refuse(earlier: Payment, *, customer: User, method: str, amount: Decimal) -> Payment:
    if (earlier.customer_id, earlier.method, earlier.amount) != (customer.pk, method, amount):
        raise PaymentRequestReused
    return earlier
