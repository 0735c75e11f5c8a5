"""Registering, confirming, signing in and out, through the pages that people use."""

import re
from datetime import timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.core import mail
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AccountState, User
from terms.models import Acceptance
from tests.accounts.conftest import PASSWORD

NEW_PASSWORD = "another long phrase"


def sign_in(browser: Client, email: str = "alice@example.com", password: str = PASSWORD) -> HttpResponse:
    return browser.post(reverse("account_login"), {"login": email, "password": password})


def is_in(browser: Client) -> bool:
    return browser.get(reverse("account_settings")).status_code == 200


def register(browser: Client, email: str = "alice@example.com", **changed: str) -> HttpResponse:
    form = browser.get(reverse("account_signup")).context["form"]
    filled = {"email": email, "password1": PASSWORD, "password2": PASSWORD, "terms": "on"}
    shown = {"terms_number": form["terms_number"].value()}
    return browser.post(reverse("account_signup"), filled | shown | changed)


def link_in(message: mail.EmailMessage) -> str:
    [path] = re.findall(r"https?://testserver(/\S+)", message.body)[:1]
    return path


# --- Registering -----------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_who_registers_with_the_tick_is_on_record_as_having_accepted_the_terms(client: Client, terms) -> None:
    answer = register(client)

    assert answer.url == reverse("account_email_verification_sent")
    alice = User.objects.get(email="alice@example.com")
    acceptance = Acceptance.objects.get(customer=alice)
    assert (acceptance.version, acceptance.channel, acceptance.explicit) == (terms, "register", True)


@pytest.mark.django_db
def test_without_the_tick_nobody_is_registered(client: Client, terms) -> None:
    page = register(client, terms="")

    assert page.status_code == 200
    assert page.context["form"].errors["terms"]
    assert not User.objects.exists()
    assert mail.outbox == []


@pytest.mark.django_db
def test_a_new_customer_comes_in_only_after_confirming_the_address(client: Client, terms) -> None:
    register(client)
    link = link_in(mail.outbox[0])
    assert mail.outbox[0].to == ["alice@example.com"]

    assert sign_in(client).url == reverse("account_email_verification_sent")
    assert not is_in(client)

    # Mail scanners follow links; only the button confirms.
    client.get(link)
    assert not EmailAddress.objects.get().verified

    client.post(link)
    assert EmailAddress.objects.get().verified
    fresh = Client()
    sign_in(fresh)
    assert is_in(fresh)


@pytest.mark.django_db
@pytest.mark.parametrize("password", ["short pw1", "password123", "12345678901234", "alice@example.com"])
def test_a_password_that_is_easily_guessed_is_refused(client: Client, terms, password: str) -> None:
    page = register(client, password1=password, password2=password)

    assert page.status_code == 200
    assert page.context["form"].errors
    assert not User.objects.exists()


@pytest.mark.django_db
def test_an_address_is_kept_in_lower_case_and_the_password_as_an_argon2_hash(client: Client, terms) -> None:
    register(client, email="Alice@Example.COM")

    alice = User.objects.get()
    assert alice.email == "alice@example.com"
    assert alice.password.startswith("argon2$argon2id$")
    assert PASSWORD not in alice.password


@pytest.mark.parametrize("email", ["alice@example.com", "ALICE@example.com"])
def test_registering_a_known_address_looks_as_for_a_new_one_and_only_its_owner_is_told(
    alice: User, terms, email: str
) -> None:
    new, known = Client(), Client()

    answer_to_new = register(new, email="carol@example.com")
    answer_to_known = register(known, email=email, password1=NEW_PASSWORD, password2=NEW_PASSWORD)

    assert (answer_to_known.status_code, answer_to_known.url) == (
        answer_to_new.status_code,
        answer_to_new.url,
    )
    assert [message.to for message in mail.outbox] == [["carol@example.com"], ["alice@example.com"]]
    assert reverse("account_reset_password") in mail.outbox[1].body
    assert User.objects.filter(email__iexact="alice@example.com").count() == 1
    assert User.objects.get(pk=alice.pk).check_password(PASSWORD)


# --- Signing in and out ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("email", ["alice@example.com", "Alice@Example.COM", " alice@example.com "])
def test_alice_signs_in_however_she_capitalises_her_address(client: Client, alice: User, email: str) -> None:
    assert sign_in(client, email).url == reverse("dashboard")
    assert is_in(client)


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(alice: User) -> None:
    wrong_password = sign_in(Client(), "alice@example.com", "not the phrase")
    unknown_address = sign_in(Client(), "nobody@example.com", "not the phrase")

    assert wrong_password.status_code == unknown_address.status_code == 200
    assert wrong_password.context["form"].errors == unknown_address.context["form"].errors
    assert "not correct" in str(wrong_password.context["form"].errors)


