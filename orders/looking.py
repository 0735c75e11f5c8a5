"""What the counter of an order showed, as its customer reads it: nothing of other customers is among it."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise

from orders.models import Order
from orders.reasons import SEEN_BY

MOST_SHOWN = 10


@dataclass(frozen=True)
class Seen:
    at: datetime
    count: int | None
    condition: str
    by: str | Promise


def looks_of(order: Order) -> list[Seen]:
    """Return the newest looks at an order's counter that were made on its own occasion (K-41, F-14)."""
    looks = order.sightings.order_by("-seen_at", "-pk")[:MOST_SHOWN]
    return [Seen(one.seen_at, one.count, one.get_condition_display(), SEEN_BY[one.source]) for one in looks]
