"""What counters show, who saw it, and when."""

import pytest
from django.db import IntegrityError, transaction

from accounts.models import User
from orders.models import Condition, Order, Sighting, SightingSource
from orders.sightings import latest_sighting, record_sighting, sightings_of
from tests.factories import NOW, after, make_order

pytestmark = pytest.mark.django_db

KEY = "instagram:profile:alice.studio:followers"


def seen(count: int | None, *, minutes: float = 0, **facts) -> Sighting:
    facts = {"counter_key": KEY, "source": SightingSource.PROVIDER} | facts
    return record_sighting(count=count, now=after(minutes=minutes), **facts)


def test_the_newest_count_is_the_one_that_counts() -> None:
    seen(1200, minutes=10)
    newest = seen(1250, minutes=20)
    seen(900, minutes=5)

    assert latest_sighting(KEY) == newest


def test_a_look_that_read_no_count_does_not_hide_the_last_count() -> None:
    count = seen(1200)
    seen(None, minutes=10, condition=Condition.PRIVATE)

    assert latest_sighting(KEY) == count


def test_a_count_of_exactly_the_oldest_moment_still_counts() -> None:
    count = seen(1200, minutes=0)

    assert latest_sighting(KEY, not_before=NOW) == count
    assert latest_sighting(KEY, not_before=after(seconds=1)) is None


def test_each_counter_has_its_own_sightings() -> None:
    seen(1200)

    assert latest_sighting(KEY.replace("followers", "likes")) is None


def test_what_a_customer_states_counts_for_nobody_else(alice: User, bob: User) -> None:
    seen(1200)
    stated = seen(9999, minutes=5, source=SightingSource.CUSTOMER, by=bob)

    assert latest_sighting(KEY).count == 1200
    assert latest_sighting(KEY, customer=alice).count == 1200
    assert latest_sighting(KEY, customer=bob) == stated


@pytest.mark.clause("K-41", "K-62")
def test_an_order_has_every_look_since_it_was_placed(alice: User, bob: User) -> None:
    order = make_order(alice)
    seen(900, minutes=-1)
    looks = [seen(1000), seen(None, minutes=9, condition=Condition.HIDDEN), seen(1100, minutes=9)]
    looks.append(seen(1150, minutes=10, source=SightingSource.CUSTOMER, by=alice, order=order))
    seen(7777, minutes=11, source=SightingSource.CUSTOMER, by=bob)

    assert list(sightings_of(order)) == looks


@pytest.mark.parametrize(
    "facts",
    [
        {"count": 5, "condition": "private"},
        {"count": -1},
        {"condition": "gone"},
        {"source": "rumour"},
        {"source": "staff"},
        {"source": "customer"},
    ],
)
def test_the_database_keeps_no_sighting_that_makes_no_sense(facts: dict[str, object]) -> None:
    plain = {"counter_key": KEY, "source": "provider", "seen_at": NOW}
    Sighting.objects.create(**plain)

    with pytest.raises(IntegrityError), transaction.atomic():
        Sighting.objects.create(**(plain | facts))


def test_a_sighting_of_an_order_is_found_from_the_order(alice: User) -> None:
    order = make_order(alice)
    sighting = seen(1200, order=order)

    assert Order.objects.get(pk=order.pk).sightings.get() == sighting
