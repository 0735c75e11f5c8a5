from __future__ import annotations

from collections import Counter

import pytest

from sandbox.delivery import SPEEDS, Plan, first_count, plan_cancelled, plan_for, progress_of


def plan(
    link: str = "https://x.com/alice", *, order_id: int = 1, quantity: int = 1000, speed: str = "demo"
) -> Plan:
    return plan_for(seed=7, order_id=order_id, link=link, quantity=quantity, speed=speed, now=0)


def test_an_order_goes_from_pending_over_in_progress_to_completed():
    one = Plan(starts_at=10, ends_at=110, outcome="Completed", undelivered=0)

    seen = [progress_of(one, quantity=200, now=now) for now in (0, 9.99, 10, 60, 109.99, 110, 9999)]

    assert [step.status for step in seen] == ["Pending"] * 2 + ["In progress"] * 3 + ["Completed"] * 2
    assert [step.delivered for step in seen] == [0, 0, 0, 100, 199, 200, 200]


def test_in_the_demo_orders_take_five_seconds_to_two_minutes():
    plans = [plan(order_id=number, quantity=10 ** (number % 7)) for number in range(500)]
    ends = [one.ends_at for one in plans if one.outcome != "Canceled"]

    assert min(ends) >= 5
    assert max(ends) <= 120
    assert max(ends) - min(ends) > 60


def test_in_the_demo_some_orders_end_short():
    outcomes = Counter(plan(order_id=number).outcome for number in range(5000))

    assert 0.045 < outcomes["Partial"] / 5000 < 0.075
    assert 0.012 < outcomes["Canceled"] / 5000 < 0.028
    assert set(outcomes) == {"Partial", "Canceled", "Completed"}


@pytest.mark.parametrize("speed", ["fast", "instant"])
def test_in_a_hurry_nothing_ends_short_by_chance(speed: str):
    assert {plan(order_id=number, speed=speed).outcome for number in range(500)} == {"Completed"}


def test_instant_is_at_once():
    assert progress_of(plan(speed="instant"), quantity=1000, now=0).status == "Completed"


@pytest.mark.parametrize("speed", SPEEDS)
@pytest.mark.parametrize(
    ("link", "outcome", "undelivered"),
    [
        ("https://instagram.com/partial-567", "Partial", 567),
        ("https://instagram.com/partial_0", "Partial", 0),
        ("https://instagram.com/p/PARTIAL567x", "Partial", 567),
        ("https://instagram.com/partial-99999", "Partial", 1000),
        ("https://instagram.com/alice.cancel.3", "Canceled", 1000),
        ("https://youtu.be/stuck-12345", "Stuck", 630),
        ("https://x.com/bob/complete", "Completed", 0),
    ],
)
def test_a_word_in_the_link_decides_the_end(speed: str, link: str, outcome: str, undelivered: int):
    one = plan(link, speed=speed)

    assert (one.outcome, one.undelivered) == (outcome, undelivered)


def test_a_word_inside_another_word_decides_nothing():
    assert {plan("https://x.com/cancelled_completely", speed="fast").outcome} == {"Completed"}
    assert plan("https://x.com/unstuckable", speed="fast").outcome == "Completed"


def test_a_stuck_order_never_ends():
    one = plan("https://x.com/stuck")

    assert progress_of(one, quantity=1000, now=10**9).status == "In progress"
    assert progress_of(one, quantity=1000, now=10**9).delivered == 370


def test_a_cancel_keeps_what_was_delivered():
    one = Plan(starts_at=10, ends_at=110, outcome="Completed", undelivered=0)

    early = plan_cancelled(one, quantity=200, now=5, after=3)
    late = plan_cancelled(one, quantity=200, now=60, after=3)

    assert progress_of(early, quantity=200, now=8).status == "Canceled"
    assert progress_of(late, quantity=200, now=61).status == "In progress"
    assert [progress_of(late, quantity=200, now=now).delivered for now in (60, 61, 62.9, 63)] == [100] * 4
    assert progress_of(late, quantity=200, now=63).status == "Partial"


def test_a_link_has_always_the_same_first_count():
    assert first_count(1, "https://x.com/alice") == first_count(1, "https://x.com/alice")
    assert first_count(1, "https://x.com/alice") != first_count(1, "https://x.com/bob")
    assert first_count(1, "https://x.com/alice") != first_count(2, "https://x.com/alice")
