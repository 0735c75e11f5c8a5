from collections.abc import Iterator

import pytest

from accounts.models import User
from terms.models import TermsVersion
from tests.factories import make_customer, make_staff
from tests.orders.stories import differences


@pytest.fixture
def alice(terms: TermsVersion) -> User:
    return make_customer("alice@example.com", balance="100")


@pytest.fixture
def bob(terms: TermsVersion) -> User:
    return make_customer("bob@example.com", balance="100")


@pytest.fixture
def sam(terms: TermsVersion) -> User:
    return make_staff()


@pytest.fixture
def books() -> Iterator[None]:
    """However the story ends, the books and the orders prove each other."""
    yield
    assert differences() == []
