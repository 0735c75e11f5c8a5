from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from catalog.importing import ImportReport, import_services
from providers.fake import offered
from providers.gateway import OfferedService
from providers.models import Provider
from tests.factories import NOW, make_provider

Importer = Callable[..., ImportReport]


@pytest.fixture
def upstream(db: None) -> Provider:
    return make_provider()


@pytest.fixture
def take(upstream: Provider) -> Importer:
    """Import these offers of the provider; markup=30 unless it is said."""

    def take(*offers: OfferedService, markup: str = "30", **options: Any) -> ImportReport:
        options = {"now": NOW} | options
        return import_services(provider=upstream, offered=offers, markup_percent=Decimal(markup), **options)

    return take


def followers(number: str = "1", **facts: Any) -> OfferedService:
    plain = {"name": "Instagram Followers | Refill 30 Days", "category": "Instagram Followers"}
    return offered(number, **(plain | facts))
