"""The checker is checked: each thing that must never happen is made to happen, and has to be found."""

from decimal import Decimal

import pytest

from accounts.models import User
from catalog.models import Service
from orders import submitting, tracking
from orders.asking import OrderRequest
from orders.models import Channel, Order, Submission
from orders.placing import place_order
from panel.demo.comparing import Comparison, compare
from panel.demo.evidence import resolve_by_evidence
from panel.demo.loading import ALICE, SAM, load, our_sandbox
from providers.gateways import gateway_for
from providers.models import Provider
from tests.panel.conftest import now

pytestmark = pytest.mark.django_db

LINK = "https://www.instagram.com/alice.studio"


@pytest.fixture
def service(sandbox) -> Service:
    load(clock=now, orders=0)
    sandbox.control("set_speed", speed="instant")
    return Service.objects.filter(platform="instagram", metric="followers", kind="default")[0]


def buy(service: Service, link: str = LINK, quantity: int = 100) -> Order:
    return place_order(
        customer=User.objects.get(email=ALICE),
        request=OrderRequest(service.pk, link, request_id=link, channel=Channel.API, quantity=quantity),
        now=now(),
    )


def deliver(order: Order) -> Order:
    submitting.send_next(gateway_for=gateway_for, clock=now)
    ask(order)
    order.refresh_from_db()
    return order


def ask(order: Order) -> None:
    number = Submission.objects.get(order=order).external_id
    provider = Provider.objects.get()
    tracking.apply_answer(order.pk, gateway_for(provider).statuses([number])[number], now=now())


def found() -> Comparison:
    return compare(our_sandbox())


def test_an_order_that_was_delivered_is_clean(service):
    order = deliver(buy(service))

    assert order.state == "completed"
    assert found().is_clean
    assert (found().moving, found().uncertain, found().orders, found().placed_there) == (0, 0, 1, 1)


def test_a_partial_order_with_the_right_refund_is_clean(service):
    order = deliver(buy(service, f"{LINK}_partial_25"))

    assert (order.state, order.refunded) == ("partial", order.charge / 4)
    assert found().is_clean


def test_an_order_that_waits_or_is_on_its_way_is_moving(service, sandbox):
    sandbox.control("set_speed", speed="slow")
    buy(service)
    assert found().moving == 1

    submitting.send_next(gateway_for=gateway_for, clock=now)
    assert found().moving == 1
    assert found().is_clean


def test_a_link_that_was_sent_twice_is_found(service, sandbox):
    order = deliver(buy(service))
    sandbox.order(service=service.provider_service, link=order.link, quantity=100)

    assert found().sent_twice == [f"{order.link}: 2 times"]
    assert not found().is_clean


def test_an_order_of_the_sandbox_that_nobody_here_knows_is_found(service, sandbox):
    sandbox.order(service=service.provider_service, link=LINK, quantity=100)

    assert len(found().lost) == 1


def test_an_order_that_was_refunded_although_the_sandbox_has_it_is_found(service, sandbox):
    sandbox.control("set_fault", fault="lose_answer", action="add", times=1)
    order = deliver_nothing(buy(service))
    assert found().uncertain == 1
    assert found().is_clean

    Submission.objects.filter(order=order).update(state="due", answered_at=None, sent_at=None)
    Order.objects.filter(pk=order.pk).update(state="pending")
    assert submitting.withdraw(order.submission.pk, why="planted", now=now())

    assert len(found().lost) == 1


def test_an_order_accepted_under_a_number_the_sandbox_does_not_have_is_found(service):
    order = deliver(buy(service))
    Submission.objects.filter(order=order).update(external_id="999999")

    assert len(found().lost) == 1


def test_a_refund_for_something_that_was_delivered_is_found(service, sandbox):
    order = deliver(buy(service))
    sandbox.control("finish", order=order.submission.external_id, status="Partial", remains=50)

    assert len(found().wrong) == 1

    ask(order)
    assert found().is_clean


def test_an_uncertain_order_without_a_cause_is_found(service, sandbox):
    sandbox.control("set_fault", fault="lose_answer", action="add", times=1)
    order = deliver_nothing(buy(service))
    Submission.objects.filter(order=order).update(why="")

    assert len(found().wrong) == 1


def test_a_difference_in_the_books_is_found(service):
    order = deliver(buy(service))
    little = Decimal("0.00000001")
    Order.objects.filter(pk=order.pk).update(earned=order.earned - little, refunded=order.refunded + little)

    assert found().differences


@pytest.mark.parametrize(
    ("placed", "send_again", "decision", "state"),
    [
        (True, False, "found", "processing"),
        (True, True, "found", "processing"),
        (False, False, "refunded", "cancelled"),
        (False, True, "sent again", "pending"),
    ],
)
def test_evidence_decides_what_is_uncertain(service, sandbox, placed, send_again, decision, state):
    sandbox.control("set_fault", fault="lose_answer", action="add", times=1, refuse=not placed)
    order = deliver_nothing(buy(service))
    assert found().uncertain == 1

    sam = User.objects.get(email=SAM)
    decided = list(resolve_by_evidence(our_sandbox(), by=sam, now=now(), send_again=send_again))

    order.refresh_from_db()
    assert (decided, order.state) == ([decision], state)
    assert found().is_clean
    assert found().uncertain == 0


def deliver_nothing(order: Order) -> Order:
    submitting.send_next(gateway_for=gateway_for, clock=now)
    order.refresh_from_db()
    return order
