"""A customer's own cancel: only while nobody has begun to hand the order over, and only where the terms allow it."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from accounts.refusals import Refusal
from accounts.standing import refusal_of
from accounts.states import Deed
from orders.dripping import next_run_to_send
from orders.models import Order
from orders.submitting import withdraw


class NotCancellable(Refusal):
    code = "not_cancellable"
    clause = "A-28, K-16"
    sentence = _("Orders in state “%(state)s” cannot be cancelled.")


def cancel_refusal(order: Order) -> Refusal | None:
    """Return why the customer may not cancel this order, or None (A-28, K-16, K-23, R-13).

    The account may be frozen; otherwise the order's own terms decide. A drip-feed is cancelled as a whole: what counts
    is its next run.
    """
    forbidden = refusal_of(order.customer, Deed.CANCEL)
    if forbidden:
        return forbidden
    order = _what_is_left(order)
    if order.state in order.terms_version.rules.order.customer_cancel_from:
        return None
    return NotCancellable(state=order.get_state_display())


def cancel_order(order: Order, *, now: datetime) -> None:
    """Cancel the order and give its whole charge back, or raise why it may not be; a worker may be faster.

    Of a drip-feed, every run that has not begun is cancelled; those that have go on (A-28, R-4).
    """
    left = _what_is_left(order)
    if _was_cancelled(left, now=now):
        return
    # The worker took this run; the ones behind it still wait for its end.
    order.refresh_from_db()
    following = _what_is_left(order)
    if following == left or not _was_cancelled(following, now=now):
        raise NotCancellable(state=following.get_state_display())


def _was_cancelled(order: Order, *, now: datetime) -> bool:
    refusal = cancel_refusal(order)
    if refusal:
        raise refusal
    return withdraw(order.submission.pk, why="cancelled_by_customer", now=now)


def _what_is_left(order: Order) -> Order:
    """The order itself, or the first run of its drip-feed that is still with us."""
    return order if order.drip_feed_id is None else next_run_to_send(order) or order
