from datetime import UTC, datetime

import pytest

from accounts.joining import add_person
from accounts.models import User

PASSWORD = "a long enough phrase"


@pytest.fixture
def now() -> datetime:
    return datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def alice(db: None) -> User:
    return add_person(email="alice@example.com", password=PASSWORD)


@pytest.fixture
def bob(db: None) -> User:
    return add_person(email="bob@example.com", password=PASSWORD)


@pytest.fixture
def sam(db: None) -> User:
    return add_person(email="sam@example.com", password=PASSWORD, is_staff=True)
