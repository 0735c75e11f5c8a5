from decimal import Decimal

import pytest
from django.core.management import call_command

from accounts.models import User
from billing.ledger import charge_order, earn_order, refund_order
from billing.verification import verify_books
from orders.models import Claim, Order
from orders.verification import verify_orders
from tests.billing.conftest import sql, unguarded
from tests.factories import NOW, make_order, make_service

pytestmark = pytest.mark.django_db


@pytest.fixture
def books(alice: User, bob: User) -> None:
    """Ten units given to alice, two orders, one refunded in part and earned for the rest."""
    for number, amount in ((1, "4"), (2, "1.5")):
        charge_order(customer=alice, order_number=number, amount=Decimal(amount), now=NOW)
    refund_order(
        customer=alice, order_number=1, amount=Decimal("1"), total=Decimal("1"), earned=False, now=NOW
    )
    earn_order(order_number=1, amount=Decimal("3"), total=Decimal("3"), now=NOW)


def wrong(findings) -> set[str]:
    return {difference.check for difference in findings.differences}


def test_books_that_add_up_show_no_difference(books: None) -> None:
    findings = verify_books()

    assert findings.differences == []
    assert findings.counts["transfers"] == "5"
    assert findings.counts["sum of the customers' balances"] == "5.50000000"
    assert findings.counts["held for open orders"] == "1.50000000"


def test_empty_books_show_no_difference() -> None:
    assert (verify_books() + verify_orders()).differences == []


KEPT = "every kept balance is the sum of its transfers"
FOLLOWS = "every line of a statement follows from the line before"
ROUTE = "every transfer takes a known route and is on the statement of its customer"
PAID = "no customer paid with money that was not there"
ORDER = "no order gave back or earned more than it was charged"
ZERO_SUM = "all accounts add up to zero"
FUNDING = "every funding was credited as it says"
FUNDED = "money comes in only by a funding"
HOLDABLE = "no balance is more than its fundings can hold"


@pytest.mark.parametrize(
    ("tampering", "expected"),
    [
        (
            "UPDATE billing_ledgeraccount SET balance = balance + 1 WHERE owner_id IS NOT NULL",
            {KEPT, ZERO_SUM},
        ),
        ("UPDATE billing_ledgeraccount SET sequence = 99 WHERE balance > 0", {KEPT}),
        ("DELETE FROM billing_transfer WHERE reference = 'order:1:refund:1'", {KEPT, ZERO_SUM}),
        ("DELETE FROM billing_transfer WHERE reference = 'order:2:charge'", {KEPT, FOLLOWS, ZERO_SUM}),
        (
            "UPDATE billing_transfer SET amount = 9 WHERE reference = 'order:2:charge'",
            {KEPT, FOLLOWS, ZERO_SUM},
        ),
        ("UPDATE billing_transfer SET amount = 4 WHERE kind = 'earning'", {ORDER}),
        ("UPDATE billing_transfer SET balance_after = 7 WHERE reference = 'order:1:charge'", {FOLLOWS}),
        (
            "UPDATE billing_transfer SET balance_after = -6 WHERE reference = 'order:1:charge'",
            {FOLLOWS, PAID},
        ),
        ("UPDATE billing_transfer SET sequence = sequence + 7 WHERE reference = 'order:2:charge'", {FOLLOWS}),
        ("UPDATE billing_transfer SET kind = 'write_off' WHERE reference = 'order:2:charge'", {ROUTE}),
        (
            "UPDATE billing_transfer SET customer_id = (SELECT id FROM accounts_user WHERE email LIKE 'bob%%'),"
            " sequence = 1 WHERE reference = 'order:2:charge'",
            {ROUTE, FOLLOWS},
        ),
        ("UPDATE billing_funding SET cash = 11", {FUNDING}),
        ("UPDATE billing_funding SET bonus = 1", {FUNDING}),
        ("UPDATE billing_transfer SET funding_id = NULL", {FUNDING, FUNDED}),
        (
            "UPDATE billing_funding SET customer_id = (SELECT id FROM accounts_user WHERE email LIKE 'bob%%')",
            {FUNDING, HOLDABLE},
        ),
    ],
)
def test_what_was_altered_behind_the_guards_is_found(books: None, tampering: str, expected: set[str]) -> None:
    with unguarded():
        sql(tampering)

    assert wrong(verify_books()) == expected


