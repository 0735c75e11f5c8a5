"""Staff change the state of an account with a button and a reason, and their looking at people is on record."""

import csv
import io

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from accounts.models import AccountState, Look, SignIn, StateChange, User
from accounts.standing import change_state
from panel.staff_groups import make_groups
from tests.accounts.conftest import somebody

PEOPLE = reverse("admin:accounts_user_changelist")
SIGN_INS = reverse("admin:accounts_signin_changelist")
BUTTONS = {"freeze", "unfreeze", "suspend", "lift", "close", "reopen", "terminate", "erase"}


def page_of(person: User) -> str:
    return reverse("admin:accounts_user_change", args=[person.pk])


def door(name: str, *people: User) -> str:
    rows = ",".join(str(person.pk) for person in people)
    return f"{reverse('admin:accounts_user_decide', args=[name])}?rows={rows}"


def browser_of(person: User) -> Client:
    browser = Client()
    browser.force_login(person)
    return browser


def member_of(group: str) -> Client:
    make_groups()
    person = somebody(f"{group}@example.com", is_staff=True)
    person.groups.add(Group.objects.get(name=group))
    return browser_of(person)


@pytest.fixture
def owner(db: None) -> User:
    return somebody("owner@example.com", is_staff=True, is_superuser=True)


def press(browser: Client, name: str, *people: User, note: str = "for the story", **more: str):
    return browser.post(door(name, *people), {"note": note} | more)


def buttons_on(browser: Client, person: User) -> set[str]:
    page = browser.get(page_of(person)).content.decode()
    return {name for name in BUTTONS if f"/decide/{name}/" in page}


def state_of(person: User) -> str:
    return User.objects.get(pk=person.pk).state


# --- Buttons ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "buttons"),
    [
        ("active", {"freeze", "suspend", "close", "terminate"}),
        ("frozen", {"unfreeze", "suspend", "terminate"}),
        ("suspended", {"freeze", "lift", "close", "terminate"}),
        ("closed", {"reopen", "terminate", "erase"}),
        ("terminated", set()),
    ],
)
@pytest.mark.clause("A-32", "K-77", "K-78")
def test_each_state_has_its_buttons_and_a_terminated_account_has_none(
    owner: User, alice: User, now, state: str, buttons: set[str]
) -> None:
    if state != "active":
        change_state(customer=alice, to=AccountState(state), why="why", by=None, now=now)

    assert buttons_on(browser_of(owner), alice) == buttons


@pytest.mark.clause("A-32", "K-78")
def test_no_button_of_the_administration_leads_back_from_a_termination(owner: User, alice: User, now) -> None:
    change_state(customer=alice, to=AccountState.TERMINATED, why="stolen card", by=None, now=now)
    browser = browser_of(owner)

    for name in BUTTONS:
        press(browser, name, alice, email=alice.email)
    browser.post(page_of(alice), {"state": "active", "discount_percent": "0", "_save": "Save"})

    assert state_of(alice) == "terminated"


@pytest.mark.parametrize(
    ("group", "allowed"),
    [
        ("support", set()),
        ("operations", {"freeze", "suspend"}),
        ("finance", {"freeze", "suspend", "close", "terminate"}),
    ],
)
def test_each_group_has_only_the_buttons_of_its_work(alice: User, group: str, allowed: set[str]) -> None:
    browser = member_of(group)

    assert buttons_on(browser, alice) == allowed
    for name in BUTTONS - allowed - {"unfreeze", "lift", "reopen", "erase"}:
        assert press(browser, name, alice, email=alice.email).status_code == 403
    assert state_of(alice) == "active"


def test_a_change_needs_a_reason_and_keeps_who_gave_it(owner: User, alice: User) -> None:
    browser = browser_of(owner)
    assert press(browser, "freeze", alice, note="").status_code == 200
    assert state_of(alice) == "active"

    assert press(browser, "freeze", alice, note="Dispute 17").url == page_of(alice)

    change = StateChange.objects.get()
    assert (change.customer, change.by, change.why) == (alice, owner, "Dispute 17")
    page = browser.get(page_of(alice)).content.decode()
    assert "Dispute 17" in page
    assert "Active → Frozen" in page


def test_there_and_back_by_the_buttons(owner: User, alice: User) -> None:
    browser = browser_of(owner)

    for name, state in [
        ("freeze", "frozen"),
        ("unfreeze", "active"),
        ("suspend", "suspended"),
        ("lift", "active"),
        ("close", "closed"),
        ("reopen", "active"),
    ]:
        press(browser, name, alice)
        assert state_of(alice) == state


def test_who_terminates_types_the_address(owner: User, alice: User, bob: User) -> None:
    browser = browser_of(owner)

    page = press(browser, "terminate", alice, email=bob.email)
    assert "That is not the address of this account." in page.content.decode()
    assert state_of(alice) == "active"

    press(browser, "terminate", alice, email="ALICE@example.com ")
    assert state_of(alice) == "terminated"


def test_several_are_suspended_together_but_terminated_one_by_one(
    owner: User, alice: User, bob: User
) -> None:
    browser = browser_of(owner)

    press(browser, "suspend", alice, bob)
    assert {state_of(alice), state_of(bob)} == {"suspended"}
    assert press(browser, "terminate", alice, bob, email=alice.email).status_code == 404


