"""What customers are told about their orders, and in which words: notices, written with what they tell.

Told is how an order ended, what came back, and that it waits for our staff. Not told is what the customer did
oneself, and what only staff have to decide.
"""

from datetime import datetime
from decimal import Decimal

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import NoticeKind
from accounts.notices import notify
from billing.money import ZERO
from billing.templatetags.money import money_text
from orders.models import Channel, Order
from orders.models.drips import RUN_NEVER_BEGUN
from orders.reasons import words_of_ending
from orders.states import OrderState

OWN_DEED = "cancelled_by_customer"


def tell_ending(order: Order, *, why: str, refund: Decimal, corrected: bool, now: datetime) -> None:
    """Tell how an order has just ended, or that its end was corrected, with what came back (F-24, K-12, K-66).

    Needs the transaction in which the order, with its customer loaded, was closed; `refund` is what it credited.
    """
    if why in {OWN_DEED, RUN_NEVER_BEGUN} or _is_told_later(order, refund):
        return
    state = OrderState(order.state)
    assert order.remains is not None
    text = words_of_ending(order, state, why=why, remains=order.remains)
    if refund > ZERO:
        came_back = _("%(amount)s went back to your balance.") % {"amount": money_text(refund)}
        text = f"{text} {came_back}"
    notify(
        customer=order.customer,
        kind=_kind(order, state, refund),
        title=_title(order, state, corrected=corrected),
        text=text,
        url=_page(order),
        now=now,
    )


def _is_told_later(order: Order, refund: Decimal) -> bool:
    """Of a drip-feed that goes well, only the last run is told."""
    if order.drip_feed_id is None or order.state != OrderState.COMPLETED or refund > ZERO:
        return False
    return Order.objects.open().filter(drip_feed=order.drip_feed_id).exists()


def tell_held(order: Order, *, now: datetime) -> None:
    """Tell that an order waits until our staff have looked at it (F-24). Needs the transaction that holds it."""
    notify(
        customer=order.customer,
        kind=NoticeKind.ORDER_HELD,
        title=_("Order #%(number)s waits for our staff") % {"number": order.pk},
        text=_(
            "Somebody looks at it before it is handed over. If it cannot be taken, the charge comes back."
        ),
        url=_page(order),
        now=now,
    )


def _kind(order: Order, state: OrderState, refund: Decimal) -> NoticeKind:
    if state != OrderState.COMPLETED or refund > ZERO:
        return NoticeKind.ORDER_PARTIAL
    return NoticeKind.PROGRAM_ORDER_FINISHED if order.channel == Channel.API else NoticeKind.ORDER_FINISHED


def _title(order: Order, state: OrderState, *, corrected: bool) -> str:
    if corrected:
        return _("Order #%(number)s was corrected") % {"number": order.pk}
    titles = {
        OrderState.COMPLETED: _("Order #%(number)s is complete"),
        OrderState.PARTIAL: _("Order #%(number)s was delivered in part"),
        OrderState.CANCELLED: _("Order #%(number)s was canceled"),
    }
    return titles[state] % {"number": order.pk}


def _page(order: Order) -> str:
    return reverse("order_detail", args=[order.pk])
