"""Complete by target: an order has ended when its counter shows what was ordered, whoever delivered it (R-11).

Only a fresh count that a provider, staff or a check of our own has seen can do that, never what a customer states.
The provider's own end counts when it came first; afterwards it changes nothing, and the provider is asked to stop.
"""

from datetime import datetime, timedelta

from django.db import transaction

from accounts.models import User
from catalog.models import ServiceKind
from catalog.platforms import Metric
from orders.faults import propose_from_checks
from orders.models import Condition, Order, Review, Sighting, SightingSource, TargetReached
from orders.reasons import TARGET_REACHED
from orders.settling import Ending, settle
from orders.sightings import latest_sighting, record_sighting
from orders.states import OrderState
from providers.dispatch import DispatchState

# Where no count stands that grows with what is delivered, and stays.
UNCOUNTED = {
    Metric.OTHER,
    Metric.RECENT_VIEWS,
    Metric.LIVE_VIEWS,
    Metric.TRAFFIC,
    Metric.REACH,
    Metric.PROFILE_VISITS,
}
SEEN_BY_OTHERS = (SightingSource.PROVIDER, SightingSource.CHECK, SightingSource.STAFF)
# Hours since the order day are read from the channel's own statistics, not from the number beside a video.
HOURS_SEEN_BY = (SightingSource.STAFF,)
AT_WORK = {OrderState.PROCESSING, OrderState.IN_PROGRESS}
# The provider has named an end that a person has to decide about: it came first.
END_IS_NAMED = {Review.BRAKE, Review.NO_NUMBER, Review.CONTRADICTION}


def target_of(order: Order) -> int | None:
    """Return the count at which the order is complete: start and quantity, or the hours alone (R-9, R-11, K-63).

    None while the start count is unknown, and where nothing can be counted.
    """
    if order.service_kind == ServiceKind.PACKAGE or order.metric in UNCOUNTED:
        return None
    if order.metric == Metric.WATCH_HOURS:
        return order.quantity
    return None if order.start_count is None else order.start_count + order.quantity


def counted_by(order: Order) -> tuple[SightingSource, ...]:
    """Return whose counts may complete an order (R-9, R-11, K-63)."""
    return HOURS_SEEN_BY if order.metric == Metric.WATCH_HOURS else SEEN_BY_OTHERS


def complete_if_reached(order: Order, *, now: datetime) -> bool:
    """Complete the order when a fresh count says that its target is there; equality completes (R-11, K-41, K-62, K-63).

    Needs a transaction in which the order is locked. Nothing is refunded, and the provider is owed a request to stop.
    Terms without completion by target leave it to the provider's word (A-18).
    """
    rules = order.terms_version.rules.delivery
    if not rules.complete_on_target or order.state not in AT_WORK or order.review in END_IS_NAMED:
        return False
    target = target_of(order)
    if target is None:
        return False
    sighting = _fresh_count(order, max_age=timedelta(minutes=rules.count_max_age_minutes), now=now)
    if sighting is None or sighting.count is None or sighting.count < target:
        return False
    is_there = order.submission.state == DispatchState.ACCEPTED
    TargetReached.objects.create(
        order=order, sighting=sighting, target=target, reached_at=now, stop_due_at=now if is_there else None
    )
    settle(order, Ending(OrderState.COMPLETED, 0, TARGET_REACHED), now=now)
    return True


@transaction.atomic(durable=True)
def note_count(
    order_number: int, *, count: int | None, condition: Condition, by: User, note: str, now: datetime
) -> bool:
    """Keep what a member of staff has seen at an order's counter; True when that completed the order (F-14, K-63)."""
    order = (
        Order.objects.select_for_update(of=("self",))
        .select_related("customer", "submission", "terms_version")
        .get(pk=order_number)
    )
    record_sighting(
        counter_key=order.counter_key,
        order=order,
        count=count,
        condition=condition,
        source=SightingSource.STAFF,
        by=by,
        note=note,
        now=now,
    )
    propose_from_checks(order, now=now)
    return complete_if_reached(order, now=now)


def was_completed_by_target(order: Order) -> bool:
    """Whether the count ended this order, so that its provider's later word pays nothing (K-63)."""
    return order.state == OrderState.COMPLETED and order.ending == TARGET_REACHED


def _fresh_count(order: Order, *, max_age: timedelta, now: datetime) -> Sighting | None:
    not_before = max(now - max_age, order.placed_at)
    return latest_sighting(order.counter_key, not_before=not_before, sources=counted_by(order))
