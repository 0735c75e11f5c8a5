"""The list of services as one customer sees it: at the customer's own rates, and with what the terms allow.

It is long and seldom changes, while programs ask for it every few minutes. So it is kept, packed, until the catalogue
or the terms change, and carries an ETag by which a program can ask whether it has the newest already.
"""

import gzip
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core.cache import cache
from django.utils.translation import get_language

from accounts.models import User
from billing.money import plain_amount
from catalog.changes import catalogue_mark
from catalog.guarantees import stated_description
from catalog.models import Category, Service, ServiceKind
from orders.drafting import rate_for
from orders.states import OrderState
from terms.versions import newest_version

KEPT_SECONDS = 24 * 3600
# Raised when an entry of the list gets another shape, so that none is kept from the day before.
SHAPE = 1
# Few changes make the whole list new, so speed is worth more than the last tenth of the size.
PACKING = 4


@dataclass(frozen=True)
class Listing:
    """The list as it is sent: packed bytes, and the mark of exactly these."""

    packed: bytes
    digest: str

    @property
    def plain(self) -> bytes:
        return gzip.decompress(self.packed)


@dataclass(frozen=True)
class _View:
    """All that makes one customer's list differ from another's."""

    discount_percent: Decimal
    may_cancel: bool
    must_state: bool

    @property
    def name(self) -> str:
        return f"api.services/{self.discount_percent}/{self.may_cancel}/{self.must_state}/{get_language()}"


def listing_for(customer: User) -> Listing:
    """Return the services on sale, sorted as on the page, at the customer's rates (R-1)."""
    version = newest_version()
    view = _View(
        customer.discount_percent,
        may_cancel=version is not None and OrderState.PENDING in version.rules.order.customer_cancel_from,
        must_state=version is not None and version.rules.guarantee.must_be_stated,
    )
    # Read before the services: a list that is newer than its mark is only made once more than needed.
    mark = f"{SHAPE}/{catalogue_mark()}"
    kept = cache.get(view.name)
    if kept is not None and kept[0] == mark:
        return Listing(*kept[1:])
    listing = _made(view)
    # One place for each view, used again, so that old lists do not pile up.
    cache.set(view.name, (mark, listing.packed, listing.digest), KEPT_SECONDS)
    return listing


def _made(view: _View) -> Listing:
    plain = json.dumps(list(_offers(view))).encode()
    return Listing(gzip.compress(plain, PACKING, mtime=0), hashlib.sha256(plain).hexdigest()[:32])


def _offers(view: _View) -> Iterator[dict[str, Any]]:
    # One name for many services: thousands of joined rows would take twice as long to read.
    categories = dict(Category.objects.values_list("pk", "name"))
    on_sale = (
        Service.objects.on_sale()
        .order_by("category__position", "category__name", "position", "pk")
        .only(
            "category_id",
            "kind",
            "name",
            "description",
            "rate_per_1000",
            "min_quantity",
            "max_quantity",
            "guarantee_days",
            "allows_runs",
        )
    )
    for service in on_sale:
        yield _offer(service, view, category=categories[service.category_id])


def _offer(service: Service, view: _View, *, category: str) -> dict[str, Any]:
    """The rate is the caller's own; a package is one piece at its rate."""
    is_package = service.kind == ServiceKind.PACKAGE
    description = service.description
    if view.must_state:
        description = stated_description(description, service.guarantee_days)
    return {
        "service": service.pk,
        "name": service.name,
        "type": str(ServiceKind(service.kind).label),
        "category": category,
        "rate": plain_amount(rate_for(service, discount_percent=view.discount_percent)),
        "min": "1" if is_package else str(service.min_quantity),
        "max": "1" if is_package else str(service.max_quantity),
        "refill": service.guarantee_days is not None,
        "cancel": view.may_cancel,
        "dripfeed": service.is_sold_in_runs,
        "desc": description,
    }
