"""The main job as a story: an order is paid, handed over, delivered, and its missing part comes back."""

from decimal import Decimal

import pytest

from billing.ledger import balance_of, house_balance
from billing.routes import AccountKind
from orders import submitting, tracking
from orders.models import Order
from orders.states import OrderState
from providers.fake import FakeGateway, offered
from providers.gateway import ReportedState
from tests.factories import NOW, after, make_customer, make_order, make_service

pytestmark = pytest.mark.django_db


def hand_over(gateway, *, now=NOW):
    return submitting.send_next(gateway_for=lambda provider: gateway, clock=lambda: now)


def ask(order, gateway, *, now):
    provider = order.service.provider
    return tracking.track_provider(provider, gateway_for=lambda provider: gateway, clock=lambda: now)


@pytest.mark.clause("K-12", "K-66", "K-67")
@pytest.mark.worked("W-05")
def test_an_order_that_ends_partial_costs_exactly_what_was_delivered(terms):
    alice = make_customer(balance="10.00")
    service = make_service(rate_per_1000="1.2345")
    gateway = FakeGateway(offered(service.provider_service))

    order = make_order(alice, service, quantity=1234)
    assert order.charge == Decimal("1.52337300")
    assert balance_of(alice) == Decimal("8.47662700")

    assert hand_over(gateway)
    order.refresh_from_db()
    assert order.state == OrderState.PROCESSING

    gateway.report(order.submission.external_id, state=ReportedState.PARTIAL, remains=567)
    assert ask(order, gateway, now=after(minutes=5)) == 1

    order.refresh_from_db()
    assert order.state == OrderState.PARTIAL
    assert order.refunded == Decimal("0.69996150")
    assert order.final_charge == Decimal("0.82341150")
    assert balance_of(alice) == Decimal("9.17658850")
    assert house_balance(AccountKind.HELD) == 0
    assert house_balance(AccountKind.REVENUE) == Decimal("0.82341150")
    assert not order.claims.exists()
    assert Order.objects.of(alice).open().count() == 0
