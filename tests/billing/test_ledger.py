import threading
from collections import Counter
from decimal import Decimal

import pytest
from django.db import connections, transaction
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
    ReferenceReused,
    balance_of,
    book_unknown_loss,
    earn_order,
    house_account,
    house_balance,
)
from billing.models import Funding, LedgerAccount
from billing.routes import AccountKind
from billing.verification import verify_books
from tests.billing.movements import charge, refund
from tests.factories import NOW, give, make_customer, publish_terms

pytestmark = pytest.mark.django_db

REQUEST = "11111111-1111-4111-8111-111111111111"


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


def test_the_same_charge_twice_is_a_repeat_even_when_no_money_is_left(alice: User) -> None:
    assert charge(alice, amount="10") == charge(alice, amount="10")

    assert balance_of(alice) == 0


def test_the_same_reference_for_something_else_is_an_error(alice: User, bob: User) -> None:
    give(bob, cash="10")
    charge(alice)

    with pytest.raises(ReferenceReused):
        charge(alice, amount="5")
    with pytest.raises(ReferenceReused):
        charge(bob)

    assert (balance_of(alice), balance_of(bob)) == (6, 10)


@pytest.mark.clause("K-67")
@pytest.mark.worked("W-05")
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
