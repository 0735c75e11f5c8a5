"""Every answer of the refill rule, with the numbers of its worked examples, on both sides of each boundary."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from catalog.naming import LIFETIME_DAYS
from orders.models import Condition
from orders.shares import ShareTooSmall
from orders.states import OrderState
from refills.eligibility import (
    BelowStart,
    Grant,
    HoursReached,
    LinkNotWorking,
    Look,
    NoDrop,
    NoGuarantee,
    NotDeliveredYet,
    NothingDelivered,
    NotPublic,
    Promise,
    TooSoonAgain,
    Unknown,
    WindowOver,
    refill_for,
    refusal_before_counting,
)
from terms.profiles import profile_named

CLOSED = datetime(2025, 3, 1, 12, 0, tzinfo=UTC)


def rules(profile: str = "bestsmmkart", **changes: object):
    changed = {f"refill.{name}": value for name, value in changes.items()}
    return profile_named(profile).policy.changed(changed)


def promise(**facts: Any) -> Promise:
    """An order of 2,000 on a count of 10,000, delivered in full, guaranteed for 30 days."""
    defaults: dict[str, Any] = {
        "rules": rules(),
        "state": OrderState.COMPLETED,
        "placed_at": CLOSED - timedelta(days=2),
        "closed_at": CLOSED,
        "quantity": 2000,
        "start_count": 10_000,
        "guarantee_days": 30,
    }
    facts = defaults | facts
    return Promise(**({"delivered": facts["quantity"]} | facts))


def seen(count: int | str | None, condition: Condition = Condition.PUBLIC) -> Look:
    return Look(condition, None if count is None else Decimal(count))


def amount(order: Promise, count: int | str | None) -> int:
    answer = refill_for(order, seen(count))
    assert isinstance(answer, Grant), answer
    return answer.amount


@pytest.mark.clause("K-30", "K-41", "K-56", "K-57", "K-62")
@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (12_500, NoDrop),
        (12_000, NoDrop),
        (11_999, 1),
        (10_600, 1400),
        (10_000, 2000),
        (9_999, BelowStart),
        (0, BelowStart),
    ],
)
def test_what_is_missing_of_start_plus_delivered_is_refilled(count, expected):
    answer = refill_for(promise(), seen(count))

    assert (
        answer == Grant(expected, target=12_000)
        if isinstance(expected, int)
        else isinstance(answer, expected)
    )


def test_the_refusals_say_their_numbers():
    assert refill_for(promise(), seen(9_999)).text == (
        "The count is 9,999, below this order's start of 10,000: what is missing first was there before."
    )
    assert refill_for(promise(), seen(12_000)).text == (
        "The count is 12,000 and 12,000 are guaranteed: there is no drop to refill."
    )


@pytest.mark.worked("W-28")
@pytest.mark.clause("K-30")
def test_what_was_refunded_is_not_refilled_as_well():
    partial = promise(state=OrderState.PARTIAL, delivered=1500)

    assert amount(partial, 11_200) == 300


@pytest.mark.worked("W-29")
@pytest.mark.clause("K-41", "K-62")
def test_growth_from_elsewhere_counts_as_delivered():
    # 200 dropped, then 150 came by themselves.
    assert amount(promise(start_count=1000, quantity=500), 1450) == 50


@pytest.mark.worked("W-30")
@pytest.mark.clause("K-09", "K-56")
def test_the_guarantee_holds_to_its_last_second():
    last = CLOSED + timedelta(days=30)

    assert refusal_before_counting(promise(), asked_at=last) is None
    over = refusal_before_counting(promise(), asked_at=last + timedelta(seconds=1))
    assert isinstance(over, WindowOver)
    assert "March 31, 2025" in over.text


def test_a_guarantee_from_the_order_date_ends_earlier():
    from_placing = promise(rules=rules(window_anchor="ordered_at"))
    last = CLOSED - timedelta(days=2) + timedelta(days=30)

    assert refusal_before_counting(from_placing, asked_at=last) is None
    assert isinstance(refusal_before_counting(from_placing, asked_at=last + timedelta(seconds=1)), WindowOver)


def test_a_lifetime_guarantee_has_no_end():
    for_life = promise(guarantee_days=LIFETIME_DAYS)

    assert refusal_before_counting(for_life, asked_at=CLOSED + timedelta(days=9000)) is None


@pytest.mark.clause("K-10", "K-54", "K-80")
def test_what_was_sold_without_refill_has_none():
    assert isinstance(refusal_before_counting(promise(guarantee_days=None), asked_at=CLOSED), NoGuarantee)


@pytest.mark.parametrize("state", [OrderState.PENDING, OrderState.PROCESSING, OrderState.IN_PROGRESS])
@pytest.mark.clause("K-09")
def test_an_open_order_has_to_end_first(state):
    running = promise(state=state, closed_at=None)

    assert isinstance(refusal_before_counting(running, asked_at=CLOSED), NotDeliveredYet)


def test_what_was_never_delivered_cannot_drop():
    cancelled = promise(state=OrderState.CANCELLED, delivered=0)

    assert isinstance(refusal_before_counting(cancelled, asked_at=CLOSED), NothingDelivered)


def test_a_pause_between_two_refills_is_kept_where_the_terms_have_one():
    rested = promise(rules=rules(cooldown_hours=24))
    ended = CLOSED + timedelta(days=1)
    again = ended + timedelta(hours=24)

    assert refusal_before_counting(rested, asked_at=again, last_ended_at=ended) is None
    assert isinstance(
        refusal_before_counting(rested, asked_at=again - timedelta(seconds=1), last_ended_at=ended),
        TooSoonAgain,
    )
    assert refusal_before_counting(promise(), asked_at=ended, last_ended_at=ended) is None


@pytest.mark.worked("W-31")
@pytest.mark.clause("K-36")
def test_exactly_ten_percent_of_the_start_is_enough():
    assert amount(promise(start_count=20_000, quantity=2000), 21_000) == 1000
    assert isinstance(refill_for(promise(start_count=20_000, quantity=1999), seen(21_000)), ShareTooSmall)


@pytest.mark.worked("W-32")
@pytest.mark.clause("K-36", "K-37")
def test_five_thousand_on_two_hundred_thousand_is_too_small():
    answer = refill_for(promise(start_count=200_000, quantity=5000), seen(202_000))

    assert isinstance(answer, ShareTooSmall)
    assert "2.5 %" in answer.text


@pytest.mark.worked("W-33")
def test_the_share_is_taken_of_the_start_count_unless_the_terms_say_otherwise():
    order = promise(start_count=1000, quantity=100)

    assert amount(order, 1050) == 50
    of_current = promise(start_count=1000, quantity=100, rules=rules(share_base="current"))
    assert isinstance(refill_for(of_current, seen(1050)), ShareTooSmall)


@pytest.mark.worked("W-34")
@pytest.mark.clause("K-38")
def test_earlier_orders_of_the_same_service_count_towards_the_share():
    facts: dict[str, Any] = {"start_count": 195_000, "quantity": 5000, "delivered_before": 195_000}

    assert amount(promise(**facts), 199_000) == 1000
    alone = promise(**facts, rules=rules(share_scope="order"))
    assert isinstance(refill_for(alone, seen(199_000)), ShareTooSmall)


@pytest.mark.worked("W-35")
@pytest.mark.clause("K-38")
def test_the_fifth_order_of_five_thousand_reaches_the_share():
    def nth(number: int) -> Promise:
        before = 5000 * (number - 1)
        return promise(start_count=200_000 + before, quantity=5000, delivered_before=before)

    assert isinstance(refill_for(nth(4), seen(216_000)), ShareTooSmall)
    assert amount(nth(5), 224_000) == 1000


@pytest.mark.worked("W-36", "W-37", "W-38")
@pytest.mark.clause("K-57")
def test_orders_one_after_the_other_are_judged_by_their_own_starts():
    first, second = promise(start_count=1000, quantity=500), promise(start_count=1500, quantity=500)

    assert isinstance(refill_for(first, seen(1800)), NoDrop)
    assert amount(second, 1800) == 200
    assert amount(first, 1400) == 100
    assert isinstance(refill_for(second, seen(1400)), BelowStart)
    assert amount(second, 1500) == 500
    assert isinstance(refill_for(first, seen(900)), BelowStart)
    assert isinstance(refill_for(second, seen(900)), BelowStart)


@pytest.mark.worked("W-39")
@pytest.mark.clause("K-32", "K-33")
def test_ordering_before_the_refill_loses_what_had_dropped():
    # Dropped from 1,500 to 1,300, then 500 more were ordered and delivered.
    assert isinstance(refill_for(promise(start_count=1000, quantity=500), seen(1800)), NoDrop)


@pytest.mark.worked("W-40")
@pytest.mark.clause("A-34")
def test_overlapping_orders_get_together_what_really_dropped():
    rules_a = rules("alphasmm")
    first = promise(start_count=1000, quantity=500, rules=rules_a)
    second = promise(start_count=1200, quantity=500, rules=rules_a)

    given = amount(first, 1400)
    given += amount(second, 1400 + given)

    assert given == 300


@pytest.mark.clause("K-27", "K-28")
def test_a_link_that_is_gone_has_no_refill():
    assert isinstance(refill_for(promise(), seen(None, Condition.NOT_FOUND)), LinkNotWorking)


@pytest.mark.clause("K-29", "K-22")
@pytest.mark.parametrize("condition", [Condition.PRIVATE, Condition.HIDDEN])
def test_what_cannot_be_seen_has_no_refill(condition):
    assert isinstance(refill_for(promise(), seen(None, condition)), NotPublic)


def test_an_unknown_count_is_never_a_no():
    assert refill_for(promise(), seen(None)) == Unknown("count")
    assert refill_for(promise(start_count=None), seen(11_000)) == Unknown("start_count")


def test_below_the_start_the_terms_may_give_what_was_delivered():
    capped = promise(rules=rules(below_start="allow_capped"))

    assert refill_for(capped, seen(9_000)) == Grant(2000, target=11_000)


def test_the_smallest_drop_may_be_set():
    coarse = promise(rules=rules(min_drop=100))

    assert isinstance(refill_for(coarse, seen(11_901)), NoDrop)
    assert amount(coarse, 11_900) == 100


@pytest.mark.worked("W-41")
@pytest.mark.clause("K-44", "K-45")
@pytest.mark.parametrize(
    ("hours", "expected"), [("3200", 800), ("3999.4", 1), ("4000.0", None), ("4100", None)]
)
def test_watch_hours_are_refilled_up_to_the_ordered_hours(hours, expected):
    watched = promise(quantity=4000, start_count=None, watched=True)

    answer = refill_for(watched, seen(hours))

    assert isinstance(answer, HoursReached) if expected is None else answer == Grant(expected, target=None)


def test_unknown_hours_are_never_a_no():
    assert refill_for(promise(quantity=4000, start_count=None, watched=True), seen(None)) == Unknown("hours")
