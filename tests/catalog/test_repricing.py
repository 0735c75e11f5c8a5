from decimal import Decimal

import pytest

from catalog.guarantees import texts_agree
from catalog.models import RateChange, Service
from catalog.naming import LIFETIME_DAYS
from catalog.repricing import MarkupOutOfRange, reprice, set_rate
from catalog.selling import put_on_sale, take_off_sale
from tests.factories import NOW, make_service, make_staff

pytestmark = pytest.mark.django_db


def test_services_are_priced_at_a_mark_up_and_the_moves_are_kept():
    sam = make_staff()
    moving = make_service(provider_rate=Decimal("0.9"), rate_per_1000="1.17")
    resting = make_service(provider_rate=Decimal("0.78"), rate_per_1000="1.17")

    moved = reprice([moving.pk, resting.pk], markup_percent=Decimal(50), now=NOW, by=sam)

    assert moved == 1
    change = RateChange.objects.get()
    assert (change.service, change.old_rate, change.new_rate) == (moving, Decimal("1.17"), Decimal("1.35"))
    assert (change.changed_by, change.changed_at) == (sam, NOW)
    assert set(Service.objects.values_list("markup_percent", flat=True)) == {50}


def test_what_has_no_cost_keeps_its_rate():
    free = make_service(provider_rate=Decimal(0), rate_per_1000="1.17")

    assert reprice([free.pk], markup_percent=Decimal(50), now=NOW, by=None) == 0

    free.refresh_from_db()
    assert free.rate_per_1000 == Decimal("1.17")


def test_a_mark_up_below_zero_moves_nothing():
    service = make_service()

    with pytest.raises(MarkupOutOfRange):
        reprice([service.pk], markup_percent=Decimal("-1"), now=NOW, by=None)

    assert not RateChange.objects.exists()


@pytest.mark.parametrize(
    ("rate", "markup"),
    [("1.80", "100"), ("0.90", "0"), ("0.45", "0"), ("1.00", "11.11"), ("900000", "10000")],
)
def test_a_rate_set_by_hand_tells_its_mark_up(rate, markup):
    service = make_service(provider_rate=Decimal("0.90"))

    assert set_rate(service, rate_per_1000=Decimal(rate), now=NOW, by=None)

    service.refresh_from_db()
    assert (service.rate_per_1000, service.markup_percent) == (Decimal(rate), Decimal(markup))


def test_the_same_rate_set_again_is_no_move():
    service = make_service(rate_per_1000="1.17")

    assert not set_rate(service, rate_per_1000=Decimal("1.17"), now=NOW, by=None)
    assert not RateChange.objects.exists()


@pytest.mark.parametrize(
    ("facts", "is_put"),
    [
        ({"rate_per_1000": "0.9"}, True),
        ({"rate_per_1000": "0.89999"}, False),
        ({"rate_per_1000": "0", "provider_rate": Decimal(0)}, False),
        ({"held_back": "gone"}, False),
        ({"held_back": "doubtful_rate"}, False),
    ],
)
def test_nothing_is_put_on_sale_that_should_not_be(facts, is_put):
    service = make_service(**({"is_on_sale": False} | facts))

    assert put_on_sale([service.pk]) == ((1, 0) if is_put else (0, 1))

    service.refresh_from_db()
    assert service.is_on_sale is is_put


def test_taking_off_sale_is_staffs_own_and_holds():
    service = make_service(is_on_sale=False, held_back="gone")
    other = make_service()

    assert take_off_sale([service.pk]) == 1

    service.refresh_from_db()
    other.refresh_from_db()
    assert (service.is_on_sale, service.held_back, other.is_on_sale) == (False, "", True)


@pytest.mark.clause("K-80")
@pytest.mark.parametrize(
    ("name", "description", "days", "agree"),
    [
        ("Followers | Refill 30 Days", "", 30, True),
        ("Followers | Refill 30 Days", "", 29, False),
        ("Followers | Refill 30 Days", "", None, False),
        ("Followers", "30 days refill", None, False),
        ("Followers", "30 days refill", 30, True),
        ("Followers", "", 30, True),
        ("Followers", "", None, True),
        ("Followers | No refill", "", None, True),
        ("Followers | No refill", "", 30, False),
        ("Followers | Lifetime refill", "", LIFETIME_DAYS, True),
        ("Followers | Lifetime refill", "", 30, False),
        ("Followers | R30", "60 days refill", 30, False),
    ],
)
def test_a_guarantee_agrees_with_the_texts_or_the_texts_are_silent(name, description, days, agree):
    assert texts_agree(name=name, description=description, guarantee_days=days) is agree
