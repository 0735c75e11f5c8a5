"""The pages of withdrawals as a customer and as staff see them."""

import re
from decimal import Decimal
from uuid import uuid4

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from accounts.models import Look, User
from accounts.safety import tell_change
from billing.approving import approve
from billing.ledger import balance_of
from billing.models import Withdrawal
from panel.staff_groups import make_groups
from tests.billing.withdrawals import BANK, asks, at, pays
from tests.factories import PASSWORD, make_customer, make_staff, publish_terms

pytestmark = pytest.mark.django_db

NEW = "/funds/withdraw/"
QUOTE = "/funds/withdraw/quote/"
LIST = "/funds/withdrawals/"


@pytest.fixture
def alice(terms) -> User:
    return make_customer("alice@example.com")


def browser_of(person: User, *, has_just_signed_in: bool = True) -> Client:
    browser = Client()
    browser.force_login(person)
    if has_just_signed_in:
        browser.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return browser


def words(page) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.content.decode())).strip()


def hidden(page, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page.content.decode())
    assert found, name
    return found[1]


def filled(page, **fields: str) -> dict[str, str]:
    shown = {name: hidden(page, name) for name in ("request_id", "shown_payout", "shown_bonus_lost")}
    return {"amount": "68.50", "destination": BANK} | shown | fields


@pytest.mark.clause("K-71", "K-72", "K-73", "K-74")
@pytest.mark.parametrize(
    ("when", "age", "fee", "net"),
    [
        (at(8, 9, 59), "47:59:00 h", "none", "$68.50"),
        (at(8, 10, 0, 1), "48:00:01 h", "20%", "$54.80"),
    ],
)
def test_the_page_shows_for_each_payment_what_it_brings(alice, when, age, fee, net):
    pays(alice, "73.50", "5", when=at(6, 10))
    with time_machine.travel(when, tick=False):
        browser = browser_of(alice)
        page = browser.get(NEW)
        # All that can be asked for is filled in; then the amount is typed over.
        assert 'value="73.50"' in page.content.decode()
        quoted = browser.post(QUOTE, {"amount": "68.50"})

        assert f"01/06/2025, 10 a.m. {age} $68.50 {fee} $5.00 {net}" in words(quoted)
        assert f"You receive {net}" in words(quoted)
        assert "end of Jan. 17, 2025; it may take longer" in words(quoted)
        assert f"{net} by hand, to where you say" in words(quoted)

        answer = browser.post(
            NEW, filled(page) | {n: hidden(quoted, n) for n in ("shown_payout", "shown_bonus_lost")}
        )
    withdrawal = Withdrawal.objects.get()
    assert answer.url == f"{LIST}{withdrawal.pk}/"
    assert withdrawal.payout == Decimal(net.removeprefix("$"))
    with time_machine.travel(when, tick=False):
        detail = words(browser.get(answer.url))
        assert "Requested 01/08/2025" in detail
        assert "Paid not yet" in detail
        assert f"#{withdrawal.pk}" in words(browser.get(LIST))


def test_a_page_that_shows_what_is_no_longer_true_comes_back_with_the_new_figures(alice):
    pays(alice, "100", "5", when=at(6))
    browser = None
    with time_machine.travel(at(8), tick=False):
        browser = browser_of(alice)
        page = browser.get(NEW)
    with time_machine.travel(at(8, 0, 0, 1), tick=False):
        answer = browser.post(NEW, filled(page, amount="100"))

        assert answer.status_code == 422
        assert "has changed to 80.00, with a bonus of 5.00 lost. Nothing was withdrawn." in words(answer)
        assert hidden(answer, "shown_payout") == "80.00"
        assert balance_of(alice) == 105
        browser.post(NEW, filled(answer, amount="100"))
    assert Withdrawal.objects.get().payout == 80


