"""API v2, what the trade does: the exact strings of errors, which programs compare. One test for each line."""

import pytest

from api.words import WORDS
from catalog.models import ServiceKind
from tests.factories import make_customer, make_service

pytestmark = pytest.mark.django_db

LINK = "https://www.instagram.com/alice.studio/"


@pytest.fixture
def service(terms):
    return make_service(min_quantity=50, max_quantity=10_000)


@pytest.mark.parametrize("key", ["", "wrong", "fp_" + "a" * 40])
def test_a_missing_or_wrong_key(client, db, key):
    assert client.post("/api/v2", {"key": key, "action": "balance"}).json() == {"error": "Invalid API key"}


@pytest.mark.parametrize("action", ["", "orders", "undefined"])
def test_a_missing_or_unknown_action(call, action):
    assert call(action) == {"error": "Incorrect request"}


@pytest.mark.parametrize("action", ["status", "refill", "refill_status", "cancel"])
def test_missing_parameters(call, action):
    assert call(action) == {"error": "Incorrect request"}


def test_an_unknown_service(call):
    assert call("add", service="999999", link=LINK, quantity="100")["error"] == "Incorrect service ID"


def test_a_service_that_is_no_longer_sold(call, service):
    service.is_on_sale = False
    service.save()

    assert call.order(service)["error"] == "Incorrect service ID"


def test_no_link(call, service):
    assert call.order(service, link="")["error"] == "Link is required"


def test_a_bad_link(call, service):
    assert call.order(service, link="not a link")["error"] == "Incorrect link"


def test_a_quantity_below_the_smallest_order(call, service):
    assert call.order(service, quantity="49")["error"] == "Quantity less than minimal 50"


def test_a_quantity_above_the_largest_order(call, service):
    assert call.order(service, quantity="10001")["error"] == "Quantity more than maximum 10000"


def test_not_enough_money(caller_of, service):
    carol = make_customer("carol@example.com", balance="0.01")

    assert caller_of(carol).order(service)["error"] == "Not enough funds on balance"


def test_an_open_order_for_the_same_link(call, service):
    call.order(service)

    assert call.order(service)["error"] == (
        "You have active order with this link. Please wait until order being completed."
    )


def test_comments_that_are_missing(call):
    service = make_service(kind=ServiceKind.CUSTOM_COMMENTS, metric="comments")

    assert call.order(service, link="https://www.instagram.com/p/Cabc1/")["error"] == "Incorrect comments"


def test_an_unknown_order(call):
    assert call("status", order="999999") == {"error": "Incorrect order ID"}


def test_an_unknown_refill(call):
    assert call("refill_status", refill="999999") == {"error": "Refill not found"}


def test_drip_feed_where_it_is_not_offered(call):
    service = make_service(allows_runs=False)

    answer = call.order(service, runs="2", interval="60")

    assert answer["error"] == "Dripfeed is not supported by this service"


def test_no_error_is_a_raw_key_of_a_translation():
    assert not [words for words in WORDS.values() if words.startswith(("error.", "neworder."))]


@pytest.mark.parametrize("language", ["de", "pt-br", "xx"])
def test_errors_are_english_whatever_language_a_program_speaks(client, call, language):
    answer = client.post("/api/v2", {"key": call.key, "action": "x"}, headers={"Accept-Language": language})

    assert answer.json() == {"error": "Incorrect request"}
