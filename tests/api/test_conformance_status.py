"""API v2, what the trade does: status and balance. One test for each line."""

import json
from decimal import Decimal

import pytest

from api.words import STATUS
from providers.gateway import ReportedState
from tests.factories import make_order, make_service

pytestmark = pytest.mark.django_db

FIELDS = ["charge", "start_count", "status", "remains", "currency"]
INCORRECT = {"error": "Incorrect order ID"}


@pytest.fixture
def order(alice):
    return make_order(alice, make_service(rate_per_1000="1.2345"), quantity=1234)


def test_one_order_is_an_object_with_five_fields(call, order):
    assert list(call("status", order=order.pk)) == FIELDS


def test_all_values_are_texts(call, order):
    assert all(isinstance(value, str) for value in call("status", order=order.pk).values())


def test_typed_clients_find_numbers_also_before_anything_is_known(call, order):
    answer = call("status", order=order.pk)

    assert (int(answer["start_count"]), int(answer["remains"])) == (0, 1234)
    assert Decimal(answer["charge"]) > 0


def test_several_orders_are_an_object_by_their_numbers_as_texts(call, alice, order):
    other = make_order(alice, order.service, link="https://www.instagram.com/bob/")

    assert list(call("status", orders=f"{order.pk},{other.pk}")) == [str(order.pk), str(other.pk)]


def test_an_unknown_number_appears_with_an_error_of_its_own(call, order):
    answer = call("status", orders=f"{order.pk},999999,abc")

    assert answer["999999"] == answer["abc"] == INCORRECT
    assert list(answer[str(order.pk)]) == FIELDS


def test_an_empty_list_is_an_empty_object_and_not_an_empty_array(client, call):
    answer = client.post("/api/v2", {"key": call.key, "action": "status", "orders": ""})

    assert json.loads(answer.content) == {}


def test_a_list_in_the_field_for_one_is_read_as_a_list(call, order):
    assert list(call("status", order=f"{order.pk},1337")) == [str(order.pk), "1337"]


def test_the_charge_is_what_the_order_costs_now(call, alice, reported):
    order = reported(alice, ReportedState.PARTIAL, 567, quantity=1234)

    assert Decimal(call("status", order=order.pk)["charge"]) < order.charge


def test_a_drip_feed_keeps_the_five_fields_and_adds_its_own(call):
    number = call.order(make_service(), quantity="100", runs="3", interval="60")["order"]

    assert list(call("status", order=number)) == [*FIELDS, "runs", "runs_ended"]


def test_there_are_the_six_words_and_no_other():
    assert set(STATUS.values()) == {
        "Pending", "Processing", "In progress", "Completed", "Partial", "Canceled",
    }  # fmt: skip


def test_a_hundred_are_answered_and_more_are_an_error_and_not_cut_off(call):
    assert len(call("status", orders=",".join(map(str, range(100))))) == 100
    assert call("status", orders=",".join(map(str, range(101)))) == {"error": "Maximum 100 orders"}


def test_the_balance_is_a_text_with_all_its_decimals(call):
    call.order(make_service(rate_per_1000="0.00708"), quantity="1000")

    assert call("balance") == {"balance": "9.99292", "currency": "USD"}


def test_the_smallest_amounts_are_neither_rounded_nor_written_with_an_exponent(call):
    number = call.order(make_service(rate_per_1000="0.0002"), quantity="100")["order"]

    assert call("status", order=number)["charge"] == "0.00002"


def test_the_currency_is_the_code_that_programs_compare(call, order, settings):
    settings.PANEL_CURRENCY = "EUR"

    assert call("status", order=order.pk)["currency"] == call("balance")["currency"] == "EUR"
