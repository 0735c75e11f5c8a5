"""What is owed to customers' programs: a row for each endpoint that wants to know, written with what it tells.

Rows about one thing are sent one after the other, in the order in which they were written; their writer holds that
thing's row until the commit, so that this is the order in which it happened. Nobody's personal data is in them.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from accounts.models import (
    Announcement,
    User,
    WebhookEndpoint,
    WebhookEvent,
    WebhookMessage,
    WebhookState,
)

Data = dict[str, Any]

# For these what happens is written down.
RECORDED = (WebhookState.ACTIVE, WebhookState.PAUSED)


def wants_webhook(customer: User, event: WebhookEvent) -> bool:
    """Whether any endpoint of the customer wants to know. It stands in the customer's row: no query."""
    return event.value in customer.webhook_events


def owe(*, customer: User, event: WebhookEvent, subject: str, data: Data, now: datetime) -> int:
    """Owe this to every endpoint that wants to know; returns to how many (F-23, K-12).

    Needs the transaction of what is told, in which its row is locked. Costs no query where nobody wants to know.
    `subject` names the thing, such as `order:17`; `data` is plain JSON, with amounts as texts.
    """
    return owe_all(customer=customer, event=event, told=[(subject, data)], now=now)


def owe_all(*, customer: User, event: WebhookEvent, told: Iterable[tuple[str, Data]], now: datetime) -> int:
    """Owe several things of one kind at once: pairs of a subject and its data. Otherwise as `owe`."""
    assert transaction.get_connection().in_atomic_block
    if not wants_webhook(customer, event):
        return 0
    endpoints = list(_recorded().filter(customer=customer, events__contains=[event.value]).order_by("pk"))
    messages = [
        message_for(endpoint, event=event, subject=subject, data=data, now=now)
        for subject, data in told
        for endpoint in endpoints
    ]
    return len(WebhookMessage.objects.bulk_create(messages))


def message_for(
    endpoint: WebhookEndpoint, *, event: WebhookEvent, subject: str, data: Data, now: datetime
) -> WebhookMessage:
    """A message that is due at once, not yet stored."""
    return WebhookMessage(
        endpoint=endpoint, event=event, subject=subject, data=data, created_at=now, due_at=now
    )


def remember_wishes(customer: User) -> None:
    """Note in the customer's row what any endpoint wants to know; needs a transaction in which that row is locked."""
    assert transaction.get_connection().in_atomic_block
    wanted = _recorded().filter(customer=customer).values_list("events", flat=True)
    customer.webhook_events = sorted({event for events in wanted for event in events})
    User.objects.filter(pk=customer.pk).update(webhook_events=customer.webhook_events)


@transaction.atomic(durable=True)
def owe_published(*, now: datetime, limit: int = 500) -> bool:
    """Owe news of terms to the next endpoints that want to know; False when all have it (F-23, K-49).

    The cursor moves in the same transaction, so that nobody is left out or told twice.
    """
    owing = Announcement.objects.filter(webhook_cursor__isnull=False).order_by("pk")
    announcement = owing.select_for_update(skip_locked=True).first()
    if announcement is None:
        return False
    asked = _recorded().filter(
        events__contains=[WebhookEvent.TERMS_PUBLISHED.value],
        pk__gt=announcement.webhook_cursor,
        created_at__lte=announcement.published_at,
    )
    endpoints = list(asked.order_by("pk")[:limit])
    subject, data = f"terms:{announcement.terms_number}", _published(announcement)
    WebhookMessage.objects.bulk_create(
        message_for(endpoint, event=WebhookEvent.TERMS_PUBLISHED, subject=subject, data=data, now=now)
        for endpoint in endpoints
    )
    announcement.webhook_cursor = endpoints[-1].pk if len(endpoints) == limit else None
    announcement.save(update_fields=["webhook_cursor"])
    return True


def _recorded() -> Any:
    return WebhookEndpoint.objects.filter(state__in=RECORDED)


def _published(announcement: Announcement) -> Data:
    panel = settings.PANEL_URL.rstrip("/")
    return {
        "version": announcement.terms_number,
        "published_at": announcement.published_at.isoformat(),
        "url": panel + reverse("terms"),
        "changes_url": panel + announcement.url,
    }
