"""The words, types and shapes of API v2, action by action."""

from decimal import Decimal

import pytest

from catalog.models import ServiceKind
from orders.models import Order
from orders.states import OrderState
from providers.gateway import ReportedState
from tests.factories import make_customer, make_order, make_provider, make_service

pytestmark = pytest.mark.django_db

LINKS = [f"https://www.instagram.com/shop{number}/" for number in range(100)]


# balance


def test_the_balance_is_a_text_with_its_currency(call):
    assert call("balance") == {"balance": "10.00", "currency": "USD"}


def test_the_balance_is_shown_to_its_last_place(terms, caller_of):
    call = caller_of(make_customer("carol@example.com", balance="10.00"))
    call.order(make_service(rate_per_1000="0.00001"), quantity="10")

    assert call("balance")["balance"] == "9.9999999"


# services


def test_a_service_is_listed_in_the_trades_own_types(call):
    service = make_service(
        rate_per_1000="0.9", min_quantity=50, max_quantity=10_000, description="Starts at once 🚀 & stays"
    )

    (item,) = call("services")

    assert item == {
        "service": service.pk,
        "name": "Instagram Followers | Refill 30 Days",
        "type": "Default",
        "category": "Instagram Followers",
        "rate": "0.90",
        "min": "50",
        "max": "10000",
        "refill": True,
        "cancel": False,
        "dripfeed": True,
        "desc": "Starts at once 🚀 & stays\nRefill 30 days",
    }


@pytest.mark.clause("K-80")
@pytest.mark.profile("alphasmm")
def test_terms_that_need_no_stated_guarantee_leave_descriptions_alone(call):
    make_service(description="Starts at once")

    assert call("services")[0]["desc"] == "Starts at once"


@pytest.mark.clause("K-80")
def test_the_lack_of_a_guarantee_is_stated_too(call):
    make_service(name="Followers", description="", guarantee_days=None)

    assert "No refill" in call("services")[0]["desc"]


@pytest.mark.clause("K-10")
def test_a_service_without_guarantee_has_no_refill(call):
    make_service(guarantee_days=None)

    assert call("services")[0]["refill"] is False


@pytest.mark.profile("alphasmm")
def test_services_can_be_cancelled_where_the_terms_allow_it(call):
    make_service()

    assert call("services")[0]["cancel"] is True


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (ServiceKind.DEFAULT, "Default"),
        (ServiceKind.PACKAGE, "Package"),
        (ServiceKind.CUSTOM_COMMENTS, "Custom Comments"),
    ],
)
def test_types_have_the_trades_names(call, kind, name):
    make_service(kind=kind)

    assert call("services")[0]["type"] == name


def test_a_package_is_one_piece_at_its_rate(call):
    make_service(kind=ServiceKind.PACKAGE, rate_per_1000="12.5", min_quantity=10, max_quantity=500)

    item = call("services")[0]

    assert (item["rate"], item["min"], item["max"]) == ("12.50", "1", "1")


def test_rates_are_the_callers_own(terms, caller_of):
    make_service(rate_per_1000="0.333")

    assert caller_of(make_customer(discount_percent=Decimal("12.5")))("services")[0]["rate"] == "0.29138"


def test_only_what_is_on_sale_is_listed(call):
    make_service(is_on_sale=False)
    make_service(provider=make_provider("Closed", is_active=False))
    sold = make_service()

    assert [item["service"] for item in call("services")] == [sold.pk]


def test_an_empty_catalogue_is_an_empty_array(call):
    assert call("services") == []


# status


def test_a_fresh_order_is_pending_with_everything_remaining(call, alice):
    order = make_order(alice, make_service(rate_per_1000="1.2345"), quantity=1234)

    assert call("status", order=order.pk) == {
        "charge": "1.523373",
        "start_count": "0",
        "status": "Pending",
        "remains": "1234",
        "currency": "USD",
    }


@pytest.mark.clause("K-12")
def test_a_partial_order_costs_what_was_delivered(call, alice, reported):
    order = reported(alice, ReportedState.PARTIAL, 567, quantity=1234)

    assert call("status", order=order.pk) == {
        "charge": "0.8234115",
        "start_count": "3572",
        "status": "Partial",
        "remains": "567",
        "currency": "USD",
    }


@pytest.mark.parametrize(
    ("state", "remains", "word", "shown"),
    [
        (ReportedState.PROCESSING, None, "Processing", "1234"),
        (ReportedState.IN_PROGRESS, 1000, "In progress", "1000"),
        (ReportedState.COMPLETED, 0, "Completed", "0"),
        (ReportedState.CANCELLED, None, "Canceled", "1234"),
    ],
)
def test_states_are_told_in_the_trades_words(call, alice, reported, state, remains, word, shown):
    order = reported(alice, state, remains)

    status = call("status", order=order.pk)

    assert (status["status"], status["remains"]) == (word, shown)
    assert status["charge"] == ("0.00" if word == "Canceled" else "1.523373")


def test_there_are_six_words_for_the_state_of_an_order():
    from api.words import STATUS

    assert set(STATUS) == set(OrderState)
    assert set(STATUS.values()) == {
        "Pending",
        "Processing",
        "In progress",
        "Completed",
        "Partial",
        "Canceled",
    }


@pytest.mark.parametrize("number", ["999999", "0", "-1", "abc", "1.0", "9" * 40, "\u0661"])
def test_an_order_that_does_not_exist_is_incorrect(call, number):
    assert call("status", order=number) == {"error": "Incorrect order ID"}


