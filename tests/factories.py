"""People and things for stories: keyword functions with defaults. alice and bob are customers, sam is staff."""

import itertools
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import uuid4

from django.contrib.auth.hashers import make_password

from accounts.models import User
from billing.funding import give_funding
from billing.models import Funding
from catalog.models import Category, Service, ServiceKind
from orders.asking import OrderRequest
from orders.models import Channel, Order
from orders.placing import place_order
from providers.models import Provider
from terms.models import TermsVersion
from terms.publishing import publish_profile

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
LINK = "https://www.instagram.com/alice.studio/"

PASSWORD = "correct horse battery"

_numbers = itertools.count(1)


@cache
def password_hash() -> str:
    """Hashing is slow on purpose, so it is done once for all stories."""
    return make_password(PASSWORD)


def after(**duration: float) -> datetime:
    return NOW + timedelta(**duration)


def publish_terms(profile: str = "bestsmmkart", changes: dict[str, object] | None = None) -> TermsVersion:
    return publish_profile(profile, by=None, now=NOW, changes=changes)


def make_customer(email: str = "alice@example.com", *, balance: str = "0", **fields: Any) -> User:
    customer = User.objects.create(email=email, password=password_hash(), **fields)
    if Decimal(balance):
        give(customer, cash=balance)
    return customer


def make_staff(email: str = "sam@example.com") -> User:
    return User.objects.create(email=email, password=password_hash(), is_staff=True, is_superuser=True)


def give(customer: User, *, cash: str = "0", bonus: str = "0", now: datetime = NOW) -> Funding:
    return give_funding(
        customer=customer,
        kind=Funding.Kind.DEPOSIT,
        cash=Decimal(cash),
        bonus=Decimal(bonus),
        reason="for the story",
        given_by=None,
        request_id=uuid4(),
        now=now,
    )


def make_provider(name: str = "Upstream", **fields: Any) -> Provider:
    earlier = Provider.objects.filter(name=name).first()
    if earlier:
        return earlier
    provider = Provider(name=name, url="https://upstream.example/api/v2", **fields)
    provider.set_key("provider-key-0123456789")
    provider.save()
    return provider


def make_service(
    *, rate_per_1000: str = "1.2345", provider: Provider | None = None, **fields: Any
) -> Service:
    number = next(_numbers)
    defaults: dict[str, Any] = {
        "category": Category.objects.get_or_create(name="Instagram Followers")[0],
        "platform": "instagram",
        "metric": "followers",
        "kind": ServiceKind.DEFAULT,
        "name": "Instagram Followers | Refill 30 Days",
        "min_quantity": 10,
        "max_quantity": 100_000,
        "provider_service": str(number),
        "provider_rate": Decimal("0.9"),
        "markup_percent": Decimal("30"),
        "guarantee_days": 30,
        "seen_at": NOW,
    }
    return Service.objects.create(
        rate_per_1000=Decimal(rate_per_1000), provider=provider or make_provider(), **(defaults | fields)
    )


def order_request(service: Service, **fields: Any) -> OrderRequest:
    defaults: dict[str, Any] = {
        "link": LINK,
        "request_id": uuid4().hex,
        "channel": Channel.BROWSER,
        "quantity": 1234,
        "terms_ticked": True,
        "public_ticked": True,
    }
    return OrderRequest(service_id=service.pk, **(defaults | fields))


def make_order(
    customer: User, service: Service | None = None, *, now: datetime = NOW, **fields: Any
) -> Order:
    return place_order(customer=customer, request=order_request(service or make_service(), **fields), now=now)
