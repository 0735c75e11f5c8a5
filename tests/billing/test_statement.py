import csv
import io
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from billing.funding import give_funding
from billing.ledger import Posting, charge_order, customer_account, house_account, post, refund_order
from billing.models import Funding
from billing.routes import AccountKind, TransferKind
from billing.statement import STATEMENT_KINDS, Wanted, daily_balances, statement_page, whole_statement
from billing.statement_words import KINDS_OF
from tests.factories import NOW, after, give

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(alice: User) -> Client:
    client = Client()
    client.force_login(alice)
    return client


def charge(customer: User, number: int, amount: str = "0.01", *, now: datetime = NOW) -> None:
    charge_order(customer=customer, order_number=number, amount=Decimal(amount), now=now)


def charges(customer: User, count: int) -> None:
    for number in range(1, count + 1):
        charge(customer, number)


def shown(page) -> list[int]:
    return [line.sequence for line in page.lines]


def test_a_statement_tells_each_movement_and_what_it_left(alice: User) -> None:
    charge(alice, 7, "1.52337300")
    refund_order(
        customer=alice,
        order_number=7,
        amount=Decimal("0.6999615"),
        total=Decimal("0.6999615"),
        earned=False,
        now=NOW,
        note="for staff only",
    )

    refund, order, deposit = statement_page(alice, Wanted()).lines

    assert (refund.kind, refund.order_number, refund.reason) == (TransferKind.REFUND, 7, "")
    assert (refund.change, refund.balance) == (Decimal("0.6999615"), Decimal("9.1765885"))
    assert (order.kind, order.order_number) == (TransferKind.CHARGE, 7)
    assert (order.change, order.balance) == (Decimal("-1.523373"), Decimal("8.476627"))
    assert (deposit.kind, deposit.order_number, deposit.reason) == (
        TransferKind.DEPOSIT,
        None,
        "for the story",
    )
    assert (deposit.change, deposit.balance) == (Decimal("10"), Decimal("10"))


def test_pages_go_down_and_up_again_without_gap_or_repeat(alice: User) -> None:
    charges(alice, 9)

    newest = statement_page(alice, Wanted(), length=4)
    middle = statement_page(alice, Wanted(), before=7, length=4)
    oldest = statement_page(alice, Wanted(), before=3, length=4)
    back = statement_page(alice, Wanted(), after=2, length=4)
    top = statement_page(alice, Wanted(), after=6, length=4)

    assert [shown(page) for page in (newest, middle, oldest)] == [[10, 9, 8, 7], [6, 5, 4, 3], [2, 1]]
    assert [(page.has_newer, page.has_older) for page in (newest, middle, oldest)] == [
        (False, True),
        (True, True),
        (True, False),
    ]
    assert (shown(back), back.has_newer) == ([6, 5, 4, 3], True)
    assert (shown(top), top.has_newer) == ([10, 9, 8, 7], False)


def test_lines_can_be_chosen_by_kind_and_by_whole_days(alice: User) -> None:
    charge(alice, 1, now=datetime(2026, 3, 4, 0, 0, tzinfo=UTC))
    charge(alice, 2, now=datetime(2026, 3, 4, 23, 59, 59, tzinfo=UTC))
    charge(alice, 3, now=datetime(2026, 3, 5, 0, 0, tzinfo=UTC))
    fourth = date(2026, 3, 4)

    assert shown(statement_page(alice, Wanted(kinds=frozenset({TransferKind.DEPOSIT})))) == [1]
    assert shown(statement_page(alice, Wanted(first_day=fourth, last_day=fourth))) == [3, 2]
    assert shown(statement_page(alice, Wanted(first_day=fourth))) == [4, 3, 2]
    assert shown(statement_page(alice, Wanted(last_day=date(2026, 3, 3)))) == [1]


def test_the_balance_of_each_day_is_what_its_last_line_left(alice: User) -> None:
    charge(alice, 1, "4", now=after(days=2))
    charge(alice, 2, "1", now=after(days=2, minutes=1))

    balances = daily_balances(alice, days=5, today=date(2026, 3, 4))

    assert balances == [
        (date(2026, 2, 28), Decimal(0)),
        (date(2026, 3, 1), Decimal(10)),
        (date(2026, 3, 2), Decimal(10)),
        (date(2026, 3, 3), Decimal(5)),
        (date(2026, 3, 4), Decimal(5)),
    ]