def test_a_difference_names_its_subject_and_both_values(books: None) -> None:
    with unguarded():
        sql("UPDATE billing_transfer SET balance_after = 7 WHERE reference = 'order:2:charge'")

    said = [str(difference) for difference in verify_books().differences]

    assert said == [
        f"{FOLLOWS}: order:2:charge: expected line 3 with 4.50000000, found line 3 with 7.00000000",
        f"{FOLLOWS}: order:1:refund:1: expected line 4 with 8.00000000, found line 4 with 5.50000000",
    ]


@pytest.fixture
def order(alice: User) -> Order:
    return make_order(alice, make_service())


AGREE = "every order and its transfers say the same"
HELD = "what is held is owed by open orders or under review"
OPEN_CLEAN = "an order that is open has given back, earned and decided nothing"
FINAL_CLEAN = "an order that has ended holds only what is under review"
CLAIMS = "only open orders and refills of the same customer hold claims"
CLAIMED = "every open order under terms that block holds its claims"
SUBMITTED = "every order has its submission"


def test_an_order_just_placed_agrees_with_the_books(order: Order) -> None:
    findings = verify_orders()

    assert findings.differences == []
    assert findings.counts["open orders"] == "1"
    assert findings.counts["owed by open orders"] == "1.52337300"


@pytest.mark.parametrize(
    ("tampering", "expected"),
    [
        ("UPDATE orders_order SET charge = charge + 1", {AGREE, HELD}),
        ("UPDATE orders_order SET refunded = 1", {AGREE, HELD, OPEN_CLEAN}),
        ("UPDATE orders_order SET earned = 1", {AGREE, HELD, OPEN_CLEAN}),
        (
            "SET CONSTRAINTS ALL IMMEDIATE;"
            "ALTER TABLE orders_order DROP CONSTRAINT order_final_holds_only_what_is_under_review;"
            "UPDATE orders_order SET state = 'completed', closed_at = now(), remains = 0",
            {FINAL_CLEAN, CLAIMS},
        ),
        (
            "UPDATE orders_order SET state = 'completed', closed_at = now(), remains = 0, earned = charge",
            {AGREE, HELD, CLAIMS},
        ),
        ("DELETE FROM billing_transfer WHERE kind = 'charge'", {AGREE, HELD}),
        ("UPDATE billing_transfer SET order_number = 0 WHERE kind = 'charge'", {AGREE}),
        (
            "UPDATE orders_claim SET customer_id = (SELECT id FROM accounts_user WHERE email LIKE 'bob%%')",
            {CLAIMS},
        ),
        ("DELETE FROM orders_claim", {CLAIMED}),
        ("DELETE FROM orders_submission", {SUBMITTED}),
    ],
)
def test_an_order_that_departs_from_the_books_is_found(
    order: Order, bob: User, tampering: str, expected: set[str]
) -> None:
    with unguarded():
        sql(tampering)

    assert wrong(verify_orders()) == expected


@pytest.mark.profile("alphasmm")
def test_terms_that_only_warn_need_no_claims(order: Order) -> None:
    Claim.objects.all().delete()

    assert verify_orders().differences == []


def test_the_command_prints_counts_and_is_content_with_good_books(order: Order, capsys) -> None:
    call_command("verify_ledger")

    said = capsys.readouterr().out
    assert "transfers: 2\n" in said
    assert "orders: 1\n" in said
    assert said.endswith("0 differences\n")


def test_the_command_fails_on_a_difference_and_names_it(order: Order, capsys) -> None:
    with unguarded():
        sql("UPDATE orders_order SET earned = 1")

    with pytest.raises(SystemExit) as leaving:
        call_command("verify_ledger", no_color=True)

    assert leaving.value.code == 1
    said = capsys.readouterr().out
    assert f"{HELD}: held: expected 0.52337300, found 1.52337300" in said
    assert said.endswith("3 differences\n")