def test_what_cannot_be_withdrawn_is_said_below_the_amount(alice):
    pays(alice, "100", when=at(6))
    with time_machine.travel(at(7), tick=False):
        browser = browser_of(alice)
        assert "At most 100.00 can be withdrawn." in words(browser.post(QUOTE, {"amount": "100.01"}))
        assert "At least 1.00 must be withdrawn." in words(browser.post(QUOTE, {"amount": "0.99"}))
        assert "shown_payout" not in browser.post(QUOTE, {"amount": "much"}).content.decode()
        assert browser.get(NEW + "?amount=x").status_code == 200


@pytest.mark.clause("A-38")
def test_whoever_asks_gives_the_password_first(alice):
    pays(alice, "100", when=at(6))
    browser = browser_of(alice, has_just_signed_in=False)

    for answer in (browser.get(NEW), browser.post(NEW, {"amount": "1"})):
        assert answer.status_code == 302
        assert answer.url.startswith(reverse("account_reauthenticate"))
    assert not Withdrawal.objects.exists()


def test_after_a_new_password_the_page_says_from_when_on_it_is_possible(alice):
    pays(alice, "100", when=at(6))
    tell_change(alice, "password_changed", now=at(7))
    with time_machine.travel(at(7, 1), tick=False):
        page = words(browser_of(alice).get(NEW))

    assert "Withdrawals are possible again from Jan. 8, 2025" in page


@pytest.mark.profile("alphasmm")
@pytest.mark.clause("A-24", "K-69")
def test_where_the_terms_know_no_withdrawals_there_is_no_page_and_no_link(alice):
    pays(alice, "80", when=at(6))
    with time_machine.travel(at(8), tick=False):
        browser = browser_of(alice)
        for address in (NEW, LIST, f"{LIST}1/"):
            assert browser.get(address).status_code == 404, address
        request = {"amount": "80", "request_id": str(uuid4()), "destination": BANK}
        for address in (NEW, QUOTE, f"{LIST}1/cancel/"):
            assert browser.post(address, request).status_code == 404, address
        assert LIST not in browser.get("/").content.decode()
        assert LIST not in browser.get("/statement/").content.decode()
    assert balance_of(alice) == 80


@pytest.mark.clause("A-24")
@pytest.mark.worked("V-4")
def test_who_paid_before_withdrawals_ended_keeps_the_page_and_reads_why(alice):
    pays(alice, "80", when=at(6))
    with time_machine.travel(at(8), tick=False):
        browser = browser_of(alice)
        assert NEW in browser.get("/").content.decode()
        ended = publish_terms("alphasmm")
        assert "This applies to payments made before March 1, 2026." in words(browser.get(NEW))
        assert f"{ended.published_at:%Y-%m-%d}" == "2026-03-01"
        assert NEW in browser.get("/").content.decode()


def test_the_customer_takes_a_request_back_on_its_page(alice, sam):
    pays(alice, "100", when=at(6))
    first = asks(alice, "60", when=at(7))
    browser = browser_of(alice)

    assert "Take the request back" in words(browser.get(f"{LIST}{first.pk}/"))
    browser.post(f"{LIST}{first.pk}/cancel/")
    assert balance_of(alice) == 100
    assert "Taken back by you" in words(browser.get(f"{LIST}{first.pk}/"))

    second = asks(alice, "60", when=at(7))
    approve(second.pk, by=sam, now=at(7))
    answer = browser.post(f"{LIST}{second.pk}/cancel/", follow=True)
    assert f"Request #{second.pk} is “approved” now. Nothing was changed." in words(answer)
    assert balance_of(alice) == 40


def test_nobody_sees_the_withdrawal_of_somebody_else(alice, bob):
    pays(alice, "100", when=at(6))
    withdrawal = asks(alice, "60", when=at(7))
    browser = browser_of(bob)

    assert browser.get(f"{LIST}{withdrawal.pk}/").status_code == 404
    assert browser.post(f"{LIST}{withdrawal.pk}/cancel/").status_code == 404
    assert Client().get(f"{LIST}{withdrawal.pk}/").status_code == 302
    assert browser.get(f"{LIST}{withdrawal.pk}/cancel/").status_code == 405
    assert balance_of(alice) == 40


