"""Finds services on sale by words, network, metric and guarantee, in the order of the catalogue.

Every word must stand in the name or the category, in either case and in whatever alphabet of look-alikes the provider
writes it, or be the service's number.
"""

import unicodedata
from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet, TextChoices
from django.utils.translation import gettext_lazy as _

from catalog.models import Category, Service
from catalog.naming import LIFETIME_DAYS
from catalog.platforms import Metric, Platform

MAX_WORDS = 8
_LARGEST_NUMBER = 2**63 - 1
_ORDER = ("category__position", "category_id", "position", "pk")


class Guaranteed(TextChoices):
    REFILL = "refill", _("With refill")
    LIFETIME = "lifetime", _("Lifetime refill")
    NONE = "none", _("No refill")


_GUARANTEES = {
    Guaranteed.REFILL: Q(guarantee_days__isnull=False),
    Guaranteed.LIFETIME: Q(guarantee_days__gte=LIFETIME_DAYS),
    Guaranteed.NONE: Q(guarantee_days__isnull=True),
}


@dataclass(frozen=True)
class Wanted:
    """What somebody looks for; empty is everything."""

    words: str = ""
    platform: str = ""
    metric: str = ""
    guarantee: str = ""
    category: int | None = None


@dataclass(frozen=True)
class Kinds:
    """How many services there are per network, and per metric of the wanted network."""

    platforms: list[tuple[Platform, int]]
    metrics: list[tuple[Metric, int]]
    total: int


@dataclass(frozen=True)
class Page:
    services: list[Service]
    has_more: bool


def services_page(wanted: Wanted, *, size: int, after: int | None = None) -> Page:
    """Return the services that fit, at most `size`, those after the service of that number."""
    found = _narrowed(_matching(wanted), wanted).order_by(*_ORDER)
    place = Service.objects.filter(pk=after).values_list(*_ORDER).first() if after else None
    if place:
        found = found.filter(_beyond(place))
    services = list(found.select_related("category", "estimate")[: size + 1])
    return Page(services[:size], has_more=len(services) > size)


def kinds_found(wanted: Wanted) -> Kinds:
    """Return how many services fit the words and the guarantee, by network and metric."""
    rows = _matching(wanted).order_by().values_list("platform", "metric").annotate(count=Count("pk"))
    platforms: Counter[str] = Counter()
    metrics: Counter[str] = Counter()
    for platform, metric, count in rows:
        platforms[platform] += count
        if platform == wanted.platform or not wanted.platform:
            metrics[metric] += count
    return Kinds(
        platforms=[
            (each, platforms[each]) for each in Platform if platforms[each] or each == wanted.platform
        ],
        metrics=[(each, metrics[each]) for each in Metric if metrics[each] or each == wanted.metric],
        total=metrics[wanted.metric] if wanted.metric else metrics.total(),
    )


def _matching(wanted: Wanted) -> QuerySet[Service]:
    services = Service.objects.on_sale()
    if wanted.guarantee:
        services = services.filter(_GUARANTEES[Guaranteed(wanted.guarantee)])
    for word in unicodedata.normalize("NFKC", wanted.words).split()[:MAX_WORDS]:
        services = services.filter(_said(word) | _numbered(word))
    return services


def _narrowed(services: QuerySet[Service], wanted: Wanted) -> QuerySet[Service]:
    kind = {"platform": wanted.platform, "metric": wanted.metric, "category": wanted.category}
    return services.filter(**{name: value for name, value in kind.items() if value})


def _said(word: str) -> Q:
    categories = Category.objects.filter(plain_name__icontains=word)
    return Q(plain_name__icontains=word) | Q(category__in=categories)


def _numbered(word: str) -> Q:
    if word.isascii() and word.isdecimal() and int(word) <= _LARGEST_NUMBER:
        return Q(pk=int(word))
    return Q(pk__in=())


def _beyond(place: tuple[Any, ...]) -> Q:
    """Rows that come after a place in the order of the catalogue."""
    beyond, same = Q(), Q()
    for name, value in zip(_ORDER, place, strict=True):
        beyond |= same & Q(**{f"{name}__gt": value})
        same &= Q(**{name: value})
    return beyond
