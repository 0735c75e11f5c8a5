"""API v2, what the trade does: the list of services. One test for each line."""

from decimal import Decimal

import pytest

from catalog.models import ServiceKind
from tests.factories import make_customer, make_service, publish_terms

pytestmark = pytest.mark.django_db

FIELDS = {"service", "name", "type", "category", "rate", "min", "max", "refill", "cancel", "dripfeed", "desc"}


@pytest.fixture
def listed(call):
    def item(**fields):
        make_service(**fields)
        [listed] = call("services")
        return listed

    return item


def test_the_answer_is_a_bare_array(call):
    make_service()

    assert isinstance(call("services"), list)


def test_an_empty_catalogue_is_an_empty_array_and_no_sentence(call):
    assert call("services") == []


def test_a_key_is_needed(client, db):
    assert client.post("/api/v2", {"action": "services"}).json() == {"error": "Invalid API key"}


@pytest.mark.parametrize("kind", list(ServiceKind))
def test_every_field_is_there_for_every_type_also_those_that_importers_miss(listed, kind):
    assert set(listed(kind=kind)) == FIELDS


def test_no_field_is_ever_null(listed):
    assert None not in listed(description="", guarantee_days=None).values()


def test_the_number_of_a_service_is_a_number(listed):
    assert type(listed()["service"]) is int


def test_name_and_category_are_texts_just_as_they_are_written(listed):
    name = "Followers 🔥 &amp; <b>more</b> " + "x" * 300

    item = listed(name=name)

    assert item["name"] == name
    assert item["category"] == "Instagram Followers"


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (ServiceKind.DEFAULT, "Default"),
        (ServiceKind.PACKAGE, "Package"),
        (ServiceKind.CUSTOM_COMMENTS, "Custom Comments"),
    ],
)
def test_types_are_spelt_exactly_as_programs_compare_them(listed, kind, name):
    assert listed(kind=kind)["type"] == name


@pytest.mark.parametrize("rate", ["8", "0.90", "0.0002", "1234.56789"])
def test_a_rate_is_a_text_with_all_its_decimals(listed, rate):
    shown = listed(rate_per_1000=rate)["rate"]

    assert isinstance(shown, str)
    assert Decimal(shown) == Decimal(rate)


def test_smallest_and_largest_order_are_texts(listed):
    item = listed(min_quantity=50, max_quantity=10_000)

    assert (item["min"], item["max"]) == ("50", "10000")


@pytest.mark.parametrize(("days", "refill"), [(30, True), (None, False)])
def test_refill_is_true_or_false(listed, days, refill):
    assert listed(guarantee_days=days)["refill"] is refill


@pytest.mark.parametrize("states", [["pending"], []])
def test_cancel_is_true_or_false_as_the_terms_are(listed, states):
    publish_terms(changes={"order.customer_cancel_from": states})

    assert listed()["cancel"] is bool(states)


@pytest.mark.parametrize("sold", [True, False])
def test_dripfeed_is_true_or_false(listed, sold):
    assert listed(allows_runs=sold)["dripfeed"] is sold


def test_the_description_is_a_text(listed):
    assert listed(description="Starts at once.")["desc"].startswith("Starts at once.")


def test_the_rate_is_per_1000_and_has_the_callers_own_discount_in_it(caller_of, terms):
    make_service(rate_per_1000="2")
    carol = make_customer("carol@example.com", discount_percent="25")

    assert Decimal(caller_of(carol)("services")[0]["rate"]) == Decimal("1.5")


def test_the_rate_of_a_package_is_for_one_and_its_limits_are_one(listed):
    item = listed(kind=ServiceKind.PACKAGE, rate_per_1000="2.5", min_quantity=1, max_quantity=1)

    assert (item["min"], item["max"]) == ("1", "1")
    assert Decimal(item["rate"]) == Decimal("2.5")
