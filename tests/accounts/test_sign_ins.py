"""The closed door, and who came in through the open one."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AccountState, SignIn, User
from accounts.signing_in import ip_digest
from accounts.standing import change_state
from tests.accounts.conftest import PASSWORD

SHUT = [AccountState.SUSPENDED, AccountState.TERMINATED, AccountState.CLOSED]
SIGN_INS = reverse("sign_in_list")


def sign_in(browser: Client, password: str = PASSWORD, **headers: str):
    form = {"login": "alice@example.com", "password": password}
    return browser.post(reverse("account_login"), form, headers=headers)


# --- The closed door -------------------------------------------------------------------------------------------


@pytest.mark.clause("A-27", "A-32", "K-77")
@pytest.mark.parametrize("state", SHUT)
def test_behind_a_closed_door_there_is_one_page_with_reason_and_contact(
    client: Client, alice: User, now, state: AccountState
) -> None:
    change_state(customer=alice, to=state, why="Chargeback of payment 17.", by=None, now=now)

    answer = sign_in(client)

    assert answer.status_code == 403
    page = answer.content.decode()
    assert "Chargeback of payment 17." in page
    assert 'href="mailto:panel@localhost"' in page
    for name in ("order_list", "account_settings", "api_key_list"):
        assert client.get(reverse(name)).url.startswith(reverse("account_login"))
    assert not SignIn.objects.exists()


@pytest.mark.parametrize("state", SHUT)
def test_who_does_not_know_the_password_does_not_learn_of_the_closed_door(
    client: Client, alice: User, now, state: AccountState
) -> None:
    change_state(customer=alice, to=state, why="Chargeback of payment 17.", by=None, now=now)

    answer = sign_in(client, "not the phrase")

    assert answer.status_code == 200
    assert "Chargeback" not in answer.content.decode()


def test_the_page_of_the_closed_door_tells_nothing_to_who_just_opens_it(client: Client, db) -> None:
    page = client.get(reverse("account_inactive"))

    assert page.status_code == 200
    assert "Sign in to read why." in page.content.decode()


@pytest.mark.clause("A-26", "K-76")
def test_a_frozen_customer_reads_everything_under_a_banner_with_the_reason(
    client: Client, alice: User, now
) -> None:
    change_state(customer=alice, to=AccountState.FROZEN, why="Dispute 17 at the bank.", by=None, now=now)

    sign_in(client)

    for page in ("account_settings", "order_list", "statement", "sign_in_list"):
        text = client.get(reverse(page)).content.decode()
        assert "Your account is frozen" in text
        assert "Dispute 17 at the bank." in text
        assert 'href="mailto:panel@localhost"' in text


def test_nobody_else_has_a_banner(client: Client, alice: User) -> None:
    sign_in(client)

    assert "frozen" not in client.get(reverse("account_settings")).content.decode()


# --- Who came in -----------------------------------------------------------------------------------------------


def test_a_sign_in_is_on_record_with_time_browser_and_a_digest_of_the_network(
    client: Client, alice: User
) -> None:
    sign_in(client, **{"User-Agent": "Firefox/140"})

    record = SignIn.objects.get()
    assert (record.customer, record.user_agent) == (alice, "Firefox/140")
    assert record.ip_digest == ip_digest("127.0.0.1")
    assert "127" not in record.ip_digest.replace(ip_digest("127.0.0.1"), "")


def test_a_wrong_password_is_no_sign_in(client: Client, alice: User) -> None:
    sign_in(client, "not the phrase")

    assert not SignIn.objects.exists()


def test_a_browser_may_call_itself_whatever_it_likes(client: Client, alice: User) -> None:
    sign_in(client, **{"User-Agent": "<script>alert(1)</script>" + "x" * 500})

    assert len(SignIn.objects.get().user_agent) == 200
    page = client.get(SIGN_INS).content.decode()
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page


def test_customers_see_their_own_sign_ins_and_which_came_from_where_they_are(
    client: Client, alice: User, bob: User, now
) -> None:
    sign_in(client, **{"User-Agent": "Firefox/140"})
    SignIn.objects.create(
        customer=alice, at=now, ip_digest=ip_digest("203.0.113.9"), user_agent="Elsewhere/1"
    )
    SignIn.objects.create(customer=bob, at=now, user_agent="Bob's browser")

    page = client.get(SIGN_INS).content.decode()

    assert "Firefox/140" in page
    assert page.count("Where you are now") == 1
    assert "Elsewhere/1" in page
    assert "Bob" not in page


def test_a_long_history_is_cut_and_costs_no_more_queries(
    client: Client, alice: User, now, django_assert_max_num_queries
) -> None:
    sign_in(client)
    SignIn.objects.bulk_create([SignIn(customer=alice, at=now, user_agent=f"Old/{n}") for n in range(120)])

    with django_assert_max_num_queries(10):
        page = client.get(SIGN_INS).content.decode()

    assert page.count("Old/") == 50


def test_nobody_sees_the_list_without_signing_in(client: Client, db) -> None:
    assert client.get(SIGN_INS).url.startswith(reverse("account_login"))
    assert client.post(SIGN_INS).status_code == 405
