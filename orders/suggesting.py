"""Other services for somebody who is not satisfied: of the same kind, and fewer of their deliveries were lost again."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import DecimalField, F
from django.db.models.functions import Cast

from catalog.expecting import Expected, expected_of
from catalog.models import Service
from terms.catalogue import Estimate

MOST = 3
# A kind of service has some hundred members; the better ones are among the first by drop.
LOOKED_AT = 50


@dataclass(frozen=True)
class Suggestion:
    service: Service
    expected: Expected


def better_services(service: Service, rules: Estimate) -> list[Suggestion]:
    """Return services on sale for the same network and metric that drop less, least first, then cheapest (K-17).

    Only computed drop rates count; without one of its own a service has no better one.
    """
    own = expected_of(service, rules).drop
    if own is None:
        return []
    rate = Cast(F("estimate__dropped"), DecimalField(max_digits=30, decimal_places=10)) / F(
        "estimate__checked"
    )
    candidates = (
        Service.objects.on_sale()
        .filter(
            platform=service.platform,
            metric=service.metric,
            kind=service.kind,
            estimate__drop_checks__gte=rules.min_sample,
            estimate__checked__gt=0,
        )
        .exclude(pk=service.pk)
        .select_related("estimate")
        .order_by(rate, "rate_per_1000", "pk")[:LOOKED_AT]
    )
    return _better(candidates, rules, than=service)


def _better(candidates: Iterable[Service], rules: Estimate, *, than: Service) -> list[Suggestion]:
    mine = than.estimate
    better = [
        each
        for each in candidates
        if each.estimate.dropped * mine.checked < mine.dropped * each.estimate.checked
    ]
    return [Suggestion(each, expected_of(each, rules)) for each in better[:MOST]]
