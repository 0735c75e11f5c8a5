"""A coupon on an order: its sum is off the charge, and what is debited then is what may come back.

Of a drip-feed each run carries its share, so the whole costs what it should and every run refunds its own. The coupon
itself comes back when nothing of the order was delivered; a part that comes back takes no coupon with it.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import ROUND_DOWN, Decimal

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.refusals import Refusal
from billing.coupons import CouponCoversAll, CouponFor, coupon_worth, return_coupon, take_coupon
from billing.money import SMALLEST, ZERO, shown_amount
from orders.dripping import Plan, planned_charge
from orders.models import Order
from orders.states import OrderState


class CouponChanged(Refusal):
    code = "coupon_changed"
    sentence = _("This coupon is worth something else now. Nothing was charged: look at the price again.")


def coupon_off(
    *, customer: User, code: str, run_charge: Decimal, plan: Plan | None, now: datetime
) -> Decimal:
    """Return what this code takes off an order, all its runs together, in the panel's currency (R-2, W-07).

    No code takes nothing off. Raises what coupon_worth raises, and CouponCoversAll where a run would cost nothing.
    """
    if not code.strip():
        return ZERO
    whole = planned_charge(run_charge, plan)
    worth = coupon_worth(customer=customer, code=code, kind=CouponFor.ORDER, amount=whole, now=now)
    if max(coupon_shares(worth, plan)) >= run_charge:
        raise CouponCoversAll(worth=shown_amount(worth))
    return worth


def coupon_shares(worth: Decimal, plan: Plan | None) -> list[Decimal]:
    """Divide what a coupon takes off among the runs, exactly; the first ones carry what cannot be divided."""
    runs = plan.runs if plan else 1
    each = (worth / runs).quantize(SMALLEST, ROUND_DOWN)
    larger = int((worth - each * runs) / SMALLEST)
    return [each + SMALLEST if run < larger else each for run in range(runs)]


def take_for_order(runs: Sequence[Order], *, code: str, now: datetime) -> None:
    """Use the code for an order just stored. Needs its transaction, after all but its charge.

    Raises what take_coupon raises, or CouponChanged when staff have changed what it is worth since the price was made.
    """
    if not code.strip():
        return
    off = sum((run.coupon_amount for run in runs), ZERO)
    use = take_coupon(
        customer=runs[0].customer,
        code=code,
        kind=CouponFor.ORDER,
        amount=off + sum((run.charge for run in runs), ZERO),
        subject=_subject(runs[0].pk),
        now=now,
    )
    if use.amount != off:
        raise CouponChanged


def return_of_order(order: Order, *, now: datetime) -> None:
    """Give the coupon back when the order, or every one of its runs, was cancelled (R-4).

    Needs the transaction that ends it, after its money has moved.
    """
    if not order.coupon_code or order.state != OrderState.CANCELLED:
        return
    first = order.pk
    if order.drip_feed_id is not None:
        runs = Order.objects.filter(drip_feed=order.drip_feed_id)
        if runs.exclude(state=OrderState.CANCELLED).exists():
            return
        first = runs.values_list("pk", flat=True).get(run=1)
    return_coupon(_subject(first), now=now)


def _subject(number: int) -> str:
    return f"order:{number}"
