from io import StringIO

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import connection

from providers.models import Provider
from providers.secrets import SealBroken, reseal, seal, unseal

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()
KEY = "provider-key-0123456789"


def make_provider(name: str = "Upstream", key: str = KEY) -> Provider:
    provider = Provider(name=name, url="https://upstream.example/api/v2")
    provider.set_key(key)
    provider.save()
    return provider


def test_what_is_sealed_can_be_opened_and_reads_like_noise(settings) -> None:
    settings.PANEL_FIELD_KEYS = [NEW]

    sealed = seal(KEY)

    assert KEY not in sealed
    assert seal(KEY) != sealed
    assert unseal(sealed) == KEY


def test_the_first_key_seals_and_every_key_opens(settings) -> None:
    settings.PANEL_FIELD_KEYS = [OLD]
    old = seal(KEY)
    settings.PANEL_FIELD_KEYS = [NEW, OLD]
    new = seal(KEY)

    assert unseal(old) == KEY
    settings.PANEL_FIELD_KEYS = [NEW]
    assert unseal(new) == KEY
    with pytest.raises(SealBroken):
        unseal(old)


def test_a_changed_seal_does_not_open(settings) -> None:
    settings.PANEL_FIELD_KEYS = [NEW]
    sealed = seal(KEY)

    for spoiled in (sealed[:-4] + "AAAA", "", "plain text"):
        with pytest.raises(SealBroken):
            unseal(spoiled)
        with pytest.raises(SealBroken):
            reseal(spoiled)


def test_without_field_keys_nothing_is_stored(settings) -> None:
    settings.PANEL_FIELD_KEYS = []

    with pytest.raises(ImproperlyConfigured):
        seal(KEY)


@pytest.mark.clause("A-39", "K-83")
@pytest.mark.django_db
def test_the_database_never_holds_a_key_in_the_clear() -> None:
    provider = make_provider()

    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(p)::text FROM providers_provider p")
        row = cursor.fetchone()[0]

    assert KEY not in row
    assert provider.unsealed_key() == KEY
    assert provider.key_hint == KEY[-4:]


@pytest.mark.parametrize(("key", "hint"), [("x" * 15, ""), ("x" * 12 + "abcd", "abcd"), ("", "")])
def test_only_the_end_of_a_long_key_can_be_read(key: str, hint: str) -> None:
    provider = Provider()
    provider.set_key(key)

    assert provider.key_hint == hint


@pytest.mark.django_db
def test_after_rotating_the_old_field_key_can_be_dropped(settings) -> None:
    settings.PANEL_FIELD_KEYS = [OLD]
    provider = make_provider()
    settings.PANEL_FIELD_KEYS = [NEW, OLD]
    said = StringIO()

    call_command("rotate_provider_keys", stdout=said)

    settings.PANEL_FIELD_KEYS = [NEW]
    provider.refresh_from_db()
    assert provider.unsealed_key() == KEY
    assert "1 keys" in said.getvalue()


@pytest.mark.django_db
def test_rotating_names_the_provider_whose_key_is_lost_and_still_does_the_others(settings) -> None:
    settings.PANEL_FIELD_KEYS = [OLD]
    make_provider("Lost")
    settings.PANEL_FIELD_KEYS = [NEW]
    make_provider("Fine")
    said = StringIO()

    with pytest.raises(CommandError, match="Lost"):
        call_command("rotate_provider_keys", stdout=said)

    assert "1 keys" in said.getvalue()
