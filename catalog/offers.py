"""Reads one offer of a provider: can it be sold, what are its facts in our words, and may its rate be believed.

Nothing here writes. A rate that cannot be right is not sold: the service is held back until a person or the provider
puts it right, and until then keeps the rate it had.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from catalog.models import HeldBack, Service, ServiceKind
from catalog.naming import guarantee_of, metric_of, platform_of, stated_speed_of, stated_start_of
from catalog.pricing import MONEY_STEP, retail_rate
from providers.gateway import OfferedService

# A rate this many times away from the one before is a slip of the provider until somebody says otherwise.
BELIEVABLE_FACTOR = 10
# In units of the currency per 1000: a hundred for one follower is no price.
DEAREST_COST = Decimal(100_000)
# As much as the column holds; only rates that are held back come near it.
HIGHEST_RATE = Decimal(999_999_999_999)

NAME_LENGTH = 600
CATEGORY_LENGTH = 300
ESTIMATE_LENGTH = 120


@dataclass(frozen=True)
class Pricing:
    rate_per_1000: Decimal
    provider_rate: Decimal
    markup_percent: Decimal
    held_back: str


def unsellable(offer: OfferedService) -> str | Promise | None:
    """Return why an offer cannot be on sale here, or None."""
    if offer.type not in ServiceKind.values:
        return _("orders of this type are not supported")
    if not offer.name.strip():
        return _("it has no name")
    if not offer.rate.is_finite() or offer.rate < 0:
        return _("its rate is not a price")
    if offer.max < 1 or offer.max < offer.min:
        return _("its largest order is below its smallest")
    return None


def category_of(offer: OfferedService) -> str:
    return _line(offer.category, CATEGORY_LENGTH) or "Other"


def wording_of(offer: OfferedService) -> dict[str, Any]:
    """Return what people read about a service, taken from the provider's texts (K-05, K-08, K-80)."""
    name, description = offer.name, offer.description
    return {
        "platform": platform_of(name, offer.category),
        "metric": metric_of(name, offer.category),
        "name": _line(name, NAME_LENGTH),
        "description": description.strip(),
        "guarantee_days": guarantee_of(name, description),
        "stated_start": stated_start_of(name, description)[:ESTIMATE_LENGTH],
        "stated_speed": stated_speed_of(name, description)[:ESTIMATE_LENGTH],
    }


def limits_of(offer: OfferedService) -> dict[str, Any]:
    """Return what may be ordered and what the provider can do about an order."""
    return {
        "kind": ServiceKind(offer.type),
        "min_quantity": max(offer.min, 1),
        "max_quantity": offer.max,
        "provider_refills": offer.refill,
        "provider_cancels": offer.cancel,
    }


def first_pricing(cost: Decimal, markup_percent: Decimal) -> Pricing:
    """Return the rate per 1000 of a service that is new here (R-1)."""
    held = HeldBack.NO_RATE if not cost else HeldBack.DOUBTFUL_RATE if cost > DEAREST_COST else ""
    return _pricing(cost, markup_percent, held)


def next_pricing(service: Service, cost: Decimal, markup_percent: Decimal) -> Pricing:
    """Return the rate per 1000 of a service after its provider named this cost (R-1, A-08).

    A rate set here by hand stays until the cost or the mark-up moves.
    """
    stays = Pricing(service.rate_per_1000, _stored(cost), service.markup_percent, "")
    if not cost:
        return _held(stays, HeldBack.NO_RATE)
    if not service.rate_per_1000:
        return first_pricing(cost, markup_percent)
    if not _believable(service, cost):
        return _held(stays, HeldBack.DOUBTFUL_RATE)
    if (stays.provider_rate, markup_percent) == (service.provider_rate, service.markup_percent):
        return stays
    return _pricing(cost, markup_percent, "")


def _believable(service: Service, cost: Decimal) -> bool:
    if _stored(cost) == service.provider_rate and not service.held_back:
        return True
    if cost > DEAREST_COST and service.held_back:
        return False
    expected = retail_rate(cost, service.markup_percent)
    rate: Decimal = service.rate_per_1000
    return rate <= expected * BELIEVABLE_FACTOR and expected <= rate * BELIEVABLE_FACTOR


def _pricing(cost: Decimal, markup_percent: Decimal, held: str) -> Pricing:
    return Pricing(min(retail_rate(cost, markup_percent), HIGHEST_RATE), _stored(cost), markup_percent, held)


def _held(stays: Pricing, reason: HeldBack) -> Pricing:
    return Pricing(stays.rate_per_1000, stays.provider_rate, stays.markup_percent, reason)


def _stored(cost: Decimal) -> Decimal:
    return cost.quantize(MONEY_STEP, rounding=ROUND_HALF_UP)


def _line(text: str, length: int) -> str:
    return " ".join(text.split())[:length].strip()
