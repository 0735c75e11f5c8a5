"""The one place where an order ends and its money is divided.

Settling goes to a target: what should be refunded for this rest, less what was refunded, is under review or was denied
before. Seeing the same report twice, in any order, therefore changes nothing. A correction in the customer's favour
is paid within 30 days; one in ours is never taken back by a machine.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from django.db import transaction

from accounts.models import User
from billing import ledger
from billing.money import ZERO
from orders.claims import release_claims
from orders.couponing import return_of_order
from orders.dripping import let_next_run_begin, was_handed_over, withdraw_later_runs
from orders.estimating import refresh_estimate
from orders.models import Order, OrderEvent, Review
from orders.models.drips import RUN_NEVER_BEGUN
from orders.outcomes import undelivered_amount
from orders.states import FINAL_STATES, NEXT_STATES, OrderState
from orders.telling import tell_ending
from orders.webhooks import owe_updated
from orders.withholding import Fate, Withheld, fate_by_terms, keep_case

CORRECTION_WINDOW = timedelta(days=30)


@dataclass(frozen=True)
class Ending:
    """How an order ends: where, with how much undelivered, why, and by whose hand (None is the machine).

    What becomes of the refund follows from the terms, unless a fate is given.
    """

    state: OrderState
    remains: int
    why: str
    review: Review = Review.NONE
    actor: User | None = None
    note: str = ""
    words: str = ""
    fate: Fate | None = None


def refund_owed(order: Order, ending: Ending) -> Decimal:
    """Return what this ending would still give back, or put under review, after all that was decided before (R-4)."""
    due = undelivered_amount(charge=order.charge, remains=ending.remains, quantity=order.quantity)
    owed: Decimal = max(due - order.refunded - order.under_review - order.denied, ZERO)
    return owed


def settle(order: Order, ending: Ending, *, now: datetime) -> Decimal:
    """End the order, or correct its end, and return what was credited to the balance.

    Needs a transaction in which the order is locked. What is paid, under review and earned adds up to the charge,
    exactly (R-4, R-5, K-12, K-66, K-67). An ending that would take money back from the customer, or that comes too
    late, only raises a flag.
    """
    assert transaction.get_connection().in_atomic_block
    assert ending.state in FINAL_STATES
    corrected = not order.is_open
    owed = refund_owed(order, ending)
    if order.state in FINAL_STATES and not _may_correct(order, ending, owed, now=now):
        return ZERO
    given_back = ZERO if corrected else _lead_on(order, ending, now=now)
    withheld = _withheld(order, ending, owed)
    order.under_review += withheld.amount if withheld.fate == Fate.REVIEWED else ZERO
    order.denied += withheld.amount if withheld.fate == Fate.DENIED else ZERO
    refund = owed - withheld.amount
    _pay(order, refund, actor=ending.actor, note=ending.note, now=now)
    _close(order, refund, ending=ending, now=now)
    keep_case(order, withheld, now=now)
    tell_ending(order, why=ending.why, refund=refund + given_back, corrected=corrected, now=now)
    owe_updated(order, now=now)
    refresh_estimate(order.service_id, now=now)
    return refund


def _lead_on(order: Order, ending: Ending, *, now: datetime) -> Decimal:
    """What the end of a run means for the later ones: the next may begin, or all are given back (K-21, R-4).

    Comes before the money of this one, so that balances are always locked last. Returns what went back for later runs.
    """
    if order.drip_feed_id is None or ending.why == RUN_NEVER_BEGUN:
        return ZERO
    if was_handed_over(order):
        let_next_run_begin(order, now=now)
        return ZERO
    never_begun = partial(
        Ending,
        OrderState.CANCELLED,
        why=RUN_NEVER_BEGUN,
        actor=ending.actor,
        note=ending.note,
        fate=Fate.PAID,
    )
    later = withdraw_later_runs(order, now=now)
    return sum((settle(run, never_begun(remains=run.quantity), now=now) for run in later), ZERO)


def decide_review(order: Order, granted: Decimal, *, actor: User, note: str, now: datetime) -> None:
    """Pay so much of what is under review, and deny the rest, which is then earned.

    Needs a transaction in which the order is locked.
    """
    assert ZERO <= granted <= order.under_review
    order.denied += order.under_review - granted
    order.under_review = ZERO
    _pay(order, granted, actor=actor, note=note, now=now)
    _store(order, **_sums(order))
    owe_updated(order, now=now)


def review_again(order: Order, amount: Decimal, *, now: datetime) -> None:
    """Put so much of what was denied under review once more. Needs a transaction in which the order is locked."""
    assert ZERO < amount <= order.denied
    order.denied -= amount
    order.under_review += amount
    _store(order, **_sums(order))
    owe_updated(order, now=now)


def _withheld(order: Order, ending: Ending, owed: Decimal) -> Withheld:
    if owed == ZERO:
        return Withheld(ZERO, Fate.PAID)
    fate = ending.fate or fate_by_terms(order, by_person=ending.actor is not None)
    # What a person decided with the ending is told with the person's words; other notes are for staff only.
    note = ending.note if ending.fate else ""
    return Withheld(ZERO if fate == Fate.PAID else owed, fate, by=ending.actor, note=note)


def _may_correct(order: Order, ending: Ending, owed: Decimal, *, now: datetime) -> bool:
    assert order.closed_at is not None
    due = undelivered_amount(charge=order.charge, remains=ending.remains, quantity=order.quantity)
    if owed == ZERO:
        if due < order.refunded + order.under_review and not order.review:
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
    _store(order, review=review)


def _pay(order: Order, refund: Decimal, *, actor: User | None, note: str, now: datetime) -> None:
    """Give the refund back, first from what is held, then from what was already earned.

    What is held beyond what is under review is earned.
    """
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
                actor=actor,
                note=note,
            )
    earning = order.held - order.under_review
    if earning > ZERO:
        order.earned += earning
        ledger.earn_order(order_number=order.pk, amount=earning, total=order.earned, now=now)


def _close(order: Order, refund: Decimal, *, ending: Ending, now: datetime) -> None:
    before = order.state
    facts: dict[str, Any] = {
        "remains": ending.remains,
        **_sums(order),
        "ending": ending.why,
        "review": ending.review,
        "closed_at": order.closed_at or now,
    }
    if ending.state == before:
        _store(order, **facts)
    else:
        order.move_to(ending.state, **facts)
    release_claims(order)
    return_of_order(order, now=now)
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


def _sums(order: Order) -> dict[str, Decimal]:
    return {name: getattr(order, name) for name in ("refunded", "earned", "under_review", "denied")}


def _store(order: Order, **facts: Any) -> None:
    Order.objects.filter(pk=order.pk).update(**facts)
    for name, value in facts.items():
        setattr(order, name, value)
