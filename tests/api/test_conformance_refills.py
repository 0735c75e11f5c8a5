"""API v2, what the trade does: refill, refill status and cancel. One test for each line."""

import pytest

from api.words import REFILL_STATUS
from orders.models import Order
from tests.api.test_refills import dropped
from tests.factories import make_order, make_service
from tests.refills.stories import NEXT_DAY

pytestmark = pytest.mark.django_db(transaction=True)

INCORRECT = {"error": "Incorrect order ID"}


@pytest.fixture
def call(call, time_machine):
    """Whoever calls does it a day after the delivery."""
    time_machine.move_to(NEXT_DAY, tick=False)
    return call


@pytest.fixture
def refilled(call, alice):
    """The number of a refill that runs."""
    return call("refill", orders=str(dropped(alice).pk))[0]["refill"]


def test_the_refill_of_one_order_is_a_text(call, alice):
    assert isinstance(call("refill", order=dropped(alice).pk)["refill"], str)


def test_the_refill_of_several_is_an_array_of_numbers(call, alice):
    order = dropped(alice)

    answer = call("refill", orders=f"{order.pk},999999")

    assert [entry["order"] for entry in answer] == [order.pk, 999999]
    assert type(answer[0]["refill"]) is int
    assert answer[1]["refill"] == INCORRECT


def test_what_may_not_be_refilled_is_told_in_the_words_of_the_trade(call, alice):
    order = make_order(alice, make_service())
    told = "You are not eligible to send refill request."

    assert call("refill", order=order.pk)["error"] == told
    assert call("refill", orders=f"{order.pk},")[0]["refill"]["error"] == told


def test_the_status_of_one_refill_is_an_object(call, refilled):
    assert call("refill_status", refill=refilled)["status"] == "Pending"


def test_the_status_of_several_refills_is_an_array(call, refilled):
    answer = call("refill_status", refills=f"{refilled},999999")

    assert answer[0]["refill"] == refilled
    assert answer[0]["status"] == "Pending"
    assert answer[1] == {"refill": 999999, "status": {"error": "Refill not found"}}


def test_an_unknown_refill_is_not_found(call):
    assert call("refill_status", refill="999999") == {"error": "Refill not found"}


def test_a_refill_has_one_of_four_words():
    assert set(REFILL_STATUS.values()) == {"Pending", "In progress", "Completed", "Rejected"}


@pytest.mark.profile("alphasmm")
def test_cancel_is_an_array_with_1_for_what_was_accepted_and_an_error_for_the_rest(call, alice):
    order = make_order(alice, make_service())

    assert call("cancel", orders=f"999999,{order.pk}") == [
        {"order": 999999, "cancel": INCORRECT},
        {"order": order.pk, "cancel": 1},
    ]
    assert call("status", order=order.pk)["status"] == "Canceled"


@pytest.mark.profile("alphasmm")
@pytest.mark.parametrize("field", ["order", "orders"])
def test_cancel_of_one_is_an_array_too_in_either_field(call, alice, field):
    order = make_order(alice, make_service())

    assert call("cancel", **{field: order.pk}) == [{"order": order.pk, "cancel": 1}]


@pytest.mark.profile("alphasmm")
def test_what_may_not_be_cancelled_is_told_in_the_words_of_the_trade(call, alice):
    order = make_order(alice, make_service())
    Order.objects.filter(pk=order.pk).update(state="processing")

    [answer] = call("cancel", orders=order.pk)

    assert answer["cancel"]["error"] == "You are not eligible to cancel this order."


@pytest.mark.parametrize(
    ("action", "field", "words"),
    [
        ("refill", "orders", "Maximum 100 orders"),
        ("cancel", "orders", "Maximum 100 orders"),
        ("refill_status", "refills", "Maximum 100 refills"),
    ],
)
def test_a_hundred_are_answered_and_more_are_an_error_and_not_cut_off(call, action, field, words):
    assert len(call(action, **{field: ",".join(map(str, range(100)))})) == 100
    assert call(action, **{field: ",".join(map(str, range(101)))}) == {"error": words}
