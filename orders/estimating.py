"""What the last orders of a service tell about the next one: start, speed, drop, and how orders end (R-14).

Refreshed whenever an order closes, and when a counter is seen again a day or more after an order's end. What a
customer caused says nothing about the service and is left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import TypeVar

from django.db import transaction
from django.db.models import QuerySet

from catalog.models import Estimate
from orders.models import Fault, Order
from orders.models.drips import RUN_NEVER_BEGUN
from orders.states import OrderState
from terms.versions import newest_version

Measure = TypeVar("Measure", timedelta, Decimal)

DAY = timedelta(days=1)
TINY = timedelta(microseconds=1)
# Earlier than this a drop has hardly begun.
CHECK_AFTER = timedelta(hours=24)
CUSTOMERS_FAULT = [fault for fault in Fault if fault.is_customers]
# Ends that were no fault, and yet the customer's own doing.
CUSTOMERS_DOING = ("cancelled_by_customer", "ended_by_dispute", "refused_bad_link", "refused_bad_comments")


@dataclass(frozen=True)
class Ended:
    """A closed order as estimates see it; what was not observed is None."""

    state: OrderState
    closed_at: datetime
    waited: timedelta | None = None
    units_per_day: Decimal | None = None


def median(values: Sequence[Measure]) -> Measure:
    """Return the middle one, or the mean of the two in the middle (R-14)."""
    ranked = sorted(values)
    half = len(ranked) // 2
    return ranked[half] if len(ranked) % 2 else (ranked[half - 1] + ranked[half]) / 2


def nine_of_ten(lengths: Sequence[timedelta]) -> timedelta:
    """Return the length that 9 of 10 do not exceed, by nearest rank (R-14)."""
    ranked = sorted(lengths)
    return ranked[-(-9 * len(ranked) // 10) - 1]


def units_per_day(*, delivered: int, started_at: datetime, closed_at: datetime) -> Decimal | None:
    """Return the speed from the start on, in units per day; None when no time passed (R-14, K-08)."""
    worked = (closed_at - started_at) // TINY
    return Decimal(delivered) * (DAY // TINY) / worked if worked > 0 else None


def dropped_of(*, start_count: int, delivered: int, count: int) -> int:
    """Return how many of the delivered units a later count no longer shows: max(0, min(D, S + D - C)) (R-14)."""
    return max(0, min(delivered, start_count + delivered - count))


def figures_of(ended: Sequence[Ended]) -> dict[str, object]:
    """Return what these orders say about start, speed and how orders end (R-14, K-05, K-08, K-15)."""
    states = [order.state for order in ended]
    waits = [order.waited for order in ended if order.waited is not None]
    speeds = [order.units_per_day for order in ended if order.units_per_day]
    return {
        "completed": states.count(OrderState.COMPLETED),
        "partial": states.count(OrderState.PARTIAL),
        "cancelled": states.count(OrderState.CANCELLED),
        "newest_at": max((order.closed_at for order in ended), default=None),
        "starts": len(waits),
        "start_median": median(waits) if waits else None,
        "start_nine_of_ten": nine_of_ten(waits) if waits else None,
        "speeds": len(speeds),
        "speed_per_day": round(median(speeds), 4) if speeds else None,
    }


def refresh_estimate(service_id: int, *, now: datetime) -> None:
    """Compute a service's estimate from its last orders, in the transaction that closed one of them (A-15).

    Waits for nobody, since the transaction holds other locks: when another order of the service is closing at this
    moment, whoever comes second computes once more after the commit and sees both.
    """
    assert transaction.get_connection().in_atomic_block
    if _is_locked_by_us(service_id):
        _compute_course(service_id, now=now)
    else:
        transaction.on_commit(partial(_refresh_after_commit, service_id, now=now), robust=True)


def services_with_ended_orders() -> list[int]:
    ended = Order.objects.filter(closed_at__isnull=False)
    return list(ended.order_by("service_id").values_list("service_id", flat=True).distinct())


@transaction.atomic(durable=True)
def refresh_whole_estimate(service_id: int, *, now: datetime) -> None:
    """Compute everything about a service anew, as after a change of the sample size."""
    Estimate.objects.select_for_update().get_or_create(service_id=service_id)
    _compute_course(service_id, now=now)
    _compute_drop(service_id, now=now)


@transaction.atomic(durable=True)
def note_drop(*, counter_key: str, count: int, seen_at: datetime) -> None:
    """Keep what a count says about the last order that ended on this counter, and refresh its service's drop rate.

    The first count a day or more after the end is taken: later ones say more about refills and new orders. While
    another order delivers, a count says nothing (R-14, K-06, K-07).
    """
    order = _last_on(counter_key)
    if order is None or not _tells_drop(order, seen_at) or _is_moving(counter_key, seen_at):
        return
    assert order.start_count is not None
    dropped = dropped_of(start_count=order.start_count, delivered=order.delivered, count=count)
    if Order.objects.filter(pk=order.pk, dropped=None).update(dropped=dropped):
        Estimate.objects.select_for_update().get_or_create(service_id=order.service_id)
        _compute_drop(order.service_id, now=seen_at)


def _is_locked_by_us(service_id: int) -> bool:
    free = Estimate.objects.select_for_update(skip_locked=True).filter(pk=service_id)
    if free.first():
        return True
    _row, is_new = Estimate.objects.get_or_create(service_id=service_id)
    return is_new


@transaction.atomic(durable=True)
def _refresh_after_commit(service_id: int, *, now: datetime) -> None:
    Estimate.objects.select_for_update().get(pk=service_id)
    _compute_course(service_id, now=now)


def _compute_course(service_id: int, *, now: datetime) -> None:
    size = _sample_size()
    if size:
        figures = figures_of([_ended(order) for order in _suitable(service_id)[:size]])
        Estimate.objects.filter(pk=service_id).update(refreshed_at=now, **figures)


def _compute_drop(service_id: int, *, now: datetime) -> None:
    size = _sample_size()
    if not size:
        return
    seen = _suitable(service_id).filter(dropped__isnull=False)[:size]
    # A late correction may have made less of what was delivered.
    drops = [(min(order.dropped or 0, order.delivered), order.delivered) for order in seen]
    Estimate.objects.filter(pk=service_id).update(
        drop_checks=len(drops),
        dropped=sum(dropped for dropped, _delivered in drops),
        checked=sum(delivered for _dropped, delivered in drops),
        refreshed_at=now,
    )


def _sample_size() -> int | None:
    version = newest_version()
    return version.rules.estimate.sample_size if version else None


def _suitable(service_id: int) -> QuerySet[Order]:
    """Closed orders that tell something about the service, the last first."""
    return (
        Order.objects.filter(service_id=service_id, closed_at__isnull=False)
        .exclude(fault__in=CUSTOMERS_FAULT)
        .exclude(ending__in=(*CUSTOMERS_DOING, RUN_NEVER_BEGUN))
        .order_by("-closed_at", "-pk")
        .only("state", "quantity", "remains", "dropped", "begins_at", "started_at", "closed_at")
    )


def _ended(order: Order) -> Ended:
    """What delivered and was never seen starting had started when it closed, at the latest."""
    state, started_at, closed_at = OrderState(order.state), order.started_at, order.closed_at
    assert closed_at is not None
    if not order.delivered:
        return Ended(state, closed_at)
    speed = started_at and units_per_day(
        delivered=order.delivered, started_at=started_at, closed_at=closed_at
    )
    waited = max((started_at or closed_at) - order.begins_at, timedelta())
    return Ended(state, closed_at, waited=waited, units_per_day=speed or None)


def _last_on(counter_key: str) -> Order | None:
    """The last order that ended on a counter, whoever ordered it."""
    on_counter = Order.objects.filter(
        # The target has an index; the counter is the target with its metric.
        target_key=counter_key.rpartition(":")[0],
        counter_key=counter_key,
        closed_at__isnull=False,
    )
    return on_counter.order_by("-closed_at", "-pk").first()


def _tells_drop(order: Order, seen_at: datetime) -> bool:
    assert order.closed_at is not None
    is_old_enough = seen_at - order.closed_at >= CHECK_AFTER
    return is_old_enough and order.dropped is None and order.start_count is not None and order.delivered > 0


def _is_moving(counter_key: str, seen_at: datetime) -> bool:
    """Whether an order was delivering to the counter by then; the count at its very start is still untouched."""
    return (
        Order.objects.open()
        .filter(target_key=counter_key.rpartition(":")[0], counter_key=counter_key, started_at__lt=seen_at)
        .exists()
    )
