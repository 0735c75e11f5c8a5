"""Staff set what services cost: by a mark-up on the provider's rate, or by hand. Each move of a rate is kept."""

from collections.abc import Iterable
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from catalog.models import HeldBack, RateChange, Service
from catalog.offers import HIGHEST_RATE
from catalog.pricing import retail_rate

HIGHEST_MARKUP = Decimal(10_000)
_PERCENT_STEP = Decimal("0.01")
_HUNDRED = Decimal(100)


class MarkupOutOfRange(ValidationError):
    def __init__(self) -> None:
        super().__init__(
            _("A mark-up is a percentage from 0 to %(most)s, with at most 2 decimals."),
            "markup_range",
            {"most": HIGHEST_MARKUP},
        )


def require_markup(percent: Decimal) -> None:
    """Raise MarkupOutOfRange unless the percentage can be a mark-up."""
    if not percent.is_finite() or not 0 <= percent <= HIGHEST_MARKUP or percent != round(percent, 2):
        raise MarkupOutOfRange


@transaction.atomic
def reprice(services: Iterable[int], *, markup_percent: Decimal, now: datetime, by: User | None) -> int:
    """Sell services, named by number, at the provider's rate plus a percentage; return how many rates moved (A-08).

    This is also how a rate that an import did not believe is accepted. What the provider names no price for keeps its
    rate. Raises MarkupOutOfRange.
    """
    require_markup(markup_percent)
    moved = 0
    for service in _locked(services):
        if not service.provider_rate:
            continue
        rate = min(retail_rate(service.provider_rate, markup_percent), HIGHEST_RATE)
        if service.held_back == HeldBack.DOUBTFUL_RATE:
            service.held_back = ""
        service.markup_percent = markup_percent
        moved += _move(service, rate, now=now, by=by)
    return moved


@transaction.atomic
def set_rate(service: Service, *, rate_per_1000: Decimal, now: datetime, by: User | None) -> bool:
    """Sell a service at a rate per 1000 set by hand, until the provider's moves; tell whether it moved (A-08).

    The mark-up becomes what the rate amounts to, so that the next import follows the provider from there.
    """
    (locked,) = _locked([service.pk])
    if locked.provider_rate:
        locked.markup_percent = _markup_in(rate_per_1000, locked.provider_rate)
    moved = _move(locked, rate_per_1000, now=now, by=by)
    service.rate_per_1000, service.markup_percent = locked.rate_per_1000, locked.markup_percent
    return moved


def _locked(services: Iterable[int]) -> list[Service]:
    return list(Service.objects.filter(pk__in=services).order_by("pk").select_for_update(no_key=True))


def _move(service: Service, rate: Decimal, *, now: datetime, by: User | None) -> bool:
    old, service.rate_per_1000 = service.rate_per_1000, rate
    service.save(update_fields=["rate_per_1000", "markup_percent", "held_back"])
    if old == rate:
        return False
    RateChange.objects.create(service=service, old_rate=old, new_rate=rate, changed_at=now, changed_by=by)
    return True


def _markup_in(rate: Decimal, cost: Decimal) -> Decimal:
    percent = (rate / cost - 1) * _HUNDRED
    return min(max(percent, Decimal(0)), HIGHEST_MARKUP).quantize(_PERCENT_STEP, rounding=ROUND_HALF_UP)
