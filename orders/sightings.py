"""What counters show: every look is kept with its time and who looked, whether a provider, staff or the customer.

Nobody signs in to a network or reads its pages by machine here. What a customer states counts for that customer's
orders only, and always as their word: it is never taken for what somebody else saw.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.refusals import Refusal
from orders.estimating import note_drop
from orders.models import Condition, Order, Sighting, SightingSource

# A provider that shows the count is asked every minute: an unchanged one needs no row each time.
SAME_AGAIN_AFTER = timedelta(minutes=15)
# What a customer may state of one order: enough for a year of guarantee, too little to fill a table.
MOST_STATED = 50


class TooManyCounts(Refusal):
    code = "too_many_counts"
    sentence = _("At most %(most)s counts can be stated for one order.")


def record_sighting(
    *,
    counter_key: str,
    source: SightingSource,
    now: datetime,
    count: int | None = None,
    condition: Condition = Condition.PUBLIC,
    order: Order | None = None,
    by: User | None = None,
    note: str = "",
) -> Sighting:
    """Keep what a counter showed now; a count is only there when the counter is public (R-10, A-21, F-14).

    `by` is the person who looked, needed for staff and customers. The same look may be recorded as often as it is made.
    """
    assert source not in {SightingSource.STAFF, SightingSource.CUSTOMER} or by is not None
    assert count is None or (count >= 0 and condition == Condition.PUBLIC)
    if count is not None and source != SightingSource.CUSTOMER:
        # Afterwards, with no other lock held: a lost one only leaves the drop rate as it was.
        drop = partial(note_drop, counter_key=counter_key, count=count, seen_at=now)
        transaction.on_commit(drop, robust=True)
    return Sighting.objects.create(
        counter_key=counter_key,
        order=order,
        count=count,
        condition=condition,
        source=source,
        seen_by=by,
        note=note,
        seen_at=now,
    )


def state_count(
    order: Order, *, count: int | None, condition: Condition, by: User, now: datetime
) -> Sighting:
    """Keep what the customer says the counter shows, as the customer's word (F-14). Raises TooManyCounts."""
    if order.sightings.filter(source=SightingSource.CUSTOMER).count() >= MOST_STATED:
        raise TooManyCounts(most=MOST_STATED)
    return record_sighting(
        counter_key=order.counter_key,
        order=order,
        count=count,
        condition=condition,
        source=SightingSource.CUSTOMER,
        by=by,
        now=now,
    )


def record_reported_counts(
    order: Order, *, start_count: int | None, current_count: int | None, now: datetime
) -> None:
    """Keep what a provider said about an order's counter: its start when it is new, and what it shows now.

    A start is a sighting for every older order on the counter, of the moment when the order was handed over: many
    providers name it only at the end, when the counter has long moved. While the order runs, the same count again is
    kept a quarter of an hour later.
    """
    sent_at = order.submission.sent_at or order.begins_at
    reported = (
        (start_count, sent_at, True),
        (current_count, now, _is_news(order, current_count, now=now)),
    )
    for count, seen_at, is_news in reported:
        if count is not None and count >= 0 and is_news:
            record_sighting(
                counter_key=order.counter_key,
                order=order,
                count=count,
                source=SightingSource.PROVIDER,
                now=seen_at,
            )


def latest_sighting(
    counter_key: str,
    *,
    not_before: datetime | None = None,
    customer: User | None = None,
    sources: Collection[SightingSource] = tuple(SightingSource),
) -> Sighting | None:
    """Return the newest look that read a count, or None; `not_before` is inclusive (R-11).

    Counts that customers stated are left out, except those of `customer`.
    """
    seen = _trusted(customer).filter(counter_key=counter_key, count__isnull=False, source__in=sources)
    if not_before is not None:
        seen = seen.filter(seen_at__gte=not_before)
    return seen.order_by("-seen_at", "-pk").first()


def latest_look(
    counter_key: str,
    *,
    not_before: datetime | None = None,
    sources: Collection[SightingSource] = (
        SightingSource.PROVIDER,
        SightingSource.CHECK,
        SightingSource.STAFF,
    ),
) -> Sighting | None:
    """Return the newest look, also one that could read no count, or None; `not_before` is inclusive (R-8, K-30).

    Never a customer's word: what a refill is decided by was seen by somebody else.
    """
    seen = Sighting.objects.filter(counter_key=counter_key, source__in=sources)
    if not_before is not None:
        seen = seen.filter(seen_at__gte=not_before)
    return seen.order_by("-seen_at", "-pk").first()


def sightings_of(order: Order) -> QuerySet[Sighting]:
    """Return every look at this order's counter since it was placed, oldest first (K-41, K-62)."""
    seen = _trusted(order.customer).filter(counter_key=order.counter_key, seen_at__gte=order.placed_at)
    return seen.order_by("seen_at", "pk")


def _is_news(order: Order, count: int | None, *, now: datetime) -> bool:
    if count is None:
        return False
    if not order.is_open:
        # Asked about seldom by then, and somebody may wait for just this answer.
        return True
    since = order.sightings.filter(source=SightingSource.PROVIDER, seen_at__gt=now - SAME_AGAIN_AFTER)
    last = since.order_by("-seen_at", "-pk").first()
    return last is None or last.count != count


def _trusted(customer: User | None) -> QuerySet[Sighting]:
    others = Q(source=SightingSource.CUSTOMER) & (~Q(seen_by=customer) if customer else Q())
    return Sighting.objects.exclude(others)
