"""What Stripe tells us is kept before it is answered, and settled later by going to look: a message proves nothing.

A message is settled in the same transaction as what followed from it. One look settles every message about the same
payment that came before it. What could not be settled is tried again, later each time.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from accounts.refusals import Refusal
from billing.card import CardPayment
from billing.comparing import apply_sight, see_payment
from billing.methods import Sight
from billing.models import Payment, StripeEvent
from billing.stripe_gateway import StripeGateway, stripe_gateway
from billing.stripe_reports import EventReport, SessionReport

ABOUT_PAYMENTS = (
    "checkout.session.",
    "payment_intent.",
    "charge.",
    "refund.",
    "radar.early_fraud_warning.",
)
LEASE = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=1)
LONGEST_WORDS = 300


def keep_event(event: EventReport, *, now: datetime) -> StripeEvent:
    """Keep a message, once. Needs no more than one insert, so Stripe is answered at once."""
    is_ours = event.type.startswith(ABOUT_PAYMENTS)
    kept, _is_new = StripeEvent.objects.get_or_create(
        event_id=event.id[:120],
        defaults={
            "type": event.type[:80],
            "object_id": event.about[:120],
            "happened_at": event.happened_at,
            "received_at": now,
            "due_at": now if is_ours else None,
            "settled_at": None if is_ours else now,
        },
    )
    return kept


def settle_next(*, clock: Callable[[], datetime]) -> bool:
    """Settle the message that has been due for longest, and all others about its payment; False when none is due."""
    event = _claim_next(now=clock())
    if event is None:
        return False
    try:
        _settle(event, clock=clock)
    except Refusal as refusal:
        StripeEvent.objects.filter(pk=event.pk).update(words=refusal.text[:LONGEST_WORDS])
    return True


@transaction.atomic(durable=True)
def _claim_next(*, now: datetime) -> StripeEvent | None:
    """Take a due message: whoever dies with it in hand loses it to the next one after a while."""
    due = StripeEvent.objects.select_for_update(skip_locked=True).filter(due_at__lte=now)
    event = due.order_by("due_at", "pk").first()
    if event is not None:
        event.due_at = now + min(LEASE * 2 ** min(event.attempts, 10), LONGEST_WAIT)
        event.attempts += 1
        event.save(update_fields=["due_at", "attempts"])
    return event


def _settle(event: StripeEvent, *, clock: Callable[[], datetime]) -> None:
    began = clock()
    gateway = stripe_gateway()
    payment = find_payment(event.object_id, gateway) if gateway else None
    sight = see_payment(payment) if payment else None
    _finish(event, payment, sight, began=began, now=clock())


def _finish(
    event: StripeEvent, payment: Payment | None, sight: Sight | None, *, began: datetime, now: datetime
) -> None:
    if payment is None or sight is None:
        words = "" if payment else "Not about a payment of ours."
        _mark_settled(Q(pk=event.pk), now=now, words=words)
        return

    def settle_all_about(looked_at: Payment) -> None:
        names = [name for name in (looked_at.session_id, looked_at.intent_id) if name]
        _mark_settled(Q(pk=event.pk) | Q(object_id__in=names, received_at__lte=began), now=now)

    apply_sight(payment, sight, began=began, now=now, also=settle_all_about)


def _mark_settled(which: Q, *, now: datetime, words: str = "") -> None:
    StripeEvent.objects.filter(which, settled_at=None).update(settled_at=now, due_at=None, words=words)


def find_payment(about: str, gateway: StripeGateway) -> Payment | None:
    """Return our payment that a session or an intent belongs to, by our own row. Never in a transaction.

    An intent leads to the page it was paid on; a page that our row does not know yet, because we died before we could
    store it, carries the number that we gave it when we opened it.
    """
    if about.startswith("pi_"):
        known = Payment.objects.filter(intent_id=about).first()
        if known:
            return known
        page = gateway.session_of_intent(about)
        return _payment_of_page(page) if page else None
    if about.startswith("cs_"):
        return Payment.objects.filter(session_id=about).first() or _payment_of_page(gateway.session(about))
    return None


def _payment_of_page(page: SessionReport) -> Payment | None:
    known = Payment.objects.filter(session_id=page.id).first()
    if known or not page.reference:
        return known
    return adopt_page(page)


def adopt_page(page: SessionReport) -> Payment | None:
    """Store a page in the row that it was opened for, when that row has none; return the row, or None."""
    rows = Payment.objects.filter(code=page.reference, method=CardPayment.name)
    rows.filter(session_id__isnull=True).update(
        session_id=page.id, page_url=page.url, expires_at=page.expires_at
    )
    return rows.filter(session_id=page.id).first()