def test_the_whole_statement_is_read_in_pieces_and_complete(alice: User, monkeypatch) -> None:
    monkeypatch.setattr("billing.statement.CHUNK_LINES", 3)
    charges(alice, 8)

    assert [line.sequence for line in whole_statement(alice)] == list(range(1, 10))


def test_the_page_shows_lines_with_their_order_and_exact_amounts(browser: Client, alice: User) -> None:
    charge(alice, 7, "1.52337300")

    page = browser.get(reverse("statement")).content.decode()

    assert "Order #7" in page
    assert '<bdi dir="ltr" class="money money-out">\N{MINUS SIGN}$1.523373</bdi>' in page
    assert '<bdi dir="ltr" class="money">$8.476627</bdi>' in page
    assert '<bdi dir="ltr" class="money money-in">+$10.00</bdi>' in page
    assert "for the story" in page


def test_the_page_says_which_part_of_the_balance_is_bonus(browser: Client, alice: User) -> None:
    give(alice, cash="5", bonus="2", now=after(days=1))
    charge(alice, 1, "12")

    context = browser.get(reverse("statement")).context

    assert (context["holdings"].cash, context["holdings"].bonus) == (3, 2)


def test_a_customer_without_movements_is_told_so(bob: User) -> None:
    browser = Client()
    browser.force_login(bob)

    assert "No movement yet" in browser.get(reverse("statement")).content.decode()


def test_the_page_links_to_older_and_newer_lines_and_keeps_the_choice(browser: Client, alice: User) -> None:
    charges(alice, 120)

    first = browser.get(reverse("statement"), {"kind": "charge"})
    second = browser.get(reverse("statement") + first.context["older"])

    assert first.context["newer"] is False
    assert first.context["older"] == "?kind=charge&before=72"
    assert [line.sequence for line in second.context["lines"]] == list(range(71, 21, -1))
    assert second.context["newer"] == "?kind=charge&after=71"


@pytest.mark.parametrize(
    "query",
    [
        {"before": "x"},
        {"before": "-1"},
        {"before": str(2**63)},
        {"kind": "earning"},
        {"group": "everything"},
        {"order": "x"},
        {"order": "-1"},
        {"days": "1000000"},
        {"first_day": "31/31/31"},
        {"first_day": "0001-01-01"},
        {"last_day": "9999-12-31"},
    ],
)
def test_what_cannot_be_understood_shows_everything(browser: Client, query: dict[str, str]) -> None:
    page = browser.get(reverse("statement"), query)

    assert page.status_code == 200
    assert [line.sequence for line in page.context["lines"]] == [1]


def test_lines_are_chosen_by_groups_and_kinds_together_and_by_order(browser: Client, alice: User) -> None:
    charge(alice, 7, "1")
    refund_order(customer=alice, order_number=7, amount=Decimal(1), total=Decimal(1), earned=False, now=NOW)
    charge(alice, 8, "2")
    give(alice, bonus="1")

    def found(**query: object) -> list[int]:
        page = browser.get(reverse("statement"), query)
        return [line.sequence for line in page.context["lines"]]

    assert found(group=["paid_in"]) == [5, 1]
    assert found(group=["paid_in", "orders"]) == [5, 4, 3, 2, 1]
    assert found(kind=["refund"], group=["paid_in"]) == [5, 3, 1]
    assert found(order="7") == [3, 2]
    assert found(order="7", kind="refund") == [3]
    assert found(group="withdrawals") == []


def test_several_kinds_are_read_page_by_page_without_gap_or_repeat(alice: User) -> None:
    charges(alice, 6)
    for _ in range(3):
        give(alice, cash="1")
    both = Wanted(kinds=frozenset({TransferKind.DEPOSIT, TransferKind.CHARGE}))

    pages = [statement_page(alice, both, before=before, length=4) for before in (None, 7, 3)]

    assert [shown(page) for page in pages] == [[10, 9, 8, 7], [6, 5, 4, 3], [2, 1]]
    assert shown(statement_page(alice, both, after=6, length=3)) == [9, 8, 7]


def test_every_kind_that_moves_a_balance_is_in_one_group() -> None:
    grouped = [kind for kinds in KINDS_OF.values() for kind in kinds]

    assert sorted(grouped) == sorted(STATEMENT_KINDS)


