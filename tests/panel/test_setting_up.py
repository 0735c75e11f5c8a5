"""A panel is set up from the command line; what cannot be done is said, and nothing is stored."""

import io
import sys
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from billing.ledger import balance_of
from billing.models import Funding
from providers.models import Provider
from tests.factories import make_customer

pytestmark = pytest.mark.django_db


@pytest.fixture
def typed(monkeypatch):
    """What is given on the standard input."""
    return lambda text: monkeypatch.setattr(sys, "stdin", io.StringIO(text))


def test_a_person_is_added_and_can_sign_in(client, typed, terms):
    typed("correct horse battery\n")

    call_command("add_person", "rita@example.com")

    answer = client.post(
        "/accounts/login/", {"login": "rita@example.com", "password": "correct horse battery"}
    )
    assert answer.status_code == 302
    assert not User.objects.get(email="rita@example.com").is_staff


def test_an_owner_is_added(typed):
    typed("correct horse battery\n")

    call_command("add_person", "sam@example.com", "--owner")

    assert User.objects.get(email="sam@example.com").is_superuser


@pytest.mark.parametrize(
    ("email", "password", "says"),
    [
        ("rita@example.com", "", "password"),
        ("rita", "correct horse battery", "valid email"),
        ("Alice@example.com", "correct horse battery", "already"),
    ],
)
def test_nobody_is_added_without_password_or_address_of_their_own(typed, email, password, says):
    make_customer()
    typed(password)

    with pytest.raises(CommandError, match=says):
        call_command("add_person", email)

    assert User.objects.count() == 1


def test_a_provider_is_added_with_its_key_sealed(typed):
    typed("provider-key-0123456789\n")

    call_command("add_provider", "Upstream", "https://upstream.example/api/v2")

    provider = Provider.objects.get(name="Upstream")
    assert provider.unsealed_key() == "provider-key-0123456789"
    assert "provider-key" not in provider.encrypted_key


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("http://upstream.example/api/v2", "a key"),
        ("https://upstream.example/api/v2", ""),
        ("nothing", "a key"),
    ],
)
def test_a_provider_needs_an_address_to_be_trusted_and_a_key(typed, url, key):
    typed(key)

    with pytest.raises(CommandError):
        call_command("add_provider", "Upstream", url)

    assert not Provider.objects.exists()


def test_money_is_given_and_goodwill_is_never_cash(terms):
    alice = make_customer()

    call_command("give_funding", "alice@example.com", "50", "by bank", "--bonus", "5")
    call_command("give_funding", "alice@example.com", "1.50", "sorry", "--goodwill")

    assert balance_of(alice) == Decimal("56.50")
    assert [(each.cash, each.bonus) for each in Funding.objects.order_by("pk")] == [
        (50, 5),
        (0, Decimal("1.5")),
    ]


@pytest.mark.parametrize("amount", ["-1", "a lot", "NaN", "0", "0.001"])
def test_what_is_no_amount_is_not_given(terms, amount):
    make_customer()

    with pytest.raises(CommandError):
        call_command("give_funding", "alice@example.com", amount, "by bank")

    assert not Funding.objects.exists()