def test_staff_cannot_touch_each_other_or_themselves(alice: User) -> None:
    browser = member_of("finance")
    kim = somebody("kim@example.com", is_staff=True)
    self = User.objects.get(email="finance@example.com")

    for person in (kim, self):
        page = press(browser, "suspend", person)
        assert "only the owner about people who work here" in page.content.decode()
        assert state_of(person) == "active"


def test_people_are_filtered_by_state(owner: User, alice: User, bob: User, now) -> None:
    change_state(customer=alice, to=AccountState.FROZEN, why="why", by=None, now=now)

    page = browser_of(owner).get(PEOPLE, {"state__exact": "frozen"}).content.decode()

    assert "alice@example.com" in page
    assert "bob@example.com" not in page


# --- The owner's command ---------------------------------------------------------------------------------------


@pytest.mark.clause("A-32", "K-78")
def test_the_owner_corrects_a_mistaken_termination_by_command(
    owner: User, sam: User, alice: User, now
) -> None:
    change_state(customer=alice, to=AccountState.TERMINATED, why="stolen card", by=None, now=now)

    with pytest.raises(CommandError, match="only the owner"):
        call_command("correct_termination", alice.email, "--by", sam.email, "--note", "wrong person")
    with pytest.raises(CommandError, match="Say in --note"):
        call_command("correct_termination", alice.email, "--by", owner.email, "--note", " ")
    with pytest.raises(CommandError, match="Nobody has registered"):
        call_command("correct_termination", "x@example.com", "--by", owner.email, "--note", "wrong person")
    call_command("correct_termination", alice.email, "--by", owner.email, "--note", "wrong person")

    assert state_of(alice) == "active"
    last = StateChange.objects.latest("pk")
    assert (last.by, last.why) == (owner, "wrong person")


# --- Looking ---------------------------------------------------------------------------------------------------


@pytest.mark.clause("A-36")
def test_opening_a_persons_page_is_on_record(owner: User, alice: User) -> None:
    browser = browser_of(owner)

    browser.get(page_of(alice))
    browser.get(page_of(owner))
    browser.get(PEOPLE)

    look = Look.objects.get()
    assert (look.staff, look.customer, look.page) == (owner, alice, "person")


def test_who_was_not_let_in_has_not_looked(alice: User, sam: User) -> None:
    assert browser_of(sam).get(page_of(alice)).status_code == 403

    assert not Look.objects.exists()


@pytest.mark.clause("A-38")
def test_a_list_of_people_leaves_the_panel_only_with_a_right_and_on_record(
    owner: User, alice: User, bob: User
) -> None:
    chosen = {"action": "export", "_selected_action": [alice.pk], "select_across": "1", "index": "0"}

    answer = browser_of(owner).post(f"{PEOPLE}?q=alice", chosen)

    rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))
    assert [row["email"] for row in rows] == ["alice@example.com"]
    look = Look.objects.get()
    assert (look.staff, look.page, look.filter, look.count) == (owner, "export", "q=alice", 1)

    for group in ("support", "operations", "finance"):
        browser = member_of(group)
        assert 'value="export"' not in browser.get(PEOPLE).content.decode()
        assert "text/csv" not in browser.post(PEOPLE, chosen)["Content-Type"]
    assert Look.objects.filter(page="export").count() == 1


def test_an_exported_address_is_no_formula(owner: User) -> None:
    somebody("=cmd@example.com")
    chosen = {"action": "export", "_selected_action": list(User.objects.values_list("pk", flat=True))}

    answer = browser_of(owner).post(PEOPLE, chosen)

    assert "\n'=cmd@example.com," in b"".join(answer.streaming_content).decode()
    assert Look.objects.get().filter == "chosen by hand from: everybody"


def test_sign_ins_are_shown_to_staff_with_the_right_only(alice: User, sam: User, now) -> None:
    SignIn.objects.create(customer=alice, at=now, user_agent="Firefox/140")
    rights = Permission.objects.filter(content_type__app_label="accounts")
    sam.user_permissions.set(rights.filter(codename="view_user"))
    assert "accounts/signin" not in browser_of(sam).get(page_of(alice)).content.decode()
    assert browser_of(sam).get(SIGN_INS).status_code == 403

    sam.user_permissions.add(rights.get(codename="view_signin"))

    page = browser_of(sam).get(page_of(alice)).content.decode()
    assert f'href="{SIGN_INS}?q=alice%40example.com">1</a>' in page
    assert "Firefox/140" in browser_of(sam).get(SIGN_INS, {"q": alice.email}).content.decode()


@pytest.mark.clause("A-36", "K-83")
def test_a_person_is_erased_at_request_by_typing_the_address(owner: User, alice: User, bob: User) -> None:
    browser = browser_of(owner)
    press(browser, "erase", alice, email=alice.email)
    press(browser, "close", alice)
    press(browser, "erase", alice, email=bob.email)
    alice.refresh_from_db()
    assert alice.erased_at is None

    press(browser, "erase", alice, email=alice.email)

    alice.refresh_from_db()
    assert alice.erased_at
    assert alice.email == f"erased-{alice.pk}@invalid"
    assert press(browser, "reopen", alice).status_code == 200
    assert state_of(alice) == "closed"
