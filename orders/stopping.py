"""Asking providers to deliver no more of an order: it is complete by its count, or a dispute has ended it.

As well as that goes: many cancel nothing, and what they deliver then is theirs. Asking twice does no harm, and what
comes back is learned from the order's status, as always.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from orders.models import OrderEvent, TargetReached, TerminatedOrder
from providers.gateway import MAX_IDS_PER_CALL, CancelAnswer, Gateway, ProviderFault
from providers.models import Provider

ASK_AGAIN_AFTER = timedelta(minutes=10)
STOP_ASKING_AFTER = timedelta(days=1)
STOP_ASKED = "stop_asked"

# What is owed, and since when.
OWED: tuple[tuple[type[TargetReached] | type[TerminatedOrder], str], ...] = (
    (TargetReached, "reached_at"),
    (TerminatedOrder, "terminated_at"),
)


def ask_to_stop(
    provider: Provider, *, gateway_for: Callable[[Provider], Gateway], clock: Callable[[], datetime]
) -> int:
    """Ask a provider to cancel orders that should be delivered no more, as well as it goes. Returns how many.

    A request that fails is repeated for a day. Of an order that is complete by its count, what is saved is the
    house's (K-63); of one that a dispute ended, the part that comes back is refunded (R-13, A-26, K-76).
    """
    owed = _claim_stops(provider, now=clock())
    if not owed:
        return 0
    try:
        answers = gateway_for(provider).cancel(list(owed))
    except ProviderFault:
        return 0
    for external_id, order_id in owed.items():
        _keep_stop_asked(order_id, answers.get(external_id), now=clock())
    return len(owed)


def providers_to_stop(*, now: datetime) -> list[Provider]:
    """Return the providers that are owed a request to stop."""
    numbers = {
        number
        for kind, _since in OWED
        for number in kind._default_manager.filter(stop_due_at__lte=now).values_list(
            "order__submission__provider", flat=True
        )
    }
    return list(Provider.objects.active().filter(pk__in=numbers).order_by("pk"))


@transaction.atomic(durable=True)
def _claim_stops(provider: Provider, *, now: datetime) -> dict[str, int]:
    claimed: dict[str, int] = {}
    for kind, since in OWED:
        due = kind._default_manager.filter(order__submission__provider=provider, stop_due_at__lte=now)
        due.filter(**{f"{since}__lt": now - STOP_ASKING_AFTER}).update(stop_due_at=None)
        rows: list[Any] = list(
            due.select_related("order__submission")
            .select_for_update(skip_locked=True, of=("self",))
            .order_by("stop_due_at")[: MAX_IDS_PER_CALL - len(claimed)]
        )
        kind._default_manager.filter(pk__in=[one.pk for one in rows]).update(
            stop_due_at=now + ASK_AGAIN_AFTER
        )
        claimed |= {one.order.submission.external_id: one.order_id for one in rows}
    return claimed


@transaction.atomic(durable=True)
def _keep_stop_asked(order_id: int, answer: CancelAnswer | None, *, now: datetime) -> None:
    asked = [
        kind._default_manager.filter(order=order_id, stop_due_at__isnull=False).update(
            stop_due_at=None, stop_asked_at=now
        )
        for kind, _since in OWED
    ]
    if any(asked):
        OrderEvent.objects.create(
            order_id=order_id, what=STOP_ASKED, words=answer.words if answer else "", at=now
        )
