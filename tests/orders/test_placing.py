"""The one door: an order is charged, owed and recorded, or nothing has happened at all."""

from dataclasses import replace
from decimal import Decimal

import pytest

from accounts.models import User
from accounts.refusals import Refusal
from billing.ledger import InsufficientBalance, balance_of, house_balance
from billing.models import Transfer
from billing.routes import AccountKind
from orders.asking import OrderRequest, RequestReused
from orders.claims import LinkBusy, SimilarBusy
from orders.drafting import CommentsMissing, QuantityTooLow, ServiceNotOnSale
from orders.links import BadLink
from orders.models import Channel, Claim, Order, OrderEvent, Submission
from orders.placing import PriceChanged, PublicNotConfirmed, place_order
from orders.states import OrderState
from terms.acceptance import TermsChanged, TermsNotAccepted, TermsNotPinned
from terms.models import Acceptance
from tests.factories import (
    NOW,
    make_customer,
    make_order,
    make_service,
    order_request,
    publish_terms,
)
from tests.orders.stories import at_once, differences, events

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]

OTHER_LINK = "https://www.instagram.com/bob.bakery/"


def place(customer: User, request: OrderRequest) -> Order:
    return place_order(customer=customer, request=request, now=NOW)


def traces() -> list[int]:
    return [model.objects.count() for model in (Order, Transfer, Claim, Acceptance, Submission, OrderEvent)]


def refused(customer: User, request: OrderRequest, refusal: type[Refusal]) -> Refusal:
    """The request is refused with a sentence, and nothing of it is stored."""
    before, balance = traces(), balance_of(customer)

    with pytest.raises(refusal) as caught:
        place(customer, request)

    assert traces() == before
    assert balance_of(customer) == balance
    assert caught.value.text
    return caught.value


# --- An order that is placed ---------------------------------------------------------------------------------


@pytest.mark.clause("A-04", "K-50")
def test_an_order_is_charged_owed_and_recorded_under_the_terms_in_force(alice: User) -> None:
    order = make_order(alice, quantity=1234)

    assert order.state == OrderState.PENDING
    assert order.terms_version_id == 1
    assert balance_of(alice) == Decimal("98.47662700")
    assert house_balance(AccountKind.HELD) == order.charge == Decimal("1.52337300")
    assert (order.submission.state, order.submission.due_at) == ("due", NOW)
    assert order.submission.provider == order.service.provider
    assert order.claims.count() == 2
    accepted = Acceptance.objects.get()
    assert (accepted.subject, accepted.version_id, accepted.explicit) == (f"order:{order.pk}", 1, True)
    assert events(order) == ["placed"]


@pytest.mark.clause("K-04", "K-52", "K-54")
def test_an_order_keeps_how_it_was_sold_whatever_becomes_of_the_service(alice: User) -> None:
    service = make_service(
        rate_per_1000="2", description="Real people", stated_start="1 h", stated_speed="5K a day"
    )
    order = make_order(alice, service, quantity=1000)

    service.rate_per_1000 = Decimal(3)
    service.name, service.description, service.guarantee_days = "Other", "Robots", None
    service.stated_start = service.stated_speed = ""
    service.save()

    order.refresh_from_db()
    assert order.charge == order.list_rate == order.rate_per_1000 == 2
    assert order.service_name == "Instagram Followers | Refill 30 Days"
    assert order.service_description == "Real people"
    assert (order.guarantee_days, order.stated_start, order.stated_speed) == (30, "1 h", "5K a day")


def test_a_customer_with_a_discount_is_charged_the_rate_less_the_discount(terms: object) -> None:
    alice = make_customer(balance="10", discount_percent=Decimal(15))

    order = make_order(alice, make_service(rate_per_1000="2"), quantity=2500)

    assert order.charge == Decimal("4.25")
    assert (order.list_rate, order.discount_percent, order.rate_per_1000) == (2, 15, Decimal("1.7"))


def test_comments_are_kept_one_on_each_line(alice: User) -> None:
    service = make_service(kind="custom_comments", metric="comments", min_quantity=1)

    order = make_order(
        alice,
        service,
        link="https://www.instagram.com/p/CxYz123AbCd/",
        quantity=None,
        comments="a\r\n\r\n b ",
    )

    assert (order.comments, order.quantity) == ("a\nb", 2)


def test_an_order_that_takes_the_last_of_the_balance_is_placed(terms: object) -> None:
    alice = make_customer(balance="2")

    make_order(alice, make_service(rate_per_1000="2"), quantity=1000)

    assert balance_of(alice) == 0


# --- Refusals leave no trace ---------------------------------------------------------------------------------


