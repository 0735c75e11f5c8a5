"""Finding what no message told us: payments that were never heard of again, and money that moved unseen.

Every hour the last 72 hours are gone through: our own payments that have not ended, and every movement of our money at
Stripe. Every day the whole of what Stripe says it holds for us is compared with our books.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.db.models import Q

from accounts.refusals import Refusal
from billing.card import CardPayment
from billing.comparing import compare_payment
from billing.crediting import book_processor_fee
from billing.ending import fail_payment
from billing.ledger import Posting, house_account, house_balance, post
from billing.models import DisputeState, Payment, PaymentState
from billing.money import ZERO
from billing.routes import AccountKind, TransferKind
from billing.stripe_gateway import StripeGateway, stripe_gateway
from billing.stripe_inbox import adopt_page, find_payment
from billing.stripe_reports import BalanceLine

LOOK_BACK = timedelta(hours=72)
# A page that was never opened outside can be opened no more.
GIVE_UP_AFTER = timedelta(hours=26)
# What was looked at longer ago than this is looked at again.
FRESH = timedelta(minutes=10)
# Clocks differ, and a movement may be dated a little before it can be seen.
SLACK = timedelta(minutes=5)
MOST_A_SWEEP = 500
LAST_COMPARISON = "billing:last_comparison"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Comparison:
    """What lay at Stripe by our books and by Stripe's, at this time, in the panel's currency."""

    at: datetime
    ours: Decimal
    theirs: Decimal

    @property
    def difference(self) -> Decimal:
        return self.theirs - self.ours


def sweep_payments(*, clock: Callable[[], datetime]) -> int:
    """Go through the last 72 hours and settle what is found; returns how many payments were looked at.

    Never in a transaction. One payment that cannot be looked at does not keep the others from it.
    """
    gateway = stripe_gateway()
    if gateway is None:
        return 0
    now = clock()
    try:
        _adopt_lost_pages(gateway, now)
        touched = _touched(gateway, now)
    except Refusal as refusal:
        log.warning("The sweep got no answer: %s", refusal.text)
        return 0
    _give_up_unopened(now)
    due = {payment.pk: payment for payment in (*_unfinished(now), *touched)}
    looked = 0
    for payment in due.values():
        try:
            compare_payment(payment, clock=clock)
            looked += 1
        except Refusal as refusal:
            log.warning("Payment %s could not be looked at: %s", payment.code, refusal.text)
    return looked


def _unfinished(now: datetime) -> Iterable[Payment]:
    """Our own payments that have not ended, and ended ones with a dispute that has not."""
    going_on = Q(state__in=[PaymentState.STARTED, PaymentState.PROCESSING])
    disputed = Q(disputes__state__in=[DisputeState.INQUIRY, DisputeState.OPEN])
    stale = Q(checked_at__isnull=True) | Q(checked_at__lt=now - FRESH)
    payments = Payment.objects.filter(going_on | disputed, stale, session_id__isnull=False)
    return payments.select_related("customer").distinct().order_by("pk")[:MOST_A_SWEEP]


def _touched(gateway: StripeGateway, now: datetime) -> list[Payment]:
    """Payments whose money moved, or which were disputed or warned of, since we last looked at them."""
    since = now - LOOK_BACK
    moments: dict[str, datetime] = {}
    for line in gateway.balance_lines(since):
        book_line(line, now=now)
        _note(moments, line.intent_id, line.created_at)
    for dispute in gateway.disputes(since):
        _note(moments, dispute.intent_id, dispute.opened_at)
    for warning in gateway.warnings(since):
        _note(moments, warning.intent_id, warning.created_at)
    found = []
    for intent_id, moment in moments.items():
        payment = find_payment(intent_id, gateway)
        if payment and (payment.checked_at is None or payment.checked_at < moment + SLACK):
            found.append(payment)
    return found


def _note(moments: dict[str, datetime], intent_id: str, moment: datetime) -> None:
    if intent_id:
        moments[intent_id] = max(moment, moments.get(intent_id, moment))


def _adopt_lost_pages(gateway: StripeGateway, now: datetime) -> None:
    """Find the pages that were opened but never stored, because we died in between."""
    lost = Payment.objects.filter(
        method=CardPayment.name,
        state=PaymentState.STARTED,
        session_id__isnull=True,
        started_at__lt=now - SLACK,
    )
    if lost.exists():
        for page in gateway.sessions(now - LOOK_BACK):
            if page.reference:
                adopt_page(page)


def _give_up_unopened(now: datetime) -> None:
    never_opened = Payment.objects.filter(
        method=CardPayment.name,
        state=PaymentState.STARTED,
        session_id__isnull=True,
        started_at__lt=now - GIVE_UP_AFTER,
    )
    for payment in never_opened[:MOST_A_SWEEP]:
        fail_payment(payment, to=PaymentState.EXPIRED, why="", now=now)


@transaction.atomic
def book_line(line: BalanceLine, *, now: datetime) -> None:
    """Book what a movement at Stripe says beside payments: fees, and what Stripe sent to our bank. Once for each line.

    Fees that come back and payouts that fail are left to a person: the daily comparison shows them.
    """
    if line.currency != settings.PANEL_CURRENCY:
        return
    book_processor_fee(line.id, line.fee, now=now)
    if line.type in {"stripe_fee", "network_cost", "tax_fee"}:
        book_processor_fee(line.id, -line.amount, now=now)
    if line.type == "payout" and line.amount < ZERO:
        post(
            Posting(
                kind=TransferKind.BANK_TRANSFER,
                debit=house_account(AccountKind.BANK),
                credit=house_account(AccountKind.STRIPE),
                amount=-line.amount,
                reference=f"stripe:{line.id}:payout",
            ),
            now=now,
        )


def compare_with_stripe(*, clock: Callable[[], datetime]) -> Comparison | None:
    """Compare what lies at Stripe with our books, to the smallest unit, and keep the outcome for staff.

    The last 72 hours are gone through first, so that what is only late is no difference. None without an answer.
    """
    gateway = stripe_gateway()
    if gateway is None:
        return None
    sweep_payments(clock=clock)
    try:
        theirs = gateway.balance(settings.PANEL_CURRENCY)
    except Refusal as refusal:
        log.warning("The comparison with Stripe got no answer: %s", refusal.text)
        return None
    ours = settings.PANEL_STRIPE_OPENING - house_balance(AccountKind.STRIPE)
    comparison = Comparison(clock(), ours, theirs)
    if comparison.difference:
        log.critical("Stripe holds %s, by our books %s: %s", theirs, ours, comparison.difference)
    cache.set(LAST_COMPARISON, comparison, timeout=None)
    return comparison


def last_comparison() -> Comparison | None:
    found: Comparison | None = cache.get(LAST_COMPARISON)
    return found
