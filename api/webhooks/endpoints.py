"""A customer's endpoints: made, changed, paused, taken away; their secrets, and what the customer wants sent again.

A secret is shown once, when it is made. Replacing it lets the old one sign along for a day. What happens while an
endpoint is paused is sent afterwards; for one that was switched off or removed nothing is written down any more.
"""

import ipaddress
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from accounts.models import (
    User,
    WebhookEndpoint,
    WebhookEvent,
    WebhookMessage,
    WebhookState,
    WebhookTrouble,
)
from accounts.refusals import Refusal
from accounts.safety import WEBHOOK_MADE, tell_change
from accounts.standing import require_may
from accounts.states import Deed
from accounts.webhooks import message_for, remember_wishes
from api.webhooks.signing import PlainSecret, new_secret
from providers.addresses import AddressRefused, endpoint_of, is_private, is_public
from providers.secrets import seal

MOST_ENDPOINTS = 10
NAME_LENGTH = 80
ADDRESS_LENGTH = 500
# How long a replaced secret signs along.
OVERLAP = timedelta(hours=24)

# What can be chosen; a test is sent by its own button.
CHOOSABLE = tuple(event for event in WebhookEvent if event != WebhookEvent.PING)


class AddressUnusable(Refusal):
    code = "webhook_address_refused"
    sentence = _("This address cannot be called: %(why)s")


class NameUnusable(Refusal):
    code = "webhook_name_unusable"
    sentence = _("Name it with at most %(longest)s ordinary characters, or not at all.")


class NothingToTell(Refusal):
    code = "webhook_events_missing"
    sentence = _("Choose at least one of the events there are.")


class TooManyEndpoints(Refusal):
    code = "too_many_webhooks"
    sentence = _("You have %(most)s webhooks, which is the most there can be. Remove one first.")


class TestOwed(Refusal):
    code = "webhook_test_owed"
    sentence = _("The last test has not got through yet. It is tried again by itself.")


class NotSendable(Refusal):
    code = "webhook_not_active"
    sentence = _("This webhook is %(state)s. Switch it on first.")


@sensitive_variables("plain")
@transaction.atomic(durable=True)
def create_endpoint(
    *, customer: User, url: str, events: Iterable[str], now: datetime, description: str = ""
) -> tuple[WebhookEndpoint, PlainSecret]:
    """Make an endpoint; returns it with its secret, which cannot be had again (F-23, R-16).

    Raises AddressUnusable, NameUnusable, NothingToTell, TooManyEndpoints or what the account forbids.
    """
    require_may(customer, Deed.CALL_API)
    facts = _facts(url=url, description=description, events=events)
    _lock_customer(customer)
    if customer.webhook_endpoints.exclude(state=WebhookState.REMOVED).count() >= MOST_ENDPOINTS:
        raise TooManyEndpoints(most=MOST_ENDPOINTS)
    plain = new_secret()
    endpoint = WebhookEndpoint.objects.create(
        customer=customer, sealed_secret=seal(plain), created_at=now, **facts
    )
    remember_wishes(customer)
    tell_change(customer, WEBHOOK_MADE, now=now, pauses=False)
    return endpoint, plain


@transaction.atomic(durable=True)
def change_endpoint(
    endpoint: WebhookEndpoint, *, url: str, events: Iterable[str], description: str = ""
) -> None:
    """Change where an endpoint is and what it is told. Raises AddressUnusable, NameUnusable or NothingToTell."""
    facts = _facts(url=url, description=description, events=events)
    _change(endpoint, **facts)


@sensitive_variables("plain")
@transaction.atomic(durable=True)
def rotate_secret(endpoint: WebhookEndpoint, *, now: datetime) -> PlainSecret:
    """Replace the secret and return the new one, which is shown once; the old one signs along for a day (R-16)."""
    _lock_customer(endpoint.customer)
    former = WebhookEndpoint.objects.exclude(state=WebhookState.REMOVED).get(pk=endpoint.pk).sealed_secret
    plain = new_secret()
    facts = {
        "sealed_secret": seal(plain),
        "sealed_former_secret": former,
        "former_secret_until": now + OVERLAP,
    }
    _store(endpoint, **facts)
    return plain


@transaction.atomic(durable=True)
def pause(endpoint: WebhookEndpoint) -> None:
    """Send nothing for a while; what happens meanwhile is sent afterwards. Repeating it changes nothing."""
    if endpoint.state == WebhookState.ACTIVE:
        _change(endpoint, state=WebhookState.PAUSED)


