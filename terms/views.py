from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from accounts.requests import CustomerRequest
from terms.comparing import changes_between
from terms.models import Acceptance, TermsVersion
from terms.publishing import digested
from terms.versions import newest_version
from terms.wording import sections_of

ROWS = 50


def terms(request: HttpRequest) -> HttpResponse:
    return _page(request, newest_version())


def terms_version(request: HttpRequest, number: int) -> HttpResponse:
    return _page(request, get_object_or_404(TermsVersion, number=number))


def terms_versions(request: HttpRequest) -> HttpResponse:
    versions = TermsVersion.objects.only("number", "published_at", "digest").order_by("-number")
    return render(request, "terms/versions.html", {"versions": versions})


def terms_changes(request: HttpRequest, number: int, other: int) -> HttpResponse:
    """What is different between two versions, the older one first whichever is named first."""
    old, new = (get_object_or_404(TermsVersion, number=each) for each in sorted((number, other)))
    changes = changes_between(old.rules, old.text, new.rules, new.text)
    return render(
        request,
        "terms/version_changes.html",
        {"old": old, "new": new, "pair": (old, new), "changes": changes},
    )


def terms_digest(request: HttpRequest, number: int) -> HttpResponse:
    """Exactly the bytes whose SHA-256 is the digest, for whoever wants to check."""
    version = get_object_or_404(TermsVersion, number=number)
    return HttpResponse(
        digested(text=version.text, policy=version.policy), content_type="text/plain; charset=utf-8"
    )


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
        {
            "acceptances": rows[:ROWS],
            "older": older,
            "newer": "?" if before else "",
            "in_force": newest_version(),
        },
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
            "before": version.number - 1 if version else 0,
        },
    )
