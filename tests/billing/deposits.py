"""Words for stories about paying in: alice starts a payment, pays it at the local Stripe, and messages come."""

import json
import time
from datetime import UTC, datetime
from decimal import Decimal
from uuid import uuid4

from billing.models import Payment, StripeEvent
from billing.paying import open_payment, start_payment
from billing.stripe_inbox import settle_next
from sandbox.stripe.webhooks import signature
from terms.versions import version_in_force
from tests.factories import NOW
from tests.sandbox.stripe.local_stripe import WEBHOOK_SECRET


def start(customer, amount="50", *, method="stripe", now=NOW, **fields):
    defaults = {"terms_number": version_in_force().number, "ticked": True, "request_id": uuid4()}
    return start_payment(
        customer=customer, method=method, amount=Decimal(amount), now=now, **(defaults | fields)
    )


def today():
    """The local Stripe lives in the real present."""
    return datetime.now(UTC)


def opened(customer, amount="50", *, now=None, **fields):
    """A payment whose page at the local Stripe is open."""
    now = now or today()
    payment = start(customer, amount, now=now, **fields)
    return open_payment(payment, url=f"http://testserver/funds/{payment.code}/", now=now)


def tell(client, event, *, secret=WEBHOOK_SECRET, at=None):
    """Post an event as Stripe would."""
    body = event if isinstance(event, str) else json.dumps(event)
    return client.post(
        "/stripe/webhook",
        body,
        content_type="application/json",
        headers={"Stripe-Signature": signature((secret,), body, int(at or time.time()))},
    )


def events_of(local_stripe):
    """Everything that the local Stripe has to tell, oldest first."""
    return [event.to_dict() for event in reversed(local_stripe.client.v1.events.list({"limit": 100}).data)]


def settle_all():
    while settle_next(clock=today):
        pass


def fresh(payment):
    return Payment.objects.select_related("funding", "customer").get(pk=payment.pk)


def unsettled():
    return StripeEvent.objects.filter(settled_at=None).count()
