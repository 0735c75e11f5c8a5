"""What each state of an account still allows, which way leads where, and that fraud has no way back."""

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from accounts.api_keys import create_key, customer_of_key, revoke_key
from accounts.models import AccountState, Notice, StateChange, User
from accounts.standing import (
    REFUSALS,
    AccountClosed,
    AccountFrozen,
    AccountSuspended,
    AccountTerminated,
    NoSuchChange,
    NotYours,
    change_state,
    correct_termination,
    refusal_of,
    require_may,
)
from accounts.states import ENDS_KEYS, ENDS_SESSIONS, MAY, NEXT_STATES, Deed
from tests.accounts.conftest import somebody

ACTIVE, FROZEN, SUSPENDED, TERMINATED, CLOSED = AccountState


@pytest.fixture
def owner(db: None) -> User:
    return somebody("owner@example.com", is_staff=True, is_superuser=True)


def become(person: User, state: AccountState, *, now: datetime, by: User | None = None) -> None:
    if person.state != state:
        change_state(customer=person, to=state, why="for the story", by=by, now=now)


def browser_of(person: User) -> Client:
    browser = Client()
    browser.force_login(person)
    return browser


def is_in(browser: Client) -> bool:
    return browser.get(reverse("account_settings")).status_code == 200


# --- What a state allows ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", AccountState)
@pytest.mark.parametrize("deed", Deed)
@pytest.mark.clause("A-26", "A-27", "A-32", "K-76", "K-77")
def test_every_state_allows_exactly_what_the_table_says(
    alice: User, now: datetime, state: AccountState, deed: Deed
) -> None:
    expected = {
        ACTIVE: set(Deed),
        FROZEN: {Deed.SIGN_IN},
        SUSPENDED: set(),
        TERMINATED: set(),
        CLOSED: set(),
    }
    become(alice, state, now=now)

    if deed in expected[state]:
        require_may(alice, deed)
    else:
        with pytest.raises(REFUSALS[state]) as refused:
            require_may(alice, deed)
        assert refused.value.code == f"account_{state}"
        assert "panel@localhost" in refused.value.text


def test_the_refusals_name_their_clauses() -> None:
    clauses = {state: refusal.clause for state, refusal in REFUSALS.items()}

    assert clauses == {
        FROZEN: "A-26, K-76",
        SUSPENDED: "A-27",
        TERMINATED: "A-32, K-77, K-78",
        CLOSED: "K-18",
    }
    assert set(MAY) == set(NEXT_STATES) == set(AccountState)


def test_the_contact_is_what_whoever_runs_the_panel_says(alice: User, now: datetime, settings) -> None:
    become(alice, SUSPENDED, now=now)
    settings.PANEL_CONTACT = "https://help.example/"

    assert "https://help.example/" in refusal_of(alice, Deed.ORDER).text


# --- Which way leads where -------------------------------------------------------------------------------------


@pytest.mark.parametrize("was", AccountState)
@pytest.mark.parametrize("to", AccountState)
def test_every_pair_of_states_is_a_change_or_a_refusal(
    alice: User, now: datetime, was: AccountState, to: AccountState
) -> None:
    become(alice, was, now=now)
    before = StateChange.objects.count()

    if to in NEXT_STATES[was]:
        change_state(customer=alice, to=to, why="for the story", by=None, now=now)
    else:
        with pytest.raises(NoSuchChange):
            change_state(customer=alice, to=to, why="for the story", by=None, now=now)

    expected = to if to in NEXT_STATES[was] else was
    assert alice.state == User.objects.get(pk=alice.pk).state == expected
    assert StateChange.objects.count() == before + (to in NEXT_STATES[was])


def test_a_change_keeps_who_and_why_and_tells_the_person(alice: User, sam: User, now: datetime) -> None:
    change = change_state(customer=alice, to=FROZEN, why="Dispute 17 at the bank.", by=sam, now=now)

    assert (change.from_state, change.to_state, change.by, change.at) == (ACTIVE, FROZEN, sam, now)
    notice = Notice.objects.get(customer=alice)
    assert notice.kind == "account"
    assert notice.title == "Your account is frozen"
    assert "Dispute 17 at the bank." in notice.text


