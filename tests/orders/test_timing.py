"""How often an order is asked about."""

from datetime import timedelta

import pytest

from orders.timing import first_check, next_check_after_end, next_check_while_open
from tests.factories import NOW, after

PACE = timedelta(seconds=20)


@pytest.fixture(autouse=True)
def pace(settings) -> None:  # type: ignore[no-untyped-def]
    settings.PANEL_TRACK_SECONDS = PACE.total_seconds()


def test_a_new_order_is_asked_about_at_the_set_pace() -> None:
    assert first_check(NOW) == NOW + PACE


@pytest.mark.parametrize(
    ("age", "wait"),
    [
        (timedelta(0), PACE),
        (PACE * 20, PACE),
        (PACE * 20 + timedelta(seconds=20), PACE + timedelta(seconds=1)),
        (timedelta(hours=1), timedelta(minutes=3)),
        (timedelta(minutes=200), timedelta(minutes=10)),
        (timedelta(minutes=201), timedelta(minutes=10)),
        (timedelta(days=60), timedelta(minutes=10)),
    ],
)
def test_an_open_order_is_asked_about_less_often_with_age(age: timedelta, wait: timedelta) -> None:
    assert next_check_while_open(begins_at=NOW - age, now=NOW) == NOW + wait


def test_a_pace_slower_than_ten_minutes_is_kept(settings) -> None:  # type: ignore[no-untyped-def]
    settings.PANEL_TRACK_SECONDS = 900

    assert next_check_while_open(begins_at=NOW - timedelta(days=60), now=NOW) == after(minutes=15)


@pytest.mark.parametrize(
    ("since", "next_look"),
    [
        ({"seconds": 0}, {"hours": 1}),
        ({"seconds": 3599}, {"hours": 1}),
        ({"hours": 1}, {"hours": 6}),
        ({"hours": 6}, {"days": 1}),
        ({"days": 1}, {"days": 3}),
        ({"days": 3}, {"days": 7}),
        ({"days": 7}, {"days": 14}),
        ({"days": 14}, {"days": 29}),
        ({"days": 28}, {"days": 29}),
    ],
)
def test_an_ended_order_is_looked_at_now_and_then(since: dict[str, int], next_look: dict[str, int]) -> None:
    assert next_check_after_end(closed_at=NOW, now=after(**since)) == after(**next_look)


def test_the_last_look_is_within_the_time_in_which_corrections_count() -> None:
    assert next_check_after_end(closed_at=NOW, now=after(days=29)) is None
