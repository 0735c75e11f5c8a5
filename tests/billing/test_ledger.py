"""What the ledger promises to those who call it, and what the database refuses to those who go around it."""

import threading
from collections import Counter
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, connections, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from accounts.models import User
from billing.funding import FundingRequestReused, give_funding
from billing.ledger import (
    InsufficientBalance,
    Posting,
    ReferenceReused,
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
from billing.models import Funding, LedgerAccount, Transfer
from billing.routes import AccountKind, TransferKind
from billing.verification import verify_books
from tests.billing.conftest import sql
from tests.factories import NOW, give, make_customer, publish_terms

pytestmark = pytest.mark.django_db

REQUEST = "11111111-1111-4111-8111-111111111111"


def charge(customer: User, number: int = 17, amount: str = "4") -> Transfer:
    return charge_order(customer=customer, order_number=number, amount=Decimal(amount), now=NOW)


def refund(customer: User, amount: str, total: str, *, earned: bool = False, number: int = 17) -> Transfer:
    return refund_order(
        customer=customer,
        order_number=number,
        amount=Decimal(amount),
        total=Decimal(total),
        earned=earned,
        now=NOW,
    )


def refused_as(error: pytest.ExceptionInfo) -> str:
    return error.value.__cause__.diag.constraint_name


# --- What callers get ----------------------------------------------------------------------------


def test_a_charge_leaves_the_balance_and_is_held(alice: User) -> None:
    transfer = charge(alice)

    assert balance_of(alice) == 6
    assert house_balance(AccountKind.HELD) == 4
    assert (transfer.reference, transfer.order_number) == ("order:17:charge", 17)


def test_the_whole_balance_can_be_spent_and_not_a_hundred_millionth_more(alice: User) -> None:
    with pytest.raises(InsufficientBalance) as refusal:
        charge(alice, amount="10.00000001")
    assert refusal.value.text == "10.00000001 needed, 10.00 available."
    assert balance_of(alice) == 10

    charge(alice, amount="10")

    assert balance_of(alice) == 0


def test_somebody_who_never_had_money_pays_nothing(bob: User) -> None:
    assert balance_of(bob) == 0
    with pytest.raises(InsufficientBalance):
        charge(bob, amount="0.00000001")


def test_the_same_charge_twice_is_taken_once(alice: User) -> None:
    assert charge(alice) == charge(alice)

    assert balance_of(alice) == 6


def test_the_same_reference_for_something_else_is_an_error(alice: User, bob: User) -> None:
    give(bob, cash="10")
    charge(alice)

    with pytest.raises(ReferenceReused):
        charge(alice, amount="5")
    with pytest.raises(ReferenceReused):
        charge(bob)

    assert (balance_of(alice), balance_of(bob)) == (6, 10)


def test_a_partial_order_divides_its_charge_exactly(alice: User) -> None:
    # W-05: 1.523373, of which 567 of 1234 were not delivered.
    charge(alice, amount="1.523373")
    refund(alice, "0.6999615", "0.6999615")
    earn_order(order_number=17, amount=Decimal("0.8234115"), total=Decimal("0.8234115"), now=NOW)

    assert balance_of(alice) == Decimal("9.1765885")
    assert house_balance(AccountKind.HELD) == 0
    assert house_balance(AccountKind.REVENUE) == Decimal("0.8234115")


def test_a_late_refund_is_paid_back_out_of_revenue(alice: User) -> None:
    charge(alice)
    earn_order(order_number=17, amount=Decimal(4), total=Decimal(4), now=NOW)
    refund(alice, "1", "1", earned=True)

    assert balance_of(alice) == 7
    assert house_balance(AccountKind.REVENUE) == 3


def test_an_unknown_loss_touches_no_customer(alice: User) -> None:
    loss = book_unknown_loss(provider_id=3, order_number=17, amount=Decimal(2), actor=None, now=NOW)

    assert loss.customer is None
    assert house_balance(AccountKind.UNKNOWN_LOSS) == -2
    assert LedgerAccount.objects.filter(name="provider:3").exists()


def test_a_deposit_comes_as_cash_and_bonus_under_the_terms_in_force(bob: User) -> None:
    funding = give(bob, cash="20", bonus="1")

    assert balance_of(bob) == 21
    assert funding.terms_version_id == 1
    assert house_balance(AccountKind.MANUAL_DEPOSITS) == -20
    assert house_balance(AccountKind.BONUS_COST) == -1


def give_goodwill(customer: User, bonus: str, cash: str = "0") -> Funding:
    return give_funding(
        customer=customer,
        kind=Funding.Kind.GOODWILL,
        cash=Decimal(cash),
        bonus=Decimal(bonus),
        reason="sorry",
        given_by=None,
        request_id=REQUEST,
        now=NOW,
    )


def test_the_same_request_gives_money_once(bob: User) -> None:
    assert give_goodwill(bob, "1") == give_goodwill(bob, "1")

    assert balance_of(bob) == 1


def test_the_same_request_for_another_amount_or_person_is_refused(alice: User, bob: User) -> None:
    give_goodwill(bob, "1")

    with pytest.raises(FundingRequestReused):
        give_goodwill(bob, "2")
    with pytest.raises(FundingRequestReused):
        give_goodwill(alice, "1")

    assert (balance_of(alice), balance_of(bob)) == (10, 1)


# --- What the database refuses -------------------------------------------------------------------


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
        ("-1", "2", "deposit", "funding_gives_something"),
        ("1", "0", "loan", "funding_kind_is_known"),
    ],
)
def test_a_funding_makes_sense(alice: User, cash: str, bonus: str, kind: str, constraint: str) -> None:
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        sql(
            "INSERT INTO billing_funding (customer_id, kind, cash, bonus, terms_version_id, reason, request_id,"
            " credited_at) VALUES (%s, %s, %s, %s, 1, '', %s, now())",
            alice.pk,
            kind,
            cash,
            bonus,
            REQUEST,
        )

    assert refused_as(error) == constraint


