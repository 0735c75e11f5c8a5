"""Ordering by program: what is taken, what is refused in which words, and that money and order belong together."""

import pytest
from django.db import OperationalError, connection

from api.parameters import TYPES_OF
from billing.ledger import balance_of
from billing.models import Coupon
from catalog.models import ServiceKind
from orders.models import Order
from terms.models import Acceptance
from tests.factories import make_customer, make_provider, make_service, publish_terms

pytestmark = pytest.mark.django_db

LINK = "https://www.instagram.com/alice.studio"
OTHER_LINK = "https://www.instagram.com/bob/"


def placed(answer):
    assert "error" not in answer, answer
    return Order.objects.get(pk=answer["order"])


# what is taken


@pytest.mark.clause("A-04")
def test_an_order_is_answered_with_its_number_and_the_terms_that_govern_it(call, alice, terms):
    answer = call.order(make_service(rate_per_1000="1.2345"), quantity="1234")

    assert answer == {"order": Order.objects.get().pk, "terms_version": 1}
    assert balance_of(alice) == Order.objects.get().charge.copy_negate() + 10
    order = placed(answer)
    assert (order.channel, order.quantity, order.link) == ("api", 1234, LINK)


@pytest.mark.clause("A-04", "K-03")
def test_an_order_by_program_is_agreement_to_the_terms(call, alice):
    order = placed(call.order(make_service()))

    acceptance = Acceptance.objects.get(subject=f"order:{order.pk}")
    assert (acceptance.channel, acceptance.explicit, acceptance.version_id) == ("api", False, 1)
    assert acceptance.ip_digest


def test_a_package_needs_no_quantity_and_ignores_one(call):
    service = make_service(kind=ServiceKind.PACKAGE, rate_per_1000="2.5", min_quantity=1, max_quantity=1)

    order = placed(call("add", service=service.pk, link=LINK))
    assert (order.quantity, str(order.charge)) == (1, "2.50000000")
    assert placed(call.order(service, link=OTHER_LINK, quantity="1e9")).quantity == 1


@pytest.mark.parametrize(
    "comments", ["nice\r\ngreat\r\n\r\n  wow \r\n", "nice\ngreat\n\n  wow", "nice\rgreat\rwow"]
)
def test_comments_are_counted_by_their_lines(call, comments):
    service = make_service(
        kind=ServiceKind.CUSTOM_COMMENTS, metric="comments", min_quantity=1, rate_per_1000="100"
    )

    order = placed(
        call.order(service, link="https://www.instagram.com/p/Cabc1/", comments=comments, quantity="77")
    )

    assert (order.quantity, order.comments, str(order.charge)) == (3, "nice\ngreat\nwow", "0.30000000")


@pytest.mark.parametrize("nothing", ["", "undefined", "null", "0", " 0 "])
def test_what_careless_clients_send_for_no_runs_is_ignored(call, nothing):
    placed(call.order(make_service(), runs=nothing, interval=nothing))


@pytest.mark.parametrize("nothing", ["", "undefined", "null", "0"])
def test_empty_fields_of_other_types_are_ignored(call, nothing):
    placed(call.order(make_service(), **dict.fromkeys(TYPES_OF, nothing)))


@pytest.mark.parametrize("field", TYPES_OF)
def test_a_field_of_another_type_is_refused_by_name_and_costs_nothing(call, alice, field):
    answer = call.order(make_service(), **{field: "5"})

    assert answer["error"] == f"Incorrect {field}"
    assert answer["code"] == "parameter_not_taken"
    assert f"“{field}”" in answer["message"]
    assert all(kind in answer["message"] for kind in (*TYPES_OF[field], "Default"))
    assert balance_of(alice) == 10


def test_what_is_missing_for_another_type_is_told_as_the_wrong_type(call):
    """A subscription has no link and no quantity; that it is none is the better news."""
    answer = call("add", service=make_service().pk, username="alice", min="10", max="20", delay="0")

    assert answer["code"] == "parameter_not_taken"
    assert "Subscriptions" in answer["message"]


def test_spaces_around_what_was_asked_are_ignored(call):
    service = make_service()

    order = placed(call(" add ", service=f" {service.pk} ", link=f"  {LINK} ", quantity=" 0500 "))

    assert (order.quantity, order.link) == (500, LINK)


