"""Staff put services on sale and take them off.

Nothing is put on sale that an import holds back, that has no rate, or that costs more than it brings.
"""

from collections.abc import Iterable

from django.db.models import F, Q

from catalog.models import Service


def put_on_sale(services: Iterable[int]) -> tuple[int, int]:
    """Put services, named by number, on sale; return how many are now and how many had to stay off."""
    asked = Service.objects.filter(pk__in=services)
    good = Q(held_back="", rate_per_1000__gt=0, rate_per_1000__gte=F("provider_rate"))
    put = asked.filter(good, is_on_sale=False).update(is_on_sale=True)
    return put, asked.filter(is_on_sale=False).count()


def take_off_sale(services: Iterable[int]) -> int:
    """Take services off sale until staff put them back: no import does. Return how many are off now."""
    return Service.objects.filter(pk__in=services).update(is_on_sale=False, held_back="")
