"""The pages about the APIs, for people who write programs."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.models import User
from api.guide import classic
from api.guide.refusals import reasons
from api.guide.resources import Operation, resources
from api.guide.sides import classic_address, key_named_for, pairs_in, rest_address
from api.guide.snippets import Language


@require_safe
def api_docs(request: HttpRequest) -> HttpResponse:
    """Both APIs side by side, and what every “no” means."""
    page = _page(request)
    page |= {
        "pairs": pairs_in(page["language"], key=page["key"]),
        "rest_url": rest_address(),
        "reasons": reasons(),
    }
    return render(request, "api/guide/api_docs.html", page)


@require_safe
def api_docs_classic(request: HttpRequest) -> HttpResponse:
    page = _page(request) | {
        "actions": classic.ACTIONS,
        "order_fields": classic.ORDER_FIELDS,
        "errors": classic.error_rows(),
        "calls_per_minute": settings.PANEL_API_CALLS_PER_MINUTE,
    }
    return render(request, "api/guide/api_docs_classic.html", page)


@dataclass(frozen=True)
class Shown:
    operation: Operation
    snippet: str


@require_safe
def api_docs_rest(request: HttpRequest) -> HttpResponse:
    page = _page(request)
    page |= {
        "rest_url": rest_address(),
        "resources": [
            (
                resource,
                [
                    Shown(operation, operation.snippet(page["language"], key=page["key"]))
                    for operation in resource.operations
                ],
            )
            for resource in resources()
        ],
        # Whoever tries it on a real panel spends real money: there only what looks can be tried.
        "tries_everything": not settings.PRODUCTION,
    }
    return render(request, "api/guide/api_docs_rest.html", page)


@require_safe
def api_docs_moving(request: HttpRequest) -> HttpResponse:
    return render(request, "api/guide/api_docs_moving.html", _page(request))


def _page(request: HttpRequest) -> dict[str, Any]:
    user = request.user if isinstance(request.user, User) else None
    asked = request.GET.get("language", "")
    language = Language(asked) if asked in Language.values else Language.CURL
    return {
        "api_url": classic_address(),
        "language": language,
        "languages": Language,
        "key": key_named_for(user),
        "here": request.resolver_match.url_name if request.resolver_match else "",
    }
