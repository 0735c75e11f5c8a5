import re
import time
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.api_keys import create_key, customer_of_key, revoke_key
from accounts.models import ApiKey, User
from tests.accounts.conftest import PASSWORD

KEY = re.compile(r"fp_[0-9A-Za-z]{40}")


@pytest.fixture
def browser(alice: User) -> Client:
    """Alice has signed in and given her password just now."""
    client = Client()
    client.force_login(alice)
    give_password(client)
    return client


def give_password(browser: Client, **fields: str):
    return browser.post(reverse("account_reauthenticate"), {"password": PASSWORD} | fields)


def keys_on(page) -> list[str]:
    return KEY.findall(page.content.decode())


def make_key(browser: Client, **fields: object):
    asked = {"label": "My shop", "scopes": ["read", "order", "refill"]}
    return browser.post(reverse("api_key_new"), asked | fields)


def test_a_new_key_is_shown_once_and_works(browser: Client, alice: User) -> None:
    page = make_key(browser)

    [plain] = set(keys_on(page))
    assert customer_of_key(plain, now=timezone.now()) == alice
    again = browser.get(reverse("api_key_list"))
    assert keys_on(again) == []
    assert plain[:11] in again.content.decode()


def test_a_new_key_rests_in_no_session_and_no_cache(browser: Client) -> None:
    page = make_key(browser)

    [plain] = set(keys_on(page))
    assert plain[11:] not in str([session.get_decoded() for session in Session.objects.all()])
    assert plain[11:] not in str(page.cookies)
    assert "no-store" in page["Cache-Control"]
    assert "no-store" in browser.get(reverse("api_key_list"))["Cache-Control"]


def test_the_new_key_can_be_copied_with_one_button(browser: Client) -> None:
    page = make_key(browser).content.decode()

    assert re.search(r'<code id="new-key"[^>]*>fp_[0-9A-Za-z]{40}</code>', page)
    assert 'data-copy="#new-key"' in page


def test_the_list_shows_name_beginning_and_use_of_my_keys_only(
    browser: Client, alice: User, bob: User
) -> None:
    now = timezone.now()
    key, plain = create_key(customer=alice, label="My shop", now=now)
    create_key(customer=bob, label="Bob's program", now=now)
    page = browser.get(reverse("api_key_list")).content.decode()
    assert "My shop" in page
    assert f"fp_{key.prefix}…" in page
    assert "never" in page
    assert "Bob" not in page

    customer_of_key(plain, now=now)
    assert "never" not in browser.get(reverse("api_key_list")).content.decode()


def test_a_name_is_shown_as_text_and_never_as_html(browser: Client) -> None:
    page = make_key(browser, label="<script>alert(1)</script>").content.decode()

    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page


@pytest.mark.parametrize("label", ["", "   ", "x" * 81, "line\nbreak"])
def test_a_key_needs_a_name(browser: Client, alice: User, label: str) -> None:
    page = make_key(browser, label=label)

    assert page.status_code == 200
    assert page.context["form"].errors
    assert keys_on(page) == []
    assert not alice.api_keys.exists()


def test_the_21st_key_is_refused_on_the_page(browser: Client, alice: User) -> None:
    for n in range(20):
        create_key(customer=alice, label=f"shop {n}", now=timezone.now())

    page = make_key(browser)

    assert "You have 20 working keys" in page.content.decode()
    assert keys_on(page) == []
    assert alice.api_keys.count() == 20


def test_revoking_ends_the_key_at_once(browser: Client, alice: User) -> None:
    key, plain = create_key(customer=alice, label="My shop", now=timezone.now())

    page = browser.post(reverse("api_key_revoke", args=[key.pk]), follow=True)

    assert page.redirect_chain == [(reverse("api_key_list"), 302)]
    assert "The key “My shop” no longer works." in page.content.decode()
    assert customer_of_key(plain, now=timezone.now()) is None


def test_revoking_twice_is_harmless(browser: Client, alice: User) -> None:
    key, _plain = create_key(customer=alice, label="My shop", now=timezone.now())
    earlier = timezone.now() - timedelta(days=1)
    revoke_key(customer=alice, key_id=key.pk, now=earlier)

    assert browser.post(reverse("api_key_revoke", args=[key.pk])).status_code == 302
    assert ApiKey.objects.get(pk=key.pk).revoked_at == earlier