# --- Many at once --------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_sixty_four_at_once_spend_money_for_ten_only_ten_times() -> None:
    publish_terms()
    alice = make_customer(balance="10")
    house_account(AccountKind.HELD)
    start = threading.Barrier(64)
    outcomes: Counter[str] = Counter()

    def order(number: int) -> None:
        start.wait()
        try:
            with transaction.atomic():
                charge(alice, number, "1")
            outcome = "paid"
        except InsufficientBalance:
            outcome = "refused"
        except Exception as error:
            outcome = repr(error)
        finally:
            connections.close_all()
        outcomes[outcome] += 1

    threads = [threading.Thread(target=order, args=[number]) for number in range(64)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert outcomes == {"paid": 10, "refused": 54}
    assert balance_of(alice) == 0
    assert house_balance(AccountKind.HELD) == 10
    assert verify_books().differences == []


@pytest.mark.django_db(transaction=True)
def test_the_same_deposit_sent_eight_times_at_once_is_given_once() -> None:
    publish_terms()
    bob = make_customer("bob@example.com")
    start = threading.Barrier(8)
    given = []

    def send() -> None:
        start.wait()
        try:
            given.append(give_goodwill(bob, "1").pk)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(given) == 8
    assert len(set(given)) == 1
    assert balance_of(bob) == 1


# --- Any sequence of calls -----------------------------------------------------------------------

AMOUNTS = st.decimals(min_value=Decimal("0.00000001"), max_value=20, places=8)
SHARES = st.decimals(min_value=0, max_value=1, places=2)


class Books(RuleBasedStateMachine):
    """Two customers, their orders, and beside them a plain account of what should be."""

    def __init__(self) -> None:
        super().__init__()
        self.beginning = transaction.savepoint()
        publish_terms()
        self.people = [User.objects.create(email=f"{name}@example.com") for name in ("alice", "bob")]
        self.balance = [Decimal(0), Decimal(0)]
        # Of each order: who, charged, refunded, earned.
        self.orders: list[tuple[int, Decimal, Decimal, Decimal]] = []

    @rule(who=st.sampled_from([0, 1]), amount=st.decimals(min_value=Decimal("0.01"), max_value=20, places=2))
    def deposit(self, who: int, amount: Decimal) -> None:
        give(self.people[who], cash=str(amount))
        self.balance[who] += amount

    @rule(who=st.sampled_from([0, 1]), amount=AMOUNTS)
    def order(self, who: int, amount: Decimal) -> None:
        number = len(self.orders) + 1
        if amount > self.balance[who]:
            with pytest.raises(InsufficientBalance):
                charge(self.people[who], number, str(amount))
        else:
            charge(self.people[who], number, str(amount))
            self.balance[who] -= amount
            self.orders.append((who, amount, Decimal(0), Decimal(0)))

    @precondition(lambda self: self.orders)
    @rule(data=st.data(), share=SHARES)
    def settle(self, data: st.DataObject, share: Decimal) -> None:
        index = data.draw(st.integers(0, len(self.orders) - 1))
        who, charged, refunded, earned = self.orders[index]
        back = round((charged - refunded - earned) * share, 8)
        rest = charged - refunded - earned - back
        if back:
            refund(self.people[who], str(back), str(refunded + back), number=index + 1)
        if rest:
            earn_order(order_number=index + 1, amount=rest, total=earned + rest, now=NOW)
        self.balance[who] += back
        self.orders[index] = (who, charged, refunded + back, earned + rest)

    @precondition(lambda self: self.orders)
    @rule(data=st.data(), share=SHARES)
    def correct_late(self, data: st.DataObject, share: Decimal) -> None:
        index = data.draw(st.integers(0, len(self.orders) - 1))
        who, charged, refunded, earned = self.orders[index]
        back = round(earned * share, 8)
        if back:
            refund(self.people[who], str(back), str(refunded + back), earned=True, number=index + 1)
        self.balance[who] += back
        self.orders[index] = (who, charged, refunded + back, earned - back)

    @precondition(lambda self: self.orders)
    @rule(data=st.data())
    def repeat_a_charge(self, data: st.DataObject) -> None:
        index = data.draw(st.integers(0, len(self.orders) - 1))
        who, charged, _refunded, _earned = self.orders[index]
        charge(self.people[who], index + 1, str(charged))

    @invariant()
    def every_balance_is_what_came_less_what_went(self) -> None:
        assert [balance_of(person) for person in self.people] == self.balance
        assert min(self.balance) >= 0

    @invariant()
    def what_is_held_and_earned_is_known(self) -> None:
        held = sum(
            (charged - refunded - earned for _who, charged, refunded, earned in self.orders), Decimal(0)
        )
        assert house_balance(AccountKind.HELD) == held
        assert house_balance(AccountKind.REVENUE) == sum(
            (earned for *_rest, earned in self.orders), Decimal(0)
        )

    def teardown(self) -> None:
        try:
            assert verify_books().differences == []
        finally:
            transaction.savepoint_rollback(self.beginning)


def test_any_sequence_of_calls_keeps_the_books() -> None:
    run_state_machine_as_test(
        Books,
        settings=settings(
            max_examples=15, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