@pytest.mark.clause("A-24")
def test_too_little_money_is_refused_and_leaves_no_trace(terms: object) -> None:
    alice = make_customer(balance="1.99")

    refusal = refused(
        alice, order_request(make_service(rate_per_1000="2"), quantity=1000), InsufficientBalance
    )

    assert refusal.text == "2.00 needed, 1.99 available."


def test_what_cannot_be_drafted_is_refused_and_leaves_no_trace(alice: User) -> None:
    service = make_service()

    refused(alice, order_request(service, quantity=9), QuantityTooLow)
    refused(alice, order_request(service, link="https://example.com/"), BadLink)
    refused(alice, order_request(make_service(is_on_sale=False)), ServiceNotOnSale)
    refused(alice, replace(order_request(service), service_id=10**9), ServiceNotOnSale)
    comments = make_service(kind="custom_comments", metric="comments")
    refused(alice, order_request(comments, link="https://www.instagram.com/p/CxYz123AbCd/"), CommentsMissing)


@pytest.mark.clause("K-21")
def test_a_busy_link_is_refused_and_leaves_no_trace(alice: User) -> None:
    followers = make_service()
    make_order(alice, followers)

    refused(alice, order_request(followers), SimilarBusy)
    refused(alice, order_request(make_service(metric="story_views")), LinkBusy)


@pytest.mark.clause("A-21", "K-20", "K-22")
def test_an_account_not_said_to_be_public_is_refused_in_the_browser_only(alice: User) -> None:
    request = order_request(make_service(), public_ticked=False)

    refused(alice, request, PublicNotConfirmed)
    assert place(alice, replace(request, channel=Channel.API)).pk


# --- Terms ---------------------------------------------------------------------------------------------------


@pytest.mark.clause("A-06", "K-50")
@pytest.mark.worked("V-5")
def test_terms_that_changed_since_the_form_was_opened_are_asked_about_first(alice: User) -> None:
    """V-5."""
    request = order_request(make_service(), terms_number=1)
    publish_terms()

    refusal = refused(alice, request, TermsChanged)

    assert refusal.clauses == ("A-06", "K-50")
    assert place(alice, replace(request, terms_number=2)).terms_version_id == 2


@pytest.mark.clause("A-06", "K-50")
def test_terms_never_accepted_need_a_tick_and_the_next_order_needs_none(alice: User) -> None:
    request = order_request(make_service(), terms_ticked=False)

    refused(alice, request, TermsNotAccepted)
    place(alice, replace(request, terms_ticked=True))

    again = place(alice, order_request(make_service(), link=OTHER_LINK, terms_ticked=False))
    assert Acceptance.objects.filter(subject=f"order:{again.pk}", explicit=False).exists()


@pytest.mark.clause("A-04", "K-03")
def test_a_program_accepts_by_ordering_unless_it_must_name_the_version() -> None:
    publish_terms()
    alice = make_customer(balance="100")
    request = order_request(make_service(), channel=Channel.API, terms_ticked=False)
    order = place(alice, request)
    assert Acceptance.objects.get(subject=f"order:{order.pk}").channel == "api"

    publish_terms(changes={"accept.order_api": "pinned_required"})
    pinned = order_request(make_service(), link=OTHER_LINK, channel=Channel.API, terms_ticked=False)

    refused(alice, pinned, TermsNotPinned)
    refused(alice, replace(pinned, terms_number=1), TermsChanged)
    assert place(alice, replace(pinned, terms_number=2)).terms_version_id == 2


@pytest.mark.clause("A-05", "K-49")
def test_an_order_keeps_its_version_when_new_terms_are_published(alice: User) -> None:
    order = make_order(alice)

    publish_terms("alphasmm")

    order.refresh_from_db()
    assert order.terms_version_id == 1


# --- Prices that move ----------------------------------------------------------------------------------------


@pytest.mark.clause("A-08", "K-51")
def test_a_price_that_rose_since_it_was_shown_is_asked_about_first(alice: User) -> None:
    service = make_service(rate_per_1000="2.00001")
    request = order_request(service, quantity=1000, max_charge=Decimal(2))

    refusal = refused(alice, request, PriceChanged)

    assert refusal.text == "The price is now 2.00001 instead of 2.00. Nothing was charged."
    refused(alice, replace(request, channel=Channel.API), PriceChanged)


@pytest.mark.clause("A-08", "K-51")
@pytest.mark.parametrize("rate", ["2", "1.5"])
def test_a_price_that_stayed_or_fell_is_charged_as_it_is_now(alice: User, rate: str) -> None:
    service = make_service(rate_per_1000=rate)

    order = make_order(alice, service, quantity=1000, max_charge=Decimal(2))

    assert order.charge == Decimal(rate)


