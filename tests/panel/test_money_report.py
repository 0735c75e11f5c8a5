"""The daily money report in the administration and by command."""

import csv
import io

import pytest
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command
from django.test import Client

from panel.staff_groups import make_groups
from tests.factories import make_customer, make_order, make_service, make_staff

pytestmark = pytest.mark.django_db

PAGE = "/admin/money-report/"
MARCH = {"first": "2026-03-01", "last": "2026-03-03"}


@pytest.fixture
def sold(terms):
    alice = make_customer(balance="100")
    return make_order(alice, make_service(rate_per_1000="2.00"), quantity=1000)


def browser_of(person) -> Client:
    browser = Client()
    browser.force_login(person)
    return browser


def said(page) -> str:
    return " ".join(page.content.decode().split())


def test_staff_see_the_days_they_ask_for(sold):
    page = browser_of(make_staff()).get(PAGE, MARCH)

    assert [day.on.day for day, _figures, _methods in page.context["rows"]] == [3, 2, 1]
    assert page.context["headings"] == ["paid in", "charged"]
    assert "$2.00" in said(page)
    assert "$98.00" in said(page)
    assert "paid in by hand" in said(page)
    assert [(bar.tone, bar.height) for bar in page.context["bars"]] == [
        ("good", "100.000"),
        ("calm", "2.000"),
    ]


@pytest.mark.parametrize(
    "days",
    [
        {},
        {"first": "2026-03-02", "last": "2026-03-01"},
        {"first": "2020-01-01", "last": "2026-03-01"},
        {"first": "x", "last": "2026-03-01"},
    ],
)
def test_days_that_cannot_be_shown_are_the_last_thirty(sold, days):
    page = browser_of(make_staff()).get(PAGE, days)

    assert len(page.context["rows"]) == 30


def test_it_can_be_saved_as_a_file(sold):
    answer = browser_of(make_staff()).get(PAGE, MARCH | {"csv": "1"})
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode(), newline="")))

    assert answer["Content-Disposition"] == 'attachment; filename="money-2026-03-01-2026-03-03.csv"'
    assert [row[0] for row in rows] == ["day", "2026-03-01", "2026-03-02", "2026-03-03"]


def test_the_command_writes_the_same(sold, capsys):
    call_command("money_report", "--from", "2026-03-01", "--to", "2026-03-03", "--csv")
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))

    assert [row["charged"] for row in rows] == ["2.00000000", "0.00000000", "0.00000000"]
    assert [row["balances_at_end"] for row in rows] == ["98.00000000"] * 3
    call_command("money_report", "--from", "2026-03-01", "--to", "2026-03-01")
    assert "2026-03-01" in capsys.readouterr().out
    with pytest.raises(CommandError):
        call_command("money_report", "--from", "2026-03-02", "--to", "2026-03-01")


def test_customers_and_staff_without_the_books_do_not_see_it(sold):
    make_groups()
    finance = make_customer("fay@example.com", is_staff=True)
    finance.groups.add(Group.objects.get(name="finance"))
    nobody = make_customer("ned@example.com", is_staff=True)

    assert browser_of(finance).get(PAGE).status_code == 200
    assert browser_of(nobody).get(PAGE).status_code == 403
    assert browser_of(sold.customer).get(PAGE).status_code == 302
    assert "Money of each day" in said(browser_of(finance).get("/admin/"))
