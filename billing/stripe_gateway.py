"""The only door to Stripe: what the panel asks of it, answered in plain values (billing/stripe_reports.py).

Nothing here changes a row, and nothing here is called inside a transaction. A question that gets no answer may be
asked again: whatever changes something at Stripe carries a key under which Stripe does it once.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any, TypeVar

import stripe
from django.conf import settings
from django.db import connection
from django.utils.translation import gettext_lazy as _

from accounts.refusals import Refusal
from billing import stripe_reports as reports
from billing.minor_units import from_units, to_units
from billing.money import ZERO

PATIENCE_SECONDS = 10
# A webhook that is older than this is not believed: it may be one that was overheard.
SIGNATURE_SECONDS = 300
PAGE = 100
Answer = TypeVar("Answer")


class GatewayAway(Refusal):
    """No answer, or none that says anything: asking again later is right."""

    code = "processor_away"
    sentence = _(
        "The payment processor does not answer at the moment. Nothing was charged; please try again."
    )


class GatewayRefused(Refusal):
    """Stripe says no, in these words; asking the same again would not help."""

    code = "processor_refused"
    sentence = _("The payment processor refused: %(words)s")


class WebhookForged(Exception):
    """Not signed by Stripe with a secret of ours, too old, or not meant for us."""


@dataclass(frozen=True)
class CheckoutWish:
    """What the customer is to pay, and where the browser goes afterwards."""

    amount: Decimal
    currency: str
    title: str
    reference: str
    email: str
    success_url: str
    cancel_url: str
    expires_at: datetime


class StripeGateway:
    """One merchant's account at Stripe, or at the one that is played on this machine."""

    def __init__(self, key: str, *, api_base: str = "") -> None:
        self.is_live = key.startswith(("sk_live_", "rk_live_"))
        self._client = stripe.StripeClient(
            key,
            base_addresses={"api": api_base} if api_base else None,
            http_client=stripe.RequestsClient(timeout=PATIENCE_SECONDS),
            max_network_retries=1,
        )
        self._v1 = self._client.v1

    # Payments

    def create_checkout(self, wish: CheckoutWish, *, idempotency_key: str) -> reports.SessionReport:
        """Open a page where the customer pays. The same key opens it once. Raises GatewayAway, GatewayRefused."""
        item = {
            "price_data": {
                "currency": wish.currency.lower(),
                "unit_amount": to_units(wish.amount, wish.currency),
                "product_data": {"name": wish.title},
            },
            "quantity": 1,
        }
        params: Any = {
            "mode": "payment",
            "line_items": [item],
            "client_reference_id": wish.reference,
            "customer_email": wish.email,
            "success_url": wish.success_url,
            "cancel_url": wish.cancel_url,
            "expires_at": int(wish.expires_at.timestamp()),
            "metadata": {"payment": wish.reference},
            # The panel has one currency, and what is received is compared with what was asked.
            "adaptive_pricing": {"enabled": False},
            "payment_intent_data": {
                "metadata": {"payment": wish.reference},
                "description": f"{wish.title} {wish.reference}",
            },
        }
        options: Any = {"idempotency_key": idempotency_key}
        return reports.session_of(self._ask(lambda: self._v1.checkout.sessions.create(params, options)))

    def session(self, session_id: str) -> reports.SessionReport:
        return reports.session_of(self._ask(lambda: self._v1.checkout.sessions.retrieve(session_id)))

    def session_of_intent(self, intent_id: str) -> reports.SessionReport | None:
        """The page that this intent was paid on; None when there is none at this account."""
        found = self._ask(lambda: self._v1.checkout.sessions.list({"payment_intent": intent_id, "limit": 1}))[
            "data"
        ]
        return reports.session_of(found[0]) if found else None

    def intent(self, intent_id: str) -> reports.IntentReport:
        """An intent with its newest charge, and that one's fee as far as it is known."""
        params: Any = {"expand": ["latest_charge.balance_transaction"]}
        return reports.intent_of(self._ask(lambda: self._v1.payment_intents.retrieve(intent_id, params)))

    def refunds_of(self, intent_id: str) -> list[reports.RefundReport]:
        """Every refund of this intent, newest first, failed ones included."""
        return list(self._pages(self._v1.refunds, reports.refund_of, {"payment_intent": intent_id}))

    def disputes_of(self, intent_id: str) -> list[reports.DisputeReport]:
        return list(self._pages(self._v1.disputes, reports.dispute_of, {"payment_intent": intent_id}))

    def warnings_of(self, intent_id: str) -> list[reports.WarningReport]:
        warnings = self._v1.radar.early_fraud_warnings
        return list(self._pages(warnings, reports.warning_of, {"payment_intent": intent_id}))

    def refund(
        self,
        intent_id: str,
        amount: Decimal,
        *,
        currency: str,
        idempotency_key: str,
        metadata: Mapping[str, str],
    ) -> reports.RefundReport:
        """Give so much of a payment back to its payer. The same key gives it once.

        Raises GatewayAway when it is not known whether it was done: ask again with the same key; GatewayRefused.
        """
        params: Any = {
            "payment_intent": intent_id,
            "amount": to_units(amount, currency),
            "metadata": dict(metadata),
        }
        options: Any = {"idempotency_key": idempotency_key}
        return reports.refund_of(self._ask(lambda: self._v1.refunds.create(params, options)))

    def refund_now(self, refund_id: str) -> reports.RefundReport:
        """How a refund stands by now."""
        return reports.refund_of(self._ask(lambda: self._v1.refunds.retrieve(refund_id)))

    def dispute(self, dispute_id: str) -> reports.DisputeReport:
        return reports.dispute_of(self._ask(lambda: self._v1.disputes.retrieve(dispute_id)))

    # Everything since some time, for the sweeper

    def sessions(self, since: datetime) -> Iterator[reports.SessionReport]:
        return self._pages(self._v1.checkout.sessions, reports.session_of, _since(since))

    def warnings(self, since: datetime) -> Iterator[reports.WarningReport]:
        return self._pages(self._v1.radar.early_fraud_warnings, reports.warning_of, _since(since))

    def refunds(self, since: datetime) -> Iterator[reports.RefundReport]:
        return self._pages(self._v1.refunds, reports.refund_of, _since(since))

    def disputes(self, since: datetime) -> Iterator[reports.DisputeReport]:
        return self._pages(self._v1.disputes, reports.dispute_of, _since(since))

    def balance_lines(self, since: datetime) -> Iterator[reports.BalanceLine]:
        """Every movement of our money at Stripe since then, newest first."""
        return self._pages(
            self._v1.balance_transactions, reports.line_of, _since(since) | {"expand": ["data.source"]}
        )

    def balance(self, currency: str) -> Decimal:
        """What lies at Stripe for us in this currency, available or on its way to be."""
        said = self._ask(self._v1.balance.retrieve)
        parts = [*said["available"], *said["pending"]]
        return sum(
            (from_units(part["amount"], currency) for part in parts if part["currency"].upper() == currency),
            ZERO,
        )

    # How it is asked

    def _pages(
        self, service: Any, reading: Callable[[reports.Said], Answer], params: Mapping[str, Any]
    ) -> Iterator[Answer]:
        last: dict[str, str] = {}
        while True:
            asked = {**params, **last, "limit": PAGE}
            page = self._ask(lambda asked=asked: service.list(asked))  # type: ignore[misc]
            yield from map(reading, page["data"])
            if not page["has_more"]:
                return
            last = {"starting_after": page["data"][-1]["id"]}

    def _ask(self, question: Callable[[], Any]) -> reports.Said:
        # Tests run inside a transaction of their own, which Django marks.
        blocks = [block for block in connection.atomic_blocks if not getattr(block, "_from_testcase", False)]
        assert not blocks, "no call to the outside is made inside a transaction"
        try:
            answer: reports.Said = question().to_dict()
        except (stripe.APIConnectionError, stripe.RateLimitError, stripe.IdempotencyError) as error:
            # The same key was used for something else: what was done under it is found by the sweep.
            raise GatewayAway from error
        except stripe.StripeError as error:
            if error.http_status is None or error.http_status >= 500 or error.http_status == 409:
                raise GatewayAway from error
            raise GatewayRefused(words=error.user_message or error.code or type(error).__name__) from error
        return answer


def _since(since: datetime) -> dict[str, Any]:
    return {"created": {"gte": int(since.timestamp())}}


def stripe_gateway() -> StripeGateway | None:
    """The gateway by the settings, or None for a panel that takes no cards."""
    if not settings.STRIPE_SECRET_KEY:
        return None
    return _gateway(settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE)


@cache
def _gateway(key: str, api_base: str) -> StripeGateway:
    return StripeGateway(key, api_base=api_base)


def read_webhook(body: bytes, signature: str) -> reports.EventReport:
    """Return what a webhook says, if one of our secrets signed it within 300 seconds. Raises WebhookForged."""
    for secret in settings.STRIPE_WEBHOOK_SECRETS:
        try:
            stripe.WebhookSignature.verify_header(body, signature, secret, SIGNATURE_SECONDS)
        except (stripe.SignatureVerificationError, UnicodeDecodeError):
            continue
        try:
            event = reports.event_of(json.loads(body))
        except (ValueError, KeyError, TypeError) as error:
            raise WebhookForged("not an event") from error
        gateway = stripe_gateway()
        if gateway is None or event.livemode != gateway.is_live:
            raise WebhookForged("of another mode")
        return event
    raise WebhookForged("not signed by a secret of ours, or too long ago")
