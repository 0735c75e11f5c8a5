from dataclasses import dataclass
from decimal import Decimal

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from catalog.expecting import Expected, expected_of
from catalog.forms import SearchForm
from catalog.models import Service
from catalog.platforms import PLATFORMS, Platform
from catalog.pricing import customer_rate
from catalog.searching import Guaranteed, Wanted, kinds_found, services_page
from terms.versions import newest_version

PAGE_SERVICES = 30


@dataclass(frozen=True)
class Offer:
    """A service as one reader sees it: at their own rate per 1000."""

    service: Service
    rate: Decimal
    is_discounted: bool
    begins_category: bool
    expected: Expected


@require_safe
def service_list(request: HttpRequest) -> HttpResponse:
    form = SearchForm(request.GET)
    wanted, after = form.wanted, form.place
    page = services_page(wanted, size=PAGE_SERVICES, after=after)
    context = {
        "wanted": wanted,
        "offers": _offers(request, page.services, go_on=_is_fragment(request) and after is not None),
        "more": page.has_more and _address(wanted, after=page.services[-1].pk),
        "is_narrowed": wanted != Wanted(),
        "network_terms": PLATFORMS[Platform(wanted.platform)].terms_url if wanted.platform else "",
        "after": after,
    }
    if not _is_fragment(request):
        template = "catalog/service_list.html"
    elif after:
        template = "catalog/rows.html"
    else:
        template = "catalog/found.html"
    if template != "catalog/rows.html":
        context |= {"kinds": kinds_found(wanted), "guarantees": Guaranteed.choices}
    answer = render(request, template, context)
    if template == "catalog/found.html":
        answer["HX-Push-Url"] = _address(wanted)
    patch_vary_headers(answer, ["HX-Request", "HX-History-Restore-Request"])
    return answer


def _is_fragment(request: HttpRequest) -> bool:
    # Going back in the browser wants the whole page again.
    return "HX-Request" in request.headers and "HX-History-Restore-Request" not in request.headers


def _offers(request: HttpRequest, services: list[Service], *, go_on: bool) -> list[Offer]:
    discount = request.user.discount_percent if request.user.is_authenticated else Decimal(0)
    # A page that is added below another goes on in the category where that ended.
    category = services[0].category_id if services and go_on else None
    version = newest_version()
    rules = version.rules.estimate if version else None
    offers = []
    for service in services:
        rate = customer_rate(service.rate_per_1000, discount)
        offers.append(
            Offer(
                service,
                rate,
                rate != service.rate_per_1000,
                begins_category=service.category_id != category,
                expected=expected_of(service, rules),
            )
        )
        category = service.category_id
    return offers


def _address(wanted: Wanted, *, after: int | None = None) -> str:
    """The page's address with nothing in it that says nothing."""
    asked = {
        "q": wanted.words,
        "platform": wanted.platform,
        "metric": wanted.metric,
        "guarantee": wanted.guarantee,
        "after": after,
    }
    query = urlencode({name: value for name, value in asked.items() if value})
    return reverse("service_list") + (f"?{query}" if query else "")