def test_terms_that_do_not_ask_charge_the_new_price_in_the_browser_but_keep_a_programs_limit() -> None:
    publish_terms(changes={"price.confirm_if_changed": False})
    alice = make_customer(balance="100")
    request = order_request(make_service(rate_per_1000="3"), quantity=1000, max_charge=Decimal(2))

    refused(alice, replace(request, channel=Channel.API), PriceChanged)
    assert place(alice, request).charge == 3


# --- The same request again ----------------------------------------------------------------------------------


@pytest.mark.clause("A-31")
def test_a_request_sent_again_is_the_first_order_and_charges_nothing(alice: User) -> None:
    request = order_request(make_service())
    order = place(alice, request)
    before = traces()

    again = place(alice, request)
    otherwise_written = place(alice, replace(request, link="instagram.com/Alice.Studio?utm_source=x"))

    assert again == otherwise_written == order
    assert traces() == before


def test_a_request_sent_again_is_the_first_order_even_when_nothing_could_be_ordered_now(alice: User) -> None:
    service = make_service()
    request = order_request(service, terms_number=1)
    order = place(alice, request)

    service.is_on_sale = False
    service.min_quantity = 5000
    service.save()
    publish_terms()

    assert place(alice, request) == order


def test_a_request_used_again_for_something_else_is_refused(alice: User) -> None:
    service = make_service()
    request = order_request(service)
    order = place(alice, request)

    for other in (
        replace(request, service_id=make_service().pk),
        replace(request, quantity=1000),
        replace(request, quantity=None),
        replace(request, link=OTHER_LINK),
        replace(request, link="https://example.com/"),
    ):
        refusal = refused(alice, other, RequestReused)
        assert (
            refusal.text
            == f"This request was used before for another order (#{order.pk}). Nothing was charged."
        )


def test_comments_sent_again_must_be_the_same_comments(alice: User) -> None:
    service = make_service(kind="custom_comments", metric="comments", min_quantity=1)
    link = "https://www.instagram.com/p/CxYz123AbCd/"
    request = order_request(service, link=link, quantity=None, comments="a\nb")
    order = place(alice, request)

    assert place(alice, replace(request, comments="a\r\n\r\nb\r\n")) == order
    refused(alice, replace(request, comments="a\nc"), RequestReused)


def test_a_package_sent_again_is_the_same_package_whatever_quantity_is_named(alice: User) -> None:
    service = make_service(kind="package", min_quantity=1, max_quantity=1)
    request = order_request(service, quantity=1)

    assert place(alice, request) == place(alice, replace(request, quantity=None))


def test_two_customers_may_use_the_same_request_number(alice: User, bob: User) -> None:
    request = order_request(make_service(), request_id="form-1")

    assert place(alice, request) != place(bob, request)


# --- At the same moment --------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("profile", ["bestsmmkart", "alphasmm"])
def test_fifty_copies_of_one_request_at_once_make_one_order(profile: str) -> None:
    publish_terms(profile)
    alice = make_customer(balance="100")
    request = order_request(make_service())

    outcomes = at_once(50, lambda number: place(alice, request).pk)

    assert outcomes == [Order.objects.get().pk] * 50
    assert balance_of(alice) == 100 - Order.objects.get().charge
    assert differences() == []


@pytest.mark.django_db(transaction=True)
def test_sixty_four_orders_at_once_on_money_for_ten_are_ten_orders(terms: object) -> None:
    alice = make_customer(balance="20")
    service = make_service(rate_per_1000="2")
    requests = [
        order_request(service, quantity=1000, link=f"https://www.instagram.com/alice{number}/")
        for number in range(64)
    ]

    outcomes = at_once(64, lambda number: place(alice, requests[number]))

    assert sum(isinstance(outcome, Order) for outcome in outcomes) == 10
    assert sum(isinstance(outcome, InsufficientBalance) for outcome in outcomes) == 54
    assert (Order.objects.count(), balance_of(alice)) == (10, 0)
    assert Submission.objects.count() == 10
    assert differences() == []


@pytest.mark.clause("K-21", "K-39")
@pytest.mark.django_db(transaction=True)
def test_two_orders_at_once_for_one_link_are_exactly_one(terms: object) -> None:
    alice = make_customer(balance="100")
    service = make_service()

    outcomes = at_once(8, lambda number: place(alice, order_request(service)))

    assert sum(isinstance(outcome, Order) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, SimilarBusy) for outcome in outcomes) == 7
    assert balance_of(alice) == 100 - Order.objects.get().charge
    assert differences() == []


@pytest.mark.django_db(transaction=True)
def test_an_order_is_not_placed_inside_somebody_elses_transaction(alice: User) -> None:
    from django.db import transaction

    with pytest.raises(RuntimeError), transaction.atomic():
        make_order(alice)

    assert not Order.objects.exists()