# what is refused


@pytest.mark.parametrize(
    ("fields", "words", "code"),
    [
        ({"service": "999999"}, "Incorrect service ID", "service_not_on_sale"),
        ({"service": ""}, "Incorrect service ID", "service_not_on_sale"),
        ({"service": "1 OR 1=1"}, "Incorrect service ID", "service_not_on_sale"),
        ({"service": "9" * 60}, "Incorrect service ID", "service_not_on_sale"),
        ({"link": ""}, "Link is required", "link_missing"),
        ({"link": "undefined"}, "Link is required", "link_missing"),
        ({"link": "not a link"}, "Incorrect link", "bad_link"),
        ({"link": "https://www.youtube.com/@alice"}, "Incorrect link", "bad_link"),
        ({"quantity": ""}, "Incorrect quantity", "quantity_missing"),
        ({"quantity": "-100"}, "Incorrect quantity", "quantity_unreadable"),
        ({"quantity": "1e3"}, "Incorrect quantity", "quantity_unreadable"),
        ({"quantity": "1000.0"}, "Incorrect quantity", "quantity_unreadable"),
        ({"quantity": "1,000"}, "Incorrect quantity", "quantity_unreadable"),
        ({"quantity": "0x64"}, "Incorrect quantity", "quantity_unreadable"),
        ({"quantity": "\u0661\u0660"}, "Incorrect quantity", "quantity_unreadable"),
        ({"quantity": "9" * 5000}, "Incorrect quantity", "quantity_unreadable"),
        ({"quantity": "0"}, "Quantity less than minimal 50", "quantity_range"),
        ({"quantity": "49"}, "Quantity less than minimal 50", "quantity_range"),
        ({"quantity": "10001"}, "Quantity more than maximum 10000", "quantity_range"),
        ({"quantity": "9" * 30}, "Quantity more than maximum 10000", "quantity_range"),
        ({"runs": "2"}, "Incorrect interval", "drip_feed_interval"),
        ({"interval": "10"}, "Incorrect runs", "drip_feed_runs"),
        ({"runs": "1", "interval": "10"}, "Incorrect runs", "drip_feed_runs"),
        ({"runs": "2", "interval": "10081"}, "Incorrect interval", "drip_feed_interval"),
        ({"runs": "999", "interval": "10080"}, "Incorrect runs or interval", "drip_feed_too_long"),
        ({"runs": "two", "interval": "10"}, "Incorrect runs or interval", "runs_unreadable"),
        ({"max_charge": "0.8999"}, "Price is above max_charge", "price_changed"),
        ({"max_charge": "cheap"}, "Incorrect max_charge", "max_charge_unreadable"),
        ({"max_charge": "NaN"}, "Incorrect max_charge", "max_charge_unreadable"),
        ({"max_charge": "-1"}, "Incorrect max_charge", "max_charge_unreadable"),
        ({"terms_version": "2"}, "Incorrect terms_version", "terms_changed"),
        ({"terms_version": "one"}, "Incorrect terms_version", "terms_version_unreadable"),
        ({"idempotency_key": "k" * 101}, "Incorrect idempotency_key", "idempotency_key_too_long"),
    ],
)
def test_a_bad_order_is_refused_in_the_trades_words_and_costs_nothing(call, alice, fields, words, code):
    service = make_service(rate_per_1000="0.9", min_quantity=50, max_quantity=10_000)

    answer = call.order(service, **fields)

    assert (answer["error"], answer["code"]) == (words, code)
    assert answer["message"]
    assert set(answer) == {"error", "code", "message", "clause"}
    assert not Order.objects.exists()
    assert balance_of(alice) == 10


@pytest.mark.parametrize("quantity", ["50", "10000"])
def test_the_smallest_and_the_largest_order_are_taken(call, quantity):
    assert placed(
        call.order(make_service(rate_per_1000="0.9", min_quantity=50, max_quantity=10_000), quantity=quantity)
    )


def test_a_quantity_between_the_steps_is_incorrect(call):
    assert call.order(make_service(step=100), quantity="150")["code"] == "quantity_step"


