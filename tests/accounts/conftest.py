from datetime import UTC, datetime
from functools import cache

import pytest
from django.contrib.auth.hashers import make_password

from accounts.joining import confirm_address
from accounts.models import User

PASSWORD = "a long enough phrase"


@cache
def password_hash() -> str:
    """Hashing is slow on purpose, so it is done once for all stories."""
    return make_password(PASSWORD)


def somebody(email: str, **fields: bool) -> User:
    user = User.objects.create(email=email, password=password_hash(), **fields)
    confirm_address(user)
    return user


@pytest.fixture
def now() -> datetime:
    return datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def alice(db: None) -> User:
    return somebody("alice@example.com")


@pytest.fixture
def bob(db: None) -> User:
    return somebody("bob@example.com")


@pytest.fixture
def sam(db: None) -> User:
    return somebody("sam@example.com", is_staff=True)