def test_another_customers_key_is_not_there_for_me(browser: Client, bob: User) -> None:
    key, plain = create_key(customer=bob, label="Bob's program", now=timezone.now())

    assert browser.post(reverse("api_key_revoke", args=[key.pk])).status_code == 404
    assert browser.post(reverse("api_key_revoke", args=[key.pk + 1])).status_code == 404
    assert customer_of_key(plain, now=timezone.now()) == bob


def test_looking_at_the_revoke_address_revokes_nothing(browser: Client, alice: User) -> None:
    key, plain = create_key(customer=alice, label="My shop", now=timezone.now())

    assert browser.get(reverse("api_key_revoke", args=[key.pk])).status_code == 405
    assert customer_of_key(plain, now=timezone.now()) == alice


def test_another_site_cannot_make_or_revoke_keys_for_me(alice: User) -> None:
    key, plain = create_key(customer=alice, label="My shop", now=timezone.now())
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(alice)
    session = browser.session
    session["account_authentication_methods"] = [
        {"method": "password", "at": time.time(), "reauthenticated": True}
    ]
    session.save()

    assert make_key(browser).status_code == 403
    assert browser.post(reverse("api_key_revoke", args=[key.pk])).status_code == 403
    assert alice.api_keys.count() == 1
    assert customer_of_key(plain, now=timezone.now()) == alice


@pytest.mark.django_db
def test_who_is_not_signed_in_is_sent_to_sign_in() -> None:
    for address in [reverse("account_settings"), reverse("api_key_list"), reverse("api_key_new")]:
        answer = Client().get(address)
        assert answer.status_code == 302
        assert answer.url == f"{reverse('account_login')}?next={address}"
    assert Client().post(reverse("api_key_revoke", args=[1])).url.startswith(reverse("account_login"))
    assert Client().get(reverse("api_key_replace", args=[1])).url.startswith(reverse("account_login"))
    assert make_key(Client()).url.startswith(reverse("account_login"))


def test_the_page_tells_how_to_call_the_api_with_a_placeholder(browser: Client, settings) -> None:
    settings.PANEL_URL = "https://panel.example/"

    page = browser.get(reverse("api_key_list")).content.decode()

    assert "curl https://panel.example/api/v2 -d key=YOUR_KEY -d action=balance" in page


def test_the_list_asks_as_much_for_twenty_keys_as_for_one(
    browser: Client, alice: User, django_assert_num_queries
) -> None:
    create_key(customer=alice, label="first", now=timezone.now())
    with CaptureQueriesContext(connection) as one:
        browser.get(reverse("api_key_list"))
    for n in range(19):
        create_key(customer=alice, label=f"shop {n}", now=timezone.now())

    with django_assert_num_queries(len(one)):
        browser.get(reverse("api_key_list"))


def test_a_desk_that_was_left_open_makes_and_replaces_no_key(alice: User) -> None:
    key, _plain = create_key(customer=alice, label="My shop", now=timezone.now())
    browser = Client()
    browser.force_login(alice)

    for address in (reverse("api_key_new"), reverse("api_key_replace", args=[key.pk])):
        assert browser.get(address).url.startswith(reverse("account_reauthenticate"))
        assert browser.post(address, {"hours": "0"}).url.startswith(reverse("account_reauthenticate"))
    assert make_key(browser).url.startswith(reverse("account_reauthenticate"))
    assert alice.api_keys.count() == 1


def test_what_was_typed_survives_the_question_for_the_password(alice: User) -> None:
    browser = Client()
    browser.force_login(alice)
    make_key(browser, label="Typed before")

    page = give_password(browser, next=reverse("api_key_new"))

    assert len(set(keys_on(page))) == 1
    assert "no-store" in page["Cache-Control"]
    assert alice.api_keys.get().label == "Typed before"


