import hashlib
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from django.db import connection, connections

from accounts.api_keys import LabelUnusable, TooManyKeys, create_key, customer_of_key, revoke_key
from accounts.models import ApiKey, User
from tests.accounts.conftest import somebody


def test_a_new_key_opens_the_door_for_its_customer(alice: User, bob: User, now: datetime) -> None:
    _key, plain = create_key(customer=alice, label="My shop", now=now)
    create_key(customer=bob, label="Another shop", now=now)

    assert customer_of_key(plain, now=now) == alice


def test_a_key_is_fp_an_id_of_8_and_32_random_characters(alice: User, now: datetime) -> None:
    key, plain = create_key(customer=alice, label="My shop", now=now)

    assert re.fullmatch(r"fp_[0-9A-Za-z]{40}", plain)
    assert plain[3:11] == key.prefix
    assert str(key) == f"fp_{key.prefix}…"


def test_only_the_digest_of_a_key_is_stored(alice: User, now: datetime) -> None:
    key, plain = create_key(customer=alice, label="My shop", now=now)

    with connection.cursor() as cursor:
        cursor.execute("select to_jsonb(k)::text from accounts_apikey k where id = %s", [key.pk])
        row = cursor.fetchone()[0]

    assert hashlib.sha256(plain.encode()).hexdigest() in row
    assert plain[11:] not in row


def test_no_two_keys_share_their_characters(alice: User, now: datetime) -> None:
    secrets = [create_key(customer=alice, label="My shop", now=now)[1][11:] for _ in range(20)]

    assert len(set(secrets)) == 20
    # 640 draws from 62 characters leave out more than ten of them about never.
    assert len(set("".join(secrets))) > 51


@pytest.mark.parametrize("label", ["", "   ", "x" * 81, "tab\there", "null\0", "line\nbreak"])
def test_a_key_without_a_usable_name_is_refused(alice: User, now: datetime, label: str) -> None:
    with pytest.raises(LabelUnusable) as refused:
        create_key(customer=alice, label=label, now=now)

    assert refused.value.code == "label_unusable"
    assert not alice.api_keys.exists()


@pytest.mark.parametrize("label", ["x", "x" * 80, "Büro №1: ключ"])
def test_a_name_of_1_to_80_characters_is_taken(alice: User, now: datetime, label: str) -> None:
    key, _plain = create_key(customer=alice, label=f"  {label} ", now=now)

    assert key.label == label


def test_the_20th_key_is_made_and_the_21st_refused_until_one_is_revoked(
    alice: User, bob: User, now: datetime
) -> None:
    create_key(customer=bob, label="does not count", now=now)
    keys = [create_key(customer=alice, label=f"shop {n}", now=now)[0] for n in range(20)]

    with pytest.raises(TooManyKeys) as refused:
        create_key(customer=alice, label="one more", now=now)
    assert refused.value.code == "too_many_api_keys"
    assert alice.api_keys.count() == 20

    revoke_key(customer=alice, key_id=keys[0].pk, now=now)
    create_key(customer=alice, label="one more", now=now)
    assert alice.api_keys.filter(revoked_at=None).count() == 20


@pytest.mark.django_db(transaction=True)
def test_of_keys_made_at_the_same_moment_only_the_20th_is_made(now: datetime) -> None:
    alice = somebody("alice@example.com")
    for n in range(19):
        create_key(customer=alice, label=f"shop {n}", now=now)

    def try_to_make(n: int) -> bool:
        try:
            create_key(customer=alice, label=f"race {n}", now=now)
        except TooManyKeys:
            return False
        else:
            return True
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(try_to_make, range(8)))

    assert made.count(True) == 1
    assert alice.api_keys.count() == 20


def test_a_revoked_key_opens_nothing_and_revoking_again_keeps_the_first_time(
    alice: User, now: datetime
) -> None:
    key, plain = create_key(customer=alice, label="My shop", now=now)
    _other, other_plain = create_key(customer=alice, label="Other shop", now=now)

    revoke_key(customer=alice, key_id=key.pk, now=now)
    revoke_key(customer=alice, key_id=key.pk, now=now + timedelta(hours=1))

    key.refresh_from_db()
    assert key.revoked_at == now
    assert customer_of_key(plain, now=now) is None
    assert customer_of_key(other_plain, now=now) == alice


def test_nobody_revokes_another_customers_key(alice: User, bob: User, now: datetime) -> None:
    key, plain = create_key(customer=alice, label="My shop", now=now)

    revoke_key(customer=bob, key_id=key.pk, now=now)

    assert customer_of_key(plain, now=now) == alice


def test_a_key_wrong_in_any_one_character_opens_nothing(alice: User, now: datetime) -> None:
    _key, plain = create_key(customer=alice, label="My shop", now=now)

    for place, character in enumerate(plain):
        other = "a" if character != "a" else "b"
        assert customer_of_key(plain[:place] + other + plain[place + 1 :], now=now) is None


@pytest.mark.parametrize(
    "change", [str.swapcase, str.upper, " {}".format, "{} ".format, "{}\n".format, "{}x".format]
)
def test_a_key_counts_exactly_as_it_is_written(alice: User, now: datetime, change) -> None:
    _key, plain = create_key(customer=alice, label="My shop", now=now)

    assert customer_of_key(change(plain), now=now) is None


@pytest.mark.parametrize(
    "nonsense",
    [
        None, "", b"", b"fp_" + b"a" * 40, 0, 1, True, 3.5, [], ["fp_" + "a" * 40], {}, object(),
        "fp_", "fp_" + "a" * 39, "fp_" + "a" * 40, "fp_" + "a" * 41, "fp_" + "a" * 10_000_000, "\0" * 43,
        "fp_" + "é" * 40, "fp_" + "٣" * 40, "fp_" + "\ud800" * 40, "fp_' OR 1=1 --", "fp_%%%%%%%%" + "a" * 32,
    ],
    ids=lambda value: repr(value)[:20],
)  # fmt: skip
@pytest.mark.django_db
def test_nonsense_in_place_of_a_key_opens_nothing(now: datetime, nonsense: object) -> None:
    assert customer_of_key(nonsense, now=now) is None


def test_what_does_not_look_like_a_key_never_reaches_the_database(now: datetime) -> None:
    # This test has no database: a query would be an error.
    assert customer_of_key("fp_" + "a" * 41, now=now) is None


def last_used(key: ApiKey) -> datetime | None:
    return ApiKey.objects.get(pk=key.pk).last_used_at


def test_the_last_use_is_noted_at_most_once_a_minute(
    alice: User, now: datetime, django_assert_num_queries
) -> None:
    key, plain = create_key(customer=alice, label="My shop", now=now)
    assert last_used(key) is None

    with django_assert_num_queries(2):
        customer_of_key(plain, now=now)
    assert last_used(key) == now

    with django_assert_num_queries(1):
        customer_of_key(plain, now=now + timedelta(seconds=59))
    assert last_used(key) == now

    customer_of_key(plain, now=now + timedelta(seconds=60))
    assert last_used(key) == now + timedelta(seconds=60)


def test_a_refused_key_is_not_noted_as_used(alice: User, now: datetime) -> None:
    key, plain = create_key(customer=alice, label="My shop", now=now)

    customer_of_key(plain[:-1] + ("a" if plain[-1] != "a" else "b"), now=now)
    revoke_key(customer=alice, key_id=key.pk, now=now)
    customer_of_key(plain, now=now)

    assert last_used(key) is None
