"""Asking for a refill: the terms answer at once where they can, everything else is a request that is judged.

One open request for an order. Asking for many is asking for each, oldest order first: one answer never depends on
another one, except where they move the same counter. The guarantee is judged by the moment of asking.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.refusals import Refusal
from accounts.standing import require_may
from accounts.states import Deed
from orders.models import Channel, Order
from orders.sightings import latest_look
from refills.eligibility import Answer, Unknown, refill_for, refusal_before_counting
from refills.judging import judge_locked, locked, look_of
from refills.models import Refill
from refills.promising import promise_of
from refills.states import RefillState

MOST_AT_ONCE = 100


class AlreadyAsked(Refusal):
    code = "refill_running"
    clause = "K-32"
    sentence = _("Refill #%(refill)s of this order is “%(state)s”. It has to end first.")


class TooManyAtOnce(Refusal):
    code = "too_many"
    clause = "K-31"
    sentence = _("At most %(most)s orders can be asked about at once.")


@dataclass(frozen=True)
class Asked:
    """The answer about one order of many: a refill in whatever state, or why there is none."""

    order: Order
    refill: Refill | None
    refusal: Refusal | None


def preview(order: Order, *, now: datetime) -> Answer:
    """Return what asking now would be answered, as far as it is known: shown before asking (R-8, K-31, K-36)."""
    promise = promise_of(order)
    refusal = refusal_before_counting(promise, asked_at=now, last_ended_at=_last_ended(order)) or _running(
        order
    )
    if refusal:
        return refusal
    seen = latest_look(order.counter_key, not_before=order.closed_at)
    if seen is None:
        return Unknown("count")
    return refill_for(promise, look_of(seen))


def request_refill(order: Order, *, channel: Channel, now: datetime) -> Refill:
    """Ask for a refill of the customer's own order; the answer may come at once, or with a count later (R-8, K-31).

    Raises the account's refusals, AlreadyAsked, or what the terms say whatever the counter shows: NoGuarantee,
    NotDeliveredYet, NothingDelivered, WindowOver, TooSoonAgain. Then nothing is stored (K-10, K-54, K-56).
    """
    with transaction.atomic(durable=True):
        # The order's row is what two requests at the same moment wait for.
        order = (
            Order.objects.select_for_update(of=("self",))
            .select_related("customer", "service__provider", "terms_version")
            .get(pk=order.pk)
        )
        require_may(order.customer, Deed.REFILL)
        refusal = _running(order) or refusal_before_counting(
            promise_of(order), asked_at=now, last_ended_at=_last_ended(order)
        )
        if refusal:
            raise refusal
        assert order.closed_at is not None
        refill = Refill.objects.create(
            order=order,
            customer=order.customer,
            counter_key=order.counter_key,
            channel=channel,
            asked_at=now,
            counts_from=order.closed_at,
            check_at=now,
        )
        refill = locked(refill.pk)
        judge_locked(refill, now=now)
        return refill


def request_many(orders: Iterable[Order], *, channel: Channel, now: datetime) -> list[Asked]:
    """Ask for each of these orders, oldest first, each with its own answer (K-31). Raises TooManyAtOnce."""
    wanted = sorted(orders, key=lambda order: order.pk)
    if len(wanted) > MOST_AT_ONCE:
        raise TooManyAtOnce(most=MOST_AT_ONCE)
    return [_ask_one(order, channel=channel, now=now) for order in wanted]


def _ask_one(order: Order, *, channel: Channel, now: datetime) -> Asked:
    try:
        return Asked(order, request_refill(order, channel=channel, now=now), None)
    except Refusal as refusal:
        return Asked(order, None, refusal)


def _running(order: Order) -> Refusal | None:
    running = Refill.objects.filter(order=order).open().first()
    return AlreadyAsked(refill=running.pk, state=running.get_state_display()) if running else None


def _last_ended(order: Order) -> datetime | None:
    ended = Refill.objects.filter(order=order, state=RefillState.COMPLETED).order_by("-pk").first()
    return ended.closed_at if ended else None
