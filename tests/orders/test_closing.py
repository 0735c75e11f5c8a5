"""A customer leaves: with the password, knowing what becomes of the balance, and with nothing open."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.api_keys import create_key, customer_of_key
from accounts.joining import confirm_address
from accounts.models import AccountState, StateChange
from accounts.standing import AccountClosed, change_state
from billing.ledger import balance_of
from orders.closing import OrdersOpen
from providers.gateway import ReportedState
from tests.factories import NOW, PASSWORD, make_customer, make_order, make_staff
from tests.orders.stories import report, started

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("terms")]

CLOSE = reverse("account_close")


@pytest.fixture
def alice():
    alice = make_customer(balance="100")
    confirm_address(alice)
    return alice


def browser_of(person):
    """Signed in, and the password just given once more."""
    client = Client()
    client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return client


@pytest.fixture
def browser(alice):
    return browser_of(alice)


def close(browser):
    return browser.post(CLOSE, {"understood": "on"}, follow=True)


@pytest.mark.clause("K-18")
def test_a_customer_closes_the_account_and_the_books_keep_the_balance(browser, alice):
    _key, plain = create_key(customer=alice, label="shop", now=NOW)

    page = close(browser)

    assert "Your account is closed." in page.content.decode()
    alice.refresh_from_db()
    assert alice.state == AccountState.CLOSED
    assert StateChange.objects.get().by == alice
    assert browser.get(reverse("account_settings")).status_code == 302
    with pytest.raises(AccountClosed):
        customer_of_key(plain, now=NOW)
    assert balance_of(alice) == 100


@pytest.mark.clause("K-18")
def test_nobody_leaves_while_an_order_is_open(browser, alice):
    make_order(alice)

    page = close(browser)

    assert "Orders that are still open: 1." in page.content.decode()
    alice.refresh_from_db()
    assert alice.state == AccountState.ACTIVE
    with pytest.raises(OrdersOpen):
        change_state(customer=alice, to=AccountState.CLOSED, why="why", by=make_staff(), now=NOW)


def test_after_the_last_order_the_door_is_free(browser, alice):
    report(started(alice), ReportedState.PARTIAL, 567)

    close(browser)

    alice.refresh_from_db()
    assert alice.state == AccountState.CLOSED


@pytest.mark.clause("K-18")
def test_where_money_can_be_withdrawn_the_page_says_to_do_it_first(browser):
    assert "withdraw money that you paid in" in browser.get(CLOSE).content.decode()


@pytest.mark.clause("A-24")
@pytest.mark.profile("alphasmm")
def test_where_a_balance_is_for_orders_only_the_page_says_that_it_is_lost_to_use(browser):
    assert "a balance is for orders only" in browser.get(CLOSE).content.decode()


def test_without_money_nothing_is_said_about_it():
    bob = make_customer("bob@example.com")
    confirm_address(bob)

    page = browser_of(bob).get(CLOSE).content.decode()

    assert "0.00" in page
    # The sidebar leads to withdrawals on every page.
    assert "withdraw" not in page.partition("<main")[2]


def test_closing_asks_for_the_password_again(alice):
    browser = Client()
    browser.post(reverse("account_login"), {"login": alice.email, "password": PASSWORD})
    assert browser.post(CLOSE, {"understood": "on"}).url.startswith(reverse("account_reauthenticate"))
    alice.refresh_from_db()
    assert alice.state == AccountState.ACTIVE

    browser = Client()
    browser.post(reverse("account_login"), {"login": alice.email, "password": PASSWORD})
    assert browser.get(CLOSE).url.startswith(reverse("account_reauthenticate"))
    answer = browser.post(reverse("account_reauthenticate"), {"password": PASSWORD, "next": CLOSE})
    assert answer.url == CLOSE
    assert browser.get(CLOSE).status_code == 200


def test_looking_closes_nothing_and_neither_does_a_form_without_its_tick(browser, alice):
    browser.get(CLOSE)
    page = browser.post(CLOSE, {"understood": ""})

    assert page.context["form"].errors["understood"]
    alice.refresh_from_db()
    assert alice.state == AccountState.ACTIVE


def test_a_frozen_customer_cannot_leave(alice):
    change_state(customer=alice, to=AccountState.FROZEN, why="dispute", by=None, now=NOW)

    page = close(browser_of(alice))

    assert "A payment dispute is open" in page.content.decode()
    alice.refresh_from_db()
    assert alice.state == AccountState.FROZEN


def test_who_works_here_does_not_lock_the_house_from_inside():
    owner = make_staff()
    confirm_address(owner)

    close(browser_of(owner))

    owner.refresh_from_db()
    assert owner.state == AccountState.ACTIVE
