"""What people decide about submissions whose outcome nobody knows.

Four answers: it was found there; it is not there, send it again; it is not there, refund it; nobody will ever
know, write it off. After a deadline the machine writes off by itself: the customer never pays for our doubt.
"""

from contextlib import suppress
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.refusals import Refusal
from billing import ledger
from billing.money import SMALLEST, ZERO
from orders.models import Order, OrderEvent, Submission
from orders.settling import Ending, settle
from orders.states import OrderState
from orders.timing import first_check
from orders.webhooks import owe_updated
from orders.withholding import Fate
from providers import dispatch
from providers.dispatch import DispatchState


class NotUncertain(Refusal):
    code = "not_uncertain"
    sentence = _("The outcome of order #%(order)s is known by now.")


class NumberTaken(Refusal):
    code = "number_taken"
    sentence = _("The provider's number %(number)s already belongs to another order.")


@transaction.atomic
def found(submission: Submission, *, external_id: str, by: User, note: str, now: datetime) -> None:
    """It is at the provider under this number: go on as if it had been accepted. Raises NumberTaken, NotUncertain."""
    _require_uncertain(submission)
    try:
        with transaction.atomic():
            Submission.objects.filter(pk=submission.pk, state=DispatchState.UNCERTAIN).update(
                external_id=external_id
            )
            if not dispatch.answer(
                submission, DispatchState.ACCEPTED, now=now, words=submission.verdict_words
            ):
                raise NotUncertain(order=submission.order_id)
    except IntegrityError:
        raise NumberTaken(number=external_id) from None
    Order.objects.filter(pk=submission.order_id).update(check_at=first_check(now))
    _record(submission, "found", by=by, note=note, now=now)


@transaction.atomic
def resend(submission: Submission, *, by: User, note: str, now: datetime) -> None:
    """A person has made sure that it is not there: it may be sent once more. Raises NotUncertain."""
    _require_uncertain(submission)
    if not dispatch.put_back(submission, due_at=now, why="resent"):
        raise NotUncertain(order=submission.order_id)
    before = submission.order.state
    submission.order.move_to(OrderState.PENDING)
    owe_updated(submission.order, now=now)
    _record(submission, "resent", by=by, note=note, now=now, from_state=before, to_state=OrderState.PENDING)


@transaction.atomic
def refund(submission: Submission, *, by: User, note: str, now: datetime) -> None:
    """A person has made sure that it is not there: the order is cancelled and refunded. Raises NotUncertain."""
    _end(submission, why="not_placed", by=by, note=note, now=now)


@transaction.atomic
def write_off(submission: Submission, *, by: User | None, note: str, now: datetime) -> None:
    """Nobody will know: refund the customer and book what the provider may have taken as our loss (T9)."""
    _end(submission, why="written_off", by=by, note=note, now=now)
    Submission.objects.filter(pk=submission.pk).update(written_off_at=now)
    loss = provider_cost(submission.order)
    if loss > ZERO:
        ledger.book_unknown_loss(
            provider_id=submission.provider_id,
            order_number=submission.order_id,
            amount=loss,
            actor=by,
            now=now,
        )


def write_off_overdue(*, now: datetime, limit: int = 100) -> int:
    """Write off what has been uncertain for longer than the deadline. Returns how many."""
    deadline = now - timedelta(hours=settings.PANEL_UNCERTAIN_HOURS)
    overdue = Submission.objects.filter(state=DispatchState.UNCERTAIN, answered_at__lte=deadline)
    written_off = 0
    for submission in overdue.select_related("order__service")[:limit]:
        # A person, or the late answer itself, may have been faster.
        with suppress(NotUncertain):
            write_off(submission, by=None, note="", now=now)
            written_off += 1
    return written_off


def provider_cost(order: Order) -> Decimal:
    """Return what the provider asks for this order at its last known rate, to 8 places."""
    units = Decimal(1) if order.service_kind == "package" else Decimal(order.quantity) / 1000
    return (order.service.provider_rate * units).quantize(SMALLEST)


def _require_uncertain(submission: Submission) -> None:
    if submission.state != DispatchState.UNCERTAIN:
        raise NotUncertain(order=submission.order_id)


def _end(submission: Submission, *, why: str, by: User | None, note: str, now: datetime) -> None:
    _require_uncertain(submission)
    if not dispatch.answer(
        submission, DispatchState.REJECTED, now=now, words=submission.verdict_words, why=why
    ):
        raise NotUncertain(order=submission.order_id)
    order = (
        Order.objects.select_for_update(of=("self",)).select_related("customer").get(pk=submission.order_id)
    )
    ending = Ending(OrderState.CANCELLED, order.quantity, why, actor=by, note=note, fate=Fate.PAID)
    settle(order, ending, now=now)


def _record(submission: Submission, what: str, *, by: User, note: str, now: datetime, **move: str) -> None:
    OrderEvent.objects.create(order_id=submission.order_id, what=what, actor=by, note=note, at=now, **move)
