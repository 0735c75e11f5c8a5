from decimal import Decimal

import pytest

from orders.models import SightingSource
from orders.outlooks import known_count, outlook_before, outlook_of
from orders.shares import delivered_before, share_of
from orders.sightings import record_sighting
from providers.gateway import ReportedState
from terms.policy import Policy
from tests.factories import LINK, after, make_service, publish_terms
from tests.orders.stories import report, taken

pytestmark = pytest.mark.django_db
FOLLOWERS = "instagram:profile:alice.studio:followers"


@pytest.fixture
def rules(terms) -> Policy:
    return terms.rules


def share(rules, *, quantity, start, before=0, current=None):
    return share_of(rules.refill, quantity=quantity, delivered_before=before, start=start, current=current)


def delivered(customer, service, *, start, quantity, at=0, remains=0):
    """An order that ended so many hours after the beginning."""
    order = taken(customer, service, quantity=quantity, now=after(hours=at))
    state = ReportedState.PARTIAL if remains else ReportedState.COMPLETED
    return report(order, state, remains, start_count=start, at=after(hours=at, minutes=30))


@pytest.mark.clause("K-36")
@pytest.mark.worked("W-31")
def test_exactly_ten_percent_are_covered_and_one_less_is_not(rules):
    assert share(rules, quantity=2000, start=20_000).is_enough
    assert not share(rules, quantity=1999, start=20_000).is_enough


@pytest.mark.clause("K-36", "K-37")
@pytest.mark.worked("W-32")
def test_five_thousand_beside_two_hundred_thousand_are_too_few(rules):
    found = share(rules, quantity=5000, start=200_000)

    assert found.percent == Decimal("2.5")
    assert str(found.refusal().text) == (
        "Ordered 5,000 is 2.5 % of the start count 200,000; below 10 % drops are not covered."
    )
    assert found.refusal().code == "share_too_small"


@pytest.mark.clause("K-36")
@pytest.mark.worked("W-33")
@pytest.mark.parametrize(
    ("base", "percent", "covered"),
    [("start", "10", True), ("current", "9.52", False), ("higher_of_both", "9.52", False)],
)
def test_the_terms_say_of_which_count_the_share_is_taken(db, base, percent, covered):
    rules = publish_terms(changes={"refill.share_base": base}).rules

    found = share(rules, quantity=100, start=1000, current=1050)

    assert (found.percent, found.is_enough) == (Decimal(percent), covered)


@pytest.mark.clause("K-38")
@pytest.mark.worked("W-34")
def test_who_bought_all_here_is_covered_unless_each_order_stands_alone(db):
    chained = publish_terms().rules
    alone = publish_terms(changes={"refill.share_scope": "order"}).rules
    facts = {"quantity": 5000, "start": 195_000, "before": 195_000}

    assert share(chained, **facts).is_enough
    assert share(alone, **facts).percent == Decimal("2.56")
    assert not share(alone, **facts).is_enough


@pytest.mark.clause("K-38")
@pytest.mark.worked("W-35")
def test_the_fifth_order_of_the_same_service_reaches_the_share(alice, rules):
    service = make_service(rate_per_1000="0.01")
    orders = [
        delivered(alice, service, start=200_000 + 5000 * number, quantity=5000, at=number)
        for number in range(5)
    ]

    shares = [outlook_of(order).share for order in orders]

    assert [(each.ordered, each.count) for each in shares[3:]] == [(20_000, 215_000), (25_000, 220_000)]
    assert [each.percent for each in shares[3:]] == [Decimal("9.30"), Decimal("11.36")]
    assert [each.is_enough for each in shares] == [False, False, False, False, True]


def test_only_what_the_same_customer_got_of_the_same_service_there_counts(alice, bob, rules):
    service, other = make_service(), make_service()
    delivered(alice, service, start=0, quantity=1000, remains=300)
    delivered(alice, other, start=700, quantity=50, at=1)
    delivered(bob, service, start=750, quantity=60, at=2)

    assert delivered_before(alice, service_id=service.pk, counter_key=FOLLOWERS) == 700
    assert delivered_before(bob, service_id=service.pk, counter_key=FOLLOWERS) == 60


@pytest.mark.parametrize("start", [0, 1])
def test_beside_nothing_everything_is_enough(rules, start):
    found = share(rules, quantity=1, start=start)

    assert found.is_enough
    assert found.refusal() is None


@pytest.mark.profile("alphasmm")
def test_terms_without_a_least_share_have_no_rule(rules):
    assert share(rules, quantity=1, start=1_000_000) is None


# --- the outlook ------------------------------------------------------------------------------------


@pytest.mark.clause("K-36", "K-37")
def test_the_outlook_before_ordering_has_the_customers_own_numbers(alice, rules):
    service = make_service()
    facts = {"counter_key": FOLLOWERS, "quantity": 5000, "rules": rules.refill}
    assert outlook_before(alice, service, **facts) is None, "nobody has seen this counter"
    record_sighting(
        counter_key=FOLLOWERS, count=200_000, source=SightingSource.STAFF, by=alice, now=after(hours=1)
    )

    outlook = outlook_before(alice, service, **facts)

    assert outlook.seen_at == after(hours=1)
    assert outlook.text.startswith("5,000 is 2.5 % of the count of 200,000. Below 10 % drops are not covered")


def test_what_the_last_order_left_is_known_too(alice, rules):
    delivered(alice, make_service(), start=1000, quantity=500, remains=100)

    assert known_count(alice, FOLLOWERS) == (1400, after(minutes=30))


def test_a_newer_look_goes_before_what_an_order_left(alice, rules):
    delivered(alice, make_service(), start=1000, quantity=500)
    record_sighting(
        counter_key=FOLLOWERS, count=1200, source=SightingSource.CUSTOMER, by=alice, now=after(days=1)
    )

    assert known_count(alice, FOLLOWERS) == (1200, after(days=1))


@pytest.mark.parametrize(
    ("facts", "link"),
    [
        ({"guarantee_days": None}, LINK),
        (
            {"platform": "youtube", "metric": "watch_hours"},
            "https://www.youtube.com/watch?v=dQw4w9WgXcQ",
        ),
    ],
)
def test_without_a_guarantee_and_for_watch_hours_there_is_no_outlook(alice, rules, facts, link):
    service = make_service(**facts)
    order = report(
        taken(alice, service, link=link, channel_link="https://www.youtube.com/@alice"),
        ReportedState.COMPLETED,
        0,
        start_count=200_000,
        at=after(hours=1),
    )

    assert outlook_of(order) is None


def test_there_is_no_outlook_until_the_start_is_known(alice, rules):
    assert outlook_of(taken(alice)) is None
