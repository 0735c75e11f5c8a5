"""What is true of every refill whatever the numbers: never above what was delivered, nor above what is guaranteed.

Refills of orders that overlap on one counter, asked one after the other, never bring more than what really dropped.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.models import Condition
from orders.states import OrderState
from refills.eligibility import Grant, Look, Promise, most_to_refill, refill_for, refusal_before_counting
from terms.policy import Policy
from terms.profiles import profile_named

CLOSED = datetime(2025, 3, 1, 12, 0, tzinfo=UTC)

COUNTS = st.integers(min_value=0, max_value=1_000_000)
QUANTITIES = st.integers(min_value=1, max_value=100_000)


@cache
def rules(profile: str, below_start: str) -> Policy:
    return profile_named(profile).policy.changed({"refill.below_start": below_start})


POLICIES = st.sampled_from(
    [
        rules(profile, below_start)
        for profile in ("bestsmmkart", "alphasmm")
        for below_start in ("deny", "allow_capped")
    ]
)


def promise(policy: Policy, *, start: int | None, quantity: int, delivered: int, **fields: object) -> Promise:
    state = OrderState.COMPLETED if delivered == quantity else OrderState.PARTIAL
    defaults: dict[str, object] = {
        "rules": policy,
        "state": state,
        "placed_at": CLOSED - timedelta(days=2),
        "closed_at": CLOSED,
        "quantity": quantity,
        "delivered": delivered,
        "start_count": start,
        "guarantee_days": 30,
    }
    return Promise(**(defaults | fields))  # type: ignore[arg-type]


@st.composite
def promises(draw, policies=POLICIES):
    quantity = draw(QUANTITIES)
    delivered = draw(st.integers(min_value=1, max_value=quantity))
    # Half of the starts are small enough beside the quantity to be covered at all.
    start = draw(st.one_of(COUNTS, st.integers(min_value=0, max_value=10 * quantity)))
    return promise(draw(policies), start=start, quantity=quantity, delivered=delivered)


def granted(order: Promise, count: int | Decimal) -> int:
    """The units that this count brings; a no brings none."""
    answer = refill_for(order, Look(Condition.PUBLIC, Decimal(count)))
    return answer.amount if isinstance(answer, Grant) else 0


@pytest.mark.clause("K-30")
@given(order=promises(), count=COUNTS)
def test_no_refill_is_more_than_was_delivered_or_than_is_missing(order, count):
    amount = granted(order, count)

    assert 0 <= amount <= order.delivered
    if amount:
        assert count + amount <= order.start_count + order.delivered
        assert amount <= most_to_refill(order, Look(Condition.PUBLIC, Decimal(count)))


@pytest.mark.clause("K-30", "K-41")
@given(order=promises(), count=COUNTS)
def test_what_is_granted_makes_the_order_whole_unless_it_is_capped(order, count):
    answer = refill_for(order, Look(Condition.PUBLIC, Decimal(count)))

    if isinstance(answer, Grant):
        assert answer.target == count + answer.amount
        assert answer.amount == order.delivered or answer.target == order.guaranteed
        # Nothing is left to ask for when the counter shows the target of a whole order.
        assert count < order.start_count or not granted(order, answer.target)


@pytest.mark.clause("K-30", "K-57")
@given(order=promises(), data=st.data())
def test_a_larger_count_never_brings_more(order, data):
    start = order.start_count
    smaller = data.draw(st.integers(min_value=start, max_value=start + 2 * order.quantity))
    larger = data.draw(st.integers(min_value=smaller, max_value=start + 2 * order.quantity + 1))

    assert granted(order, larger) <= granted(order, smaller)


@pytest.mark.clause("K-57")
@given(order=promises(st.just(rules("bestsmmkart", "deny"))), data=st.data())
def test_nothing_below_the_start_is_refilled(order, data):
    if order.start_count:
        below = data.draw(st.integers(min_value=0, max_value=order.start_count - 1))
        assert granted(order, below) == 0


@pytest.mark.clause("K-44", "K-45")
@given(
    quantity=QUANTITIES,
    share=st.integers(min_value=1, max_value=100),
    tenths=st.integers(min_value=0, max_value=1_500_000),
    more=st.integers(min_value=0, max_value=1000),
)
def test_hours_watched_are_refilled_to_the_ordered_hours_and_less_than_one_above(
    quantity, share, tenths, more
):
    owed = max(1, quantity * share // 100)
    order = promise(rules("bestsmmkart", "deny"), start=None, quantity=quantity, delivered=owed, watched=True)
    hours = Decimal(tenths) / 10

    amount = granted(order, hours)

    assert 0 <= amount <= owed
    if hours < owed:
        assert owed <= hours + amount < owed + 1
    else:
        assert amount == 0
    assert granted(order, hours + Decimal(more) / 10) <= amount


@pytest.mark.clause("K-09", "K-56")
@given(days=st.integers(min_value=1, max_value=3650), off=st.timedeltas(timedelta(), timedelta(days=4000)))
def test_a_guarantee_holds_until_its_end_and_never_after(days, off):
    order = promise(
        rules("bestsmmkart", "deny"), start=1000, quantity=500, delivered=500, guarantee_days=days
    )
    asked_at = CLOSED + off

    refused = refusal_before_counting(order, asked_at=asked_at)

    assert (refused is None) == (off <= timedelta(days=days))


@dataclass(frozen=True)
class Counter:
    """Orders of one customer that moved one counter up to its peak, and what happened to it afterwards."""

    orders: list[Promise]
    peak: int
    count: int
    between: list[int]


@st.composite
def counters(draw):
    """Orders that follow or overlap each other: each begins somewhere on the counter's way up."""
    policy = draw(POLICIES)
    peak = draw(st.integers(min_value=0, max_value=5000))
    orders = []
    start = peak
    for _ in range(draw(st.integers(min_value=1, max_value=5))):
        quantity = draw(st.integers(min_value=1, max_value=5000))
        delivered = draw(st.integers(min_value=1, max_value=quantity))
        orders.append(promise(policy, start=start, quantity=quantity, delivered=delivered))
        # The counter showed start and delivered when the order ended, whosever units they were.
        peak = max(peak, start + delivered)
        start = draw(st.integers(min_value=start, max_value=peak))
    changes = st.integers(min_value=-2000, max_value=2000)
    return Counter(
        orders=orders,
        peak=peak,
        count=draw(st.integers(min_value=0, max_value=peak)),
        between=draw(st.lists(changes, min_size=2 * len(orders), max_size=2 * len(orders))),
    )


@pytest.mark.worked("W-40")
@pytest.mark.clause("A-34")
@given(counter=counters(), twice=st.booleans())
def test_refills_one_after_the_other_never_bring_more_than_really_dropped(counter, twice):
    """Each is judged by what the counter shows after the one before it, as waiting refills are."""
    count = counter.count
    brought = 0
    for order in counter.orders * (2 if twice else 1):
        amount = granted(order, count)
        count += amount
        brought += amount

    assert brought <= counter.peak - counter.count
    assert count <= counter.peak


@pytest.mark.clause("A-34", "K-41")
@given(counter=counters())
def test_also_while_the_counter_goes_on_moving_by_itself(counter):
    count, brought, dropped = counter.count, 0, counter.peak - counter.count
    for order, change in zip(counter.orders * 2, counter.between, strict=True):
        amount = granted(order, count)
        brought += amount
        moved = max(0, count + amount + change)
        dropped += max(0, count + amount - moved)
        count = moved

    assert brought <= dropped