@pytest.mark.parametrize("comments", [None, "", "\r\n \n"])
def test_comments_must_be_there(call, comments):
    service = make_service(kind=ServiceKind.CUSTOM_COMMENTS, metric="comments")
    sent = {} if comments is None else {"comments": comments}

    answer = call.order(service, link="https://www.instagram.com/p/Cabc1/", **sent)

    assert (answer["error"], answer["code"]) == ("Incorrect comments", "comments_missing")


def test_too_few_comments_are_a_quantity_below_the_minimum(call):
    service = make_service(kind=ServiceKind.CUSTOM_COMMENTS, metric="comments", min_quantity=3)

    answer = call.order(service, link="https://www.instagram.com/p/Cabc1/", comments="one\ntwo\n\n")

    assert answer["error"] == "Quantity less than minimal 3"


@pytest.mark.parametrize("where", ["service", "provider"])
def test_what_is_not_on_sale_cannot_be_ordered(call, where):
    provider = make_provider("Closed", is_active=where != "provider")

    answer = call.order(make_service(provider=provider, is_on_sale=where != "service"))

    assert answer["error"] == "Incorrect service ID"


@pytest.mark.clause("A-24")
def test_too_little_money_is_said_in_the_trades_words_and_ours(call, alice):
    answer = call.order(make_service(rate_per_1000="100"), quantity="101")

    assert answer == {
        "error": "Not enough funds on balance",
        "code": "insufficient_balance",
        "message": "10.10 needed, 10.00 available.",
        "clause": "A-24, K-69",
    }
    assert "order" in call.order(make_service(rate_per_1000="100"), quantity="100")


@pytest.mark.clause("K-39")
def test_a_second_order_for_a_link_waits_for_the_first(call):
    service = make_service()
    first = call.order(service)["order"]

    answer = call.order(service)

    assert answer["error"] == "You have active order with this link. Please wait until order being completed."
    assert answer["code"] == "similar_busy"
    assert f"#{first}" in answer["message"]


@pytest.mark.clause("K-21")
def test_another_kind_of_order_for_the_link_waits_too(call):
    call.order(make_service())

    answer = call.order(make_service(metric="other"))

    assert answer["code"] == "link_busy"
    assert answer["error"].startswith("You have active order with this link.")


@pytest.mark.clause("A-33")
@pytest.mark.profile("alphasmm")
def test_where_the_terms_only_warn_the_second_order_carries_a_warning(call):
    service = make_service()
    assert "warning" not in call.order(service)

    answer = call.order(service)

    assert "delayed" in answer["warning"]
    assert placed(answer).overlaps


@pytest.mark.clause("A-04", "A-06")
def test_terms_that_must_be_named_are_asked_for(terms, call):
    publish_terms(changes={"accept.order_api": "pinned_required"})
    service = make_service()

    assert call.order(service)["error"] == "terms_version is required"
    assert call.order(service, terms_version="1")["code"] == "terms_changed"
    assert placed(call.order(service, terms_version="2")).terms_version_id == 2


@pytest.mark.clause("A-08", "K-51")
def test_the_highest_charge_named_is_the_highest_paid(call):
    service = make_service(rate_per_1000="0.9")

    assert (
        placed(call.order(service, max_charge="0.90")).charge
        == placed(call.order(service, link=OTHER_LINK, max_charge="0.9")).charge
    )


# sending again


def test_without_a_key_every_call_is_an_order(call):
    service = make_service()
    first = call.order(service)
    second = call.order(service, link=OTHER_LINK)

    assert first["order"] != second["order"]


def test_the_same_key_again_returns_the_first_order_and_charges_nothing(call, alice):
    service = make_service()
    first = call.order(service, idempotency_key="cart-17")
    balance = balance_of(alice)

    assert call.order(service, idempotency_key="cart-17") == first
    assert balance_of(alice) == balance
    assert Order.objects.count() == 1


def test_the_same_key_again_returns_the_first_order_though_it_is_no_longer_on_sale(call):
    service = make_service()
    first = call.order(service, idempotency_key="cart-17")
    service.is_on_sale = False
    service.save()

    assert call.order(service, idempotency_key="cart-17") == first


