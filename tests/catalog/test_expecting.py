# ruff: noqa: RUF001
from datetime import timedelta
from decimal import Decimal

import pytest

from catalog.durations import spell_duration
from catalog.expecting import drop_label, expected_of
from catalog.models import Estimate, Service
from catalog.stating import DropLabel, latest_start_of, stated_drop_of
from tests.factories import make_service, publish_terms

pytestmark = pytest.mark.django_db
NON, SOME, HIGH = DropLabel.NON_DROP, DropLabel.SOME_DROP, DropLabel.HIGH_DROP


@pytest.fixture
def rules(terms):
    return terms.rules.estimate


def estimated(service=None, **figures):
    service = service or make_service(stated_start="0-6 h", stated_speed="10K/day")
    Estimate.objects.create(service=service, **figures)
    return Service.objects.select_related("estimate").get(pk=service.pk)


@pytest.mark.clause("K-06", "K-07")
@pytest.mark.parametrize(
    ("dropped", "label"), [(0, NON), (50, NON), (51, SOME), (199, SOME), (200, HIGH), (1000, HIGH)]
)
def test_up_to_5_percent_is_non_drop_and_from_20_percent_on_high_drop(rules, dropped, label):
    assert drop_label(dropped=dropped, checked=1000, rules=rules) == label


def test_a_hair_more_than_5_percent_is_some_drop(rules):
    assert drop_label(dropped=50_001, checked=1_000_000, rules=rules) == SOME


def test_the_limits_of_the_labels_are_those_of_the_terms(db):
    rules = publish_terms(changes={"estimate.non_drop_max_percent": "10"}).rules.estimate

    assert drop_label(dropped=10, checked=100, rules=rules) == NON


@pytest.mark.clause("A-13", "K-15")
def test_each_figure_needs_enough_orders_of_its_own(rules):
    service = estimated(
        completed=3,
        starts=2,
        start_median=timedelta(minutes=5),
        start_nine_of_ten=timedelta(minutes=9),
        speeds=3,
        speed_per_day=Decimal(100),
        drop_checks=2,
        dropped=1,
        checked=10,
    )

    expected = expected_of(service, rules)

    assert (expected.start, expected.drop, expected.finish(100)) == (None, None, None)
    assert expected.speed.per_day == 100
    assert expected.endings.completed == 100
    assert expected.latest_start == timedelta(hours=6)
    assert expected.orders == 3


@pytest.mark.clause("K-11")
def test_the_upper_start_estimate_is_computed_where_it_can_be(rules):
    minutes = timedelta(minutes=45)
    service = estimated(starts=3, start_median=timedelta(minutes=16.5), start_nine_of_ten=minutes)

    assert expected_of(service, rules).latest_start == minutes


@pytest.mark.clause("K-61")
def test_a_non_drop_service_that_drops_by_a_quarter_is_called_high_drop_and_contradicts_its_name(rules):
    service = make_service(name="Followers | NON DROP | Refill 30 Days")
    expected = expected_of(estimated(service, drop_checks=3, dropped=24, checked=100), rules)

    assert expected.drop_label == HIGH
    assert expected.contradicts_its_words


@pytest.mark.parametrize(("dropped", "name"), [(5, "Followers Non Drop"), (24, "Followers")])
def test_a_service_that_is_as_it_says_contradicts_nothing(rules, dropped, name):
    service = make_service(name=name)

    assert not expected_of(
        estimated(service, drop_checks=3, dropped=dropped, checked=100), rules
    ).contradicts_its_words


def test_without_an_estimate_only_words_are_left(rules):
    expected = expected_of(make_service(name="High Drop Followers", stated_start="0-1 h"), rules)

    assert not expected.is_computed
    assert expected.is_stated
    assert expected.drop_label == HIGH
    assert expected_of(make_service(name="Followers"), None).drop_label is None


# --- what operators write ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "hours"),
    [
        ("0-6 hours", 6),
        ("0-6 h", 6),
        ("0–6 Hours", 6),
        ("up to 24h", 24),
        ("Instant", 1),
        ("instant-3 h", 3),
        ("1-2 days", 48),
        ("12/24 H", 24),
        ("0-30m", 0.5),
        ("within 30 minutes", 0.5),
        ("15 min", 0.25),
        ("1.5 h", 1.5),
        ("48-72 hrs+", 72),
        ("1 week", 168),
        ("𝟬-𝟭𝟮 𝗛", 12),
    ],
)
def test_the_upper_end_of_a_stated_start_is_read(said, hours):
    assert latest_start_of(said) == timedelta(hours=hours)


@pytest.mark.parametrize("said", ["", "soon", "fast", "½ h", "10K/day"])
def test_what_names_no_time_is_not_guessed(said):
    assert latest_start_of(said) is None


@pytest.mark.parametrize(
    ("said", "label"),
    [
        ("Instagram Followers | Non-Drop", NON),
        ("[𝗡𝗢𝗡 𝗗𝗥𝗢𝗣] Likes", NON),
        ("Views NoDrop Lifetime", NON),
        ("100% guarantee, never drop", NON),
        ("📉 Does not drop", NON),
        ("Hardly drops", NON),
        ("[Less Drop] Real", SOME),
        ("Low drop ratio 1K/day", SOME),
        ("❌ High Drop ❌", HIGH),
        ("Drops a lot, expect 40-80%", HIGH),
        ("Drop 30-60%", HIGH),
        ("Drop: 5-15%", SOME),
        ("Drop 0-5%", NON),
        ("Drop ratio: 20%", HIGH),
        ("Drop post link", None),
        ("If followers drop, press the button", None),
        ("Refill even high drop, non drop", None),
        ("Followers", None),
    ],
)
def test_what_is_stated_about_drops_is_read(rules, said, label):
    assert stated_drop_of(said, "", rules) == label
    assert stated_drop_of("Service", said, rules) == label


def test_the_name_goes_before_the_description():
    assert stated_drop_of("Followers High Drop", "non drop", None) == HIGH


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(seconds=59), "less than 1 min"),
        (timedelta(minutes=1), "1 min"),
        (timedelta(minutes=16.5), "16.5 min"),
        (timedelta(minutes=119), "119 min"),
        (timedelta(hours=2), "2 h"),
        (timedelta(hours=62), "62 h"),
        (timedelta(hours=95, minutes=59), "96 h"),
        (timedelta(days=4), "4 days"),
        (timedelta(days=10.25), "10.3 days"),
    ],
)
def test_lengths_of_time_are_said_in_the_unit_that_suits_them(length, words):
    assert spell_duration(length) == words
