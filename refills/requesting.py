"""Asking for a refill: the terms answer at once where they can, everything else is a request that is judged.

One open request for an order. Asking for many is asking for each, oldest order first: one answer never depends on
another one, except where they move the same counter. The guarantee is judged by the moment of asking.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.refusals import Refusal
from accounts.standing import require_may
from accounts.states import Deed
from orders.models import Channel, Order
from refills.answering import answer_for, is_hasty_no
from refills.eligibility import (
    Answer,
    Grant,
    Promise,
    Unknown,
    refusal_before_counting,
    share_without_count,
)
from refills.ending import record
from refills.judging import judge_locked, locked
from refills.looking import counted_from, fresh_look, last_look
from refills.models import Refill
from refills.promising import promise_of
from refills.states import RefillState
from refills.webhooks import owe_updated

MOST_AT_ONCE = 100
# A count of this moment may say before asking that there is nothing to ask for.
JUST_NOW = timedelta(minutes=1)


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
    """Return what asking now would be answered, as far as it is known: shown before asking (R-8, K-31, K-36).

    A count that is not of this moment tells how much there may be to refill, but is no ground for a no: asking takes a
    new one, and until then it is Unknown.
    """
    promise = promise_of(order)
    refusal = _refusal(order, promise, now=now)
    if refusal:
        return refusal
    since = counted_from(order)
    fresh = fresh_look(order, since=since, now=now)
    if fresh and is_hasty_no(order, fresh, asked_at=now, since=now - JUST_NOW):
        return Unknown("count")
    if fresh:
        return answer_for(order, fresh, asked_at=now)
    too_small = share_without_count(promise)
    if too_small:
        return too_small
    older = last_look(order, since=since)
    answer = answer_for(order, older, asked_at=now) if older else None
    return answer if isinstance(answer, Grant) else Unknown("hours" if promise.watched else "count")


def request_refill(
    order: Order, *, channel: Channel, now: datetime, stated_count: Decimal | None = None
) -> Refill:
    """Ask for a refill of the customer's own order; the answer may come at once, or with a count later (R-8, K-31).

    `stated_count` is what the customer reads, or hours watched: never decided by, but shown to staff. Raises the
    account's refusals, AlreadyAsked, or what the terms say whatever the counter shows: NoGuarantee, NotDeliveredYet,
    NothingDelivered, WindowOver, TooSoonAgain. Then nothing is stored (K-10, K-54, K-56).
    """
    with transaction.atomic(durable=True):
        # The order's row is what two requests at the same moment wait for.
        order = (
            Order.objects.select_for_update(of=("self",))
            .select_related("customer", "service__provider", "terms_version")
            .get(pk=order.pk)
        )
        require_may(order.customer, Deed.REFILL)
        refusal = _refusal(order, promise_of(order), now=now)
        if refusal:
            raise refusal
        refill = Refill.objects.create(
            order=order,
            customer=order.customer,
            counter_key=order.counter_key,
            channel=channel,
            asked_at=now,
            counts_from=counted_from(order),
            stated_count=stated_count,
            check_at=now,
        )
        record(refill, "asked", count=stated_count, now=now)
        owe_updated(refill, now=now)
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


def _refusal(order: Order, promise: Promise, *, now: datetime) -> Refusal | None:
    """What speaks against asking whatever the counter shows (R-8 nos. 2-5)."""
    last = Refill.objects.filter(order=order, state=RefillState.COMPLETED).order_by("-pk").first()
    refusal = refusal_before_counting(promise, asked_at=now, last_ended_at=last.closed_at if last else None)
    if refusal:
        return refusal
    running = Refill.objects.filter(order=order).open().first()
    return AlreadyAsked(refill=running.pk, state=running.get_state_display()) if running else None
