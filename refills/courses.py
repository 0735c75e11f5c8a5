"""What the counter of an order did over time: its start, the delivery, drops and refills, as points of a line.

Every point is a count that somebody saw or a report said. Nothing is drawn that nobody knows.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from orders.models import Order, SightingSource
from orders.sightings import sightings_of
from refills.models import Refill
from refills.promising import start_of
from refills.states import RefillState

# A provider that is asked each minute fills a line with what did not change.
MOST_POINTS = 120
MOST_READ = 2000
HAPPENED = timedelta(seconds=1)

START = _("Start")
DELIVERED = _("Delivered")
DROP = _("Drop")
REFILLED = _("Refilled")
STATED = _("Stated by you")


@dataclass(frozen=True)
class Point:
    """A count at a moment; `mark` names what happened there."""

    at: datetime
    count: int
    mark: str | Promise = ""


def course_of(order: Order) -> list[Point]:
    """Return the order's counts, oldest first: start, looks, delivered, drops and refills (R-8, K-30, K-41)."""
    points = _looks(order)
    start = start_of(order)
    if start is not None:
        points.append(Point(order.started_at or order.begins_at, start, START))
        if order.closed_at and order.delivered:
            points.append(Point(order.closed_at, start + order.delivered, DELIVERED))
    for refill in Refill.objects.filter(order=order, amount__isnull=False).order_by("pk"):
        points += _of_refill(refill)
    marked = [point for point in points if point.mark]
    unmarked = _thinned(sorted((point for point in points if not point.mark), key=lambda point: point.at))
    # A look that is told with its meaning is not told a second time.
    told = {(point.at, point.count) for point in marked}
    fresh = [point for point in unmarked if (point.at, point.count) not in told]
    return sorted(marked + fresh, key=lambda point: point.at)


def chart_of(order: Order, points: list[Point], *, now: datetime) -> dict[str, Any] | None:
    """Return the course as the page's chart draws it, or None while there is no line to draw."""
    if len(points) < 2:
        return None
    times = [point.at for point in points] + [max(now, points[-1].at + HAPPENED)]
    series: list[dict[str, Any]] = [
        {
            "label": str(_("Count")),
            "values": [*(point.count for point in points), None],
            "marks": [*(str(point.mark) for point in points), ""],
            "tone": "brand",
        }
    ]
    start = start_of(order)
    if start is not None and order.closed_at is not None and order.guarantee_days is not None:
        level = start + order.delivered
        guaranteed = [level if at >= order.closed_at else None for at in times]
        series.append({"label": str(_("Guaranteed")), "values": guaranteed, "tone": "good", "dashed": True})
    return {"times": [timezone.localtime(at).isoformat() for at in times], "series": series}


def _looks(order: Order) -> list[Point]:
    seen = sightings_of(order).filter(count__isnull=False)
    # The newest ones, when there are more than can be drawn.
    newest = seen.order_by("-seen_at", "-pk")[:MOST_READ]
    return [
        Point(look.seen_at, look.count, STATED if look.source == SightingSource.CUSTOMER else "")
        for look in newest
        if look.count is not None
    ]


def _of_refill(refill: Refill) -> list[Point]:
    points = []
    if refill.count is not None and refill.counted_at is not None:
        points.append(Point(refill.counted_at, int(refill.count), DROP))
    if refill.state == RefillState.COMPLETED and refill.closed_at and refill.target is not None:
        points.append(Point(refill.closed_at, refill.target, REFILLED))
    return points


def _thinned(points: list[Point]) -> list[Point]:
    """Leave out what repeats the count before and after it, then every so many, but never the first and the last."""
    kept = [
        point
        for index, point in enumerate(points)
        if index in {0, len(points) - 1}
        or not points[index - 1].count == point.count == points[index + 1].count
    ]
    step = max(1, -(-len(kept) // MOST_POINTS))
    return [point for index, point in enumerate(kept) if index % step == 0 or index == len(kept) - 1]
