"""What customers' programs are told about their orders: every change of state, of what came back, every decision.

The facts of the order as they are after the change, in the words of the API; nothing about the customer, and nothing
of a provider's. Written in the transaction of the change.
"""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings

from accounts.models import WebhookEvent
from accounts.webhooks import Data, owe, owe_all, wants_webhook
from billing.money import plain_amount
from orders.models import Order


def owe_created(orders: Sequence[Order], *, now: datetime) -> None:
    """Owe the news that these orders of one customer were placed (F-23)."""
    if wants_webhook(orders[0].customer, WebhookEvent.ORDER_CREATED):
        told = [(_subject(order), order_data(order)) for order in orders]
        owe_all(customer=orders[0].customer, event=WebhookEvent.ORDER_CREATED, told=told, now=now)


def owe_updated(order: Order, *, now: datetime) -> None:
    """Owe what became of an order that has just changed (F-23, K-12). Needs the transaction of the change."""
    if wants_webhook(order.customer, WebhookEvent.ORDER_UPDATED):
        owe(
            customer=order.customer,
            event=WebhookEvent.ORDER_UPDATED,
            subject=_subject(order),
            data=order_data(order),
            now=now,
        )


def order_data(order: Order) -> Data:
    """The order as a program gets it: amounts are texts with a point, times are ISO 8601."""
    return {
        "id": order.pk,
        "service": order.service_id,
        "link": order.link,
        "quantity": order.quantity,
        "state": str(order.state),
        "start_count": order.start_count,
        "remains": order.remains,
        "currency": settings.PANEL_CURRENCY,
        "charge": plain_amount(order.charge),
        "refunded": plain_amount(order.refunded),
        "under_review": plain_amount(order.under_review),
        "refund_denied": plain_amount(order.denied),
        "run": order.run,
        "placed_at": order.placed_at.isoformat(),
        "started_at": order.started_at and order.started_at.isoformat(),
        "closed_at": order.closed_at and order.closed_at.isoformat(),
    }


def _subject(order: Order) -> str:
    return f"order:{order.pk}"
