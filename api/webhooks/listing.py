"""What an endpoint was told, newest first: all of it, or what has not got through. Reading only."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet, TextChoices
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from accounts.models import WebhookEndpoint, WebhookMessage

PAGE_MESSAGES = 25


class Look(TextChoices):
    TROUBLED = "troubled", _("Not through")
    OWED = "owed", _("Waiting")
    DELIVERED = "delivered", _("Delivered")


LOOKS: dict[str, Q] = {
    Look.TROUBLED: Q(attempts__gt=0, delivered_at=None),
    Look.OWED: Q(due_at__isnull=False),
    Look.DELIVERED: Q(delivered_at__isnull=False),
}


@dataclass(frozen=True)
class Entry:
    """A message as its customer sees it in the log."""

    message: WebhookMessage
    payload: str
    tries: list[dict[str, object]]

    @property
    def last(self) -> dict[str, object] | None:
        return self.tries[-1] if self.tries else None


@dataclass(frozen=True)
class Page:
    entries: list[Entry]
    has_older: bool
    has_newer: bool


def message_page(
    endpoint: WebhookEndpoint,
    *,
    look: str = "",
    before: int | None = None,
    after: int | None = None,
    length: int = PAGE_MESSAGES,
) -> Page:
    """Return the newest messages, or the ones before or after the message with this number."""
    messages = endpoint.messages.filter(LOOKS[look]) if look else endpoint.messages.all()
    if after is not None:
        rows = list(messages.filter(pk__gt=after).order_by("pk")[: length + 1])
        return Page(_entries(rows[:length][::-1]), has_older=True, has_newer=len(rows) > length)
    older = messages.filter(pk__lt=before) if before is not None else messages
    rows = list(older.order_by("-pk")[: length + 1])
    return Page(_entries(rows[:length]), has_older=len(rows) > length, has_newer=before is not None)


def not_through(endpoints: QuerySet[WebhookEndpoint]) -> QuerySet[WebhookMessage]:
    """What is still owed to these endpoints."""
    return WebhookMessage.objects.filter(endpoint__in=endpoints, due_at__isnull=False)


def _entries(messages: Iterable[WebhookMessage]) -> list[Entry]:
    return [Entry(message, _payload(message), _tries(message)) for message in messages]


def _payload(message: WebhookMessage) -> str:
    return json.dumps(message.data, ensure_ascii=False, indent=2, sort_keys=True)


def _tries(message: WebhookMessage) -> list[dict[str, object]]:
    return [tried | {"at": _moment(tried["at"])} for tried in message.tries]


def _moment(text: str) -> datetime | None:
    return parse_datetime(text)
