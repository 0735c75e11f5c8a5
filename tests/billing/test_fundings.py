"""The page of fundings: what each gave, what is left of it, and until when it may leave without a fee."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.fundings import funding_page, holdings_of
from billing.ledger import Posting, balance_of, customer_account, house_account, post
from billing.models import Funding
from billing.routes import AccountKind, TransferKind
from tests.billing.movements import charge, refund
from tests.factories import NOW, after, give, make_customer, publish_terms

pytestmark = pytest.mark.django_db

FUNDS = "/funds/"


@pytest.fixture
def carol(terms):
    return make_customer("carol@example.com")


@pytest.fixture
def browser(client, carol):
    client.force_login(carol)
    return client


def shown_to(customer, *, now=NOW, in_force=None, **place):
    holdings = holdings_of(customer, balance_of(customer))
    return funding_page(customer, holdings, in_force=in_force, now=now, **place).fundings


def take_back(funding: Funding, cash: str) -> None:
    """As a chargeback does."""
    post(
        Posting(
            kind=TransferKind.CHARGEBACK,
            debit=customer_account(funding.customer),
            credit=house_account(AccountKind.MANUAL_DEPOSITS),
            amount=Decimal(cash),
            reference=f"funding:{funding.pk}:cash:down:{cash}",
            funding=funding,
        ),
        now=NOW,
    )
    Funding.objects.filter(pk=funding.pk).update(cash_reversed=cash)


def said(page) -> str:
    return " ".join(page.content.decode().split())


def test_the_oldest_is_spent_first_and_each_says_what_is_left(carol):
    give(carol, cash="10", bonus="1", now=after(hours=-2))
    give(carol, cash="20", now=after(hours=-1))
    charge(carol, amount="10.5")

    newest, oldest = shown_to(carol)

    assert (newest.cash_left, newest.bonus_left, newest.spent) == (20, 0, 0)
    assert (oldest.cash_left, oldest.bonus_left, oldest.spent) == (0, Decimal("0.5"), Decimal("10.5"))


@pytest.mark.worked("W-13")
def test_a_refund_of_what_a_bonus_paid_for_is_bonus_again(carol):
    """W-13: 18 cash and 12 bonus, all spent; 12.00 come back, all of it bonus."""
    give(carol, cash="18", bonus="12")
    charge(carol, amount="30")
    refund(carol, "12", "12")

    [only] = shown_to(carol)

    assert (only.cash_left, only.bonus_left, only.spent) == (0, 12, 18)


@pytest.mark.worked("W-18")
def test_exactly_48_hours_are_still_free_of_a_fee(carol):
    give(carol, cash="10")

    [at_48] = shown_to(carol, now=NOW + timedelta(hours=48))
    [a_moment_later] = shown_to(carol, now=NOW + timedelta(hours=48, microseconds=1))

    assert (at_48.leaving.is_late, at_48.leaving.free_until) == (False, NOW + timedelta(hours=48))
    assert (a_moment_later.leaving.is_late, a_moment_later.leaving.late_percent) == (True, 20)


def test_terms_without_withdrawals_say_nothing_of_fees(db, client):
    publish_terms("alphasmm")
    dave = make_customer("dave@example.com", balance="10")
    client.force_login(dave)

    [only] = shown_to(dave)

    assert only.leaving is None
    assert "fee" not in said(client.get(FUNDS)).replace("feed", "")


def test_money_of_older_terms_leaves_by_newer_ones_where_these_say_so(db):
    publish_terms("alphasmm")
    dave = make_customer("dave@example.com", balance="10")
    newer = publish_terms("bestsmmkart", {"withdrawal.applies_to_older_deposits": True}).rules.withdrawal
    strict = publish_terms("bestsmmkart").rules.withdrawal

    assert shown_to(dave, in_force=newer)[0].leaving.late_percent == 20
    assert shown_to(dave, in_force=strict)[0].leaving is None


def test_a_gift_and_what_is_spent_cannot_leave(carol):
    give(carol, cash="5", now=after(hours=-1))
    give(carol, bonus="1")
    charge(carol, amount="5")

    assert [shown.leaving for shown in shown_to(carol)] == [None, None]


def test_what_was_taken_back_is_not_called_spent(carol, browser):
    funding = give(carol, cash="10", bonus="1")
    charge(carol, amount="4")
    take_back(funding, "10")

    [only] = shown_to(carol)

    assert (balance_of(carol), only.left, only.reversed, only.spent) == (-3, 0, 10, 1)
    page = browser.get(FUNDS)
    assert page.context["holdings"].debt == 3
    assert "Owed to the panel" in said(page)


def test_pages_go_back_and_forth_and_miss_nobody(carol, browser):
    given = [give(carol, cash="1", now=after(hours=number // 2)).pk for number in range(45)]
    newest_first = given[::-1]

    page, seen, pages = browser.get(FUNDS), [], 0
    while True:
        numbers = [shown.funding.pk for shown, _bar in page.context["rows"]]
        seen += numbers
        pages += 1
        if not page.context["older"]:
            break
        page = browser.get(FUNDS + page.context["older"])
    assert (pages, seen) == (3, newest_first)

    page = browser.get(FUNDS + page.context["newer"])
    assert [shown.funding.pk for shown, _bar in page.context["rows"]] == newest_first[20:40]
    page = browser.get(FUNDS + page.context["newer"])
    assert [shown.funding.pk for shown, _bar in page.context["rows"]] == newest_first[:20]
    assert not page.context["newer"]


@pytest.mark.parametrize(
    "place", ["?before=", "?before=x", "?before=-1", "?after=99999999999999999999", "?before=²"]
)
def test_a_place_that_cannot_be_understood_is_the_beginning(carol, browser, place):
    give(carol, cash="1")

    assert len(browser.get(FUNDS + place).context["rows"]) == 1


def test_the_bar_has_a_part_for_each_place_where_money_is(carol, browser):
    give(carol, cash="10", bonus="10")
    charge(carol, amount="5")

    [(_shown, bar)] = browser.get(FUNDS).context["rows"]

    assert [(part["tone"], part["x"], part["width"]) for part in bar] == [
        ("brand", "0.000", "25.000"),
        ("accent", "25.000", "50.000"),
        ("neutral", "75.000", "25.000"),
    ]


def test_somebody_elses_fundings_are_not_shown(carol, browser, alice):
    assert browser.get(FUNDS).context["rows"] == []
    assert "No money yet" in said(browser.get(FUNDS))
    assert f'href="/funds/{alice.fundings.get().pk}/receipt/"' not in said(browser.get(FUNDS))


def test_more_fundings_need_no_more_queries(carol, browser):
    def queries():
        with CaptureQueriesContext(
            connection,
        ) as caught:
            browser.get(FUNDS)
        return len(caught)

    give(carol, cash="1")
    few = queries()
    for _ in range(15):
        give(carol, cash="1", bonus="0.1")
    assert queries() <= few