@transaction.atomic(durable=True)
def resume(endpoint: WebhookEndpoint, *, now: datetime) -> None:
    """Send again: all that is owed is due now, whatever failed before. A removed endpoint stays removed."""
    if endpoint.state == WebhookState.REMOVED:
        return
    _change(
        endpoint,
        state=WebhookState.ACTIVE,
        trouble=WebhookTrouble.NONE,
        failures=0,
        failing_since=None,
        not_before=None,
    )
    owed = endpoint.messages.filter(due_at__isnull=False)
    owed.update(due_at=now, attempts=0, first_tried_at=None)


@transaction.atomic(durable=True)
def remove(endpoint: WebhookEndpoint) -> None:
    """Take an endpoint away for good, with its secrets. Its log goes with the retention. Repeating it is harmless."""
    _change(
        endpoint,
        state=WebhookState.REMOVED,
        trouble=WebhookTrouble.NONE,
        sealed_secret="",
        sealed_former_secret="",
        former_secret_until=None,
    )


@transaction.atomic(durable=True)
def send_test(endpoint: WebhookEndpoint, *, now: datetime) -> WebhookMessage:
    """Owe a `ping` that is tried at once, also where tries are paused after failures. Raises NotSendable, TestOwed."""
    _require_active(endpoint)
    _lock_customer(endpoint.customer)
    if endpoint.messages.filter(event=WebhookEvent.PING, due_at__isnull=False).exists():
        raise TestOwed
    message = message_for(
        endpoint, event=WebhookEvent.PING, subject="ping", data={"webhook": endpoint.pk}, now=now
    )
    message.save()
    _store(endpoint, not_before=None)
    return message


@transaction.atomic(durable=True)
def resend(message: WebhookMessage, *, now: datetime) -> None:
    """Owe a message once more, under its own id, at once. Raises NotSendable; what is on the wire stays as it is."""
    _require_active(message.endpoint)
    free = WebhookMessage.objects.filter(pk=message.pk, lease_until=None)
    free.update(due_at=now, delivered_at=None, gave_up_at=None, attempts=0, first_tried_at=None)
    _store(message.endpoint, not_before=None)


def switch_off(endpoint: WebhookEndpoint, trouble: WebhookTrouble) -> None:
    """Switch an endpoint off because of what it does; needs a transaction in which its customer is locked.

    What is owed to it waits until the customer switches it on again, nothing new is written down.
    """
    _store(endpoint, state=WebhookState.DISABLED, trouble=trouble)
    remember_wishes(endpoint.customer)


def _facts(*, url: str, description: str, events: Iterable[str]) -> dict[str, object]:
    description, url, wanted = description.strip(), url.strip(), sorted(set(events))
    _require_callable(url)
    if len(description) > NAME_LENGTH or not description.isprintable():
        raise NameUnusable(longest=NAME_LENGTH)
    if not wanted or not set(wanted) <= {event.value for event in CHOOSABLE}:
        raise NothingToTell
    return {"url": url, "description": description, "events": wanted}


def _require_callable(url: str) -> None:
    """What can be said without asking for the name's addresses; those are looked at with every call (SSRF)."""
    why: str | Promise = ""
    if len(url) > ADDRESS_LENGTH:
        why = _("it is too long.")
    else:
        try:
            host = endpoint_of(url, allow_private=settings.PANEL_WEBHOOKS_ALLOW_PRIVATE).host
        except AddressRefused as refused:
            raise AddressUnusable(why=refused.messages[0]) from refused
        if not _may_be_public(host):
            why = _("it leads into a private network.")
    if why:
        raise AddressUnusable(why=why)


def _may_be_public(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return True
    return is_public(address) or (settings.PANEL_WEBHOOKS_ALLOW_PRIVATE and is_private(address))


def _require_active(endpoint: WebhookEndpoint) -> None:
    if endpoint.state != WebhookState.ACTIVE:
        raise NotSendable(state=endpoint.get_state_display())


def _change(endpoint: WebhookEndpoint, **facts: object) -> None:
    _lock_customer(endpoint.customer)
    _store(endpoint, **facts)
    remember_wishes(endpoint.customer)


def _store(endpoint: WebhookEndpoint, **facts: object) -> None:
    if WebhookEndpoint.objects.filter(pk=endpoint.pk).exclude(state=WebhookState.REMOVED).update(**facts):
        for name, value in facts.items():
            setattr(endpoint, name, value)


def _lock_customer(customer: User) -> None:
    """Always before the endpoint: two changes at one moment wait for each other, and never cross."""
    User.objects.select_for_update(no_key=True).get(pk=customer.pk)