def test_what_happened_is_never_rewritten(alice: User, now: datetime) -> None:
    become(alice, FROZEN, now=now)

    for change in (
        lambda: StateChange.objects.update(why="nothing happened"),
        lambda: StateChange.objects.all().delete(),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()
    assert StateChange.objects.get().why == "for the story"


def test_nobody_decides_about_themselves_or_about_staff_except_the_owner(
    alice: User, sam: User, owner: User, now: datetime
) -> None:
    kim = somebody("kim@example.com", is_staff=True)

    for person, by in [(sam, sam), (kim, sam), (owner, sam), (owner, owner)]:
        with pytest.raises(NotYours):
            change_state(customer=person, to=SUSPENDED, why="why", by=by, now=now)
    change_state(customer=kim, to=SUSPENDED, why="left the company", by=owner, now=now)

    assert not kim.is_active
    assert sam.is_active


def test_a_stale_page_cannot_change_what_somebody_changed_meanwhile(
    alice: User, sam: User, now: datetime
) -> None:
    opened_earlier = User.objects.get(pk=alice.pk)
    change_state(customer=alice, to=TERMINATED, why="stolen card", by=sam, now=now)

    with pytest.raises(NoSuchChange):
        change_state(customer=opened_earlier, to=FROZEN, why="dispute", by=sam, now=now)


# --- No way back from fraud ------------------------------------------------------------------------------------


@pytest.mark.clause("A-32", "K-77", "K-78")
@pytest.mark.parametrize("to", [state for state in AccountState if state != TERMINATED])
def test_the_database_itself_knows_no_way_back_from_a_termination(
    alice: User, now: datetime, to: AccountState
) -> None:
    become(alice, TERMINATED, now=now)

    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        User.objects.filter(pk=alice.pk).update(state=to)

    assert "user terminated has no way back" in str(refused.value)
    assert User.objects.get(pk=alice.pk).state == TERMINATED


def test_a_terminated_account_keeps_what_is_not_its_state_changeable(alice: User, now: datetime) -> None:
    become(alice, TERMINATED, now=now)

    User.objects.filter(pk=alice.pk).update(discount_percent=5)

    assert User.objects.get(pk=alice.pk).discount_percent == 5


@pytest.mark.clause("A-32", "K-78")
def test_a_mistaken_termination_is_corrected_by_the_owner_and_stays_on_record(
    alice: User, sam: User, owner: User, now: datetime
) -> None:
    become(alice, TERMINATED, now=now)
    later = now + timedelta(days=1)

    with pytest.raises(NotYours):
        correct_termination(customer=alice, why="marked in error", by=sam, now=later)
    correct_termination(customer=alice, why="marked in error", by=owner, now=later)

    assert alice.state == ACTIVE
    assert [change.to_state for change in alice.state_changes.order_by("pk")] == [TERMINATED, ACTIVE]
    # The door in the database is shut again.
    become(alice, TERMINATED, now=later)
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=alice.pk).update(state=ACTIVE)


def test_only_a_termination_is_corrected(alice: User, owner: User, now: datetime) -> None:
    become(alice, SUSPENDED, now=now)

    with pytest.raises(NoSuchChange):
        correct_termination(customer=alice, why="marked in error", by=owner, now=now)


# --- Sessions and keys -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", sorted(ENDS_SESSIONS))
def test_leaving_the_active_state_ends_every_session_and_coming_back_revives_none(
    alice: User, now: datetime, state: AccountState
) -> None:
    at_home, elsewhere = browser_of(alice), browser_of(alice)
    assert is_in(at_home)

    become(alice, state, now=now)
    assert not is_in(at_home)

    if ACTIVE in NEXT_STATES[state]:
        become(alice, ACTIVE, now=now)
        assert not is_in(elsewhere)
        assert is_in(browser_of(alice))


def test_a_thaw_leaves_the_session_alone(alice: User, now: datetime) -> None:
    become(alice, FROZEN, now=now)
    browser = browser_of(alice)
    assert is_in(browser)

    become(alice, ACTIVE, now=now)

    assert is_in(browser)


def test_a_changed_secret_key_does_not_revive_ended_sessions(alice: User, now: datetime, settings) -> None:
    kept, ended = browser_of(alice), browser_of(alice)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another secret of the panel, long enough for a test of it"
    # The cookies are signed by neither: sessions are rows.
    assert is_in(kept)

    become(alice, FROZEN, now=now)

    assert not is_in(ended)


@pytest.mark.clause("A-27")
def test_keys_end_for_good_with_a_closed_door_and_say_why(alice: User, now: datetime) -> None:
    _key, plain = create_key(customer=alice, label="My shop", now=now)
    become(alice, SUSPENDED, now=now)

    with pytest.raises(AccountSuspended):
        customer_of_key(plain, now=now)
    become(alice, ACTIVE, now=now)
    assert customer_of_key(plain, now=now) is None


@pytest.mark.clause("K-76")
def test_a_frozen_account_gets_its_keys_back_when_the_dispute_is_over(alice: User, now: datetime) -> None:
    _key, plain = create_key(customer=alice, label="My shop", now=now)
    become(alice, FROZEN, now=now)

    with pytest.raises(AccountFrozen):
        customer_of_key(plain, now=now)
    become(alice, ACTIVE, now=now)
    assert customer_of_key(plain, now=now) == alice


def test_a_key_that_the_customer_revoked_says_nothing_about_the_account(alice: User, now: datetime) -> None:
    key, plain = create_key(customer=alice, label="My shop", now=now)
    revoke_key(customer=alice, key_id=key.pk, now=now - timedelta(hours=1))

    become(alice, TERMINATED, now=now)

    assert customer_of_key(plain, now=now) is None


@pytest.mark.parametrize("state", sorted(ENDS_KEYS))
def test_no_new_key_behind_a_closed_door(alice: User, now: datetime, state: AccountState) -> None:
    become(alice, state, now=now)

    with pytest.raises((AccountSuspended, AccountTerminated, AccountClosed)):
        create_key(customer=alice, label="My shop", now=now)
