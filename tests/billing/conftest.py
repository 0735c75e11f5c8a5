from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection

from accounts.models import User
from terms.models import TermsVersion
from tests.factories import make_customer, make_staff
from tests.sandbox.stripe.local_stripe import local_stripe  # noqa: F401 - a fixture


@pytest.fixture
def alice(terms: TermsVersion) -> User:
    return make_customer("alice@example.com", balance="10")


@pytest.fixture
def bob(terms: TermsVersion) -> User:
    return make_customer("bob@example.com")


@pytest.fixture
def sam(terms: TermsVersion) -> User:
    return make_staff("sam@example.com")


@pytest.fixture
def stripe_here(local_stripe, settings):  # noqa: F811
    """The panel takes cards, and its Stripe is the one of this test."""
    settings.STRIPE_SECRET_KEY = local_stripe.key
    settings.STRIPE_API_BASE = local_stripe.url
    settings.STRIPE_WEBHOOK_SECRETS = [local_stripe.webhook_secret]
    return local_stripe


def sql(statement: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


@contextmanager
def unguarded() -> Iterator[None]:
    """As somebody who owns the database and switches its guards off."""
    sql("SET session_replication_role = replica")
    yield
    sql("SET session_replication_role = origin")
