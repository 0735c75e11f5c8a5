"""The money of each day: every movement is counted, and the days add up to the books."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db.models import Sum

from billing.ledger import (
    Posting,
    balance_of,
    book_unknown_loss,
    charge_order,
    customer_account,
    earn_order,
    house_account,
    house_balance,
    post,
    refund_order,
)
from billing.models import Funding, LedgerAccount, Payment, Withdrawal
from billing.reporting import COLUMNS, LOSSES, money_report, net, report_rows
from billing.routes import ROUTES, AccountKind, TransferKind
from terms.models import TermsVersion
from tests.factories import NOW, after, give, make_customer

pytestmark = pytest.mark.django_db

FIRST = NOW.date()
LAST = FIRST + timedelta(days=4)


def move(kind: TransferKind, amount: str, *, way: int = 0, now: datetime, **facts: object) -> None:
    """One transfer of a kind, by one of its ways; alice stands for every customer."""
    alice = facts.pop("alice")
    sides = [
        customer_account(alice) if side == AccountKind.CUSTOMER else house_account(side)
        for side in ROUTES[kind][way]
    ]
    post(
        Posting(
            kind=kind, debit=sides[0], credit=sides[1], amount=Decimal(amount), reference=uuid4().hex, **facts
        ),
        now=now,
    )


@pytest.fixture
def busy(terms: TermsVersion):
    """Five days in which money took every way that there is; returns the one customer."""
    alice = make_customer("alice@example.com")
    funding = give(alice, cash="100", bonus="10", now=NOW)
    give(alice, bonus="1", now=after(days=1))
    withdrawal = Withdrawal.objects.create(
        customer=alice,
        request_id=uuid4(),
        terms_version=terms,
        gross=20,
        fee=4,
        requested_at=NOW,
        due_on=LAST,
    )
    for number, day in ((1, 0), (2, 1), (3, 2)):
        charge_order(customer=alice, order_number=number, amount=Decimal("10.00002"), now=after(days=day))
    refund_order(
        customer=alice, order_number=1, amount=Decimal(4), total=Decimal(4), earned=False, now=after(days=2)
    )
    earn_order(order_number=1, amount=Decimal("6.00002"), total=Decimal("6.00002"), now=after(days=2))
    refund_order(
        customer=alice, order_number=1, amount=Decimal(1), total=Decimal(5), earned=True, now=after(days=3)
    )
    book_unknown_loss(provider_id=1, order_number=2, amount=Decimal("0.9"), actor=None, now=after(days=3))
    done = {"deposit", "bonus", "charge", "refund", "late_refund", "earning", "unknown_loss"}
    amounts = {"withdrawal": "20", "bonus_lost": "2"}
    for place, kind in enumerate(kind for kind in TransferKind if kind not in done):
        for way in range(len(ROUTES[kind])):
            facts = {"funding": funding, "withdrawal": withdrawal, "alice": alice}
            if kind in {TransferKind.GOODWILL}:
                facts["funding"] = give(alice, bonus="0.5", now=after(days=1))
            move(kind, amounts.get(kind, "1.5"), way=way, now=after(days=place % 5), **facts)
    return alice


def test_every_kind_of_movement_is_in_a_column():
    counted = {kind for column in COLUMNS for kind in (*column.plus, *column.minus)}

    assert counted == set(TransferKind)


def test_the_days_add_up_to_the_books(busy):
    report = money_report(FIRST, LAST)
    last = report.days[-1]

    assert last.balances == LedgerAccount.objects.aggregate(all=Sum("balance"))["all"] == balance_of(busy)
    assert last.held == house_balance(AccountKind.HELD)
    assert last.on_hold == house_balance(AccountKind.WITHDRAWAL)
    assert report.losses() == {kind: -house_balance(kind) for kind in LOSSES}
    totals = {column.name: total for column, total in zip(COLUMNS, report.totals(), strict=True)}
    assert totals["earned"] == house_balance(AccountKind.REVENUE)
    assert totals["withdrawal_fees"] == house_balance(AccountKind.WITHDRAWAL_FEE)
    assert totals["dispute_fees"] == house_balance(AccountKind.DISPUTE_FEE)
    assert totals["to_the_bank"] == -house_balance(AccountKind.BANK)
    assert totals["deposits"] == sum(sum(day.by_method.values()) for day in report.days)
    came = totals["deposits"] + totals["reinstated"]
    went = totals["chargebacks"] + totals["payments_refunded"] + totals["paid_out"]
    outside = house_balance(AccountKind.STRIPE) + house_balance(AccountKind.MANUAL_DEPOSITS)
    assert outside == went - came + totals["processor_fees"] + totals["to_the_bank"]


def test_a_report_of_later_days_begins_with_what_was_there_before(busy):
    whole, end = money_report(FIRST, LAST), money_report(LAST, LAST)

    assert len(end.days) == 1
    assert end.days[0].figures() == whole.days[-1].figures()
    for name in ("held", "on_hold", "balances"):
        assert getattr(end.days[0], name) == getattr(whole.days[-1], name)


def test_each_day_has_its_own_figures(busy):
    days = money_report(FIRST, LAST).days

    assert [day.figure("charged") for day in days] == [Decimal("10.00002")] * 3 + [0, 0]
    assert [day.figure("refunded") for day in days] == [0, 0, 4, 1, 0]
    assert [day.figure("earned") for day in days] == [0, 0, Decimal("6.00002"), -1, 0]


@pytest.mark.parametrize(
    ("at", "on"),
    [
        (datetime(2026, 3, 1, 23, 59, 59, 999999, tzinfo=UTC), date(2026, 3, 1)),
        (datetime(2026, 3, 2, tzinfo=UTC), date(2026, 3, 2)),
    ],
)
def test_a_day_ends_at_midnight(terms, at, on):
    give(make_customer(), cash="5", now=at)

    report = money_report(date(2026, 3, 1), date(2026, 3, 2))

    assert {day.on: day.figure("deposits") for day in report.days}[on] == 5


def test_a_day_is_the_panels_own(terms, settings):
    settings.TIME_ZONE = "America/New_York"
    give(make_customer(), cash="5", now=datetime(2026, 3, 2, 4, 59, tzinfo=UTC))

    assert money_report(date(2026, 3, 1), date(2026, 3, 1)).days[0].figure("deposits") == 5


def test_deposits_are_told_by_their_method(alice):
    given = give(alice, cash="7")
    give(alice, cash="2")
    Payment.objects.create(
        code="P7K2MQ",
        customer=alice,
        request_id=uuid4(),
        method="card",
        amount=7,
        terms_version_id=1,
        state="paid",
        started_at=NOW,
        received=7,
        funding=given,
    )

    report = money_report(FIRST, FIRST)

    assert report.methods == ["by_hand", "card"]
    assert report.days[0].by_method == {"card": 7, "by_hand": 12}


def test_the_table_for_programs_has_every_figure(busy):
    heading, *rows = report_rows(money_report(FIRST, LAST))

    assert heading[:3] == ["day", "deposits_by_hand", "deposits"]
    assert heading[-1] == "balances_at_end"
    assert len(rows) == 5
    assert {len(row) for row in rows} == {len(heading)}
    assert rows[0][0] == "2026-03-01"
    assert "10.00002000" in rows[0]


def test_an_account_is_raised_and_lowered_by_what_always_moves_it():
    amounts = {
        TransferKind.CHARGE: Decimal(5),
        TransferKind.EARNING: Decimal(2),
        TransferKind.DEPOSIT: Decimal(9),
    }

    assert net(amounts, AccountKind.HELD) == 3
    assert net(amounts, AccountKind.CUSTOMER) == 4
    assert Funding.objects.count() == 0