def test_money_is_not_ticked_until_somebody_ticks_it(browser: Client, alice: User) -> None:
    page = browser.get(reverse("api_key_new")).content.decode()
    ticked = re.findall(r'value="(\w+)"[^>]*checked', page)

    assert ticked == ["read", "order", "refill"]
    make_key(browser, scopes=["money"])
    assert alice.api_keys.get().scopes == ["money"]


def test_a_key_is_made_as_it_was_asked_for(browser: Client, alice: User) -> None:
    last_day = timezone.localdate() + timedelta(days=30)

    page = make_key(
        browser,
        scopes=["read"],
        allowed_networks="203.0.113.7\r\n2001:db8::/48, 198.51.100.9/24",
        last_day=last_day.isoformat(),
    )

    assert keys_on(page)
    key = alice.api_keys.get()
    assert key.scopes == ["read"]
    assert key.allowed_networks == ["203.0.113.7", "2001:db8::/48", "198.51.100.0/24"]
    assert key.expires_at is not None
    assert key.expires_at.date() == last_day + timedelta(days=1), "to the end of the day"
    listed = browser.get(reverse("api_key_list")).content.decode()
    assert "203.0.113.7" in listed
    assert "and 2 more" in listed


@pytest.mark.parametrize(
    "wrong",
    [
        {"scopes": []},
        {"scopes": ["everything"]},
        {"allowed_networks": "shop.example"},
        {"allowed_networks": " ".join(f"203.0.113.{n}" for n in range(21))},
        {"last_day": "2020-01-01"},
        {"last_day": "soon"},
    ],
)
def test_what_no_key_can_be_is_refused_and_what_was_typed_stays(browser: Client, alice: User, wrong) -> None:
    page = make_key(browser, label="Stays typed", **wrong)

    assert page.context["form"].errors
    assert "Stays typed" in page.content.decode()
    assert not alice.api_keys.exists()


def test_a_key_of_today_works_today(browser: Client, alice: User) -> None:
    page = make_key(browser, last_day=timezone.localdate().isoformat())

    assert customer_of_key(keys_on(page)[0], now=timezone.now()) == alice


def test_a_key_is_replaced_and_both_are_shown(browser: Client, alice: User) -> None:
    old, old_plain = create_key(customer=alice, label="My shop", now=timezone.now())
    address = reverse("api_key_replace", args=[old.pk])
    assert "My shop" in browser.get(address).content.decode()

    page = browser.post(address, {"hours": "24"})

    [plain] = set(keys_on(page))
    assert customer_of_key(plain, now=timezone.now()) == alice
    assert customer_of_key(old_plain, now=timezone.now()) == alice
    listed = browser.get(reverse("api_key_list")).content.decode()
    assert "replaced by" in listed
    assert plain[:11] in listed
    assert listed.count(reverse("api_key_replace", args=[old.pk])) == 0
    assert "Only a working key can be replaced" in browser.post(address, {"hours": "24"}).content.decode()


def test_another_customers_key_cannot_be_replaced(browser: Client, bob: User) -> None:
    key, _plain = create_key(customer=bob, label="Bob's program", now=timezone.now())

    assert browser.get(reverse("api_key_replace", args=[key.pk])).status_code == 404
    assert browser.post(reverse("api_key_replace", args=[key.pk]), {"hours": "0"}).status_code == 404
    assert bob.api_keys.count() == 1


def test_a_key_that_is_over_is_listed_among_the_ended(browser: Client, alice: User) -> None:
    past = timezone.now() - timedelta(days=2)
    create_key(customer=alice, label="Christmas sale", now=past, expires_at=past + timedelta(days=1))

    page = browser.get(reverse("api_key_list"))

    assert not page.context["working_keys"]
    assert "its last day was over" in page.content.decode()
    assert "0 working keys" in browser.get(reverse("account_settings")).content.decode()


def test_the_list_shows_from_where_a_key_was_used_but_not_the_address(browser: Client, alice: User) -> None:
    _key, plain = create_key(customer=alice, label="My shop", now=timezone.now())
    customer_of_key(plain, now=timezone.now(), ip="203.0.113.77")

    page = browser.get(reverse("api_key_list")).content.decode()

    assert "203.0.113.0/24" in page
    assert "203.0.113.77" not in page
