"""Takes what a provider offers into our catalogue: its cost with our mark-up is our rate.

What cannot be sold as it stands is left out and said. What has no price, or one that cannot be right, is held back, and
so is what the provider no longer offers; each returns by itself when the reason is gone. What staff took off sale stays
off. Orders are never touched.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Max
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from catalog.models import Category, HeldBack, RateChange, Service
from catalog.naming import guarantee_is_doubtful
from catalog.offers import (
    Pricing,
    category_of,
    first_pricing,
    limits_of,
    next_pricing,
    unsellable,
    wording_of,
)
from catalog.repricing import require_markup
from providers.gateway import OfferedService
from providers.models import Provider

_LOCK = 0x5E41  # Ours among the advisory locks of the database.
_BATCH = 500
_WORDING = (
    *("category", "platform", "metric", "name", "description"),
    *("guarantee_days", "stated_start", "stated_speed"),
)
_TRADE = (
    *("kind", "min_quantity", "max_quantity", "provider_refills", "provider_cancels"),
    *("provider_rate", "markup_percent", "rate_per_1000", "is_on_sale", "held_back"),
)


class NothingOffered(ValidationError):
    """An empty list is more likely a fault than the end of a business: nothing goes off sale for it."""

    def __init__(self) -> None:
        super().__init__(
            _("The provider offers no services at the moment; nothing was changed."), "nothing_offered"
        )


class CurrencyDiffers(ValidationError):
    """A cost in another currency would become a rate in ours, number for number."""

    def __init__(self, provider: Provider) -> None:
        super().__init__(
            _("%(provider)s charges in %(theirs)s and the panel in %(ours)s; nothing was imported."),
            "currency_differs",
            {"provider": provider.name, "theirs": provider.currency, "ours": settings.PANEL_CURRENCY},
        )


@dataclass(frozen=True)
class Remark:
    """One service that a person may want to look at. The number is the provider's."""

    number: str
    name: str
    text: str | Promise = ""


@dataclass(frozen=True)
class RateMove:
    number: str
    name: str
    old: Decimal
    new: Decimal


@dataclass
class ImportReport:
    """What an import did, or in a dry run what it would do."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rates_up: list[RateMove] = field(default_factory=list)
    rates_down: list[RateMove] = field(default_factory=list)
    # Newly held back by this import, whether new here or taken off sale.
    held_back: list[Remark] = field(default_factory=list)
    returned: list[Remark] = field(default_factory=list)
    skipped: list[Remark] = field(default_factory=list)
    # Texts that name two guarantees: sold without any until a person decides (K-80).
    doubtful_guarantees: list[Remark] = field(default_factory=list)


@transaction.atomic
def import_services(
    *,
    provider: Provider,
    offered: Sequence[OfferedService],
    markup_percent: Decimal,
    now: datetime,
    by: User | None = None,
    only: set[str] | None = None,
    keep_markups: bool = False,
    dry_run: bool = False,
) -> ImportReport:
    """Create and update the services bought from a provider, at its cost plus a percentage (R-1, A-08, K-80).

    `only` names the provider's service numbers and leaves all others alone; with `keep_markups` the percentage is for
    new services and the others keep theirs. Each move of a rate is kept as a RateChange. A dry run stores nothing.
    Raises MarkupOutOfRange, CurrencyDiffers or NothingOffered; then nothing is stored either.
    """
    require_markup(markup_percent)
    if provider.currency != settings.PANEL_CURRENCY:
        raise CurrencyDiffers(provider)
    # Of two with one number the first counts.
    offers = {one.service: one for one in reversed(offered)} if offered else {}
    if not offers:
        raise NothingOffered
    _take_turns(provider)
    known = _known_services(provider, only)
    update = _Update(provider, markup_percent, now, keep_markups)
    for place, offer in enumerate(reversed(offers.values())):
        if only is None or offer.service in only:
            update.take(offer, known.pop(offer.service, None), place)
    for service in known.values():
        update.miss(service)
    if not dry_run:
        update.write(by)
    return update.report


def _take_turns(provider: Provider) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK, provider.pk])


def _known_services(provider: Provider, only: set[str] | None) -> dict[str, Service]:
    known = Service.objects.filter(provider=provider).order_by("pk")
    if only is not None:
        known = known.filter(provider_service__in=only)
    locked = known.select_for_update(no_key=True, of=("self",)).select_related("category")
    return {service.provider_service: service for service in locked}


class _Categories:
    """Categories by name; new ones come after all others, in the order of the provider's list."""

    def __init__(self) -> None:
        self._by_name = {category.name: category for category in Category.objects.all()}
        self._last = Category.objects.aggregate(last=Max("position"))["last"] or 0
        self.new: list[Category] = []

    def named(self, name: str) -> Category:
        if name not in self._by_name:
            self._last += 1
            self._by_name[name] = Category(name=name, position=self._last)
            self.new.append(self._by_name[name])
        return self._by_name[name]


