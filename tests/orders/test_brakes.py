"""A provider that suddenly cancels everything does not empty the house: above its limits, refunds wait."""

from decimal import Decimal

import pytest

from accounts.models import User
from billing.ledger import balance_of
from billing.models import Transfer
from catalog.models import Service
from orders.brakes import WINDOW, release_brake
from orders.models import Order, Review
from orders.states import OrderState
from providers.gateway import ReportedState
from providers.models import Provider
from tests.factories import NOW, after, make_order, make_provider, make_service
from tests.orders.stories import ask, events, gateway_for, hand_over, report, started, taken

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]

CANCELLED, COMPLETED, PARTIAL = ReportedState.CANCELLED, ReportedState.COMPLETED, ReportedState.PARTIAL


def braked(*, orders: int = 50, amount: str = "200", name: str = "Upstream") -> Service:
    """A service at 1.00 for 1000 of a provider with these limits per hour."""
    provider = make_provider(name, brake_orders_per_hour=orders, brake_refund_per_hour=Decimal(amount))
    return make_service(rate_per_1000="1", provider=provider)


def one(customer: User, service: Service, number: int, quantity: int = 1000) -> Order:
    return taken(customer, service, quantity=quantity, link=f"https://www.instagram.com/alice{number}/")


def provider() -> Provider:
    return Provider.objects.get(name="Upstream")


def test_the_order_after_the_last_that_may_be_refunded_in_an_hour_waits(alice: User) -> None:
    service = braked()
    provider_of_all = service.provider
    assert provider_of_all.brake_orders_per_hour == 50
    paid = [report(one(alice, service, number, 10), CANCELLED) for number in range(50)]
    assert {order.state for order in paid} == {OrderState.CANCELLED}
    assert provider().brake_tripped_at is None

    held = report(one(alice, service, 51, 10), CANCELLED)

    assert (held.state, held.review, held.refunded) == (OrderState.PROCESSING, Review.BRAKE, 0)
    assert held.check_at is None
    assert held.claims.count() == 2
    assert provider().brake_tripped_at == after(minutes=5)
    assert balance_of(alice) == 100 - held.charge


def test_one_poll_that_cancels_everything_pays_up_to_the_limit_and_the_release_pays_the_rest(
    alice: User, sam: User
) -> None:
    service = braked(orders=3)
    gateway = gateway_for(service)
    orders = []
    for number in range(8):
        orders.append(
            make_order(alice, service, quantity=1000, link=f"https://www.instagram.com/alice{number}/")
        )
        hand_over(gateway)
    for external_id in gateway.taken:
        gateway.report(external_id, CANCELLED, remains=1000)

    assert ask(orders[0], gateway, now=after(minutes=5)) == 8
    assert balance_of(alice) == 95
    assert Order.objects.filter(review=Review.BRAKE).count() == 5

    assert release_brake(provider(), by=sam, note="they really stopped", now=after(hours=2)) == 5

    assert balance_of(alice) == 100
    assert Transfer.objects.filter(kind="refund").count() == 8
    assert Transfer.objects.filter(kind="refund", actor=sam, note="they really stopped").count() == 5
    assert not Order.objects.open().exists()
    assert not Order.objects.filter(review=Review.BRAKE).exists()
    assert provider().brake_tripped_at is None
    assert release_brake(provider(), by=sam, note="", now=after(hours=3)) == 0


def test_the_amount_of_an_hour_is_limited_to_the_last_place(alice: User) -> None:
    service = braked(amount="2")
    for number in range(2):
        assert report(one(alice, service, number), CANCELLED).refunded == 1
    assert report(one(alice, service, 3), COMPLETED, 0).state == OrderState.COMPLETED

    held = report(one(alice, service, 4, 10), CANCELLED)

    assert (held.review, held.refunded) == (Review.BRAKE, 0)


def test_a_single_refund_above_the_limit_waits(alice: User) -> None:
    service = braked(amount="2")

    assert report(one(alice, service, 1, 2000), CANCELLED).refunded == 2
    other = braked(amount="2", name="Another")
    assert report(one(alice, other, 2, 2001), CANCELLED).review == Review.BRAKE


