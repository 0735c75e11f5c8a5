"""Orders held for staff: let go, they are sent as usual; refused, their whole charge comes back.

No worker takes a held order and no clock gives it up: it is the house that keeps it waiting. Its customer may cancel it
where the terms allow that.
"""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.refusals import Refusal
from orders.models import Order, OrderEvent, Review, Submission
from orders.reasons import PROHIBITED_CONTENT
from orders.submitting import LET_GO, withdraw
from providers.dispatch import DispatchState


class NotHeld(Refusal):
    code = "not_held"
    sentence = _("Order #%(order)s is not held any more.")


@transaction.atomic(durable=True)
def let_go(order_number: int, *, by: User, note: str, now: datetime) -> None:
    """A person has looked: the order is sent like any other, and its time begins now (A-19). Raises NotHeld."""
    held = Submission.objects.filter(order=order_number, state=DispatchState.HELD)
    if not held.update(state=DispatchState.DUE, due_at=now):
        raise NotHeld(order=order_number)
    Order.objects.filter(pk=order_number, review=Review.PROHIBITED).update(review=Review.NONE)
    OrderEvent.objects.create(order_id=order_number, what=LET_GO, actor=by, note=note, at=now)


@transaction.atomic(durable=True)
def refuse_held(order_number: int, *, by: User, note: str, now: datetime) -> None:
    """The content may not be promoted: the order is cancelled and refunded in full (A-19, K-25). Raises NotHeld."""
    held = Submission.objects.select_for_update().filter(order=order_number, state=DispatchState.HELD).first()
    if held is None or not withdraw(held.pk, why=PROHIBITED_CONTENT, by=by, note=note, now=now):
        raise NotHeld(order=order_number)
