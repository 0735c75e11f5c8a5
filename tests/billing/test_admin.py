import re
from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from billing.ledger import balance_of, charge_order
from billing.models import Funding, LedgerAccount, Transfer
from tests.factories import NOW, give, make_customer, make_staff

pytestmark = pytest.mark.django_db

GIVE = "admin:billing_funding_add"


@pytest.fixture
def office(sam: User) -> Client:
    client = Client()
    client.force_login(sam)
    return client


def filled(office: Client, **values: str) -> dict[str, str]:
    """The form as the browser would send it, with the number it carries."""
    page = office.get(reverse(GIVE)).content.decode()
    number = re.search(r'name="request_id" value="([0-9a-f-]{36})"', page)
    assert number
    return {
        "customer": "bob@example.com",
        "kind": "deposit",
        "cash": "20",
        "bonus": "1.50",
        "reason": "bank transfer 17",
        "request_id": number[1],
    } | values


def said(page) -> str:
    return re.sub(r"\s+", " ", page.content.decode())


def test_staff_give_a_deposit_and_see_the_new_balance(office: Client, sam: User, bob: User) -> None:
    page = office.post(reverse(GIVE), filled(office), follow=True)

    funding = Funding.objects.get(customer=bob)
    assert (funding.kind, funding.cash, funding.bonus) == ("deposit", 20, Decimal("1.5"))
    assert (funding.reason, funding.given_by) == ("bank transfer 17", sam)
    assert {transfer.actor for transfer in funding.transfers.all()} == {sam}
    assert balance_of(bob) == Decimal("21.5")
    assert "$21.50 given to bob@example.com, whose balance is now $21.50." in said(page)


def test_the_same_form_sent_twice_gives_once(office: Client, bob: User) -> None:
    form = filled(office)

    office.post(reverse(GIVE), form)
    again = office.post(reverse(GIVE), form, follow=True)

    assert balance_of(bob) == Decimal("21.5")
    assert "whose balance is now $21.50." in said(again)


def test_the_same_form_changed_and_sent_again_gives_nothing_and_says_so(office: Client, bob: User) -> None:
    form = filled(office)
    office.post(reverse(GIVE), form)

    again = office.post(reverse(GIVE), form | {"cash": "30"})

    assert balance_of(bob) == Decimal("21.5")
    assert "This form has already given something else, to bob@example.com." in said(again)


def test_each_opened_form_is_a_new_one(office: Client, bob: User) -> None:
    office.post(reverse(GIVE), filled(office))
    office.post(reverse(GIVE), filled(office))

    assert balance_of(bob) == 43


def test_goodwill_is_a_bonus(office: Client, bob: User) -> None:
    office.post(reverse(GIVE), filled(office, kind="goodwill", cash="", bonus="2"))

    funding = Funding.objects.get(customer=bob)
    assert (funding.kind, funding.cash, funding.bonus) == ("goodwill", 0, 2)
    assert balance_of(bob) == 2


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"kind": "goodwill"}, "Goodwill is a gift"),
        ({"cash": "", "bonus": "0"}, "Say how much to give."),
        ({"cash": "1.005"}, "at most 2 decimals"),
        ({"bonus": "-1"}, "greater than or equal to 0"),
        ({"cash": "1000000.01"}, "more than this form gives at once"),
        ({"cash": "NaN"}, "Enter a number."),
        ({"customer": "carol@example.com"}, "Nobody here has this address."),
        ({"reason": ""}, "This field is required."),
        ({"kind": "loan"}, "Select a valid choice."),
        ({"request_id": "17"}, "Enter a valid UUID."),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(
    office: Client, bob: User, values: dict[str, str], words: str
) -> None:
    form = filled(office, **values)

    page = office.post(reverse(GIVE), form)

    assert page.status_code == 200
    assert words in said(page)
    assert f'value="{form["customer"]}"' in said(page)
    assert f'value="{form["request_id"]}"' in said(page)
    assert balance_of(bob) == 0


def test_the_address_is_known_in_any_case(office: Client, bob: User) -> None:
    office.post(reverse(GIVE), filled(office, customer="Bob@Example.com"))

    assert balance_of(bob) == Decimal("21.5")


def test_before_terms_are_published_no_money_is_given() -> None:
    bob = make_customer("bob@example.com")
    office = Client()
    office.force_login(make_staff())

    page = office.post(reverse(GIVE), filled(office))

    assert "No terms have been published yet" in said(page)
    assert balance_of(bob) == 0


def test_giving_money_needs_its_own_permission(bob: User, sam: User) -> None:
    clerk = make_customer("clerk@example.com", is_staff=True)
    clerk.user_permissions.add(Permission.objects.get(codename="view_funding"))
    browser = Client()
    browser.force_login(clerk)

    assert browser.get(reverse("admin:billing_funding_changelist")).status_code == 200
    assert browser.get(reverse(GIVE)).status_code == 403
    assert browser.post(reverse(GIVE), {}).status_code == 403

    clerk.user_permissions.add(Permission.objects.get(codename="add_funding"))

    assert browser.get(reverse(GIVE)).status_code == 200


def test_customers_do_not_come_in(alice: User) -> None:
    browser = Client()
    browser.force_login(alice)

    assert browser.get(reverse(GIVE)).status_code == 302


@pytest.mark.parametrize("name", ["ledgeraccount", "transfer", "funding"])
def test_the_books_are_looked_at_and_not_touched(office: Client, alice: User, name: str) -> None:
    model = {"ledgeraccount": LedgerAccount, "transfer": Transfer, "funding": Funding}[name]
    row = model.objects.order_by("pk").last()

    assert office.get(reverse(f"admin:billing_{name}_changelist")).status_code == 200
    page = office.get(reverse(f"admin:billing_{name}_change", args=[row.pk]))
    assert page.status_code == 200
    assert 'name="_save"' not in said(page)
    assert office.post(reverse(f"admin:billing_{name}_change", args=[row.pk]), {}).status_code == 403
    assert (
        office.post(reverse(f"admin:billing_{name}_delete", args=[row.pk]), {"post": "yes"}).status_code
        == 403
    )


def test_accounts_show_kept_balances_and_the_houses_sums(office: Client, alice: User) -> None:
    charge_order(customer=alice, order_number=17, amount=Decimal("4"), now=NOW)

    page = said(office.get(reverse("admin:billing_ledgeraccount_changelist")))

    assert ">$6.00<" in page
    assert ">$4.00<" in page
    assert ">\N{MINUS SIGN}$10.00<" in page


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("order:17", {"order:17:charge"}),
        ("17", {"order:17:charge"}),
        ("alice@example.com", {"order:17:charge", "funding"}),
        ("bob@example.com", set()),
        ("", {"order:17:charge", "funding"}),
        ("9" * 30, set()),
    ],
)
def test_a_transfer_is_found_by_reference_order_or_customer(
    office: Client, alice: User, words: str, found: set[str]
) -> None:
    charge_order(customer=alice, order_number=17, amount=Decimal("4"), now=NOW)

    rows = office.get(reverse("admin:billing_transfer_changelist"), {"q": words}).context["cl"].result_list

    assert {"funding" if row.funding_id else row.reference for row in rows} == found


def test_the_lists_ask_no_more_often_for_more_rows(office: Client, alice: User) -> None:
    address = reverse("admin:billing_transfer_changelist")
    office.get(address)
    with CaptureQueriesContext(connection) as few:
        office.get(address)
    for _ in range(12):
        give(alice, cash="1")
    with CaptureQueriesContext(connection) as many:
        office.get(address)

    assert len(many) == len(few)