def test_refunds_of_an_hour_ago_do_not_count(alice: User) -> None:
    service = braked(orders=1)
    assert report(one(alice, service, 1), CANCELLED, at=NOW).refunded == 1
    late = one(alice, service, 2)

    assert report(late, CANCELLED, at=NOW + WINDOW).refunded == 1
    assert report(one(alice, service, 3), CANCELLED, at=NOW + WINDOW + (after(seconds=1) - NOW)).refunded == 0


def test_counting_begins_anew_when_a_person_has_released_the_brake(alice: User, sam: User) -> None:
    service = braked(orders=2)
    for number in range(3):
        report(one(alice, service, number), CANCELLED, at=after(minutes=1))
    assert release_brake(provider(), by=sam, note="true", now=after(minutes=2)) == 1

    for number in (4, 5):
        assert report(one(alice, service, number), CANCELLED, at=after(minutes=3)).refunded == 1
    assert report(one(alice, service, 6), CANCELLED, at=after(minutes=4)).refunded == 0


def test_each_provider_has_its_own_brake(alice: User) -> None:
    first, second = braked(orders=1), braked(orders=1, name="Another")
    assert report(one(alice, first, 1), CANCELLED).refunded == 1
    assert report(one(alice, first, 2), CANCELLED).refunded == 0

    assert report(one(alice, second, 3), CANCELLED).refunded == 1


def test_while_the_brake_is_on_every_refund_waits_and_completed_orders_go_on(alice: User, sam: User) -> None:
    service = braked(orders=1)
    report(one(alice, service, 1), CANCELLED)
    report(one(alice, service, 2), CANCELLED)

    partial = report(one(alice, service, 3), PARTIAL, 1, at=after(days=2))
    completed = report(one(alice, service, 4), COMPLETED, 0, at=after(days=2))

    assert (partial.review, partial.refunded) == (Review.BRAKE, 0)
    assert (completed.state, completed.earned) == (OrderState.COMPLETED, 1)


def test_a_refund_that_waits_is_remembered_once_and_paid_as_it_was_reported(alice: User, sam: User) -> None:
    service = braked(orders=0)
    order = report(one(alice, service, 1), PARTIAL, 400)
    order = report(order, CANCELLED, at=after(minutes=6))
    assert events(order).count("refund_held") == 1

    release_brake(provider(), by=sam, note="", now=after(days=1))

    order.refresh_from_db()
    assert (order.state, order.remains, order.refunded) == (OrderState.PARTIAL, 400, Decimal("0.4"))
    assert (order.ending, order.review) == ("brake_released", Review.NONE)
    assert order.claims.count() == 0
    assert order.check_at == after(days=1, hours=1)


def test_a_late_correction_waits_for_the_release_too(alice: User, sam: User) -> None:
    service = braked(orders=0)
    order = report(one(alice, service, 1), COMPLETED, 0)
    order = report(order, PARTIAL, 400, at=after(days=2))
    assert (order.state, order.review, order.refunded) == (OrderState.COMPLETED, Review.BRAKE, 0)

    release_brake(provider(), by=sam, note="", now=after(days=40))

    order.refresh_from_db()
    assert (order.state, order.refunded, order.earned) == (
        OrderState.PARTIAL,
        Decimal("0.4"),
        Decimal("0.6"),
    )
    assert order.check_at is None


def test_a_held_order_that_was_delivered_after_all_is_not_paid_at_the_release(alice: User, sam: User) -> None:
    order = report(one(alice, braked(orders=0), 1), CANCELLED)
    order = report(order, COMPLETED, 0, at=after(minutes=6))
    assert (order.state, order.review) == (OrderState.COMPLETED, Review.NONE)

    assert release_brake(provider(), by=sam, note="", now=after(days=1)) == 0

    assert balance_of(alice) == 99


def test_refusals_and_completed_orders_do_not_count_for_the_brake(alice: User) -> None:
    service = braked(orders=1)
    for number in range(3):
        report(one(alice, service, number), COMPLETED, 0)

    assert report(started(alice, service, quantity=1000), CANCELLED).refunded == 1
