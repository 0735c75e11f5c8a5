from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.requests import CustomerRequest
from billing.fundings import FundingShown, funding_page, holdings_of, is_receipted
from billing.ledger import balance_of
from billing.models import Funding
from billing.money import ZERO
from billing.receipts import receipt_facts, receipt_file, receipt_number
from terms.versions import newest_version

MOST_DIGITS = 18
TONES = ["brand", "accent", "neutral", "info", "warn", "bad"]


@require_safe
@login_required
def funding_list(request: CustomerRequest) -> HttpResponse:
    now, version, balance = timezone.now(), newest_version(), balance_of(request.user)
    holdings = holdings_of(request.user, balance)
    page = funding_page(
        request.user,
        holdings,
        in_force=version.rules.withdrawal if version else None,
        now=now,
        before=_number(request, "before"),
        after=_number(request, "after"),
    )
    newest, oldest = (page.fundings[0], page.fundings[-1]) if page.fundings else (None, None)
    return render(
        request,
        "billing/funding_list.html",
        {
            "rows": [(shown, _bar(shown)) for shown in page.fundings],
            "holdings": holdings,
            "newer": newest and page.has_newer and f"?after={newest.funding.pk}",
            "older": oldest and page.has_older and f"?before={oldest.funding.pk}",
        },
    )


@require_safe
@login_required
def funding_receipt(request: CustomerRequest, number: int) -> HttpResponse:
    funding = _receipted(request, number)
    context = {
        "funding": funding,
        "number": receipt_number(funding),
        "facts": receipt_facts(funding),
        "operator": settings.PANEL_OPERATOR,
    }
    return render(request, "billing/funding_receipt.html", context)


@require_safe
@login_required
def funding_receipt_pdf(request: CustomerRequest, number: int) -> HttpResponse:
    funding = _receipted(request, number)
    name = f"receipt-{receipt_number(funding)}.pdf"
    return HttpResponse(
        receipt_file(funding),
        content_type="application/pdf",
        headers={"Content-Disposition": f'inline; filename="{name}"', "Cache-Control": "private, no-store"},
    )


def _receipted(request: CustomerRequest, number: int) -> Funding:
    mine = Funding.objects.filter(customer=request.user).select_related("payment", "customer")
    funding = get_object_or_404(mine, pk=min(number, 2**63 - 1))
    if not is_receipted(funding):
        raise Http404
    return funding


def _number(request: HttpRequest, name: str) -> int | None:
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS else None


def _bar(shown: FundingShown) -> list[dict[str, str]]:
    """Where the money of a funding is, as parts of a bar 100 wide; what is nothing has no part."""
    funding = shown.funding
    amounts = [
        shown.cash_left,
        shown.bonus_left,
        shown.spent,
        shown.withdrawn,
        funding.bonus_forfeited,
        shown.reversed,
    ]
    whole = sum(amounts, ZERO)
    parts, begins = [], ZERO
    for tone, amount in zip(TONES, amounts, strict=True):
        width = amount * 100 / whole
        if width:
            parts.append({"tone": tone, "x": f"{begins:.3f}", "width": f"{width:.3f}"})
        begins += width
    return parts
