"""The one place where an order ends and its money is divided.

Settling goes to a target: what should be refunded for this rest, less what was refunded before. Seeing the same report
twice, in any order, therefore changes nothing. A correction in the customer's favour is paid within 30 days; one in
ours is never taken back by a machine.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction

from accounts.models import User
from billing import ledger
from billing.money import ZERO
from orders.claims import release_claims
from orders.models import Order, OrderEvent, Review
from orders.outcomes import undelivered_amount
from orders.states import FINAL_STATES, NEXT_STATES, OrderState

CORRECTION_WINDOW = timedelta(days=30)


@dataclass(frozen=True)
class Ending:
    """How an order ends: where, with how much undelivered, why, and by whose hand (None is the machine)."""

    state: OrderState
    remains: int
    why: str
    review: Review = Review.NONE
    actor: User | None = None
    note: str = ""
    words: str = ""


def refund_owed(order: Order, ending: Ending) -> Decimal:
    """Return what this ending would still give back, after what was refunded before (R-4)."""
    due = undelivered_amount(charge=order.charge, remains=ending.remains, quantity=order.quantity)
    owed: Decimal = max(due - order.refunded, ZERO)
    return owed


def settle(order: Order, ending: Ending, *, now: datetime) -> Decimal:
    """End the order, or correct its end, and return what was credited to the balance.

    Needs a transaction in which the order is locked. Refund and revenue add up to the charge, exactly (R-4, K-12,
    K-66, K-67). An ending that would take money back from the customer, or that comes too late, only raises a flag.
    """
    assert transaction.get_connection().in_atomic_block
    assert ending.state in FINAL_STATES
    refund = refund_owed(order, ending)
    if order.state in FINAL_STATES and not _may_correct(order, ending, refund, now=now):
        return ZERO
    _pay(order, refund, ending=ending, now=now)
    _close(order, refund, ending=ending, now=now)
    return refund


def _may_correct(order: Order, ending: Ending, refund: Decimal, *, now: datetime) -> bool:
    assert order.closed_at is not None
    due = undelivered_amount(charge=order.charge, remains=ending.remains, quantity=order.quantity)
    if refund == ZERO:
        if due < order.refunded and not order.review:
            _flag(order, Review.LATE_LOSS)
        return False
    reachable = ending.state == order.state or ending.state in NEXT_STATES[OrderState(order.state)]
    in_time = now <= order.closed_at + CORRECTION_WINDOW
    if reachable and (in_time or ending.actor):
        return True
    if not order.review:
        _flag(order, Review.CONTRADICTION)
    return False


def _flag(order: Order, review: Review) -> None:
    Order.objects.filter(pk=order.pk).update(review=review)
    order.review = review


def _pay(order: Order, refund: Decimal, *, ending: Ending, now: datetime) -> None:
    """Give the refund back, first from what is held, then from what was already earned; the rest held is earned."""
    from_held = min(refund, order.held)
    for amount, earned in ((from_held, False), (refund - from_held, True)):
        if amount > ZERO:
            order.refunded += amount
            order.earned -= amount if earned else ZERO
            ledger.refund_order(
                customer=order.customer,
                order_number=order.pk,
                amount=amount,
                total=order.refunded,
                earned=earned,
                now=now,
                actor=ending.actor,
                note=ending.note,
            )
    earning = order.held
    if earning > ZERO:
        order.earned += earning
        ledger.earn_order(order_number=order.pk, amount=earning, total=order.earned, now=now)


def _close(order: Order, refund: Decimal, *, ending: Ending, now: datetime) -> None:
    before = order.state
    facts = {
        "remains": ending.remains,
        "refunded": order.refunded,
        "earned": order.earned,
        "ending": ending.why,
        "review": ending.review,
        "closed_at": order.closed_at or now,
    }
    if ending.state == before:
        Order.objects.filter(pk=order.pk).update(**facts)
        for name, value in facts.items():
            setattr(order, name, value)
    else:
        order.move_to(ending.state, **facts)
    release_claims(order)
    OrderEvent.objects.create(
        order=order,
        what=ending.why,
        from_state=before,
        to_state=ending.state,
        remains=ending.remains,
        refund=refund,
        actor=ending.actor,
        note=ending.note,
        words=ending.words,
        at=now,
    )
