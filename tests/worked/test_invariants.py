"""What is always true of money, whatever happens in whatever order. Others stand beside their rules: the books in
tests/billing/test_ledger.py, reports in tests/orders/test_settling.py, withdrawals in tests/billing/test_quoting.py."""

from dataclasses import dataclass
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from billing.composition import Lot, composition_for, composition_of
from billing.ledger import balance_of
from billing.models import Transfer
from billing.money import ZERO
from orders.settling import Ending, settle
from orders.states import OrderState
from providers.gateway import ReportedState
from terms.profiles import profile_named
from tests.factories import after, give, make_service
from tests.orders.stories import report, started

TERMS = profile_named("bestsmmkart").policy.withdrawal
PARTS = st.decimals(min_value=0, max_value=1, places=3)
AMOUNTS = st.decimals(min_value=0, max_value=50, places=8)
EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("pay"), AMOUNTS, AMOUNTS),
        st.tuples(st.just("order"), PARTS),
        st.tuples(st.just("refund"), PARTS, st.integers(min_value=0, max_value=9)),
    ),
    max_size=25,
)


@dataclass
class Ordered:
    charge: Decimal
    refunded: Decimal = ZERO


def replay(history: list[Lot | Ordered]) -> dict[int, tuple[Decimal, Decimal]]:
    """What is left of each lot had every order cost from the beginning what it costs now."""
    left: dict[int, list[Decimal]] = {}
    for event in history:
        if isinstance(event, Lot):
            left[event.funding] = [event.cash, event.bonus]
            continue
        to_pay = event.charge - event.refunded
        for parts in left.values():
            for index in (0, 1):
                taken = min(parts[index], to_pay)
                parts[index] -= taken
                to_pay -= taken
        assert to_pay == 0
    return {funding: (cash, bonus) for funding, (cash, bonus) in left.items() if cash or bonus}


@given(EVENTS)
def test_refunds_leave_the_balance_as_if_the_undelivered_part_had_never_been_ordered(events) -> None:
    balance, history = ZERO, []
    for what, *numbers in events:
        orders = [event for event in history if isinstance(event, Ordered)]
        if what == "pay":
            history.append(Lot(len(history), after(days=len(history)), *numbers, TERMS))
            balance += sum(numbers)
        elif what == "order":
            history.append(Ordered(round(balance * numbers[0], 8)))
            balance -= history[-1].charge
        elif orders:
            order = orders[numbers[1] % len(orders)]
            back = round((order.charge - order.refunded) * numbers[0], 8)
            order.refunded += back
            balance += back

    lots = [event for event in reversed(history) if isinstance(event, Lot)]
    rests = list(composition_of(balance, lots))

    assert sum((rest.cash + rest.bonus for rest in rests), ZERO) == balance
    assert {rest.lot.funding: (rest.cash, rest.bonus) for rest in rests} == replay(history)


@pytest.mark.django_db
@pytest.mark.usefixtures("books")
def test_every_movement_of_money_says_what_it_was_for_and_what_people_moved_names_them(
    alice: User, sam: User
) -> None:
    give(alice, cash="10", bonus="2", now=after(hours=1))
    order = started(alice, make_service(rate_per_1000="2"), quantity=1000)
    report(order, ReportedState.PARTIAL, 300)
    correction = Ending(OrderState.PARTIAL, 500, "staff_correction", actor=sam, note="seen by us")
    settle(order, correction, now=after(days=1))

    transfers = Transfer.objects.filter(customer=alice)
    assert {transfer.kind for transfer in transfers} == {
        "deposit",
        "bonus",
        "charge",
        "refund",
        "late_refund",
    }
    for transfer in transfers:
        assert (transfer.order_number is None) != (transfer.funding is None)
        assert (transfer.actor == sam) == (transfer.kind == "late_refund")
    assert sum((rest.cash + rest.bonus for rest in composition_for(alice)), ZERO) == balance_of(alice)