def office(group: str) -> Client:
    make_groups()
    person = make_customer(f"{group}@example.com", is_staff=True)
    person.groups.add(Group.objects.get(name=group))
    return browser_of(person)


def decides(browser: Client, withdrawal: Withdrawal, what: str, **fields: str):
    address = reverse("admin:billing_withdrawal_decide", args=[what])
    return browser.post(f"{address}?rows={withdrawal.pk}", fields, follow=True)


def test_finance_approves_reads_where_to_pays_and_writes_the_reference_down(alice):
    pays(alice, "100", when=at(6))
    withdrawal = asks(alice, "60", when=at(7))
    finance = office("finance")
    queue = finance.get(reverse("admin:billing_withdrawal_changelist"))
    assert "alice@example.com" in words(queue)
    assert "alice@example.com" in words(finance.get(f"{queue.request['PATH_INFO']}?queue=overdue"))

    said = words(decides(finance, withdrawal, "approve", note="Known customer."))
    assert f"Request #{withdrawal.pk} is approved; $60.00 of $60.00 are to be paid by hand." in said
    assert "DE89 3704 0044 0532 0130 00" in said
    look = Look.objects.latest("pk")
    assert (look.customer, look.staff.email) == (alice, "finance@example.com")

    wrong = words(decides(finance, withdrawal, "paid", amount="59", reference="SEPA 17"))
    assert "By hand, 60.00 of request" in wrong
    assert "written down as paid" in words(
        decides(finance, withdrawal, "paid", amount="60", reference="SEPA 17")
    )
    withdrawal.refresh_from_db()
    assert (withdrawal.state, withdrawal.payment_reference) == ("paid", "SEPA 17")
    assert "alice@example.com" not in words(finance.get(reverse("admin:billing_withdrawal_changelist")))


def test_support_sees_the_withdrawal_but_neither_where_to_nor_buttons(alice):
    pays(alice, "100", when=at(6))
    withdrawal = asks(alice, "60", when=at(7))
    support = office("support")

    page = words(support.get(reverse("admin:billing_withdrawal_change", args=[withdrawal.pk])))

    assert "alice@example.com" in page
    assert "DE89" not in page
    assert not Look.objects.exists()
    for what in ("approve", "agree", "reject", "paid"):
        address = reverse("admin:billing_withdrawal_decide", args=[what])
        assert support.get(f"{address}?rows={withdrawal.pk}").status_code == 403


def test_a_rejection_on_the_page_says_why(alice):
    pays(alice, "100", when=at(6))
    withdrawal = asks(alice, "60", when=at(7))
    finance = office("finance")

    assert decides(finance, withdrawal, "reject", note="").status_code == 200
    assert "This field is required." in words(decides(finance, withdrawal, "reject", note=""))
    assert "$60.00 went back to alice@example.com." in words(
        decides(finance, withdrawal, "reject", note="Use it first.")
    )
    assert "Use it first." in words(browser_of(alice).get(f"{LIST}{withdrawal.pk}/"))


def test_above_the_limit_the_page_wants_a_second_person(alice):
    pays(alice, "600", when=at(6))
    withdrawal = asks(alice, "600", when=at(7))
    finance, other = office("finance"), browser_of(make_staff("tom@example.com"))

    said = words(decides(finance, withdrawal, "approve", note="Known customer."))
    assert f"Request #{withdrawal.pk} is approved; a second person has to agree." in said
    assert "Somebody else has to agree to it." in words(
        decides(finance, withdrawal, "agree", note="Me again.")
    )
    assert not withdrawal.payouts.exists()

    assert "$600.00 of $600.00 are to be paid by hand." in words(
        decides(other, withdrawal, "agree", note="Looked at it.")
    )
