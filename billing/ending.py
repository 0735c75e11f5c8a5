"""A payment that comes to nothing: it failed or was never made. What it held, its coupon, goes back."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import NoticeKind, User
from accounts.notices import notify
from billing.coupons import return_coupon
from billing.models import Payment, PaymentState
from billing.templatetags.money import money_text

ENDS = frozenset({PaymentState.FAILED, PaymentState.EXPIRED})
LONGEST_WHY = 300


def lock_payment(payment: Payment) -> Payment:
    """Return the payment as it is now, and let nobody else change it until the transaction ends."""
    rows = Payment.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("customer", "coupon", "terms_version").get(pk=payment.pk)


def coupon_subject(code: str) -> str:
    """Return what the use of a coupon is for, when it is for a payment."""
    return f"payment:{code}"


def page_of(payment: Payment) -> str:
    """Return the path of the payment's own page."""
    return f"/funds/{payment.code}/"


@transaction.atomic
def fail_payment(
    payment: Payment, *, to: PaymentState, why: str, now: datetime, by: User | None = None
) -> Payment:
    """End a payment that was not made, as failed or expired. One that has ended already stays as it is.

    `by` is a member of staff who decided it; a machine does not open it again then. Should money come after all,
    crediting takes it as it takes any other.
    """
    assert to in ENDS
    locked = lock_payment(payment)
    if locked.state in ENDS or locked.state == PaymentState.PAID:
        return locked
    locked.state, locked.why, locked.closed_at = to, why[:LONGEST_WHY], now
    locked.confirmed_by = by
    locked.save(update_fields=["state", "why", "closed_at", "confirmed_by"])
    return_coupon(coupon_subject(locked.code), now=now)
    if to == PaymentState.FAILED:
        notify(
            customer=locked.customer,
            kind=NoticeKind.MONEY,
            title=_("Your payment of %(amount)s failed") % {"amount": money_text(locked.amount)},
            text=why or _("Nothing was added to your balance."),
            url=page_of(locked),
            now=now,
        )
    return locked
