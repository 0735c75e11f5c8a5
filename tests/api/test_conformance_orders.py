"""API v2, what the trade does: placing an order of each type of service. One test for each line."""

from decimal import Decimal

import pytest

from billing.ledger import balance_of
from catalog.models import ServiceKind
from orders.models import Order
from tests.factories import make_service

pytestmark = pytest.mark.django_db

LINK = "https://www.instagram.com/alice.studio/"
POST = "https://www.instagram.com/p/Cabc1/"
NOTHING = ["", "undefined", "null", "0"]

# What belongs to the types that are not sold here, one example of each.
UNSOLD = {
    "SEO": {"keywords": "red\nshoes"},
    "Mentions": {"usernames": "bob\ncarol"},
    "Mentions with Hashtags": {"hashtags": "sun\nsea"},
    "Mentions Custom List": {"usernames": "bob\ncarol"},
    "Mentions Hashtag": {"hashtag": "sun"},
    "Mentions User Followers": {"username": "https://www.instagram.com/bob/"},
    "Mentions Media Likers": {"media": POST},
    "Custom Comments Package": {"comments": "nice"},
    "Comment Likes": {"username": "bob"},
    "Poll": {"answer_number": "2"},
    "Comment Replies": {"username": "bob", "comments": "nice"},
    "Invites from Groups": {"groups": "one\ntwo"},
    "Subscriptions": {"username": "bob", "min": "10", "max": "20", "posts": "5", "delay": "15"},
    "Web Traffic": {"country": "US", "device": "5", "type_of_traffic": "3"},
}


@pytest.fixture
def comments(terms):
    return make_service(kind=ServiceKind.CUSTOM_COMMENTS, metric="comments", min_quantity=1)


@pytest.fixture
def package(terms):
    return make_service(kind=ServiceKind.PACKAGE, rate_per_1000="2.5", min_quantity=1, max_quantity=1)


@pytest.fixture
def default(terms):
    return make_service(rate_per_1000="1.20", min_quantity=10, max_quantity=1_000)


def placed(answer):
    assert "error" not in answer, answer
    return Order.objects.get(pk=answer["order"])


def test_an_order_is_answered_with_its_number_which_is_an_integer(call, default):
    assert type(call("add", service=default.pk, link=LINK, quantity="100")["order"]) is int


def test_default_needs_a_link_and_a_quantity(call, default):
    assert placed(call("add", service=default.pk, link=LINK, quantity="100")).quantity == 100
    assert call("add", service=default.pk, quantity="100")["error"] == "Link is required"
    assert call("add", service=default.pk, link=LINK)["error"] == "Incorrect quantity"


def test_default_may_have_runs_and_an_interval(call, default):
    order = placed(call("add", service=default.pk, link=LINK, quantity="100", runs="3", interval="60"))

    assert (order.drip_feed.runs, order.drip_feed.interval_minutes) == (3, 60)


def test_a_package_needs_a_link_only(call, package):
    assert placed(call("add", service=package.pk, link=LINK)).quantity == 1


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_custom_comments_need_a_link_and_comments_on_lines(call, comments, end):
    order = placed(call("add", service=comments.pk, link=POST, comments=end.join(["nice", "great"])))

    assert (order.quantity, order.comments) == (2, "nice\ngreat")


def test_the_quantity_of_comments_is_the_number_of_lines_that_are_not_empty(call, comments):
    sent = "nice\r\n\r\n  \r\ngreat\r\nwow\r\n"

    assert placed(call("add", service=comments.pk, link=POST, comments=sent)).quantity == 3


@pytest.mark.parametrize("kind", UNSOLD)
def test_what_belongs_to_a_type_that_is_not_sold_is_refused_by_name(call, alice, default, kind):
    answer = call("add", service=default.pk, link=LINK, quantity="100", **UNSOLD[kind])

    named = answer["error"].removeprefix("Incorrect ")
    assert named in UNSOLD[kind]
    assert kind in answer["message"]
    assert balance_of(alice) == 10


def test_a_drip_feed_is_charged_for_quantity_times_runs(call, alice, default):
    placed(call("add", service=default.pk, link=LINK, quantity="100", runs="10", interval="60"))

    assert balance_of(alice) == Decimal("8.80")


def test_smallest_and_largest_order_are_those_of_one_run(call, default):
    sent = {"service": default.pk, "link": LINK, "runs": "5", "interval": "60"}

    assert call("add", quantity="9", **sent)["error"] == "Quantity less than minimal 10"
    assert placed(call("add", quantity="1000", **sent)).quantity == 1000


@pytest.mark.parametrize("one", ["runs", "interval"])
def test_runs_and_interval_come_together_or_not_at_all(call, default, one):
    assert "error" in call("add", service=default.pk, link=LINK, quantity="100", **{one: "5"})


@pytest.mark.parametrize("nothing", NOTHING)
def test_a_node_client_sends_the_word_undefined_for_what_it_has_not(call, default, nothing):
    placed(call("add", service=default.pk, link=LINK, quantity="100", runs=nothing, interval=nothing))


def test_a_python_client_sends_a_quantity_for_packages_too(call, package):
    assert placed(call("add", service=package.pk, link=LINK, quantity="1000")).quantity == 1


def test_a_python_client_sends_a_quantity_for_comments_too(call, comments):
    assert placed(call("add", service=comments.pk, link=POST, quantity="77", comments="nice")).quantity == 1


def test_other_panels_send_no_posts_and_an_empty_expiry_along(call, default):
    placed(call("add", service=default.pk, link=LINK, quantity="100", posts="0", expiry=""))


def test_a_blind_repeat_is_a_second_order_unless_the_program_names_its_request(call, default):
    sent = {"service": default.pk, "quantity": "100"}
    named = [call("add", link=LINK, idempotency_key="cart-17", **sent) for _twice in range(2)]

    assert named[0] == named[1]
    assert "error" in call("add", link=LINK, **sent), "here the terms keep one open order for a link"
