"""What somebody alters about withdrawals behind the guards is found; and their secrets can be sealed by a new key."""

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command

from accounts.models import Look, User
from accounts.sealing import SealBroken
from billing.destinations import open_destination
from billing.models import Withdrawal
from billing.verification import verify_books
from billing.withdrawal_checks import WITHDRAWAL_CHECKS
from tests.billing.conftest import sql, unguarded
from tests.billing.withdrawals import BANK, asks, assert_books_are_right, at, is_paid_by_hand, pays
from tests.factories import make_customer

pytestmark = pytest.mark.django_db

PARTS, GAVE, HELD, PROMISED, HOLDABLE = (name for name, _query in WITHDRAWAL_CHECKS)


@pytest.fixture
def alice(terms) -> User:
    return make_customer("alice@example.com")


@pytest.fixture
def open_one(alice, sam) -> Withdrawal:
    """One was paid, one is open."""
    pays(alice, "100", "10", when=at(6))
    is_paid_by_hand(asks(alice, "30", when=at(7)), by=sam, when=at(7))
    return asks(alice, "20", when=at(7))


@pytest.mark.parametrize(
    ("tampering", "expected"),
    [
        ("UPDATE billing_withdrawal SET gross = gross + 1 WHERE state = 'requested'", {PARTS, HELD}),
        ("UPDATE billing_withdrawal SET fee = fee + 1 WHERE state = 'paid'", {HELD, PROMISED}),
        ("UPDATE billing_withdrawalpart SET cash = cash - 1", {PARTS, GAVE}),
        ("UPDATE billing_funding SET cash_withdrawn = cash_withdrawn - 1", {GAVE}),
        ("UPDATE billing_funding SET cash_withdrawn = cash_withdrawn + 1", {GAVE, HOLDABLE}),
        ("UPDATE billing_payout SET amount = amount + 1", {HELD, PROMISED}),
        ("UPDATE billing_payout SET state = 'failed'", {HELD, PROMISED}),
        (
            "UPDATE billing_withdrawal SET state = 'rejected', note = 'x', closed_at = now() WHERE state = 'requested'",
            {GAVE, HELD},
        ),
    ],
)
def test_what_was_altered_about_withdrawals_is_found(open_one, tampering, expected):
    assert_books_are_right()
    with unguarded():
        sql(tampering)

    assert {difference.check for difference in verify_books().differences} == expected


def test_each_look_at_the_destination_is_kept(open_one, alice, sam):
    assert open_destination(open_one, by=sam, now=at(7)) == BANK
    assert (Look.objects.get().staff, Look.objects.get().customer) == (sam, alice)


def test_destinations_can_be_sealed_by_a_new_key(open_one, sam, settings, capsys):
    old, new = settings.PANEL_FIELD_KEYS[0], Fernet.generate_key().decode()
    settings.PANEL_FIELD_KEYS = [new]
    with pytest.raises(SealBroken):
        open_destination(open_one, by=sam, now=at(7))
    with pytest.raises(CommandError):
        call_command("rotate_destination_keys")

    settings.PANEL_FIELD_KEYS = [new, old]
    call_command("rotate_destination_keys")
    assert "2 destinations sealed" in capsys.readouterr().out
    settings.PANEL_FIELD_KEYS = [new]
    open_one.refresh_from_db()
    assert open_destination(open_one, by=sam, now=at(7)) == BANK
