"""What an order would be and cost, and every way in which it cannot be one."""

from decimal import Decimal

import pytest

from accounts.models import User
from accounts.refusals import Refusal
from catalog.models import Service
from orders.drafting import (
    MAX_COMMENT_LINES,
    MAX_COMMENTS_LENGTH,
    CommentsMissing,
    CommentsTooLong,
    Draft,
    QuantityMissing,
    QuantityOutOfStep,
    QuantityTooHigh,
    QuantityTooLow,
    ServiceNotOnSale,
    draft_order,
)
from orders.links import BadLink
from tests.factories import LINK, make_service

pytestmark = pytest.mark.django_db

POST = "https://www.instagram.com/p/CxYz123AbCd/"


def draft(service: Service, quantity: int | None = 1000, *, comments: str = "", discount: str = "0") -> Draft:
    return draft_order(
        service=service,
        link=POST if service.metric == "comments" else LINK,
        quantity=quantity,
        comments=comments,
        discount_percent=Decimal(discount),
    )


def commented(**fields: object) -> Service:
    return make_service(**{"kind": "custom_comments", "metric": "comments", "min_quantity": 1} | fields)


@pytest.mark.worked("W-01", "W-02", "W-03", "W-04")
@pytest.mark.parametrize(
    ("rate", "quantity", "discount", "charge"),
    [
        ("1.2345", 1234, "0", "1.52337300"),  # W-01
        ("0.00001", 1, "0", "0.00000001"),  # W-02
        ("2.00", 2500, "15", "4.25"),  # W-03
        ("0.333", 1000, "12.5", "0.29138"),  # W-04
        # A discount of everything still leaves the smallest rate: nothing is free.
        ("2.00", 1000, "100", "0.00001"),
    ],
)
def test_worked_examples_of_a_charge(rate: str, quantity: int, discount: str, charge: str) -> None:
    service = make_service(rate_per_1000=rate, min_quantity=1)

    assert draft(service, quantity, discount=discount).charge == Decimal(charge)


@pytest.mark.clause("A-31", "K-23")
@pytest.mark.parametrize(
    ("quantity", "refusal"),
    [
        (None, QuantityMissing),
        (-50, QuantityTooLow),
        (0, QuantityTooLow),
        (49, QuantityTooLow),
        (5001, QuantityTooHigh),
        (10**30, QuantityTooHigh),
        (51, QuantityOutOfStep),
        (4999, QuantityOutOfStep),
    ],
)
def test_a_quantity_that_is_not_sold_is_refused(quantity: int | None, refusal: type[Refusal]) -> None:
    service = make_service(min_quantity=50, max_quantity=5000, step=50)

    with pytest.raises(refusal) as caught:
        draft(service, quantity)

    assert caught.value.text
    assert caught.value.clauses == ("A-31", "K-23")


@pytest.mark.parametrize("quantity", [50, 100, 5000])
def test_a_quantity_that_is_sold_is_taken(quantity: int) -> None:
    service = make_service(min_quantity=50, max_quantity=5000, step=50)

    assert draft(service, quantity).quantity == quantity


def test_a_refused_quantity_is_answered_with_the_limits() -> None:
    service = make_service(min_quantity=50, max_quantity=5000)

    with pytest.raises(QuantityTooHigh) as caught:
        draft(service, 12345)

    assert caught.value.code == "quantity_range"
    assert caught.value.text == "Between 50 and 5,000; 12,345 is too many."


def test_a_service_that_is_not_on_sale_cannot_be_ordered() -> None:
    service = make_service(is_on_sale=False)

    with pytest.raises(ServiceNotOnSale):
        draft(service)


def test_a_service_of_a_provider_that_is_switched_off_cannot_be_ordered() -> None:
    service = make_service()
    service.provider.is_active = False

    with pytest.raises(ServiceNotOnSale):
        draft(service)


@pytest.mark.clause("A-22")
def test_a_link_of_another_kind_is_refused_with_what_is_needed() -> None:
    with pytest.raises(BadLink) as caught:
        draft(make_service(metric="likes"))

    assert caught.value.clauses == ("A-22",)


def test_a_package_is_one_whatever_quantity_is_named() -> None:
    package = make_service(rate_per_1000="4.99", kind="package", min_quantity=1, max_quantity=1)

    for quantity in (None, 1, 5000):
        order = draft(package, quantity)
        assert (order.quantity, order.charge) == (1, Decimal("4.99"))


def test_comments_are_counted_by_line_without_the_empty_ones() -> None:
    service = commented(rate_per_1000="10")

    order = draft(service, 999, comments="\r\n Lovely! \r\n\r\n   \nMore of this\n\n")

    assert order.comments == ("Lovely!", "More of this")
    assert order.quantity == 2
    assert order.charge == Decimal("0.02")


@pytest.mark.parametrize("comments", ["", "\n", "  \r\n\t\r\n "])
def test_an_order_of_comments_needs_one(comments: str) -> None:
    with pytest.raises(CommentsMissing):
        draft(commented(), comments=comments)


def test_too_few_and_too_many_comments_are_refused_like_any_quantity() -> None:
    service = commented(min_quantity=2, max_quantity=3)

    with pytest.raises(QuantityTooLow):
        draft(service, comments="one")
    with pytest.raises(QuantityTooHigh):
        draft(service, comments="1\n2\n3\n4")
    assert draft(service, comments="1\n2").quantity == 2
    assert draft(service, comments="1\n2\n3").quantity == 3


def test_comments_may_be_as_many_as_fit_and_no_more() -> None:
    service = commented(max_quantity=100_000)

    assert draft(service, comments="x\n" * MAX_COMMENT_LINES).quantity == MAX_COMMENT_LINES
    with pytest.raises(CommentsTooLong):
        draft(service, comments="x\n" * (MAX_COMMENT_LINES + 1))
    assert draft(service, comments="x" * MAX_COMMENTS_LENGTH).quantity == 1
    with pytest.raises(CommentsTooLong):
        draft(service, comments="x" * (MAX_COMMENTS_LENGTH + 1))


def test_comments_sent_with_another_kind_of_service_are_left_out() -> None:
    order = draft(make_service(), 1000, comments="nice")

    assert order.comments == ()


def test_a_customers_order_shows_the_rate_after_discount(alice: User) -> None:
    order = draft(make_service(rate_per_1000="2"), 2500, discount="15")

    assert order.rate_per_1000 == Decimal("1.70000")
