"""The first page: what a customer wants to know at a glance."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import User
from accounts.notices import unread_of
from billing.money import ZERO, plain_amount
from orders.dripping import any_is_open, wholes_of
from orders.standing import Day, figures_since, open_count, recent_orders
from orders.states import OrderState
from refills.running_out import offers_running_out

CHART_DAYS = 30
RECENT = 6
NEWS = 3
RUNNING_OUT = 3
TONES = {
    OrderState.PENDING: "warn",
    OrderState.PROCESSING: "info",
    OrderState.IN_PROGRESS: "brand",
    OrderState.COMPLETED: "good",
    OrderState.PARTIAL: "accent",
    OrderState.CANCELLED: "neutral",
}


@require_safe
def dashboard(request: HttpRequest) -> HttpResponse:
    if not isinstance(request.user, User):
        return render(request, "landing.html")
    today = timezone.localdate()
    first = min(today.replace(day=1), today - timedelta(days=CHART_DAYS - 1))
    days = figures_since(request.user, timezone.make_aware(datetime.combine(first, time.min)))
    month = [day for day in days if day.on >= today.replace(day=1)]
    recent = list(recent_orders(request.user, RECENT))
    wholes = wholes_of(recent)
    context = {
        "open_orders": open_count(request.user),
        "month_orders": sum(day.orders for day in month),
        "spent": sum((day.spent for day in month), ZERO),
        "refunded": sum((day.refunded for day in month), ZERO),
        "chart": _spending_chart(days, today),
        "states": _states(days, today),
        "orders": recent,
        "wholes": wholes,
        "is_live": any_is_open(recent, wholes),
        "now": timezone.now(),
        "news": list(unread_of(request.user)[:NEWS]),
        "running_out": offers_running_out(request.user, now=timezone.now(), most=RUNNING_OUT),
    }
    polls = bool(request.headers.get("HX-Request"))
    return render(request, "orders/recent.html" if polls else "dashboard.html", context | {"live": polls})


def _spending_chart(days: Iterable[Day], today: date) -> dict[str, Any]:
    spent: dict[date, Decimal] = defaultdict(Decimal)
    for day in days:
        spent[day.on] += day.spent
    calendar = [today - timedelta(days=ago) for ago in reversed(range(CHART_DAYS))]
    return {
        "labels": [date_format(day, "MONTH_DAY_FORMAT") for day in calendar],
        "series": [{"label": _("Spent"), "values": [plain_amount(spent[day]) for day in calendar]}],
        "currency": settings.PANEL_CURRENCY,
    }


def _states(days: Iterable[Day], today: date) -> dict[str, Any]:
    """How the orders of the chart's days stand, as a doughnut; empty when there is none."""
    counts: dict[OrderState, int] = defaultdict(int)
    for day in days:
        if day.on > today - timedelta(days=CHART_DAYS):
            counts[day.state] += day.orders
    found = [state for state in OrderState if counts[state]]
    return {
        "labels": [f"{state.label} {number_format(counts[state])}" for state in found],
        "series": [{"label": _("Orders"), "values": [counts[state] for state in found]}],
        "tones": [TONES[state] for state in found],
    }
