"""Many orders asked about at once: which ones are meant, and what each would be answered, oldest first (K-31)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from accounts.refusals import Refusal
from orders.models import Order
from refills.offers import Offer, offer_of
from refills.requesting import MOST_AT_ONCE, preview

# Longer numbers are no order numbers.
_NUMBER = re.compile(r"(?<!\d)\d{1,18}(?!\d)")


@dataclass(frozen=True)
class Named:
    """The orders that were named, and numbers under which the customer has none."""

    orders: list[Order]
    unknown: list[int]
    too_many: bool = False


@dataclass(frozen=True)
class Preview:
    """One order of many with what asking would answer; without an offer when it has delivered nothing."""

    order: Order
    offer: Offer | None
    text: str


def orders_named(orders: QuerySet[Order], *, chosen: Iterable[str], typed: str) -> Named:
    """Return those of the customer's orders that were ticked or typed, oldest first (K-31)."""
    numbers = {int(number) for text in [*chosen, typed] for number in _NUMBER.findall(text)}
    if len(numbers) > MOST_AT_ONCE:
        return Named([], [], too_many=True)
    found = list(orders.filter(pk__in=numbers).order_by("pk"))
    return Named(found, sorted(numbers - {order.pk for order in found}))


def offers_of(orders: Iterable[Order], *, now: datetime) -> list[Preview]:
    """Return what asking for each of these orders would be answered (K-31)."""
    return [_preview(order, now=now) for order in orders]


def _preview(order: Order, *, now: datetime) -> Preview:
    offer = offer_of(order, now=now)
    if offer:
        return Preview(order, offer, offer.text)
    answer = preview(order, now=now)
    return Preview(order, None, answer.text if isinstance(answer, Refusal) else "")
