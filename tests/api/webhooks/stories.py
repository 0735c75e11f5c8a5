"""Endpoints and what is owed to them, as values for stories."""

from datetime import datetime, timedelta

from django.db import transaction

from accounts.models import User, WebhookEndpoint, WebhookEvent, WebhookMessage
from accounts.webhooks import owe
from api.webhooks.endpoints import create_endpoint
from api.webhooks.sending import send_next
from providers.wire import Limits, Route
from tests.factories import NOW

ALL = ("order.created", "order.updated", "refill.updated", "funding.credited")
QUICK = Limits(call_seconds=1, connect_seconds=1)


class Clock:
    """The time of a story, which passes only when it is told to."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def passes(self, **duration: float) -> None:
        self.now += timedelta(**duration)


def endpoint_of(customer: User, url: str, *events: str) -> tuple[WebhookEndpoint, str]:
    return create_endpoint(customer=customer, url=url, events=events or ALL, now=NOW)


def tell(customer: User, of: str = "order:17", step: int = 1, now: datetime = NOW) -> None:
    with transaction.atomic():
        owe(
            customer=customer,
            event=WebhookEvent.ORDER_UPDATED,
            subject=of,
            data={"of": of, "step": step},
            now=now,
        )


def quick(endpoint: WebhookEndpoint) -> Route:
    return Route(endpoint.url, allow_private=True, limits=QUICK)


def send_all(clock: Clock) -> int:
    sent = 0
    while send_next(clock=clock, route_for=quick):
        sent += 1
    return sent


def owed() -> int:
    return WebhookMessage.objects.filter(due_at__isnull=False).count()
