from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from accounts.requests import CustomerRequest
from terms.models import Acceptance, TermsVersion
from terms.versions import newest_version
from terms.wording import sections_of

ROWS = 50


def terms(request: HttpRequest) -> HttpResponse:
    return _page(request, newest_version())


def terms_version(request: HttpRequest, number: int) -> HttpResponse:
    return _page(request, get_object_or_404(TermsVersion, number=number))


@login_required
def terms_accepted(request: CustomerRequest) -> HttpResponse:
    before = request.GET.get("before", "")
    mine = Acceptance.objects.filter(customer=request.user).order_by("-pk")
    if before.isdecimal() and len(before) < 19:
        mine = mine.filter(pk__lt=int(before))
    rows = list(mine[: ROWS + 1])
    older = f"?before={rows[ROWS - 1].pk}" if len(rows) > ROWS else ""
    return render(
        request,
        "terms/accepted.html",
        {"acceptances": rows[:ROWS], "older": older, "newer": "?" if before else ""},
    )


def _page(request: HttpRequest, version: TermsVersion | None) -> HttpResponse:
    versions = list(TermsVersion.objects.only("number", "published_at").order_by("-number"))
    return render(
        request,
        "terms/version.html",
        {
            "version": version,
            "sections": sections_of(version.text) if version else [],
            "versions": versions,
            "in_force": bool(version and version.number == versions[0].number),
        },
    )
