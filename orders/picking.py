"""Finding the service to order: by network, by what it counts, and by words of its name or its number."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet

from accounts.models import User
from catalog.models import Service
from catalog.platforms import Metric, Platform
from orders.conditions import guarantee_label
from orders.drafting import rate_for

PICKS = 30
MAX_WORDS = 10


@dataclass(frozen=True)
class Pick:
    service: Service
    rate: Decimal
    guarantee: str


def picks(customer: User, wanted: Mapping[str, str]) -> dict[str, Any]:
    """Return the services that fit, at the customer's own rate, and the choices that are left."""
    on_sale = Service.objects.on_sale()
    kinds = set(on_sale.values_list("platform", "metric").distinct())
    platform, metric, words = (wanted.get(name, "") for name in ("platform", "metric", "q"))
    platform = platform if platform in Platform.values else ""
    metrics = {each for network, each in kinds if platform in {"", network}}
    metric = metric if metric in metrics else ""
    found = list(_found(on_sale, words, platform=platform, metric=metric)[: PICKS + 1])
    return {
        "platforms": [each for each in Platform if each in {network for network, _metric in kinds}],
        "metrics": [each for each in Metric if each in metrics],
        "platform": platform,
        "metric": metric,
        "q": words,
        "picks": [_pick(service, customer) for service in found[:PICKS]],
        "has_more": len(found) > PICKS,
    }


def _found(on_sale: QuerySet[Service], words: str, *, platform: str, metric: str) -> QuerySet[Service]:
    kind = {name: value for name, value in (("platform", platform), ("metric", metric)) if value}
    services = on_sale.filter(**kind)
    for word in words.replace("\0", "").split()[:MAX_WORDS]:
        by_number = (
            Q(pk=int(word)) if word.isascii() and word.isdecimal() and len(word) <= 18 else Q(pk__in=[])
        )
        services = services.filter(Q(name__icontains=word) | Q(category__name__icontains=word) | by_number)
    ordered = services.order_by("category__position", "category_id", "position", "pk")
    return ordered.select_related("category").defer("description")


def _pick(service: Service, customer: User) -> Pick:
    return Pick(
        service,
        rate_for(service, discount_percent=customer.discount_percent),
        guarantee_label(service.guarantee_days),
    )
