"""One thing at a time on a counter: a refill waits until the order or the refill in its way has ended (A-34).

It goes on by itself, and with a new count. Where the terms let nothing wait, it is refused instead.
"""

from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from accounts.refusals import Refusal
from orders.claims import open_on_counter
from orders.models import Order
from refills.ending import close, record
from refills.models import Refill
from refills.states import RefillState, WaitsFor

LOOK_AGAIN = timedelta(seconds=30)


class OtherRunning(Refusal):
    code = "refill_running"
    clause = "A-34"
    sentence = _("Order #%(order)s is open on the same count. Ask again when it has ended.")


class BehindOrder(Refusal):
    """Not a no: what the customer reads while the request waits."""

    code = "waiting"
    clause = "A-34"
    sentence = _("Starts by itself after order #%(order)s on the same count.")


class BehindRefill(BehindOrder):
    sentence = _("Starts by itself after refill #%(refill)s on the same count.")


def others_in_the_way(refill: Refill) -> tuple[Order | None, Refill | None]:
    """Return the customer's open order, or running refill of another order, on the same counter (R-8 no. 6, A-34)."""
    order = open_on_counter(refill.customer, refill.counter_key).exclude(pk=refill.order_id).first()
    running = Refill.objects.of(refill.customer).running().filter(counter_key=refill.counter_key)
    return order, running.exclude(pk=refill.pk).order_by("pk").first()


def waits_or_is_refused(refill: Refill, *, now: datetime) -> bool:
    """Let the refill wait for what is in its way, or go on when nothing is any more; True when it may not go on (A-34).

    Needs a transaction that holds the refill.
    """
    order, running = others_in_the_way(refill)
    if order is None and running is None:
        _go_on(refill, now=now)
        return False
    if refill.order.terms_version.rules.refill.other_open_order == "deny":
        number = order.pk if order else running.order_id if running else None
        close(refill, RefillState.REFUSED, OtherRunning(order=number), now=now)
        return True
    _wait(refill, order, None if order else running, now=now)
    return True


def _wait(refill: Refill, order: Order | None, running: Refill | None, *, now: datetime) -> None:
    said = BehindOrder(order=order.pk) if order else BehindRefill(refill=running and running.pk)
    facts = {
        "waits_for": WaitsFor.COUNTER,
        "behind_order": order,
        "behind_refill": running,
        "reason": said.code,
        "answer": said.text,
        "clause": said.clause,
        "check_at": now + LOOK_AGAIN,
    }
    if refill.state == RefillState.WAITING:
        Refill.objects.filter(pk=refill.pk).update(**facts)
        return
    was = refill.state
    refill.move_to(RefillState.WAITING, **facts)
    record(refill, "waits", was=was, note=said.text, now=now)


def _go_on(refill: Refill, *, now: datetime) -> None:
    if refill.state != RefillState.WAITING:
        return
    # Whatever was in the way has moved the counter: older counts say nothing.
    refill.move_to(
        RefillState.REQUESTED,
        waits_for=WaitsFor.NOBODY,
        behind_order=None,
        behind_refill=None,
        reason="",
        answer="",
        clause="",
        counts_from=now,
    )
    record(refill, "goes_on", was=RefillState.WAITING, now=now)
