"""Giving money back to a card through Stripe: what its answers mean for a payout (billing/paying_out.py)."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Protocol

from django.conf import settings

from billing.models import Payout
from billing.paying_out import Answer, NotPossible, Returned, Silent, UnderWay
from billing.stripe_gateway import GatewayAway, GatewayRefused
from billing.stripe_reports import RefundReport

# By this a refund says which payout of ours it is: money that left by a withdrawal was not lost.
MARK = "payout"


class Refunder(Protocol):
    """What is needed of billing/stripe_gateway.py."""

    def refund(
        self,
        intent_id: str,
        amount: Decimal,
        *,
        currency: str,
        idempotency_key: str,
        metadata: Mapping[str, str],
    ) -> RefundReport: ...

    def refunds_of(self, intent_id: str) -> list[RefundReport]: ...


class StripeRefunds:
    """The way back to cards by one account at Stripe."""

    def __init__(self, gateway: Refunder) -> None:
        self._gateway = gateway

    def give_back(self, payout: Payout, *, key: str, again: bool) -> Answer:
        """Refund this much of the payout's payment. Nothing is changed here; needs no transaction.

        Stripe remembers a key for a day only, so before it is asked again it is asked what it has done.
        """
        assert payout.payment is not None
        intent = payout.payment.intent_id or ""
        try:
            done = self._done(payout, intent) if again else None
            return _meaning(done or self._refund(payout, intent, key))
        except GatewayAway as silence:
            return Silent(silence.text)
        except GatewayRefused as refusal:
            return NotPossible(refusal.text)

    def _done(self, payout: Payout, intent: str) -> RefundReport | None:
        ours = str(payout.pk)
        return next(
            (each for each in self._gateway.refunds_of(intent) if each.metadata.get(MARK) == ours), None
        )

    def _refund(self, payout: Payout, intent: str, key: str) -> RefundReport:
        return self._gateway.refund(
            intent,
            payout.amount,
            currency=settings.PANEL_CURRENCY,
            idempotency_key=key,
            metadata={"withdrawal": str(payout.withdrawal_id), MARK: str(payout.pk)},
        )


def _meaning(report: RefundReport) -> Answer:
    match report.status:
        case "succeeded":
            return Returned(report.id)
        case "failed" | "canceled":
            return NotPossible(report.words or report.status)
    return UnderWay(report.id)
