"""What a key may do, from where, until when, and its successor."""

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from accounts.api_keys import (
    AddressNotAllowed,
    EndIsPast,
    KeyExpired,
    NoScope,
    NotReplaceable,
    ScopeMissing,
    create_key,
    key_of,
    replace_key,
    require_scope,
    revoke_key,
    working_keys,
)
from accounts.models import AccountState, ApiKey, Notice, User
from accounts.networks import TooManyNetworks
from accounts.scopes import Scope
from accounts.standing import change_state

HERE = "203.0.113.7"
MOMENT = timedelta(microseconds=1)


def test_a_key_may_all_that_api_v2_knows_and_never_money_unless_told(alice: User, now: datetime) -> None:
    key, _plain = create_key(customer=alice, label="My shop", now=now)

    for scope in (Scope.READ, Scope.ORDER, Scope.REFILL):
        require_scope(key, scope)
    with pytest.raises(ScopeMissing, match="money"):
        require_scope(key, Scope.MONEY)


@pytest.mark.parametrize("scope", list(Scope))
def test_a_key_may_only_what_it_was_made_for(alice: User, now: datetime, scope: Scope) -> None:
    _key, plain = create_key(customer=alice, label="My shop", now=now, scopes=[scope])
    key = key_of(plain, now=now, ip=None)

    assert key is not None
    require_scope(key, scope)
    for other in set(Scope) - {scope}:
        with pytest.raises(ScopeMissing):
            require_scope(key, other)


def test_a_key_without_any_scope_is_refused_and_not_stored(alice: User, now: datetime) -> None:
    with pytest.raises(NoScope):
        create_key(customer=alice, label="My shop", now=now, scopes=[])

    assert not alice.api_keys.exists()


@pytest.mark.parametrize(
    "wrong",
    [{"scopes": []}, {"scopes": ["read", "all"]}, {"allowed_networks": ["203.0.113.7"] * 21}],
    ids=["no scope", "unknown scope", "too many networks"],
)
def test_the_database_refuses_what_no_key_can_be(alice: User, now: datetime, wrong) -> None:
    key, _plain = create_key(customer=alice, label="My shop", now=now)

    with pytest.raises(IntegrityError), transaction.atomic():
        ApiKey.objects.filter(pk=key.pk).update(**wrong)


def test_a_key_works_only_from_the_networks_it_was_made_for(alice: User, now: datetime) -> None:
    _key, plain = create_key(
        customer=alice, label="My shop", now=now, allowed_networks=["203.0.113.0/24", "2001:db8::1"]
    )

    for ip in (HERE, "2001:db8::1", "::ffff:203.0.113.7"):
        assert key_of(plain, now=now, ip=ip) is not None
    for ip in ("203.0.114.1", "2001:db8::2", None):
        with pytest.raises(AddressNotAllowed):
            key_of(plain, now=now, ip=ip)


def test_a_guess_from_the_wrong_network_learns_nothing(alice: User, now: datetime) -> None:
    _key, plain = create_key(customer=alice, label="My shop", now=now, allowed_networks=[HERE])

    assert key_of(plain[:-1] + ("a" if plain[-1] != "a" else "b"), now=now, ip="198.51.100.1") is None


def test_a_key_from_the_wrong_network_does_not_learn_the_state_of_the_account(
    alice: User, now: datetime
) -> None:
    _key, plain = create_key(customer=alice, label="My shop", now=now, allowed_networks=[HERE])
    change_state(customer=alice, to=AccountState.FROZEN, why="A dispute.", by=None, now=now)

    with pytest.raises(AddressNotAllowed):
        key_of(plain, now=now, ip="198.51.100.1")


def test_more_than_twenty_networks_are_refused(alice: User, now: datetime) -> None:
    with pytest.raises(TooManyNetworks):
        create_key(customer=alice, label="x", now=now, allowed_networks=[f"203.0.113.{n}" for n in range(21)])


def test_a_key_works_to_its_last_moment_and_then_says_why_not(alice: User, now: datetime) -> None:
    end = now + timedelta(days=1)
    _key, plain = create_key(customer=alice, label="My shop", now=now, expires_at=end)

    assert key_of(plain, now=end - MOMENT, ip=None) is not None
    with pytest.raises(KeyExpired):
        key_of(plain, now=end, ip=None)


