"""Whatever a customer does, in whatever order, no more is paid out than was paid in (invariants 6 and 7)."""

from datetime import timedelta
from decimal import ROUND_DOWN, Decimal

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from billing.approving import approve, reject
from billing.composition import composition_for
from billing.ledger import balance_of
from billing.models import Withdrawal
from billing.money import SMALLEST, ZERO
from billing.paying_out import due_by_hand, mark_paid
from billing.withdrawing import cancel, most_for, open_withdrawal
from tests.billing.withdrawals import asks, assert_books_are_right, at, comes_back, orders, pays
from tests.factories import make_customer, make_staff, publish_terms

CENTS = st.integers(min_value=1, max_value=30_000).map(lambda cents: Decimal(cents) / 100)
PERCENT = st.integers(min_value=1, max_value=100).map(Decimal)


class Customer(RuleBasedStateMachine):
    """Pays in with any bonus, orders, gets money back, waits, and withdraws; staff pay or refuse."""

    number = 0

    @initialize(
        fee=st.integers(min_value=0, max_value=100),
        policy=st.sampled_from(["excluded", "included_late"]),
        forfeit=st.sampled_from(["full", "pro_rata"]),
    )
    def begins(self, fee: int, policy: str, forfeit: str) -> None:
        type(self).number += 1
        publish_terms(
            changes={
                "withdrawal.late_fee_percent": str(fee),
                "withdrawal.bonus_policy": policy,
                "withdrawal.bonus_forfeit": forfeit,
            }
        )
        self.customer = make_customer(f"customer-{self.number}@example.com")
        self.staff = make_staff(f"staff-{self.number}@example.com")
        self.now = at(1)
        self.ordered: dict[int, Decimal] = {}
        self.paid_in = ZERO

    @rule(cash=CENTS, bonus=CENTS)
    def pays_in(self, cash: Decimal, bonus: Decimal) -> None:
        pays(self.customer, str(cash), str(bonus), when=self.now)
        self.paid_in += cash

    @rule(percent=PERCENT)
    def orders_something(self, percent: Decimal) -> None:
        amount = (balance_of(self.customer) * percent / 100).quantize(SMALLEST, ROUND_DOWN)
        if amount > ZERO:
            self.ordered[orders(self.customer, str(amount), when=self.now)] = amount

    @precondition(lambda self: self.ordered)
    @rule(percent=PERCENT)
    def gets_back(self, percent: Decimal) -> None:
        number, charge = self.ordered.popitem()
        amount = (charge * percent / 100).quantize(SMALLEST, ROUND_DOWN)
        if amount > ZERO:
            comes_back(self.customer, number, f"{amount:f}", when=self.now)

    @rule(hours=st.integers(min_value=1, max_value=60))
    def waits(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(percent=PERCENT)
    def asks_for_some(self, percent: Decimal) -> None:
        most = most_for(self.customer, now=self.now)
        gross = (most * percent / 100).quantize(Decimal("0.01"), ROUND_DOWN)
        if gross < 1 or open_withdrawal(self.customer):
            return
        before, cash = balance_of(self.customer), self._cash()
        withdrawal = asks(self.customer, str(gross), when=self.now)
        left = balance_of(self.customer)
        # Invariant 6: payout, fee and lost bonus are the decrease of the balance, and no gift is paid out.
        assert withdrawal.payout + withdrawal.fee + withdrawal.bonus_lost == before - left
        assert withdrawal.payout <= cash
        assert left >= ZERO

    @rule(do=st.sampled_from(["pay", "pay", "reject", "cancel"]))
    def is_decided(self, do: str) -> None:
        withdrawal = open_withdrawal(self.customer)
        if withdrawal is None:
            return
        if do == "cancel":
            cancel(withdrawal.pk, customer=self.customer, now=self.now)
        elif do == "reject":
            reject(withdrawal.pk, by=self.staff, note="No.", now=self.now)
        else:
            approve(withdrawal.pk, by=self.staff, now=self.now)
            due = due_by_hand(withdrawal)
            if due:
                mark_paid(withdrawal.pk, amount=due, reference="1", by=self.staff, now=self.now)

    @invariant()
    def no_more_leaves_than_came(self) -> None:
        if not hasattr(self, "customer"):
            return
        leaving = Withdrawal.objects.filter(customer=self.customer).exclude(
            state__in=["rejected", "cancelled"]
        )
        assert sum((each.payout for each in leaving), ZERO) <= self.paid_in
        rests = composition_for(self.customer)
        assert sum((rest.cash + rest.bonus for rest in rests), ZERO) == balance_of(self.customer)

    def teardown(self) -> None:
        assert_books_are_right()

    def _cash(self) -> Decimal:
        return sum((rest.cash for rest in composition_for(self.customer)), ZERO)


@pytest.fixture
def one_person_decides(settings):
    """One person may approve any amount: who decides is not what this story is about."""
    settings.PANEL_SECOND_PERSON_ABOVE = Decimal(10**9)


@pytest.mark.django_db
@pytest.mark.usefixtures("one_person_decides")
def test_nobody_ever_takes_out_more_than_was_paid_in() -> None:
    run_state_machine_as_test(
        Customer,
        settings=settings(
            max_examples=20,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