@pytest.mark.parametrize("change", [{"quantity": "999"}, {"link": OTHER_LINK}])
def test_the_same_key_for_something_else_is_an_error(call, alice, change):
    service = make_service()
    call.order(service, idempotency_key="cart-17")
    balance = balance_of(alice)

    answer = call.order(service, idempotency_key="cart-17", **change)

    assert (answer["error"], answer["code"]) == (
        "idempotency_key was used for another order",
        "request_reused",
    )
    assert balance_of(alice) == balance


def test_two_customers_may_use_the_same_key(caller_of, alice, bob):
    service = make_service()

    first = caller_of(alice).order(service, idempotency_key="1")
    second = caller_of(bob).order(service, idempotency_key="1")

    assert first["order"] != second["order"]


def test_a_key_of_a_hundred_characters_is_long_enough(call):
    assert placed(call.order(make_service(), idempotency_key="k" * 100)).request_id == "k" * 100


# when the database fails


def break_orders(at_commit, action):
    """Let the database fail at the end of placing an order, or when it is committed."""
    moment = "CONSTRAINT TRIGGER breaking AFTER INSERT" if at_commit else "TRIGGER breaking AFTER INSERT"
    deferred = "DEFERRABLE INITIALLY DEFERRED" if at_commit else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE OR REPLACE FUNCTION breaking() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN {action}; RETURN NULL; END $$;"
            f"CREATE {moment} ON orders_submission {deferred} FOR EACH ROW EXECUTE FUNCTION breaking()"
        )


@pytest.fixture
def mended(transactional_db):
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP FUNCTION breaking() CASCADE")


@pytest.mark.parametrize("at_commit", [False, True])
@pytest.mark.parametrize(
    "action",
    ["RAISE EXCEPTION 'the provider is called Upstream'", "PERFORM pg_terminate_backend(pg_backend_pid())"],
)
def test_a_failure_of_the_database_charges_nothing_and_says_so(
    mended, terms, caller_of, caplog, at_commit, action
):
    alice = make_customer(balance="10.00")
    call, service = caller_of(alice), make_service()
    break_orders(at_commit, action)

    assert call.order(service) == {"error": "Internal error. Nothing was charged."}

    assert not Order.objects.exists()
    assert balance_of(alice) == 10
    assert "An order by API failed" in caplog.text


def test_an_order_whose_commit_was_answered_by_silence_is_found(
    transactional_db, terms, caller_of, monkeypatch
):
    alice = make_customer(balance="10.00")
    call, service = caller_of(alice), make_service()
    commit = connection._commit

    def commit_and_lose_the_answer():
        commit()
        if Order.objects.exists():
            monkeypatch.undo()
            connection.connection.close()
            raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(connection, "_commit", commit_and_lose_the_answer)

    answer = call.order(service)

    assert placed(answer).customer == alice
    assert balance_of(alice) < 10


def test_when_nobody_can_know_the_program_is_told_so_and_not_with_200(
    transactional_db, terms, caller_of, monkeypatch, client
):
    caller = caller_of(make_customer(balance="10.00"))
    service = make_service()

    def commit_into_the_dark():
        connection.connection.close()
        monkeypatch.setattr(connection, "get_new_connection", away)
        raise OperationalError("server closed the connection unexpectedly")

    def away(params):
        raise OperationalError("connection refused")

    fields = {"key": caller.key, "action": "add", "service": service.pk, "link": LINK, "quantity": "1000"}
    caller("balance")
    monkeypatch.setattr(connection, "_commit", commit_into_the_dark)
    answer = client.post("/api/v2", fields)
    monkeypatch.undo()

    assert answer.status_code == 500
    assert answer.json() == {"error": "Internal error. Look at your orders before you order again."}


# coupons


def test_a_coupon_by_program_takes_its_sum_off(call, alice):
    Coupon.objects.create(code="WELCOME", kind="order_amount", value=1)
    service = make_service(rate_per_1000="2.00")

    order = placed(call.order(service, quantity="2500", coupon="welcome"))
    assert (order.charge, order.coupon_amount) == (4, 1)

    refused = call.order(service, link=OTHER_LINK, quantity="2500", coupon="welcome")
    assert refused["code"] == "coupon_used"
    assert Order.objects.count() == 1
