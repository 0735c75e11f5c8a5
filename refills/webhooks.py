"""What customers' programs are told about refills: that one was asked for, and every change of its state.

The answer is what its customer reads, with its code and its clauses; nothing of a provider's words.
"""

from datetime import datetime

from accounts.models import WebhookEvent
from accounts.webhooks import Data, owe, wants_webhook
from refills.models import Refill


def owe_updated(refill: Refill, *, now: datetime) -> None:
    """Owe what became of a refill that has just changed (F-23). Needs the transaction of the change."""
    if wants_webhook(refill.customer, WebhookEvent.REFILL_UPDATED):
        owe(
            customer=refill.customer,
            event=WebhookEvent.REFILL_UPDATED,
            subject=f"refill:{refill.pk}",
            data=refill_data(refill),
            now=now,
        )


def refill_data(refill: Refill) -> Data:
    """The refill as a program gets it; `amount` is in units, times are ISO 8601."""
    return {
        "id": refill.pk,
        "order": refill.order_id,
        "state": str(refill.state),
        "amount": refill.amount,
        "code": refill.reason,
        "message": refill.answer,
        "clause": refill.clause,
        "asked_at": refill.asked_at.isoformat(),
        "start_due_at": refill.start_due_at and refill.start_due_at.isoformat(),
        "closed_at": refill.closed_at and refill.closed_at.isoformat(),
    }
