"""Webhooks as they come in and go out, and which of them a key may have."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import Http404
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from accounts.api_keys import require_scope
from accounts.models import ApiKey, WebhookEndpoint, WebhookEvent, WebhookMessage, WebhookState
from accounts.scopes import Scope
from api.v1.doors import Door
from api.v1.fields import Given, Text, Told
from api.webhooks.endpoints import ADDRESS_LENGTH, CHOOSABLE, NAME_LENGTH
from api.webhooks.listing import LOOKS, Look

# What a key for money alone may be told; everything else is what `read` reads.
OF_MONEY = {WebhookEvent.WITHDRAWAL_UPDATED.value, WebhookEvent.PING.value}


def url_field(**options: Any) -> Text:
    return Text(
        max_length=ADDRESS_LENGTH,
        help_text="Where your program listens: `https` on port 443, on a public address.",
        **options,
    )


def events_field(**options: Any) -> Any:
    return serializers.ListField(
        child=serializers.ChoiceField(choices=[(event.value, event.label) for event in CHOOSABLE]),
        allow_empty=False,
        max_length=len(CHOOSABLE),
        help_text="What it is told. All but `withdrawal.updated` need a key that may `read`, too.",
        **options,
    )


class WebhookIn(Given):
    url = url_field()
    events = events_field()
    description = Text(
        max_length=NAME_LENGTH, required=False, allow_blank=True, help_text="A name for yourself."
    )


class WebhookChangeIn(Given):
    """What is left out stays as it is."""

    url = url_field(required=False)
    events = events_field(required=False)
    description = Text(max_length=NAME_LENGTH, required=False, allow_blank=True)


class WebhookOut(Told):
    id = serializers.IntegerField()
    url = serializers.CharField()
    description = serializers.CharField(allow_blank=True)
    events = serializers.ListField(child=serializers.CharField())
    state = serializers.CharField(help_text="active, paused, or disabled: switched off by the panel.")
    trouble = serializers.CharField(
        allow_blank=True, help_text="Why it was switched off: failing (three days long) or gone (410)."
    )
    failures = serializers.IntegerField(help_text="Failures in a row.")
    failing_since = serializers.DateTimeField(allow_null=True)
    former_secret_until = serializers.DateTimeField(
        allow_null=True, help_text="So long the secret that was replaced signs along."
    )
    created_at = serializers.DateTimeField()
    tried_at = serializers.DateTimeField(allow_null=True)
    delivered_at = serializers.DateTimeField(allow_null=True, help_text="The last success.")


class NewSecretOut(WebhookOut):
    secret = serializers.CharField(
        help_text="Begins with `whsec_`. Shown this once, and cannot be had again."
    )


class TryOut(Told):
    at = serializers.DateTimeField()
    status = serializers.IntegerField(allow_null=True, help_text="Of HTTP; null when there was no answer.")
    words = serializers.CharField(allow_blank=True, help_text="Why there was none.")
    ms = serializers.IntegerField()


class MessageOut(Told):
    id = serializers.IntegerField()
    webhook_id = serializers.CharField(help_text="The header `webhook-id` of every attempt.")
    event = serializers.ChoiceField(choices=WebhookEvent.choices)
    data = serializers.DictField()  # type: ignore[assignment]
    created_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField(allow_null=True, help_text="The next attempt, while it is owed.")
    delivered_at = serializers.DateTimeField(allow_null=True)
    gave_up_at = serializers.DateTimeField(allow_null=True)
    attempts = serializers.IntegerField()
    tries = TryOut(many=True, help_text="The last ones.")


class MessageFilters(django_filters.FilterSet):  # type: ignore[misc]
    look = django_filters.ChoiceFilter(
        choices=Look.choices,
        method="looked_at",
        help_text=_("troubled: tried without success; owed: still to be sent; delivered."),
    )

    class Meta:
        model = WebhookMessage
        fields: tuple[str, ...] = ()

    def looked_at(
        self, messages: QuerySet[WebhookMessage], _name: str, look: str
    ) -> QuerySet[WebhookMessage]:
        return messages.filter(LOOKS[look])


def webhook_told(endpoint: WebhookEndpoint) -> dict[str, Any]:
    return {
        "id": endpoint.pk,
        "url": endpoint.url,
        "description": endpoint.description,
        "events": endpoint.events,
        "state": str(endpoint.state),
        "trouble": str(endpoint.trouble),
        "failures": endpoint.failures,
        "failing_since": endpoint.failing_since,
        "former_secret_until": endpoint.former_secret_until,
        "created_at": endpoint.created_at,
        "tried_at": endpoint.tried_at,
        "delivered_at": endpoint.delivered_at,
    }


def webhook_out(endpoint: WebhookEndpoint) -> dict[str, Any]:
    return dict(WebhookOut(webhook_told(endpoint)).data)


def message_out(message: WebhookMessage) -> dict[str, Any]:
    told = {
        "id": message.pk,
        "webhook_id": message.public_id,
        "event": message.event,
        "data": message.data,
        "created_at": message.created_at,
        "due_at": message.due_at,
        "delivered_at": message.delivered_at,
        "gave_up_at": message.gave_up_at,
        "attempts": message.attempts,
        "tries": [tried | {"at": parse_datetime(tried["at"])} for tried in message.tries],
    }
    return MessageOut().to_representation(told)


def own_webhooks(door: Door) -> QuerySet[WebhookEndpoint]:
    return door.customer.webhook_endpoints.exclude(state=WebhookState.REMOVED).select_related("customer")


def own_webhook(door: Door, number: int) -> WebhookEndpoint:
    endpoint = own_webhooks(door).filter(pk=number).first()
    if endpoint is None:
        raise Http404
    return endpoint


def require_may_hear(key: ApiKey, events: list[str]) -> None:
    """A key must not be told through a webhook what it may not read. Raises ScopeMissing."""
    if not set(events) <= OF_MONEY:
        require_scope(key, Scope.READ)
