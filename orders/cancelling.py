"""A customer's own cancel: only while nobody has begun to hand the order over, and only where the terms allow it."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from accounts.refusals import Refusal
from accounts.standing import refusal_of
from accounts.states import Deed
from orders.models import Order
from orders.submitting import withdraw


class NotCancellable(Refusal):
    code = "not_cancellable"
    clause = "A-28, K-16"
    sentence = _("Orders in state “%(state)s” cannot be cancelled.")


def cancel_refusal(order: Order) -> Refusal | None:
    """Return why the customer may not cancel this order, or None (A-28, K-16, K-23, R-13).

    The account may be frozen; otherwise the order's own terms decide.
    """
    forbidden = refusal_of(order.customer, Deed.CANCEL)
    if forbidden:
        return forbidden
    if order.state in order.terms_version.rules.order.customer_cancel_from:
        return None
    return NotCancellable(state=order.get_state_display())


def cancel_order(order: Order, *, now: datetime) -> None:
    """Cancel the order and give its whole charge back, or raise why it may not be; a worker may be faster."""
    refusal = cancel_refusal(order)
    if refusal:
        raise refusal
    if not withdraw(order.submission.pk, why="cancelled_by_customer", now=now):
        order.refresh_from_db()
        raise NotCancellable(state=order.get_state_display())