def test_the_order_of_another_customer_is_incorrect(call, bob):
    order = make_order(bob)

    assert call("status", order=order.pk) == {"error": "Incorrect order ID"}
    assert call("status", orders=order.pk) == {str(order.pk): {"error": "Incorrect order ID"}}
    assert call("cancel", orders=order.pk)[0]["cancel"] == {"error": "Incorrect order ID"}
    assert call("refill", order=order.pk) == {"error": "Incorrect order ID"}


def test_several_orders_are_an_object_with_an_entry_for_each_one_asked_for(call, alice):
    order = make_order(alice)

    answer = call("status", orders=f"{order.pk}, 999999,abc,,{order.pk}")

    assert list(answer) == [str(order.pk), "999999", "abc"]
    assert answer[str(order.pk)]["status"] == "Pending"
    assert answer["999999"] == answer["abc"] == {"error": "Incorrect order ID"}


def test_one_order_in_the_field_for_several_is_an_object_too(call, alice):
    order = make_order(alice)

    assert list(call("status", orders=order.pk)) == [str(order.pk)]


def test_several_orders_in_the_field_for_one_are_an_object(call, alice):
    order = make_order(alice)

    assert list(call("status", order=f"{order.pk},4444")) == [str(order.pk), "4444"]


@pytest.mark.parametrize("orders", ["", ",", " , "])
def test_no_orders_are_an_empty_object(call, orders):
    assert call("status", orders=orders) == {}


@pytest.mark.parametrize("action", ["status", "cancel", "refill", "refill_status"])
def test_not_naming_an_order_is_an_incorrect_request(call, action):
    assert call(action) == {"error": "Incorrect request"}
    assert call(action, order="", refill="") == {"error": "Incorrect request"}
    assert call(action, order="undefined", refill="undefined") == {"error": "Incorrect request"}


def test_a_hundred_orders_are_told_and_one_more_is_refused(call):
    def numbers(count):
        return ",".join(str(number) for number in range(1, count + 1))

    assert len(call("status", orders=numbers(100))) == 100
    assert call("status", orders=numbers(101)) == {"error": "Maximum 100 orders"}
    assert len(call("cancel", orders=numbers(100))) == 100
    assert call("cancel", orders=numbers(101)) == {"error": "Maximum 100 orders"}
    assert call("refill", orders=numbers(101)) == {"error": "Maximum 100 orders"}
    assert call("refill_status", refills=numbers(101)) == {"error": "Maximum 100 refills"}


def test_many_orders_take_as_many_queries_as_one(call, alice, django_assert_num_queries):
    service = make_service(rate_per_1000="0.01")
    orders = [str(make_order(alice, service, link=link).pk) for link in LINKS[:20]]
    call("balance")

    with django_assert_num_queries(2):  # the key, the orders
        call("status", order=orders[0])
    with django_assert_num_queries(2):
        assert len(call("status", orders=",".join(orders))) == 20


# cancel


@pytest.mark.clause("A-28")
@pytest.mark.profile("alphasmm")
def test_a_pending_order_is_cancelled_and_its_charge_is_back(call, alice):
    order = make_order(alice)

    answer = call("cancel", orders=f"9999,{order.pk}")

    assert answer == [
        {"order": 9999, "cancel": {"error": "Incorrect order ID"}},
        {"order": order.pk, "cancel": 1},
    ]
    assert call("status", order=order.pk)["status"] == "Canceled"
    assert call("status", order=order.pk)["charge"] == "0.00"
    assert call("balance")["balance"] == "10.00"


@pytest.mark.profile("alphasmm")
def test_one_cancel_is_an_array_too(call, alice):
    order = make_order(alice)

    assert call("cancel", order=order.pk) == [{"order": order.pk, "cancel": 1}]


@pytest.mark.profile("alphasmm")
def test_an_order_is_cancelled_once(call, alice):
    order = make_order(alice)
    call("cancel", orders=order.pk)

    (item,) = call("cancel", orders=order.pk)

    assert item["cancel"]["error"] == "You are not eligible to cancel this order."
    assert call("balance")["balance"] == "10.00"


@pytest.mark.clause("A-14", "A-28")
@pytest.mark.profile("alphasmm")
def test_an_order_that_was_handed_over_is_not_cancelled(call, alice, reported):
    order = reported(alice, ReportedState.IN_PROGRESS, 1000)

    (item,) = call("cancel", orders=order.pk)

    assert item["cancel"]["code"] == "not_cancellable"
    assert call("status", order=order.pk)["status"] == "In progress"


@pytest.mark.clause("K-16")
def test_nothing_is_cancelled_where_the_terms_forbid_it(call, alice):
    order = make_order(alice)

    assert call("cancel", orders=order.pk) == [
        {
            "order": order.pk,
            "cancel": {
                "error": "You are not eligible to cancel this order.",
                "code": "not_cancellable",
                "message": "Orders in state “Pending” cannot be cancelled.",
                "clause": "A-28, K-16",
            },
        }
    ]
    assert Order.objects.get(pk=order.pk).state == OrderState.PENDING


def test_cancelling_no_orders_is_an_empty_array(call):
    assert call("cancel", orders="") == []


# what the provider is called and says


def test_nothing_of_the_provider_is_seen_by_its_customers_customers(caller_of, alice, reported):
    call = caller_of(alice)
    make_service(provider=make_provider("Weird Upstream"))
    order = reported(alice, ReportedState.PARTIAL, 567)

    seen = str([call("services"), call("status", order=order.pk), call("cancel", orders=order.pk)]).lower()

    for secret in ("upstream", "weird", "provider", f"77{order.pk}", "0.9'", "EUR".lower()):
        assert secret not in seen
