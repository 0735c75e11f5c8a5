"""What is promised, and what is not: small stories that no single rule tells."""

from decimal import Decimal

import pytest
from django.test import Client

from accounts.models import User
from billing.ledger import balance_of
from orders.cancelling import NotCancellable, cancel_order
from orders.conditions import conditions_of, stated_clauses
from orders.states import OrderState
from providers.gateway import ReportedState
from tests.factories import after, make_customer, make_order, make_service, publish_terms
from tests.orders.stories import report, started

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]


@pytest.mark.profile("alphasmm")
@pytest.mark.clause("A-35")
def test_orders_that_overlap_still_get_back_what_was_not_delivered(alice: User) -> None:
    started(alice)
    order = started(alice, make_service(rate_per_1000="1"), quantity=1000, overlap_ticked=True)
    assert order.overlaps

    order = report(order, ReportedState.PARTIAL, 300)

    assert (order.refunded, order.under_review) == (Decimal("0.3"), 0)


@pytest.mark.profile("alphasmm")
@pytest.mark.clause("A-17")
def test_a_reseller_orders_for_fifty_accounts_and_none_is_refused(alice: User) -> None:
    service = make_service(rate_per_1000="1")

    orders = [
        make_order(alice, service, quantity=100, link=f"https://www.instagram.com/customer.{number}/")
        for number in range(50)
    ]

    assert {order.state for order in orders} == {OrderState.PENDING}
    assert balance_of(alice) == 95


@pytest.mark.parametrize("profile", ["alphasmm", "bestsmmkart"])
@pytest.mark.clause("A-14", "K-48")
def test_an_order_that_takes_a_month_pays_nothing_on_request_and_its_rest_by_itself(
    profile: str,
) -> None:
    publish_terms(profile)
    alice = make_customer(balance="100")
    order = started(alice, make_service(rate_per_1000="2"), quantity=1000)
    a_month_later = after(days=30)

    with pytest.raises(NotCancellable):
        cancel_order(order, now=a_month_later)
    assert balance_of(alice) == 98

    report(order, ReportedState.PARTIAL, 600, at=a_month_later)
    assert balance_of(alice) == Decimal("99.2")


@pytest.mark.clause("K-48")
def test_a_completed_order_pays_nothing_back_on_request(alice: User) -> None:
    order = report(started(alice, make_service(rate_per_1000="2"), quantity=1000), ReportedState.COMPLETED, 0)

    with pytest.raises(NotCancellable):
        cancel_order(order, now=after(hours=1))

    assert balance_of(alice) == 98


@pytest.mark.clause("K-01")
@pytest.mark.parametrize(("profile", "is_said"), [("bestsmmkart", True), ("alphasmm", False)])
def test_the_foot_of_each_page_says_that_the_panel_belongs_to_no_network(
    client: Client, profile: str, is_said: bool
) -> None:
    publish_terms(profile)

    for page in ("/", "/terms/", "/services/"):
        assert (b"is not affiliated with any brand or social network" in client.get(page).content) is is_said


@pytest.mark.clause("A-09", "K-35")
@pytest.mark.parametrize(("profile", "is_said"), [("bestsmmkart", True), ("alphasmm", False)])
def test_the_hours_that_most_things_take_are_said_before_an_order_where_the_terms_name_them(
    profile: str, is_said: bool
) -> None:
    version = publish_terms(profile)

    said = conditions_of(make_service(), version.rules, stated_clauses(version))
    found = [each for each in said if "K-35" in each.clauses]

    assert bool(found) is is_said
    assert all("24" in each.text and "72" in each.text for each in found)
