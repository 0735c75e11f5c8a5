"""What customers' programs are told about money: that some was credited, and how a withdrawal gets on.

Amounts are texts with a point, times are ISO 8601. Where the money goes is told to nobody.
"""

from datetime import datetime

from django.conf import settings

from accounts.models import WebhookEvent
from accounts.webhooks import Data, owe, wants_webhook
from billing.models import Funding, Withdrawal
from billing.money import plain_amount


def owe_updated(withdrawal: Withdrawal, *, now: datetime) -> None:
    """Owe what became of a withdrawal that has just changed (F-23). Needs the transaction of the change."""
    if wants_webhook(withdrawal.customer, WebhookEvent.WITHDRAWAL_UPDATED):
        owe(
            customer=withdrawal.customer,
            event=WebhookEvent.WITHDRAWAL_UPDATED,
            subject=f"withdrawal:{withdrawal.pk}",
            data=withdrawal_data(withdrawal),
            now=now,
        )


def withdrawal_data(withdrawal: Withdrawal) -> Data:
    """The withdrawal as a program gets it; `note` says why it was rejected."""
    return {
        "id": withdrawal.pk,
        "state": str(withdrawal.state),
        "currency": settings.PANEL_CURRENCY,
        "gross": plain_amount(withdrawal.gross),
        "fee": plain_amount(withdrawal.fee),
        "payout": plain_amount(withdrawal.payout),
        "bonus_lost": plain_amount(withdrawal.bonus_lost),
        "note": withdrawal.note,
        "reference": withdrawal.payment_reference,
        "requested_at": withdrawal.requested_at.isoformat(),
        "due_on": withdrawal.due_on.isoformat(),
        "closed_at": withdrawal.closed_at and withdrawal.closed_at.isoformat(),
    }


def owe_credited(funding: Funding, *, now: datetime) -> None:
    """Owe the news of money that was just given (F-23). Needs the transaction that gave it."""
    if wants_webhook(funding.customer, WebhookEvent.FUNDING_CREDITED):
        owe(
            customer=funding.customer,
            event=WebhookEvent.FUNDING_CREDITED,
            subject=f"funding:{funding.pk}",
            data=funding_data(funding),
            now=now,
        )


def funding_data(funding: Funding) -> Data:
    """A deposit or a gift as a program gets it."""
    return {
        "id": funding.pk,
        "kind": str(funding.kind),
        "currency": settings.PANEL_CURRENCY,
        "cash": plain_amount(funding.cash),
        "bonus": plain_amount(funding.bonus),
        "terms_version": funding.terms_version.number,
        "credited_at": funding.credited_at.isoformat(),
    }
