import re

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.api_keys import create_key, customer_of_key
from accounts.models import AccountState, ApiKey, User
from tests.accounts.conftest import PASSWORD, somebody

PEOPLE = reverse("admin:accounts_user_changelist")
ADD = reverse("admin:accounts_user_add")
KEYS = reverse("admin:accounts_apikey_changelist")


def page_of(person: User) -> str:
    return reverse("admin:accounts_user_change", args=[person.pk])


def password_page_of(person: User) -> str:
    return reverse("admin:auth_user_password_change", args=[person.pk])


@pytest.fixture
def office(sam: User) -> Client:
    """Sam may do everything that permissions allow, but is not a superuser."""
    sam.user_permissions.set(Permission.objects.filter(content_type__app_label="accounts"))
    client = Client()
    client.force_login(sam)
    return client


@pytest.fixture
def owner(db: None) -> Client:
    client = Client()
    client.force_login(somebody("owner@example.com", is_staff=True, is_superuser=True))
    return client


def save(browser: Client, person: User, **changed: str):
    form = {"discount_percent": "0", "_save": "Save"} | changed
    return browser.post(page_of(person), {name: value for name, value in form.items() if value})


def test_staff_find_a_customer_by_a_part_of_the_address(office: Client, alice: User, bob: User) -> None:
    page = office.get(PEOPLE, {"q": "ALICE"}).content.decode()

    assert "alice@example.com" in page
    assert "bob@example.com" not in page


def test_staff_see_no_password_hash(office: Client, owner: Client, alice: User) -> None:
    for browser in [office, owner]:
        page = browser.get(page_of(alice)).content.decode()
        assert "argon2" not in page
        assert alice.password not in page


def test_staff_cannot_search_by_password_hash(office: Client, alice: User) -> None:
    assert office.get(PEOPLE, {"password__startswith": "argon2"}).status_code in {302, 400}


def test_staff_set_a_discount_and_type_into_no_state(office: Client, alice: User) -> None:
    assert save(office, alice, discount_percent="12.50", state="frozen").status_code == 302

    alice.refresh_from_db()
    assert str(alice.discount_percent) == "12.50"
    assert alice.state == AccountState.ACTIVE


@pytest.mark.parametrize("percent", ["-0.01", "100.01", "abc", "5.001"])
def test_a_discount_is_between_0_and_100_percent(office: Client, alice: User, percent: str) -> None:
    page = save(office, alice, discount_percent=percent)

    assert page.status_code == 200
    alice.refresh_from_db()
    assert alice.discount_percent == 0


def test_staff_cannot_give_rights_to_anybody_nor_change_an_address(
    office: Client, sam: User, alice: User
) -> None:
    group = Group.objects.create(name="finance")

    save(office, alice, is_staff="on", is_superuser="on", groups=str(group.pk), email="evil@example.com")

    alice.refresh_from_db()
    assert [alice.is_staff, alice.is_superuser, alice.groups.exists()] == [False, False, False]
    assert alice.email == "alice@example.com"


def test_staff_cannot_touch_their_own_or_other_staffs_record(office: Client, sam: User) -> None:
    save(office, sam, is_superuser="on", discount_percent="50")

    sam.refresh_from_db()
    assert not sam.is_superuser
    assert sam.discount_percent == 0


def test_staff_cannot_set_a_customers_password(office: Client, owner: Client, alice: User) -> None:
    form = {"password1": "taken over by staff", "password2": "taken over by staff", "usable_password": "true"}

    assert office.post(password_page_of(alice), form).status_code == 403
    alice.refresh_from_db()
    assert alice.check_password(PASSWORD)

    owner.post(password_page_of(alice), form | {"set-password": "1"})
    alice.refresh_from_db()
    assert alice.check_password("taken over by staff")


def test_a_superuser_makes_somebody_staff_with_a_group(owner: Client, alice: User) -> None:
    group = Group.objects.create(name="finance")

    save(owner, alice, is_staff="on", groups=str(group.pk))

    alice.refresh_from_db()
    assert alice.is_staff
    assert list(alice.groups.all()) == [group]


