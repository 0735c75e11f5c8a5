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
from billing.composition import composition_for
from billing.forms import StatementForm
from billing.money import ZERO, plain_amount
from billing.statement import Line, daily_balances, statement_page, whole_statement

CHART_DAYS = 30


@require_safe
@login_required
def statement(request: CustomerRequest) -> HttpResponse:
    form = StatementForm(request.GET)
    wanted = form.wanted
    before, after = form.cleaned_data.get("before"), form.cleaned_data.get("after")
    page = statement_page(request.user, wanted, before=before, after=after)
    parts = composition_for(request.user)
    newest, oldest = (page.lines[0], page.lines[-1]) if page.lines else (None, None)
    return render(
        request,
        "billing/statement.html",
        {
            "form": form,
            "lines": page.lines,
            "newer": newest and page.has_newer and _here(request, after=newest.sequence),
            "older": oldest and page.has_older and _here(request, before=oldest.sequence),
            "cash": sum((part.cash for part in parts), ZERO),
            "bonus": sum((part.bonus for part in parts), ZERO),
            "chart": _balance_chart(request),
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


def _balance_chart(request: CustomerRequest) -> dict[str, Any]:
    balances = daily_balances(request.user, days=CHART_DAYS, today=timezone.localdate())
    return {
        "labels": [date_format(day, "MONTH_DAY_FORMAT") for day, _balance in balances],
        "series": [{"label": _("Balance"), "values": [plain_amount(balance) for _day, balance in balances]}],
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
