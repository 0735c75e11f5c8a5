"""Sending what is owed to customers' programs: each message until it is answered with success, and then never again.

Messages about one thing keep their order: the next leaves when the one before was delivered or given up; other things
do not wait for it. A worker commits its claim before a byte leaves, and holds it for a minute: when it dies, another
one sends the message again, under the same id. An endpoint that fails is left in peace for longer and longer, and
asked with a single message until it answers; then everything goes. No redirect is followed, nothing private is called.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from random import SystemRandom
from time import monotonic

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from accounts.models import User, WebhookEndpoint, WebhookMessage, WebhookState, WebhookTrouble
from accounts.states import MAY, AccountState, Deed
from api.webhooks.endpoints import switch_off
from api.webhooks.signing import signed_headers
from api.webhooks.trouble import GIVE_UP_AFTER, tell_switched_off
from providers.secrets import SealBroken, unseal
from providers.wire import Letter, Limits, NoAnswer, Route, deliver

LIMITS = Limits(call_seconds=10, connect_seconds=5)
# More of an answer than this is left unread: only its status counts.
ANSWER_BYTES = 4096
LEASE = timedelta(seconds=60)
"""Much longer than a call may last: when it has run out, the worker is gone."""
AT_ONCE_TO_ONE = 3
AT_ONCE = 6
"""Calls at one moment, of all workers together: slow receivers must not keep workers from orders."""

# How long one message waits after its first, second, … failure, while the endpoint takes others.
MESSAGE_WAITS = tuple(
    timedelta(seconds=seconds)
    for seconds in (5, 300, 1800, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600, 24 * 3600)
)
# How long a failing endpoint is left in peace: 5 s, doubled with each failure in a row, at most a quarter of an hour.
FIRST_PEACE = timedelta(seconds=5)
LONGEST_PEACE = timedelta(minutes=15)
# After such an outage all that failed meanwhile is due at once; a shorter one may be the fault of one message.
OUTAGE = timedelta(minutes=1)
TRIES_KEPT = 20
CANDIDATES = 20

# Whoever may read the panel is told; a closed door tells nothing to programs either.
TOLD = tuple(state for state in AccountState if Deed.SIGN_IN in MAY[state])

_chance = SystemRandom()

RouteFor = Callable[[WebhookEndpoint], Route]


@dataclass(frozen=True)
class Tried:
    """What became of one attempt: the HTTP status, or why there is none."""

    status: int | None
    words: str
    milliseconds: int

    @property
    def is_success(self) -> bool:
        return self.status is not None and HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES


def route_of(endpoint: WebhookEndpoint) -> Route:
    return Route(endpoint.url, allow_private=settings.PANEL_WEBHOOKS_ALLOW_PRIVATE, limits=LIMITS)


def send_next(*, clock: Callable[[], datetime], route_for: RouteFor = route_of) -> bool:
    """Send the message whose endpoint has waited longest; False when none may be sent now (F-23, K-12).

    Calls the outside, so no transaction may be open.
    """
    assert not transaction.get_connection().in_atomic_block
    message = claim_next(now=clock())
    if message is None:
        return False
    tried = _try(message, route_for(message.endpoint), now=clock())
    if tried.is_success:
        _note_delivery(message, tried, now=clock())
    else:
        _note_failure(message, tried, now=clock())
    return True


@transaction.atomic(durable=True)
def claim_next(*, now: datetime) -> WebhookMessage | None:
    """Take one message that may leave, and commit that it is being sent; its endpoint comes with it."""
    if WebhookMessage.objects.filter(lease_until__gt=now).count() >= AT_ONCE:
        return None
    for number in _waiting(now).values_list("pk", flat=True)[:CANDIDATES]:
        free = _callable(now).select_for_update(skip_locked=True, no_key=True, of=("self",))
        endpoint = free.select_related("customer").filter(pk=number).first()
        message = _next_of(endpoint, now=now) if endpoint else None
        if endpoint and message:
            WebhookEndpoint.objects.filter(pk=endpoint.pk).update(tried_at=now)
            message.lease_until, message.attempts = now + LEASE, message.attempts + 1
            message.first_tried_at = message.first_tried_at or now
            message.save(update_fields=["lease_until", "attempts", "first_tried_at"])
            message.endpoint = endpoint
            return message
    return None


def body_of(message: WebhookMessage) -> bytes:
    """What is posted: the same bytes in every attempt."""
    told = {
        "type": message.event,
        "timestamp": message.created_at.astimezone(UTC).isoformat(),
        "data": message.data,
    }
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def peace_after(failures: int) -> timedelta:
    """How long an endpoint is left in peace after so many failures in a row, a little less or more."""
    doubled: int = 2 ** min(failures - 1, 16)
    peace = min(FIRST_PEACE * doubled, LONGEST_PEACE)
    return peace * _chance.uniform(0.8, 1.2)


def wait_after(attempts: int) -> timedelta:
    """How long a message waits after so many attempts of its own, a little less or more."""
    return MESSAGE_WAITS[min(attempts, len(MESSAGE_WAITS)) - 1] * _chance.uniform(0.8, 1.2)


def _callable(now: datetime) -> QuerySet[WebhookEndpoint]:
    in_peace = Q(not_before__isnull=True) | Q(not_before__lte=now)
    return WebhookEndpoint.objects.filter(in_peace, state=WebhookState.ACTIVE, customer__state__in=TOLD)


def _waiting(now: datetime) -> QuerySet[WebhookEndpoint]:
    """Endpoints that something may be owed to now; whoever was tried longest ago comes first."""
    owed = _free(WebhookMessage.objects.filter(endpoint=OuterRef("pk")), now)
    something = Q(Exists(owed.filter(due_at__lte=now))) | Q(Exists(owed), failures__gt=0)
    return _callable(now).filter(something).order_by(F("tried_at").asc(nulls_first=True), "pk")


def _free(messages: QuerySet[WebhookMessage], now: datetime) -> QuerySet[WebhookMessage]:
    on_the_wire = Q(lease_until__gt=now)
    return messages.filter(due_at__isnull=False).exclude(on_the_wire)


def _next_of(endpoint: WebhookEndpoint, *, now: datetime) -> WebhookMessage | None:
    """What may be sent next to an endpoint that is locked: of a failing one, whatever was tried least."""
    is_failing = endpoint.failures > 0
    on_the_wire = endpoint.messages.filter(lease_until__gt=now).count()
    if on_the_wire >= (1 if is_failing else AT_ONCE_TO_ONE):
        return None
    before = WebhookMessage.objects.filter(
        endpoint=OuterRef("endpoint"),
        subject=OuterRef("subject"),
        pk__lt=OuterRef("pk"),
        due_at__isnull=False,
    )
    first_ones = _free(endpoint.messages.all(), now).exclude(Exists(before)).select_for_update(of=("self",))
    if is_failing:
        return first_ones.order_by("attempts", "pk").first()
    return first_ones.filter(due_at__lte=now).order_by("due_at", "pk").first()


def _try(message: WebhookMessage, route: Route, *, now: datetime) -> Tried:
    begun = monotonic()
    status, words = None, ""
    try:
        answer = deliver(route, _letter(message, now=now))
        status = answer.status
        if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
            words = "redirects are not followed"
    except NoAnswer as failure:
        words = failure.why
    except SealBroken:
        words = "the secret cannot be opened: make a new one"
    return Tried(status, words[:200], round((monotonic() - begun) * 1000))


def _letter(message: WebhookMessage, *, now: datetime) -> Letter:
    endpoint, body = message.endpoint, body_of(message)
    secrets = [unseal(endpoint.sealed_secret)]
    if endpoint.former_secret_until and now < endpoint.former_secret_until:
        secrets.append(unseal(endpoint.sealed_former_secret))
    headers = signed_headers(message.public_id, body, secrets, now=now)
    return Letter(body, {"Content-Type": "application/json"} | headers, ANSWER_BYTES, cut=True)


@transaction.atomic(durable=True)
def _note_delivery(message: WebhookMessage, tried: Tried, *, now: datetime) -> None:
    """Whichever attempt it was that got the yes: it is delivered, and whatever was in the way is over."""
    endpoint = WebhookEndpoint.objects.select_for_update(no_key=True).get(pk=message.endpoint_id)
    owed = WebhookMessage.objects.filter(pk=message.pk, due_at__isnull=False)
    owed.update(due_at=None, lease_until=None, delivered_at=now, tries=_tries(message, tried, now=now))
    was_out = endpoint.failing_since and now - endpoint.failing_since >= OUTAGE
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(
        failures=0, failing_since=None, not_before=None, delivered_at=now
    )
    if was_out:
        endpoint.messages.filter(due_at__gt=now, lease_until=None).update(due_at=now)


@transaction.atomic(durable=True)
def _note_failure(message: WebhookMessage, tried: Tried, *, now: datetime) -> None:
    trouble = _trouble(message.endpoint, tried, now=now)
    if trouble:
        User.objects.select_for_update(no_key=True).get(pk=message.endpoint.customer_id)
    endpoint = (
        WebhookEndpoint.objects.select_for_update(no_key=True, of=("self",))
        .select_related("customer")
        .get(pk=message.endpoint_id)
    )
    tries = _tries(message, tried, now=now)
    ours = WebhookMessage.objects.filter(pk=message.pk, attempts=message.attempts, due_at__isnull=False)
    assert message.first_tried_at is not None
    if not trouble and now - message.first_tried_at >= GIVE_UP_AFTER:
        ours.update(due_at=None, lease_until=None, gave_up_at=now, tries=tries)
    else:
        ours.update(due_at=now + wait_after(message.attempts), lease_until=None, tries=tries)
    # Several that left together and failed together are one failure.
    if endpoint.failures == message.endpoint.failures:
        WebhookEndpoint.objects.filter(pk=endpoint.pk).update(
            failures=F("failures") + 1,
            failing_since=endpoint.failing_since or now,
            not_before=now + peace_after(endpoint.failures + 1),
        )
    if trouble and endpoint.state == WebhookState.ACTIVE:
        switch_off(endpoint, trouble)
        tell_switched_off(endpoint, now=now)


def _trouble(endpoint: WebhookEndpoint, tried: Tried, *, now: datetime) -> WebhookTrouble | None:
    if tried.status == HTTPStatus.GONE:
        return WebhookTrouble.GONE
    is_out = endpoint.failing_since and now - endpoint.failing_since >= GIVE_UP_AFTER
    return WebhookTrouble.FAILING if is_out else None


def _tries(message: WebhookMessage, tried: Tried, *, now: datetime) -> list[dict[str, object]]:
    one = {"at": now.isoformat(), "status": tried.status, "words": tried.words, "ms": tried.milliseconds}
    return [*message.tries, one][-TRIES_KEPT:]
