"""Coupons: a word that is worth something, once for each customer, and no more often than it was made for.

A coupon for deposits gives a bonus, one for orders takes a sum off the charge. What came to nothing gives its coupon
back. An order always costs something: a coupon worth as much as the order is kept for a larger one.
"""

from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import Enum

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.refusals import Refusal
from billing.currencies import smallest_payable
from billing.ledger import customer_account
from billing.models import Coupon, CouponUse, LedgerAccount
from billing.money import ZERO, shown_amount

HUNDRED = Decimal(100)


class CouponFor(Enum):
    """What a customer wants to use a coupon for."""

    DEPOSIT = frozenset({Coupon.Kind.DEPOSIT_PERCENT, Coupon.Kind.DEPOSIT_AMOUNT})
    ORDER = frozenset({Coupon.Kind.ORDER_AMOUNT})


class CouponUnknown(Refusal):
    code = "coupon_unknown"
    sentence = _("There is no such coupon.")


class CouponForOrders(Refusal):
    code = "coupon_for_orders"
    sentence = _("This coupon is for an order, not for a deposit.")


class CouponForDeposits(Refusal):
    code = "coupon_for_deposits"
    sentence = _("This coupon is for a deposit, not for an order.")


class CouponNotYet(Refusal):
    code = "coupon_not_yet"
    sentence = _("This coupon is not valid yet.")


class CouponExpired(Refusal):
    code = "coupon_expired"
    sentence = _("This coupon has expired.")


class CouponUsed(Refusal):
    code = "coupon_used"
    sentence = _("You have used this coupon before. Each customer can use it once.")


class CouponUsedUp(Refusal):
    code = "coupon_used_up"
    sentence = _("This coupon has been used as often as it could be.")


class CouponTooSmall(Refusal):
    code = "coupon_too_small"
    sentence = _("This coupon is for amounts from %(least)s.")


class CouponCoversAll(Refusal):
    code = "coupon_covers_all"
    sentence = _("This coupon takes %(worth)s off. Use it for an order that costs more than that.")


def coupon_worth(*, customer: User, code: str, kind: CouponFor, amount: Decimal, now: datetime) -> Decimal:
    """Return what the coupon is worth for this deposit or order, in the panel's currency; nothing is stored (R-2).

    A percentage is of the deposit, rounded half up to what can be paid (R-1). Both ends of its time belong to it.
    Raises CouponUnknown, CouponForOrders, CouponForDeposits, CouponNotYet, CouponExpired, CouponUsed, CouponUsedUp,
    CouponTooSmall or CouponCoversAll.
    """
    coupon = Coupon.objects.filter(code__iexact=code.strip()).first()
    return _worth(coupon, customer=customer, kind=kind, amount=amount, now=now)


def _lock(*, customer: User, code: str) -> None:
    """Let nobody else take the coupon, and move none of the customer's money, until the transaction ends.

    The balance comes first and the coupon last, here as where an order ends, so that two never wait for each other.
    """
    account = customer_account(customer)
    LedgerAccount.objects.select_for_update(no_key=True).get(pk=account.pk)
    Coupon.objects.select_for_update(no_key=True).filter(code__iexact=code.strip()).first()


def take_coupon(
    *, customer: User, code: str, kind: CouponFor, amount: Decimal, subject: str, now: datetime
) -> CouponUse:
    """Use a coupon for `subject`, such as `order:17` or `payment:5`; what it is worth is the use's amount.

    `amount` is what is paid in or what the order costs without the coupon. Needs the transaction of what it is used
    for. Raises what coupon_worth raises; then nothing is stored.
    """
    assert transaction.get_connection().in_atomic_block
    _lock(customer=customer, code=code)
    coupon = Coupon.objects.filter(code__iexact=code.strip()).first()
    worth = _worth(coupon, customer=customer, kind=kind, amount=amount, now=now)
    assert coupon is not None
    Coupon.objects.filter(pk=coupon.pk).update(uses=F("uses") + 1)
    return CouponUse.objects.create(
        coupon=coupon, customer=customer, subject=subject, amount=worth, used_at=now
    )


def return_coupon(subject: str, *, now: datetime) -> None:
    """Give back the coupon that was used for this, if any: its customer may use it again. Repeating changes nothing.

    Needs the transaction in which it came to nothing, after any money of the customer's has moved.
    """
    assert transaction.get_connection().in_atomic_block
    use = CouponUse.objects.filter(subject=subject, returned_at__isnull=True).first()
    if use is None:
        return
    Coupon.objects.select_for_update(no_key=True).get(pk=use.coupon_id)
    if CouponUse.objects.filter(pk=use.pk, returned_at__isnull=True).update(returned_at=now):
        Coupon.objects.filter(pk=use.coupon_id).update(uses=F("uses") - 1)


def _worth(
    coupon: Coupon | None, *, customer: User, kind: CouponFor, amount: Decimal, now: datetime
) -> Decimal:
    if coupon is None:
        raise CouponUnknown
    if coupon.kind not in kind.value:
        raise CouponForOrders if kind == CouponFor.DEPOSIT else CouponForDeposits
    _require_time(coupon, now)
    if CouponUse.objects.filter(coupon=coupon, customer=customer, returned_at__isnull=True).exists():
        raise CouponUsed
    if coupon.most_uses is not None and coupon.uses >= coupon.most_uses:
        raise CouponUsedUp
    worth = _sum_of(coupon, amount)
    if amount < coupon.at_least or worth == ZERO:
        raise CouponTooSmall(least=shown_amount(coupon.at_least))
    if kind == CouponFor.ORDER and worth >= amount:
        raise CouponCoversAll(worth=shown_amount(worth))
    return worth


def _require_time(coupon: Coupon, now: datetime) -> None:
    if coupon.starts_at and now < coupon.starts_at:
        raise CouponNotYet
    if coupon.ends_at and now > coupon.ends_at:
        raise CouponExpired


def _sum_of(coupon: Coupon, amount: Decimal) -> Decimal:
    if coupon.kind == Coupon.Kind.DEPOSIT_PERCENT:
        share: Decimal = amount * coupon.value / HUNDRED
        return share.quantize(smallest_payable(), ROUND_HALF_UP)
    value: Decimal = coupon.value
    return value