@pytest.mark.clause("A-36", "K-83")
def test_after_five_wrong_passwords_even_the_right_one_waits_five_minutes(alice: User, bob: User) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _attempt in range(5):
            sign_in(Client(), password="not the phrase")
        browser = Client()

        refused = sign_in(browser)
        assert "Too many failed login attempts" in str(refused.context["form"].errors)
        assert not is_in(browser)

        other = Client()
        sign_in(other, "bob@example.com")
        assert is_in(other)

        clock.shift(timedelta(minutes=5, seconds=1))
        sign_in(browser)
        assert is_in(browser)


def test_four_wrong_passwords_do_not_keep_alice_out(client: Client, alice: User) -> None:
    for _attempt in range(4):
        sign_in(Client(), password="not the phrase")

    sign_in(client)

    assert is_in(client)


def test_guessing_at_many_addresses_from_one_place_is_stopped(client: Client, alice: User) -> None:
    with time_machine.travel(timezone.now(), tick=False):
        for n in range(10):
            sign_in(Client(), f"somebody{n}@example.com", "not the phrase")

        refused = sign_in(client)

    assert "Too many failed login attempts" in str(refused.context["form"].errors)


def test_a_customer_who_may_not_sign_in_is_out_at_once(client: Client, alice: User) -> None:
    sign_in(client)
    assert is_in(client)

    User.objects.filter(pk=alice.pk).update(state=AccountState.SUSPENDED)

    assert not is_in(client)
    assert sign_in(client).status_code == 403
    assert not is_in(client)


def test_only_the_button_signs_out(client: Client, alice: User) -> None:
    sign_in(client)

    client.get(reverse("account_logout"))
    assert is_in(client)

    client.post(reverse("account_logout"))
    assert not is_in(client)


def test_another_site_cannot_sign_alice_in_or_out(alice: User) -> None:
    browser = Client(enforce_csrf_checks=True)
    assert sign_in(browser).status_code == 403

    browser.force_login(alice)
    assert browser.post(reverse("account_logout")).status_code == 403
    assert is_in(browser)


def test_signing_in_leads_to_pages_of_this_panel_only(alice: User) -> None:
    form = {"login": "alice@example.com", "password": PASSWORD}

    inside = Client().post(reverse("account_login"), form | {"next": reverse("api_key_list")})
    outside = Client().post(reverse("account_login"), form | {"next": "https://evil.example/"})

    assert inside.url == reverse("api_key_list")
    assert outside.url == reverse("dashboard")


def test_signing_in_changes_the_session_so_that_a_planted_one_is_worthless(
    client: Client, alice: User
) -> None:
    session = client.session
    session["visited"] = True
    session.save()
    planted = session.session_key

    sign_in(client)

    assert client.session.session_key != planted
    thief = Client()
    thief.cookies["sessionid"] = planted
    assert not is_in(thief)


# --- Forgotten and changed passwords ---------------------------------------------------------------------------


def test_a_forgotten_password_is_reset_by_mail_and_ends_every_session(client: Client, alice: User) -> None:
    elsewhere = Client()
    sign_in(elsewhere)
    client.post(reverse("account_reset_password"), {"email": "ALICE@example.com"})
    assert [message.to for message in mail.outbox] == [["alice@example.com"]]

    link = link_in(mail.outbox[0])
    form_address = client.get(link).url
    client.post(form_address, {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD})

    assert not is_in(elsewhere)
    sign_in(elsewhere, password=PASSWORD)
    assert not is_in(elsewhere)
    sign_in(elsewhere, password=NEW_PASSWORD)
    assert is_in(elsewhere)


def test_the_link_of_a_reset_works_once(client: Client, alice: User) -> None:
    client.post(reverse("account_reset_password"), {"email": "alice@example.com"})
    link = link_in(mail.outbox[0])
    client.post(client.get(link).url, {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD})

    page = Client().get(link)

    assert page.status_code == 200
    assert page.context["token_fail"]


def test_asking_for_a_reset_does_not_tell_who_is_a_customer(alice: User) -> None:
    known = Client().post(reverse("account_reset_password"), {"email": "alice@example.com"})
    unknown = Client().post(reverse("account_reset_password"), {"email": "nobody@example.com"})

    assert (known.status_code, known.url) == (unknown.status_code, unknown.url)


def test_changing_the_password_ends_every_session(client: Client, alice: User) -> None:
    elsewhere = Client()
    sign_in(elsewhere)
    sign_in(client)

    form = {"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    client.post(reverse("account_change_password"), form)

    assert not is_in(elsewhere)
    assert not is_in(client)
    sign_in(client, password=NEW_PASSWORD)
    assert is_in(client)


def test_the_password_is_not_changed_without_the_old_one(client: Client, alice: User) -> None:
    sign_in(client)

    form = {"oldpassword": "not the phrase", "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    page = client.post(reverse("account_change_password"), form)

    assert page.context["form"].errors["oldpassword"]
    assert User.objects.get(pk=alice.pk).check_password(PASSWORD)
