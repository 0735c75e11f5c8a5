"""Steps that the stories of refills share: an order that was delivered, and what its counter shows later."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from accounts.models import User
from catalog.models import Service
from orders.models import Channel, Condition, Order, Sighting, SightingSource
from orders.sightings import record_sighting
from providers.gateway import ReportedState
from refills.ending import BroughtBack, close
from refills.judging import locked
from refills.models import Refill
from refills.requesting import request_refill
from refills.states import RefillState
from tests.factories import NOW, make_service
from tests.orders.stories import report, taken

# The order was delivered at noon; a day later something has dropped.
NEXT_DAY = NOW + timedelta(days=1)


def delivered(
    customer: User,
    service: Service | None = None,
    *,
    start: int | None = 10_000,
    quantity: int = 2000,
    remains: int = 0,
    at: datetime = NOW,
    **fields: Any,
) -> Order:
    """An order that its provider has taken before and ended at this moment."""
    placed_at = at - timedelta(hours=2)
    order = taken(customer, service or make_service(), quantity=quantity, now=placed_at, **fields)
    report(order, ReportedState.IN_PROGRESS, start_count=start, at=at - timedelta(hours=1))
    return ended(order, remains=remains, at=at)


def ended(order: Order, *, remains: int = 0, at: datetime = NOW) -> Order:
    state = ReportedState.PARTIAL if remains else ReportedState.COMPLETED
    return report(order, state, remains, at=at)


def shows(
    order: Order,
    count: int | None,
    *,
    at: datetime = NEXT_DAY,
    condition: Condition = Condition.PUBLIC,
    source: SightingSource = SightingSource.PROVIDER,
    by: User | None = None,
) -> Sighting:
    """Somebody sees this count on the order's counter."""
    return record_sighting(
        counter_key=order.counter_key,
        order=order,
        source=source,
        count=count,
        condition=condition,
        by=by,
        now=at,
    )


def asked(order: Order, *, at: datetime = NEXT_DAY, **fields: Any) -> Refill:
    return request_refill(order, channel=Channel.BROWSER, now=at, **fields)


def refilled(refill: Refill) -> tuple[RefillState, int | None, str]:
    """What became of it: its state, its units, and the reason why not."""
    refill.refresh_from_db()
    return RefillState(refill.state), refill.amount, refill.reason


def happened(refill: Refill) -> list[str]:
    return list(refill.events.order_by("pk").values_list("what", flat=True))


def brought_back(refill: Refill, *, at: datetime) -> None:
    with transaction.atomic():
        close(locked(refill.pk), RefillState.COMPLETED, BroughtBack(), now=at)
