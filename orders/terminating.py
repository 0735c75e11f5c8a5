"""Ending the orders of a customer over a payment dispute, once a person has decided it (R-13, A-26, K-76).

What has not left this machine is cancelled and refunded in full, which reduces the debt; drip-feed runs that have not
begun are such orders. What a provider has is asked to be cancelled, and what comes back is refunded as ever. What
cannot be stopped runs out. Work owed is the dispute's row: it stays owed while the outcome of any order is unknown.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from billing.deciding_disputes import Termination, note_orders_ended, terminations_owed
from orders.models import Order, OrderEvent, Submission, TerminatedOrder
from orders.reasons import ENDED_BY_DISPUTE
from orders.states import OPEN_STATES
from orders.submitting import withdraw
from providers.dispatch import UNSENT, DispatchState

# Each order is a transaction of its own; the rest is found by the next sweep.
MOST_AT_ONCE = 200
# Until it is known whether the provider has it, nothing can be said about the order.
IN_DOUBT = (DispatchState.SENDING, DispatchState.UNCERTAIN)


def end_owed_orders(*, now: datetime, limit: int = 20) -> int:
    """End the orders that disputes still owe to end. Returns how many disputes are done with (R-13, A-26, K-76)."""
    return sum(end_orders(termination, now=now) for termination in terminations_owed(limit=limit))


def end_orders(termination: Termination, *, now: datetime) -> bool:
    """End what can be ended of one customer's orders; False while something is left to do (R-13, A-26, K-76, W-43)."""
    for number in list(_submissions(termination, *UNSENT).values_list("pk", flat=True)[:MOST_AT_ONCE]):
        withdraw(number, why=ENDED_BY_DISPUTE, now=now)
    at_work = _submissions(termination, DispatchState.ACCEPTED).filter(order__terminated=None)
    for number in list(at_work.values_list("order_id", flat=True)[:MOST_AT_ONCE]):
        _ask_for_its_end(number, termination, now=now)
    if at_work.exists() or _submissions(termination, *UNSENT, *IN_DOUBT).exists():
        return False
    note_orders_ended(termination.dispute, now=now)
    return True


def _submissions(termination: Termination, *states: DispatchState) -> QuerySet[Submission]:
    """Oldest first: of a drip-feed, cancelling the first waiting run takes the later ones along."""
    return Submission.objects.filter(
        order__customer=termination.customer,
        order__state__in=OPEN_STATES,
        order__placed_at__lte=termination.at,
        state__in=states,
    ).order_by("order_id")


@transaction.atomic(durable=True)
def _ask_for_its_end(order_number: int, termination: Termination, *, now: datetime) -> None:
    order = Order.objects.select_for_update(of=("self",)).get(pk=order_number)
    if not order.is_open:
        return
    _row, is_new = TerminatedOrder.objects.get_or_create(
        order=order,
        defaults={"dispute": termination.dispute, "terminated_at": now, "stop_due_at": now},
    )
    if is_new:
        OrderEvent.objects.create(order=order, what=ENDED_BY_DISPUTE, note=termination.payment, at=now)
