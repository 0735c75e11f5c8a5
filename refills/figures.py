"""How often the orders of a service are refilled, how much, and how long that takes: what a guarantee really costs."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Avg, Count, DurationField, ExpressionWrapper, F, Q, Sum

from catalog.models import Service
from orders.models import Order
from refills.models import Refill
from refills.states import RefillState

LAST = timedelta(days=90)
MOST_SERVICES = 50
DAY = timedelta(days=1)
COMPLETED = Q(state=RefillState.COMPLETED)


@dataclass(frozen=True)
class Figures:
    """One service: its guaranteed orders that ended lately, and what became of their drops. `days` in tenths."""

    service: int
    name: str
    orders: int
    asked: int
    refilled: int
    delivered: int
    units: int
    days: int | None

    @property
    def percent(self) -> int:
        """Orders of 100 that were refilled, rounded."""
        return round(100 * self.refilled / self.orders)

    @property
    def units_percent(self) -> int:
        return round(100 * self.units / self.delivered)

    @property
    def days_taken(self) -> str:
        return "" if self.days is None else f"{self.days // 10}.{self.days % 10}"


def figures_of_services(*, now: datetime) -> list[Figures]:
    """Return the figures of services whose guaranteed orders ended in the last 90 days, most refilled first."""
    ended = Order.objects.filter(
        closed_at__gte=now - LAST, guarantee_days__isnull=False, remains__lt=F("quantity")
    )
    sold = (
        ended.order_by()
        .values("service")
        .annotate(orders=Count("pk"), units=Sum(F("quantity") - F("remains")))
    )
    asked = _asked(now)
    names = dict(Service.objects.filter(pk__in=asked).values_list("pk", "name"))
    found = [
        _figures(dict(row), asked[row["service"]], names[row["service"]])
        for row in sold
        if row["service"] in asked
    ]
    return sorted(found, key=lambda one: (-one.percent, -one.units, one.service))[:MOST_SERVICES]


def _asked(now: datetime) -> dict[int, dict[str, Any]]:
    taken = ExpressionWrapper(F("closed_at") - F("asked_at"), output_field=DurationField())
    rows = (
        Refill.objects.filter(order__closed_at__gte=now - LAST)
        .order_by()
        .values("order__service")
        .annotate(
            asked=Count("order", distinct=True),
            refilled=Count("order", distinct=True, filter=COMPLETED),
            units=Sum("amount", filter=COMPLETED, default=0),
            taken=Avg(taken, filter=COMPLETED),
        )
    )
    return {row["order__service"]: dict(row) for row in rows}


def _figures(sold: dict[str, Any], asked: dict[str, Any], name: str) -> Figures:
    return Figures(
        service=sold["service"],
        name=name,
        orders=sold["orders"],
        asked=asked["asked"],
        refilled=asked["refilled"],
        delivered=sold["units"],
        units=asked["units"],
        days=None if asked["taken"] is None else round(10 * asked["taken"] / DAY),
    )
