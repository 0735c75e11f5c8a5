"""What the database refuses to those who go around the program."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.models import User
from billing.ledger import (
    InsufficientBalance,
    Posting,
    balance_of,
    customer_account,
    earn_order,
    house_account,
    post,
)
from billing.models import Funding, Transfer
from billing.routes import AccountKind, TransferKind
from billing.verification import verify_books
from tests.billing.conftest import sql
from tests.billing.movements import charge, refund
from tests.factories import NOW, give

pytestmark = pytest.mark.django_db

REQUEST = "11111111-1111-4111-8111-111111111111"


def refused_as(error: pytest.ExceptionInfo) -> str:
    return error.value.__cause__.diag.constraint_name


@pytest.mark.parametrize(
    ("statement", "constraint"),
    [
        ("UPDATE billing_transfer SET amount = 1", "transfer_is_never_changed"),
        ("UPDATE billing_transfer SET note = 'x'", "transfer_is_never_changed"),
        ("DELETE FROM billing_transfer", "transfer_is_never_deleted"),
        ("UPDATE billing_ledgeraccount SET balance = balance + 1", "ledger_account_moves_by_transfer"),
        ("UPDATE billing_ledgeraccount SET owner_id = NULL", "ledger_account_moves_by_transfer"),
        ("DELETE FROM billing_ledgeraccount", "ledger_account_is_kept"),
        ("UPDATE billing_funding SET cash = 11", "funding_stays_as_given"),
        ("UPDATE billing_funding SET credited_at = now()", "funding_stays_as_given"),
        ("DELETE FROM billing_funding", "funding_is_kept"),
        (
            "INSERT INTO billing_ledgeraccount (name, kind, balance, sequence) VALUES ('x', 'held', 5, 0)",
            "ledger_account_opens_empty",
        ),
        (
            "INSERT INTO billing_ledgeraccount (name, kind, balance, sequence) VALUES ('x', 'held', 0, 5)",
            "ledger_account_opens_empty",
        ),
        (
            "INSERT INTO billing_ledgeraccount (name, kind, balance, sequence) VALUES ('x', 'customer', 0, 0)",
            "ledger_account_of_a_customer_has_an_owner",
        ),
        (
            "INSERT INTO billing_ledgeraccount (name, kind, balance, sequence) VALUES ('x', 'purse', 0, 0)",
            "ledger_account_kind_is_known",
        ),
    ],
)
def test_the_books_are_not_rewritten(alice: User, statement: str, constraint: str) -> None:
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        sql(statement)

    assert refused_as(error) == constraint
    assert balance_of(alice) == 10


@pytest.mark.parametrize(
    ("table", "name"),
    [
        ("billing_transfer", "transfers_are_never_emptied"),
        ("billing_ledgeraccount", "ledger_accounts_are_kept"),
        ("billing_funding", "fundings_are_kept"),
    ],
)
def test_the_books_are_not_emptied(alice: User, table: str, name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND tgname LIKE %s",
            [table, f"%{name}%"],
        )
        full_name = cursor.fetchone()[0]
    # Switched off for the test session, so that other tests can clean up; on in a real panel.
    sql("SET CONSTRAINTS ALL IMMEDIATE")
    sql(f'ALTER TABLE {table} ENABLE TRIGGER "{full_name}"')

    with pytest.raises(IntegrityError) as error, transaction.atomic():
        sql(f"TRUNCATE {table} CASCADE")

    assert refused_as(error) == name
    assert Transfer.objects.count() == 1


def account_of(customer: User) -> int:
    return customer_account(customer).pk


def insert(
    debit: int,
    credit: int,
    *,
    kind: str = "charge",
    amount: str = "1",
    order: int | None = 17,
    ref: str = "x",
):
    sql(
        "INSERT INTO billing_transfer (reference, kind, debit_id, credit_id, amount, order_number, note, created_at)"
        " VALUES (%s, %s, %s, %s, %s, %s, '', now())",
        ref,
        kind,
        debit,
        credit,
        amount,
        order,
    )


def test_a_debt_cannot_be_written_past_the_program(alice: User) -> None:
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        insert(account_of(alice), house_account(AccountKind.HELD).pk, amount="10.00000001")

    assert refused_as(error) == "balance_covers_the_debit"


@pytest.mark.parametrize(
    ("kind", "debit", "credit"),
    [
        ("charge", AccountKind.HELD, AccountKind.REVENUE),
        ("refund", AccountKind.REVENUE, "customer"),
        ("deposit", AccountKind.GOODWILL, "customer"),
        ("goodwill", "customer", AccountKind.GOODWILL),
        ("earning", "customer", AccountKind.REVENUE),
        ("bonus", AccountKind.REVENUE, "customer"),
        ("present", AccountKind.GOODWILL, "customer"),
    ],
)
def test_money_takes_no_other_road(alice: User, kind: str, debit: str, credit: str) -> None:
    ends = [account_of(alice) if end == "customer" else house_account(end).pk for end in (debit, credit)]

    with pytest.raises(IntegrityError) as error, transaction.atomic():
        insert(*ends, kind=kind)

    assert refused_as(error) == "transfer_takes_a_known_route"


def test_nothing_moves_from_customer_to_customer(alice: User, bob: User) -> None:
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        insert(account_of(alice), account_of(bob))

    assert refused_as(error) == "transfer_takes_a_known_route"


@pytest.mark.parametrize("amount", ["0", "-1"])
def test_nothing_and_less_are_not_amounts(alice: User, amount: str) -> None:
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        insert(
            house_account(AccountKind.GOODWILL).pk,
            account_of(alice),
            kind="goodwill",
            amount=amount,
            order=None,
        )

    assert refused_as(error) == "transfer_amount_positive"


def test_a_charge_names_its_order(alice: User) -> None:
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        insert(account_of(alice), house_account(AccountKind.HELD).pk, order=None)

    assert refused_as(error) == "transfer_for_an_order_names_it"


def test_an_order_gives_back_no_more_than_its_charge(alice: User) -> None:
    charge(alice, amount="4")
    refund(alice, "3", "3")

    with pytest.raises(IntegrityError) as error, transaction.atomic():
        refund(alice, "1.00000001", "4.00000001")
    assert refused_as(error) == "order_money_within_charge"

    refund(alice, "1", "4")
    assert balance_of(alice) == 10


def test_an_order_never_charged_gives_nothing_back(alice: User) -> None:
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        refund(alice, "0.00000001", "0.00000001", number=99)

    assert refused_as(error) == "order_money_within_charge"


def test_an_order_earns_no_more_than_is_left(alice: User) -> None:
    charge(alice, amount="4")
    refund(alice, "3", "3")

    with pytest.raises(IntegrityError) as error, transaction.atomic():
        earn_order(order_number=17, amount=Decimal("1.00000001"), total=Decimal("1.00000001"), now=NOW)

    assert refused_as(error) == "order_money_within_charge"


def test_a_late_refund_takes_no_more_than_was_earned(alice: User) -> None:
    charge(alice, amount="4")
    earn_order(order_number=17, amount=Decimal("1"), total=Decimal("1"), now=NOW)

    with pytest.raises(IntegrityError) as error, transaction.atomic():
        refund(alice, "2", "2", earned=True)

    assert refused_as(error) == "order_money_within_charge"


def test_what_the_database_stamps_cannot_be_dictated(alice: User, bob: User) -> None:
    held = house_account(AccountKind.HELD).pk
    sql(
        "INSERT INTO billing_transfer (reference, kind, debit_id, credit_id, amount, order_number, note, created_at,"
        " customer_id, sequence, balance_after) VALUES ('x', 'charge', %s, %s, 1, 17, '', now(), %s, 77, 77)",
        account_of(alice),
        held,
        bob.pk,
    )

    stored = Transfer.objects.get(reference="x")
    assert (stored.customer, stored.sequence, stored.balance_after) == (alice, 2, 9)


def test_a_chargeback_may_leave_a_debt_that_the_next_deposit_settles(alice: User) -> None:
    charge(alice, amount="8")
    post(
        Posting(
            kind=TransferKind.CHARGEBACK,
            debit=customer_account(alice),
            credit=house_account(AccountKind.MANUAL_DEPOSITS),
            amount=Decimal(10),
            reference="chargeback:1",
            funding=Funding.objects.get(customer=alice),
        ),
        now=NOW,
    )
    assert balance_of(alice) == -8
    with pytest.raises(InsufficientBalance):
        charge(alice, 18, "0.00000001")

    give(alice, cash="5")

    assert balance_of(alice) == -3
    assert verify_books().differences == []


@pytest.mark.parametrize(
    ("cash", "bonus", "kind", "constraint"),
    [
        ("1", "1", "goodwill", "funding_of_goodwill_is_all_bonus"),
        ("0", "0", "deposit", "funding_gives_something"),
        ("-1", "2", "deposit", "funding_cash_leaves_within_what_was_given"),
        ("1", "0", "loan", "funding_kind_is_known"),
    ],
)
def test_a_funding_makes_sense(alice: User, cash: str, bonus: str, kind: str, constraint: str) -> None:
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        Funding.objects.create(
            customer=alice,
            kind=kind,
            cash=Decimal(cash),
            bonus=Decimal(bonus),
            terms_version_id=1,
            request_id=REQUEST,
            credited_at=NOW,
        )

    assert refused_as(error) == constraint
