from collections.abc import Iterable, Iterator
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.requests import CustomerRequest
from accounts.spreadsheets import csv_answer, safe_text
from billing.forms import StatementForm
from billing.fundings import holdings_of
from billing.ledger import balance_of
from billing.money import plain_amount
from billing.statement import Line, daily_balances, statement_page, whole_statement

CHART_DAYS = 30
CHART_RANGES = (7, 30, 90, 365)


@require_safe
@login_required
def statement(request: CustomerRequest) -> HttpResponse:
    form = StatementForm(request.GET)
    wanted = form.wanted
    before, after = form.cleaned_data.get("before"), form.cleaned_data.get("after")
    page = statement_page(request.user, wanted, before=before, after=after)
    holdings = holdings_of(request.user, balance_of(request.user))
    days = _chart_days(request)
    newest, oldest = (page.lines[0], page.lines[-1]) if page.lines else (None, None)
    return render(
        request,
        "billing/statement.html",
        {
            "form": form,
            "lines": page.lines,
            "newer": newest and page.has_newer and _here(request, after=newest.sequence),
            "older": oldest and page.has_older and _here(request, before=oldest.sequence),
            "holdings": holdings,
            "chart": _balance_chart(request, days),
            "days": days,
            "ranges": [(each, _with_days(request, each)) for each in CHART_RANGES],
        },
    )


@require_safe
@login_required
def statement_csv(request: CustomerRequest) -> HttpResponseBase:
    today = timezone.localdate()
    return csv_answer(_csv_rows(whole_statement(request.user)), file_name=f"statement-{today:%Y-%m-%d}.csv")


def _here(request: HttpRequest, **place: int) -> str:
    query = request.GET.copy()
    for name in ("before", "after"):
        query.pop(name, None)
    query.update({name: str(number) for name, number in place.items()})
    return f"?{query.urlencode()}"


def _chart_days(request: HttpRequest) -> int:
    asked = request.GET.get("days", "")
    return next((days for days in CHART_RANGES if asked == str(days)), CHART_DAYS)


def _with_days(request: HttpRequest, days: int) -> str:
    query = request.GET.copy()
    query["days"] = str(days)
    return f"?{query.urlencode()}"


def _balance_chart(request: CustomerRequest, days: int) -> dict[str, Any]:
    balances = daily_balances(request.user, days=days, today=timezone.localdate())
    return {
        "labels": [date_format(day, "MONTH_DAY_FORMAT") for day, _balance in balances],
        "series": [{"label": _("Balance"), "values": [plain_amount(balance) for _day, balance in balances]}],
        "below_zero": "bad",
        "currency": settings.PANEL_CURRENCY,
    }


def _csv_rows(lines: Iterable[Line]) -> Iterator[list[str]]:
    yield ["line", "time", "kind", "order", "reason", "amount", "balance", "currency"]
    for line in lines:
        yield [
            str(line.sequence),
            line.created_at.isoformat(),
            line.kind.value,
            str(line.order_number or ""),
            safe_text(line.reason),
            plain_amount(line.change),
            plain_amount(line.balance),
            settings.PANEL_CURRENCY,
        ]