def test_a_key_that_would_be_over_at_once_is_refused(alice: User, now: datetime) -> None:
    with pytest.raises(EndIsPast):
        create_key(customer=alice, label="My shop", now=now, expires_at=now)
    create_key(customer=alice, label="My shop", now=now, expires_at=now + MOMENT)


def test_a_key_that_is_over_makes_room_for_another(alice: User, now: datetime) -> None:
    for n in range(20):
        create_key(customer=alice, label=f"{n}", now=now, expires_at=now + timedelta(days=1))

    create_key(customer=alice, label="next", now=now + timedelta(days=1))

    assert working_keys(alice, now=now + timedelta(days=1)).count() == 1


def test_old_and_new_key_work_side_by_side_for_the_overlap(alice: User, now: datetime) -> None:
    old, old_plain = create_key(
        customer=alice, label="My shop", now=now, scopes=[Scope.READ], allowed_networks=[HERE]
    )

    new, new_plain = replace_key(customer=alice, key_id=old.pk, now=now)

    old.refresh_from_db()
    assert old.replaced_by == new
    assert (new.label, new.scopes, new.allowed_networks) == ("My shop", ["read"], [HERE])
    end = now + timedelta(hours=24)
    assert key_of(old_plain, now=end - MOMENT, ip=HERE) == old
    assert key_of(new_plain, now=end - MOMENT, ip=HERE) == new
    with pytest.raises(KeyExpired):
        key_of(old_plain, now=end, ip=HERE)
    assert key_of(new_plain, now=end, ip=HERE) == new


def test_a_successor_lasts_as_long_as_the_old_key_was_made_for(alice: User, now: datetime) -> None:
    old, _plain = create_key(customer=alice, label="x", now=now, expires_at=now + timedelta(days=90))

    later = now + timedelta(days=90) - timedelta(hours=1)
    new, _plain = replace_key(customer=alice, key_id=old.pk, now=later)

    old.refresh_from_db()
    assert new.expires_at == later + timedelta(days=90)
    assert old.expires_at == now + timedelta(days=90), "an overlap makes no key live longer"


def test_an_overlap_of_nothing_ends_the_old_key_at_once(alice: User, now: datetime) -> None:
    old, plain = create_key(customer=alice, label="x", now=now)

    replace_key(customer=alice, key_id=old.pk, now=now, overlap=timedelta(0))

    with pytest.raises(KeyExpired):
        key_of(plain, now=now, ip=None)


def test_only_my_own_working_key_can_be_replaced_and_only_once(alice: User, bob: User, now: datetime) -> None:
    mine, _plain = create_key(customer=alice, label="x", now=now)
    revoked, _plain = create_key(customer=alice, label="y", now=now)
    revoke_key(customer=alice, key_id=revoked.pk, now=now)
    replace_key(customer=alice, key_id=mine.pk, now=now)

    for customer, key in [(alice, mine), (alice, revoked), (bob, mine)]:
        with pytest.raises(NotReplaceable):
            replace_key(customer=customer, key_id=key.pk, now=now)
    assert ApiKey.objects.count() == 3


def test_the_twentieth_key_can_still_be_replaced(alice: User, now: datetime) -> None:
    keys = [create_key(customer=alice, label=f"{n}", now=now)[0] for n in range(20)]

    replace_key(customer=alice, key_id=keys[0].pk, now=now)

    assert working_keys(alice, now=now).count() == 21


def test_a_replacement_is_told(alice: User, now: datetime) -> None:
    key, _plain = create_key(customer=alice, label="x", now=now)
    Notice.objects.all().delete()

    replace_key(customer=alice, key_id=key.pk, now=now)

    assert Notice.objects.get().title == "An API key was replaced by a new one"


def test_from_where_a_key_was_used_is_kept_as_a_neighbourhood(alice: User, now: datetime) -> None:
    key, plain = create_key(customer=alice, label="x", now=now)

    key_of(plain, now=now, ip=HERE)

    key.refresh_from_db()
    assert key.last_used_network == "203.0.113.0/24"
