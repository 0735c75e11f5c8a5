from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from billing.composition import Lot, composition_for, composition_of
from billing.ledger import charge_order, refund_order
from terms.profiles import profile_named
from tests.factories import NOW, after, give

TERMS = profile_named("bestsmmkart").policy.withdrawal


def lot(number: int, *, cash: str = "0", bonus: str = "0", days: int = 0) -> Lot:
    return Lot(number, NOW + timedelta(days=days), Decimal(cash), Decimal(bonus), TERMS)


def parts(balance: str, *newest_first: Lot) -> list[tuple[int, Decimal, Decimal]]:
    return [
        (part.lot.funding, part.cash, part.bonus) for part in composition_of(Decimal(balance), newest_first)
    ]


@pytest.mark.worked("W-13")
def test_a_refund_of_a_bonus_funded_order_is_all_bonus() -> None:
    # W-13: 18 cash and 12 bonus, all ordered; 400 of 1000 come back.
    assert parts("12", lot(1, cash="18", bonus="12")) == [(1, 0, 12)]


@pytest.mark.clause("K-72")
def test_cash_is_left_only_when_the_bonus_is_whole() -> None:
    deposit = lot(1, cash="18", bonus="12")

    assert parts("11.99999999", deposit) == [(1, 0, Decimal("11.99999999"))]
    assert parts("12.00000001", deposit) == [(1, Decimal("0.00000001"), 12)]
    assert parts("30", deposit) == [(1, 18, 12)]


@pytest.mark.clause("K-72")
@pytest.mark.worked("W-20")
def test_old_money_is_used_up_first() -> None:
    # W-20: 50 and later 200 + 20; 65 ordered.
    old, new = lot(1, cash="50"), lot(2, cash="200", bonus="20", days=6)

    assert parts("205", new, old) == [(2, 185, 20)]


@pytest.mark.clause("K-72")
@pytest.mark.worked("W-22")
def test_a_refund_lifts_the_newest_consumed_money_back_first() -> None:
    # W-22: 60 ordered of 50 and later 100 + 10; 25.002 come back.
    old, new = lot(1, cash="50"), lot(2, cash="100", bonus="10", days=6)

    assert parts("100", new, old) == [(2, 90, 10)]
    assert parts("125.002", new, old) == [(2, 100, 10), (1, Decimal("15.002"), 0)]


@pytest.mark.parametrize("balance", ["0", "-5"])
def test_no_balance_or_a_debt_consists_of_nothing(balance: str) -> None:
    assert parts(balance, lot(1, cash="50")) == []


def test_no_more_fundings_are_read_than_the_balance_needs() -> None:
    def fundings():
        yield lot(2, cash="10")
        raise AssertionError("not needed")

    assert [part.lot.funding for part in composition_of(Decimal(10), fundings())] == [2]


@dataclass
class Purse:
    """The long way: every funding remembers what is left of it, and each movement changes that."""

    given: list[Lot] = field(default_factory=list)
    cash: list[Decimal] = field(default_factory=list)
    bonus: list[Decimal] = field(default_factory=list)

    def give(self, cash: Decimal, bonus: Decimal) -> None:
        self.given.append(Lot(len(self.given), NOW, cash, bonus, TERMS))
        self.cash.append(cash)
        self.bonus.append(bonus)

    def spend(self, amount: Decimal) -> None:
        for number in range(len(self.given)):
            for left in (self.cash, self.bonus):
                taken = min(left[number], amount)
                left[number] -= taken
                amount -= taken

    def restore(self, amount: Decimal) -> None:
        for number in reversed(range(len(self.given))):
            given = self.given[number]
            for left, most in ((self.bonus, given.bonus), (self.cash, given.cash)):
                lifted = min(most - left[number], amount)
                left[number] += lifted
                amount -= lifted

    @property
    def balance(self) -> Decimal:
        return sum(self.cash + self.bonus, Decimal(0))

    @property
    def spent(self) -> Decimal:
        return sum((each.cash + each.bonus for each in self.given), Decimal(0)) - self.balance


AMOUNTS = st.decimals(min_value=0, max_value=50, places=8)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("give"), AMOUNTS, AMOUNTS),
        st.tuples(st.sampled_from(["spend", "restore"]), st.decimals(min_value=0, max_value=1, places=3)),
    ),
    max_size=30,
)


@given(STEPS)
def test_walking_from_the_newest_equals_following_every_single_movement(steps) -> None:
    purse = Purse()
    for what, *amounts in steps:
        if what == "give":
            purse.give(*amounts)
        elif what == "spend":
            purse.spend(round(purse.balance * amounts[0], 8))
        else:
            purse.restore(round(purse.spent * amounts[0], 8))

        found = {
            part.lot.funding: (part.cash, part.bonus)
            for part in composition_of(purse.balance, reversed(purse.given))
        }
        left = {
            n: (purse.cash[n], purse.bonus[n])
            for n in range(len(purse.given))
            if purse.cash[n] or purse.bonus[n]
        }
        assert found == left


@pytest.mark.django_db
def test_a_customers_balance_is_told_from_the_stored_fundings(alice: User) -> None:
    give(alice, cash="18", bonus="12", now=after(days=1))
    charge_order(customer=alice, order_number=1, amount=Decimal("40"), now=after(days=2))
    refund_order(
        customer=alice,
        order_number=1,
        amount=Decimal("31"),
        total=Decimal("31"),
        earned=False,
        now=after(days=3),
    )

    assert [(part.cash, part.bonus) for part in composition_for(alice)] == [(18, 12), (1, 0)]