def test_a_payment_taken_back_is_said_in_words_and_the_debt_is_shown_as_debt(
    browser: Client, alice: User
) -> None:
    funding = alice.fundings.get()
    charge(alice, 7, "4")
    post(
        Posting(
            kind=TransferKind.CHARGEBACK,
            debit=customer_account(alice),
            credit=house_account(AccountKind.MANUAL_DEPOSITS),
            amount=Decimal(10),
            reference="funding:x:chargeback",
            funding=funding,
            note="looked like a stolen card",
        ),
        now=after(days=1),
    )
    Funding.objects.filter(pk=funding.pk).update(cash_reversed=10)

    page = browser.get(reverse("statement"), {"days": "365"})
    said = " ".join(page.content.decode().split())

    assert page.context["holdings"].debt == 4
    assert 'Owed to the panel</dt><dd class="text-danger"><bdi dir="ltr" class="money">$4.00' in said
    assert "The payer&#x27;s bank has taken this payment back." in said
    assert "stolen" not in said
    assert f'<a href="/funds/{funding.pk}/receipt/">Payment F{funding.pk}</a>' in said
    assert "balance-debt" in said


@pytest.mark.parametrize(("asked", "days"), [("7", 7), ("90", 90), ("365", 365), ("8", 30), ("", 30)])
def test_the_chart_shows_as_many_days_as_were_chosen(browser: Client, asked: str, days: int) -> None:
    context = browser.get(reverse("statement"), {"days": asked, "kind": "charge"}).context

    assert len(context["chart"]["labels"]) == len(context["chart"]["series"][0]["values"]) == days
    assert dict(context["ranges"])[90] == "?days=90&kind=charge"


@pytest.mark.parametrize("name", ["statement", "statement_csv"])
def test_somebody_who_is_not_signed_in_is_asked_to(name: str) -> None:
    answer = Client().get(reverse(name))

    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("account_login"))


@pytest.mark.parametrize("name", ["statement", "statement_csv"])
def test_a_statement_cannot_be_posted_to(browser: Client, name: str) -> None:
    assert browser.post(reverse(name)).status_code == 405


def test_nobody_sees_the_lines_of_another(alice: User, bob: User) -> None:
    charge(alice, 7)
    browser = Client()
    browser.force_login(bob)

    page = browser.get(reverse("statement"))
    file = b"".join(browser.get(reverse("statement_csv")).streaming_content).decode()

    assert page.context["lines"] == []
    assert len(file.splitlines()) == 1


def test_a_long_statement_asks_the_database_no_more_often_than_a_short_one(
    browser: Client, alice: User
) -> None:
    charge(alice, 999)
    browser.get(reverse("statement"))
    with CaptureQueriesContext(connection) as few:
        browser.get(reverse("statement"))
    charges(alice, 60)
    with CaptureQueriesContext(connection) as many:
        browser.get(reverse("statement"))

    assert len(many) == len(few)


def rows(answer) -> list[list[str]]:
    return list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode(), newline="")))


def test_the_file_has_every_line_with_plain_amounts(browser: Client, alice: User) -> None:
    charge(alice, 7, "1.52337300", now=after(hours=1))

    answer = browser.get(reverse("statement_csv"))

    assert answer["Content-Type"].startswith("text/csv; charset=utf-8")
    assert answer["Content-Disposition"].startswith('attachment; filename="statement-2')
    assert rows(answer) == [
        ["line", "time", "kind", "order", "reason", "amount", "balance", "currency"],
        ["1", "2026-03-01T12:00:00+00:00", "deposit", "", "for the story", "10.00", "10.00", "USD"],
        ["2", "2026-03-01T13:00:00+00:00", "charge", "7", "", "-1.523373", "8.476627", "USD"],
    ]


def test_a_reason_never_becomes_a_formula(browser: Client, alice: User) -> None:
    give_funding(
        customer=alice,
        kind=Funding.Kind.GOODWILL,
        cash=Decimal(0),
        bonus=Decimal(1),
        reason='=HYPERLINK("http://evil.example","see"), sorry',
        given_by=None,
        request_id=uuid4(),
        now=NOW + timedelta(days=1),
    )

    assert (
        rows(browser.get(reverse("statement_csv")))[-1][4]
        == '\'=HYPERLINK("http://evil.example","see"), sorry'
    )
