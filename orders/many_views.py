from time import monotonic
from typing import Any

from allauth.account.adapter import get_adapter
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.requests import CustomerRequest
from billing.ledger import balance_of
from billing.money import ZERO
from orders.claims import OverlapNotConfirmed
from orders.conditions import stated_clauses
from orders.many_form import ManyForm, Row, charges_of, total_of
from orders.many_lines import MOST_LINES
from orders.placing_many import place_many
from terms.acceptance import news_for
from terms.models import TermsVersion
from terms.versions import newest_version

# A request that takes longer looks broken; the page then goes on with the next one by itself.
SECONDS = 6


class Turn:
    """Lets new lines be placed for some seconds, counted from the first of them."""

    until: float | None = None

    def __call__(self) -> bool:
        now = monotonic()
        if self.until is None:
            self.until = now + SECONDS
        return now < self.until


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def order_many(request: CustomerRequest) -> HttpResponse:
    """The box of lines; then a verdict on each and one summary; then what was placed, and what was not."""
    version = newest_version()
    if version is None:
        return render(request, "orders/order_many.html", {"step": "box"})
    form = ManyForm(request.POST or None, customer=request.user, version=version)
    do = request.POST.get("do", "")
    if do not in {"check", "place"} or not form.is_valid():
        return _show(request, form, version, "box", said=do in {"check", "place"})
    if do == "check" or form.confirmed() is None:
        return _show_summary(request, form, version)
    form.refuse_missing_ticks()
    return _show_summary(request, form, version) if form.errors else _place(request, form, version)


def _show_summary(request: CustomerRequest, form: ManyForm, version: TermsVersion) -> HttpResponse:
    rows = form.check(now=timezone.now())
    total = total_of(rows)
    facts: dict[str, Any] = {
        "rows": rows,
        "good": sum(row.verdict.is_good for row in rows),
        "bad": sum(row.verdict.refusal is not None for row in rows),
        "total": total,
        "charges": charges_of(rows),
        "balance_after": balance_of(request.user) - total,
        "overlap_tick": any(row.verdict.asks_for_tick for row in rows),
        "overlap_clauses": (*OverlapNotConfirmed.clause.split(", "), "K-32", "K-42"),
    }
    return _show(request, form, version, "summary", **facts)


def _place(request: CustomerRequest, form: ManyForm, version: TermsVersion) -> HttpResponse:
    adapter = get_adapter(request)
    sender = {"ip": adapter.get_client_ip(request), "user_agent": adapter.get_http_user_agent(request)}
    lines = [line for line, _charge in form.confirmed() or ()]
    requests = [form.request(line, limit=charge, **sender) for line, charge in form.confirmed() or ()]
    verdicts = place_many(customer=request.user, requests=requests, now=timezone.now(), go_on=Turn())
    rows = [Row(line, verdict) for line, verdict in zip(lines, verdicts, strict=True)]
    placed = [row for row in rows if row.verdict.order]
    if any(row.verdict.is_good for row in rows):
        return _show(request, form, version, "going", placed=placed, rows=rows, ticked=form.ticked)
    done = {row.line.number for row in placed}
    left = "\n".join(line.text for line in form.lines if line.number not in done)
    facts: dict[str, Any] = {
        "rows": rows,
        "placed": placed,
        "failed": [row for row in rows if row.verdict.refusal],
        "total": sum((row.verdict.charge for row in placed), ZERO),
        "left": left,
    }
    # What is left gets a form of its own.
    fresh = ManyForm(initial={"text": left}, customer=request.user, version=version)
    return _show(request, fresh, version, "result", **facts)


def _show(
    request: CustomerRequest,
    form: ManyForm,
    version: TermsVersion,
    step: str,
    *,
    said: bool = True,
    **facts: Any,
) -> HttpResponse:
    context = {
        "form": form,
        "said": said,
        "step": step,
        "version": version,
        "stated": stated_clauses(version),
        "balance": balance_of(request.user),
        "most": MOST_LINES,
        "terms_tick": form.terms_tick,
        "terms_news": news_for(request.user, version),
        "terms_ticked": form["accept_terms"].value(),
        "public_tick": form.public_tick,
    }
    return render(request, "orders/order_many.html", context | facts)
