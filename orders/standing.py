"""How a customer's orders stand: the list with its search, and the figures of the last weeks.

Reading only. A page costs the same however many orders there are: it starts at an order number, never at a count.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import TruncDate

from accounts.models import User
from catalog.platforms import Kind, Metric, Platform
from orders.dripping import Whole, any_is_open, wholes_of
from orders.links import BadLink, normalise_link
from orders.models import Order
from orders.states import OrderState

PAGE_ORDERS = 25
MAX_NUMBERS = 100
_NUMBERS = re.compile(r"#?\d{1,18}(?:[\s,;]+#?\d{1,18})*[\s,;]*")
_NAME = re.compile(r"@?[\w.-]{1,100}")


@dataclass(frozen=True)
class Page:
    """A drip-feed is one row, except where its runs were asked for by their numbers."""

    orders: list[Order]
    wholes: dict[int, Whole]
    has_older: bool
    has_newer: bool

    @property
    def is_live(self) -> bool:
        return any_is_open(self.orders, self.wholes)


@dataclass(frozen=True)
class Day:
    """The orders placed on one day: how many ended where, what they cost after refunds, and what came back."""

    on: date
    state: OrderState
    orders: int
    spent: Decimal
    refunded: Decimal


def order_page(
    customer: User,
    *,
    state: str = "",
    search: str = "",
    before: int | None = None,
    after: int | None = None,
    length: int = PAGE_ORDERS,
) -> Page:
    """Return the newest orders, or the ones before or after the order with this number."""
    # Long texts stay in the database: the list does not show them.
    orders = Order.objects.of(customer).defer("service_description", "comments")
    if state:
        orders = orders.filter(state=state)
    if search.strip():
        orders = orders.filter(found_by(search))
    by_number = bool(_NUMBERS.fullmatch(search.strip()))
    if not by_number:
        orders = orders.filter(_one_row_each(state))
    if after is not None:
        found = list(orders.filter(pk__gt=after).order_by("pk")[: length + 1])
        shown, has_older, has_newer = found[:length][::-1], True, len(found) > length
    else:
        if before is not None:
            orders = orders.filter(pk__lt=before)
        found = list(orders.newest_first()[: length + 1])
        shown, has_older, has_newer = found[:length], len(found) > length, before is not None
    return Page(shown, {} if by_number else wholes_of(shown), has_older, has_newer)


def _one_row_each(state: str = "") -> Q:
    """Of a drip-feed take the first run; of one that is asked for by state, the first run in that state."""
    if not state:
        return Q(run=None) | Q(run=1)
    earlier = Order.objects.filter(drip_feed=OuterRef("drip_feed"), run__lt=OuterRef("run"), state=state)
    return Q(run=None) | Q(~Exists(earlier))


def found_by(search: str) -> Q:
    """Read a search: order numbers, the beginning of a link, or a name on a network."""
    search = search.strip()
    if _NUMBERS.fullmatch(search):
        return Q(pk__in=[int(number) for number in re.findall(r"\d+", search)[:MAX_NUMBERS]])
    found = Q(pk__in=[])
    if _NAME.fullmatch(search):
        found |= Q(target_key__in=_profiles_named(search.removeprefix("@").lower()))
    try:
        key = normalise_link(search, platform=Platform.OTHER, metric=Metric.OTHER).key
    except BadLink:
        return found
    # A page that belongs to no network is kept under "website" when the service is one for websites.
    website = key.replace(f"{Platform.OTHER}:", f"{Platform.WEBSITE}:", 1)
    return found | Q(target_key__startswith=key) | Q(target_key__startswith=website)


def figures_since(customer: User, since: datetime) -> list[Day]:
    """Return what was ordered since then, by day and state."""
    days = (
        Order.objects.of(customer)
        .filter(placed_at__gte=since)
        .values(on=TruncDate("placed_at"), how=F("state"))
        .annotate(orders=Count("pk"), charged=Sum("charge"), back=Sum("refunded"))
        .order_by("on")
    )
    return [
        Day(day["on"], OrderState(day["how"]), day["orders"], day["charged"] - day["back"], day["back"])
        for day in days
    ]


def recent_orders(customer: User, count: int) -> QuerySet[Order]:
    orders = Order.objects.of(customer).defer("service_description", "comments")
    return orders.filter(_one_row_each()).newest_first()[:count]


def open_count(customer: User) -> int:
    """How many orders are open; a drip-feed is one."""
    opened = (
        Order.objects.of(customer)
        .open()
        .aggregate(orders=Count("pk", filter=Q(drip_feed=None)), drip_feeds=Count("drip_feed", distinct=True))
    )
    return int(opened["orders"] + opened["drip_feeds"])


def _profiles_named(name: str) -> list[str]:
    """A name may be a profile, a group or an artist, on any network; some write it with an @."""
    kinds = (Kind.PROFILE, Kind.GROUP, Kind.ARTIST)
    return [f"{network}:{kind}:{at}{name}" for network in Platform for kind in kinds for at in ("", "@")]
