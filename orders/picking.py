"""Finding the service to order: by network, by what it adds to, and by words of its name or its number."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from accounts.models import User
from catalog.expecting import Expected, expected_of
from catalog.forms import SearchForm
from catalog.models import Service
from catalog.pricing import customer_rate
from catalog.searching import kinds_found, services_page
from terms.versions import newest_version

PICKS = 30


@dataclass(frozen=True)
class Pick:
    """A service at the customer's own rate, and what may be expected of it."""

    service: Service
    rate: Decimal
    expected: Expected


def picks(customer: User, asked: Mapping[str, str]) -> dict[str, Any]:
    """Return the services that fit, and what else can be chosen from."""
    wanted = SearchForm(asked).wanted
    page = services_page(wanted, size=PICKS)
    discount, version = customer.discount_percent, newest_version()
    rules = version.rules.estimate if version else None
    return {
        "wanted": wanted,
        "kinds": kinds_found(wanted),
        "picks": [
            Pick(service, customer_rate(service.rate_per_1000, discount), expected_of(service, rules))
            for service in page.services
        ],
        "has_more": page.has_more,
    }