def test_nobody_is_deleted(owner: Client, alice: User) -> None:
    address = reverse("admin:accounts_user_delete", args=[alice.pk])

    assert owner.post(address, {"post": "yes"}).status_code == 403
    assert "delete_selected" not in owner.get(PEOPLE).content.decode()
    assert User.objects.filter(pk=alice.pk).exists()


def test_a_person_added_by_staff_signs_in_at_once(office: Client) -> None:
    form = {"email": "Carol@Example.com", "password1": PASSWORD, "password2": PASSWORD}
    assert office.post(ADD, form).status_code == 302

    carol = User.objects.get(email="carol@example.com")
    assert not carol.is_staff
    browser = Client()
    browser.post(reverse("account_login"), {"login": "carol@example.com", "password": PASSWORD})
    assert browser.get(reverse("account_settings")).status_code == 200


@pytest.mark.parametrize("email", ["alice@example.com", "ALICE@example.com", "no address", ""])
def test_an_address_that_is_taken_or_none_is_refused(office: Client, alice: User, email: str) -> None:
    page = office.post(ADD, {"email": email, "password1": PASSWORD, "password2": PASSWORD})

    assert page.status_code == 200
    assert len(page.context["adminform"].form.errors["email"]) == 1


def test_a_weak_password_is_refused_to_staff_as_well(office: Client) -> None:
    page = office.post(ADD, {"email": "carol@example.com", "password1": "12345", "password2": "12345"})

    assert page.status_code == 200
    assert not User.objects.filter(email="carol@example.com").exists()


@pytest.mark.django_db
def test_staff_come_in_by_the_customers_door(alice: User) -> None:
    answer = Client().post(reverse("admin:login"), {"username": "sam@example.com", "password": PASSWORD})
    assert answer.status_code == 302
    assert answer.url.startswith(reverse("account_login"))

    customer = Client()
    customer.force_login(alice)
    assert customer.get(reverse("admin:login")).status_code == 403


def test_keys_are_looked_at_but_never_made_changed_or_deleted(owner: Client, alice: User) -> None:
    key, plain = create_key(customer=alice, label="My shop", now=timezone.now())
    one = reverse("admin:accounts_apikey_change", args=[key.pk])

    pages = [owner.get(KEYS).content.decode(), owner.get(one).content.decode()]

    for page in pages:
        assert key.prefix in page
        assert plain[11:] not in page
        assert key.digest not in page
    assert owner.post(one, {"label": "changed"}).status_code == 403
    assert owner.get(reverse("admin:accounts_apikey_add")).status_code == 403
    assert (
        owner.post(reverse("admin:accounts_apikey_delete", args=[key.pk]), {"post": "yes"}).status_code == 403
    )
    assert ApiKey.objects.get().label == "My shop"


def test_staff_revoke_keys_with_a_button_and_it_is_on_record(office: Client, sam: User, alice: User) -> None:
    key, plain = create_key(customer=alice, label="My shop", now=timezone.now())
    _other, other_plain = create_key(customer=alice, label="Other", now=timezone.now())

    page = office.post(KEYS, {"action": "revoke", "_selected_action": [key.pk]}, follow=True)

    assert "1 key revoked." in page.content.decode()
    assert customer_of_key(plain, now=timezone.now()) is None
    assert customer_of_key(other_plain, now=timezone.now()) == alice
    assert sam.logentry_set.get().object_id == str(key.pk)


def test_who_may_only_look_has_no_revoke_button(office: Client, sam: User, alice: User) -> None:
    key, plain = create_key(customer=alice, label="My shop", now=timezone.now())
    sam.user_permissions.set(Permission.objects.filter(codename="view_apikey"))

    assert not re.search(r'value="revoke"', office.get(KEYS).content.decode())
    office.post(KEYS, {"action": "revoke", "_selected_action": [key.pk]})

    assert customer_of_key(plain, now=timezone.now()) == alice