class _Update:
    """Compares offers with services and collects what is to be written: a dry run only leaves the writing out."""

    def __init__(
        self, provider: Provider, markup_percent: Decimal, now: datetime, keep_markups: bool
    ) -> None:
        self.report = ImportReport()
        self._provider = provider
        self._markup = markup_percent
        self._now = now
        self._keep_markups = keep_markups
        self._categories = _Categories()
        self._created: list[Service] = []
        self._changed: list[Service] = []
        self._seen: list[int] = []
        self._rate_changes: list[RateChange] = []

    def take(self, offer: OfferedService, service: Service | None, place: int) -> None:
        reason = unsellable(offer)
        if reason:
            self.report.skipped.append(_remark(offer, reason))
            if service:
                self.miss(service)
        elif service:
            self._update(service, offer)
        else:
            self._create(offer, place)

    def miss(self, service: Service) -> None:
        """Hold back what the provider no longer offers, or not in a form that can be ordered."""
        before = _facts(service, _TRADE)
        self._hold(service, HeldBack.GONE)
        self._count(service, changed=before != _facts(service, _TRADE))

    def write(self, by: User | None) -> None:
        Category.objects.bulk_create(self._categories.new)
        Service.objects.bulk_create(self._created, batch_size=_BATCH)
        # An upsert that always meets its row: six times as fast as bulk_update.
        Service.objects.bulk_create(
            self._changed,
            batch_size=_BATCH,
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=[*_WORDING, *_TRADE],
        )
        Service.objects.filter(pk__in=self._seen).update(seen_at=self._now)
        for change in self._rate_changes:
            change.changed_by = by
        RateChange.objects.bulk_create(self._rate_changes, batch_size=_BATCH)

    def _create(self, offer: OfferedService, place: int) -> None:
        service = Service(
            provider=self._provider,
            provider_service=offer.service,
            category=self._categories.named(category_of(offer)),
            position=place,
            seen_at=self._now,
            **wording_of(offer),
            **limits_of(offer),
        )
        self._price(service, first_pricing(offer.rate, self._markup))
        self._note_guarantee(offer)
        self._created.append(service)
        self.report.created += 1

    def _update(self, service: Service, offer: OfferedService) -> None:
        self._seen.append(service.pk)
        before = _facts(service, (*_WORDING, *_TRADE))
        facts = limits_of(offer)
        if not service.own_wording:
            service.category = self._categories.named(category_of(offer))
            facts |= wording_of(offer)
            self._note_guarantee(offer)
        for name, value in facts.items():
            setattr(service, name, value)
        markup = service.markup_percent if self._keep_markups else self._markup
        self._price(service, next_pricing(service, offer.rate, markup))
        self._count(service, changed=before != _facts(service, (*_WORDING, *_TRADE)))

    def _price(self, service: Service, pricing: Pricing) -> None:
        old = service.rate_per_1000
        service.rate_per_1000 = pricing.rate_per_1000
        service.provider_rate = pricing.provider_rate
        service.markup_percent = pricing.markup_percent
        self._hold(service, pricing.held_back)
        if old != service.rate_per_1000:
            self._note_rate(service, old)

    def _hold(self, service: Service, reason: str) -> None:
        """Take off sale for a reason, or put back what an import had taken off."""
        if not service.is_on_sale and not service.held_back:
            return  # Staff took it off.
        remark = Remark(service.provider_service, service.name, HeldBack(reason).label if reason else "")
        if reason and reason != service.held_back:
            self.report.held_back.append(remark)
        elif service.held_back and not reason:
            self.report.returned.append(remark)
        service.held_back = reason
        service.is_on_sale = not reason

    def _note_rate(self, service: Service, old: Decimal | None) -> None:
        new = service.rate_per_1000
        self._rate_changes.append(
            RateChange(service=service, old_rate=old, new_rate=new, changed_at=self._now)
        )
        if old is not None:
            moves = self.report.rates_up if new > old else self.report.rates_down
            moves.append(RateMove(service.provider_service, service.name, old, new))

    def _note_guarantee(self, offer: OfferedService) -> None:
        if guarantee_is_doubtful(offer.name, offer.description):
            self.report.doubtful_guarantees.append(_remark(offer))

    def _count(self, service: Service, *, changed: bool) -> None:
        if changed:
            self._changed.append(service)
            self.report.updated += 1
        else:
            self.report.unchanged += 1


def _facts(service: Service, names: tuple[str, ...]) -> list[object]:
    return [getattr(service, name) for name in names]


def _remark(offer: OfferedService, text: str | Promise = "") -> Remark:
    return Remark(offer.service, " ".join(offer.name.split()), text)
