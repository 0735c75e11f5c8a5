"""Steps that the stories of orders share: handing over, reporting, doing things at once, and proving the books."""

import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import connections

from accounts.models import User
from billing.verification import verify_books
from catalog.models import Service
from orders import submitting, tracking
from orders.models import Order
from orders.states import OrderState
from orders.verification import verify_orders
from providers.fake import FakeGateway, offered
from providers.gateway import Accepted, NewOrder, ReportedState, StatusReport, Verdict
from tests.factories import NOW, after, make_order, make_service


def gateway_for(*services: Service) -> FakeGateway:
    return FakeGateway(*(offered(service.provider_service, min=1) for service in services))


def hand_over(gateway: FakeGateway, *, now: datetime = NOW) -> bool:
    return submitting.send_next(gateway_for=lambda provider: gateway, clock=lambda: now)


def answered(order: Order, verdict: Verdict, *, now: datetime = NOW) -> Order:
    """Hand the order over to a provider that answers so."""
    gateway = FakeGateway()
    gateway.next_add(verdict)
    assert hand_over(gateway, now=now)
    order.refresh_from_db()
    return order


def taken(customer: User, service: Service | None = None, *, now: datetime = NOW, **fields: Any) -> Order:
    """An order that its provider has taken."""
    order = make_order(customer, service or make_service(), now=now, **fields)
    return answered(order, Accepted(str(10_000 + order.pk), ""), now=now)


def started(customer: User, service: Service | None = None, **fields: Any) -> Order:
    order = taken(customer, service, **fields)
    return report(order, ReportedState.IN_PROGRESS, at=after(minutes=1))


def ask(order: Order, gateway: FakeGateway, *, now: datetime) -> int:
    provider = order.submission.provider
    return tracking.track_provider(provider, gateway_for=lambda provider: gateway, clock=lambda: now)


def said(state: ReportedState | None, remains: int | None = None, **facts: Any) -> StatusReport:
    defaults: dict[str, Any] = {
        "start_count": None,
        "charge": None,
        "currency": "",
        "words": "word",
        "raw": "raw",
    }
    return StatusReport(state=state, remains=remains, **(defaults | facts))


def report(
    order: Order,
    state: ReportedState | None,
    remains: int | None = None,
    *,
    at: datetime | None = None,
    **facts: Any,
) -> Order:
    """The provider says this about the order."""
    tracking.apply_answer(order.pk, said(state, remains, **facts), now=at or after(minutes=5))
    order.refresh_from_db()
    return order


def events(order: Order) -> list[str]:
    return list(order.events.order_by("pk").values_list("what", flat=True))


def state_of(order: Order) -> OrderState:
    return OrderState(Order.objects.values_list("state", flat=True).get(pk=order.pk))


def differences() -> list[str]:
    """Everything in which the books, the orders and their transfers do not say the same."""
    return [str(found) for found in (verify_books() + verify_orders()).differences]


def at_once(count: int, work: Callable[[int], object]) -> list[object]:
    """Do the work in so many threads at the same moment; what each returned, or the exception it ended with."""
    start = threading.Barrier(count)
    outcomes: list[object] = [None] * count

    def run(number: int) -> None:
        try:
            start.wait()
            outcomes[number] = work(number)
        except Exception as error:
            outcomes[number] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[number]) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


class Recorder(FakeGateway):
    """Keeps what it was told, word for word."""

    def __init__(self, *services: Service, first_id: int = 23501) -> None:
        super().__init__(
            *(offered(service.provider_service, min=1) for service in services), first_id=first_id
        )
        self.told: list[NewOrder] = []

    def add_order(self, order: NewOrder) -> Verdict:
        self.told.append(order)
        return super().add_order(order)
