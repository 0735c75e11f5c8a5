"""Asking providers how orders are getting on, and believing exactly as much as the answer says.

Up to 100 orders a call. An order that is missing from an answer, or an answer that is no answer, changes nothing.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction

from orders.brakes import brake_holds, hold_refund
from orders.faults import propose_from_words
from orders.models import Order, OrderEvent, Review, Submission
from orders.outcomes import Outcome, counted_outcome, outcome_of
from orders.reaching import complete_if_reached, was_completed_by_target
from orders.settling import Ending, refund_owed, settle
from orders.sightings import latest_sighting, record_reported_counts
from orders.states import FINAL_STATES, NEXT_STATES, OrderState
from orders.timing import next_check_after_end, next_check_while_open
from orders.webhooks import owe_updated
from orders.withholding import Fate, fate_by_terms
from providers import health
from providers.dispatch import DispatchState
from providers.gateway import (
    MAX_IDS_PER_CALL,
    Gateway,
    ProviderFault,
    ReportedState,
    StatusMiss,
    StatusReport,
)
from providers.models import Provider

# Long enough that a slow call is over; a claim that is lost with its worker is taken again after this.
CLAIM = timedelta(minutes=2)
# After this many answers without the order, over at least a day, somebody should ask the provider.
MISSES_TO_ASK = 5
NOT_STARTED = {ReportedState.PENDING, ReportedState.PROCESSING, None}

log = logging.getLogger(__name__)


def track_provider(
    provider: Provider, *, gateway_for: Callable[[Provider], Gateway], clock: Callable[[], datetime]
) -> int:
    """Ask one provider about up to 100 of its orders that are due, and apply what it says. Returns how many."""
    asked = claim_checks(provider, now=clock())
    if not asked:
        return 0
    try:
        answers = gateway_for(provider).statuses(list(asked))
    except ProviderFault as fault:
        health.record_failure(provider, fault, now=clock())
        return 0
    health.record_success(provider, now=clock())
    for external_id, order_id in asked.items():
        try:
            apply_answer(order_id, answers.get(external_id, StatusMiss("")), now=clock())
        except Exception:
            # One bad item never stops the others; it is asked about again when its claim has run out.
            log.exception("The answer about order %s could not be applied", order_id)
    return len(asked)


@transaction.atomic(durable=True)
def claim_checks(provider: Provider, *, now: datetime) -> dict[str, int]:
    """Take up to 100 orders whose check is due: their numbers at the provider, and ours."""
    due = (
        Submission.objects.filter(provider=provider, state=DispatchState.ACCEPTED, order__check_at__lte=now)
        .select_related("order")
        .select_for_update(skip_locked=True, of=("order",))
        .order_by("order__check_at")[:MAX_IDS_PER_CALL]
    )
    asked = {submission.external_id: submission.order_id for submission in due}
    Order.objects.filter(pk__in=asked.values()).update(check_at=now + CLAIM)
    return asked


@transaction.atomic(durable=True)
def apply_answer(order_id: int, answer: StatusReport | StatusMiss, *, now: datetime) -> None:
    """Apply what a provider says about one order. Saying it twice, or late, does no harm (R-3, R-4)."""
    order = (
        Order.objects.select_for_update(of=("self",))
        .select_related("customer", "submission__provider", "terms_version")
        .defer("terms_version__text", "terms_version__wording")
        .get(pk=order_id)
    )
    if isinstance(answer, StatusMiss):
        _miss(order, answer, now=now)
    else:
        _apply_report(order, answer, now=now)
    complete_if_reached(order, now=now)
    if order.review != Review.BRAKE:
        Order.objects.filter(pk=order.pk).update(check_at=_next_check(order, now=now))


def _apply_report(order: Order, report: StatusReport, *, now: datetime) -> None:
    _keep_facts(order, report, now=now)
    outcome = outcome_of(report, quantity=order.quantity)
    if outcome.state in FINAL_STATES and was_completed_by_target(order):
        return  # What it says now comes too late: the count was there (K-63).
    if outcome.state in FINAL_STATES:
        _end(order, outcome, report, now=now)
    elif order.state in FINAL_STATES:
        return  # The provider takes an end back: nothing to pay, and the customer's word stays.
    elif outcome.state:
        propose_from_words(order, report.reason, words=report.raw, now=now)
        _go_on(order, outcome, words=report.words, now=now)
    else:
        _look_at(order, outcome.review, words=report.raw, now=now)


def _keep_facts(order: Order, report: StatusReport, *, now: datetime) -> None:
    """Keep what is evidence: the start count, which is never corrected for an earlier drop (R-8, K-33, K-41)."""
    order.checked_at, order.misses = now, 0
    # Before the start, or beside a word we do not know, 0 may mean "not counted yet"; a true 0 is said again later.
    start_count = report.start_count if report.start_count or report.state not in NOT_STARTED else None
    is_new = order.start_count is None
    if is_new:
        order.start_count = start_count
    record_reported_counts(
        order, start_count=start_count if is_new else None, current_count=report.current_count, now=now
    )
    Order.objects.filter(pk=order.pk).update(checked_at=now, misses=0, start_count=order.start_count)
    if report.charge is not None:
        Submission.objects.filter(order=order).update(
            provider_charge=report.charge, provider_currency=report.currency[:8]
        )


def _go_on(order: Order, outcome: Outcome, *, words: str, now: datetime) -> None:
    """The order is on its way: remember the rest, and when it started."""
    state = outcome.state
    assert state is not None
    facts: dict[str, object] = {} if outcome.remains is None else {"remains": outcome.remains}
    if order.review in {Review.UNKNOWN_WORD, Review.NO_NUMBER, Review.SILENT}:
        facts["review"] = Review.NONE
    if state == OrderState.IN_PROGRESS and order.started_at is None:
        facts["started_at"] = now
    before = order.state
    if state != before and state in NEXT_STATES[OrderState(before)]:
        order.move_to(state, **facts)
        OrderEvent.objects.create(
            order=order, what=state, from_state=before, to_state=state, words=words, at=now
        )
        owe_updated(order, now=now)
    elif facts:
        Order.objects.filter(pk=order.pk).update(**facts)


def _end(order: Order, outcome: Outcome, report: StatusReport, *, now: datetime) -> None:
    outcome = _by_basis(order, outcome, now=now)
    assert outcome.state is not None
    assert outcome.remains is not None
    ending = Ending(outcome.state, outcome.remains, outcome.state, review=outcome.review, words=report.raw)
    provider = order.submission.provider
    refund = refund_owed(order, ending)
    if refund > 0:
        propose_from_words(order, report.reason, words=report.raw, now=now)
    is_paid = refund > 0 and fate_by_terms(order, by_person=False) == Fate.PAID
    if is_paid and brake_holds(provider, refund, now=now):
        hold_refund(order, ending, provider=provider, now=now)
        order.review = Review.BRAKE
        return
    settle(order, ending, now=now)


def _by_basis(order: Order, outcome: Outcome, *, now: datetime) -> Outcome:
    """Take the rest from the counter where the terms say so and there is a recent count (AMB-06, K-67)."""
    rules = order.terms_version.rules
    if rules.refund.delivered_basis == "provider" or order.start_count is None:
        return outcome
    recent = now - timedelta(minutes=rules.delivery.count_max_age_minutes)
    seen = latest_sighting(order.counter_key, not_before=recent)
    if seen is None or seen.count is None:
        return outcome
    return counted_outcome(outcome, start=order.start_count, count=seen.count, quantity=order.quantity)


def _look_at(order: Order, review: Review, *, words: str, now: datetime) -> None:
    if order.review != review:
        Order.objects.filter(pk=order.pk).update(review=review)
        order.review = review
        OrderEvent.objects.create(order=order, what="odd_answer", note=review, words=words, at=now)


def _miss(order: Order, answer: StatusMiss, *, now: datetime) -> None:
    order.misses += 1
    Order.objects.filter(pk=order.pk).update(misses=order.misses)
    silent_since = order.checked_at or order.begins_at
    if order.is_open and order.misses >= MISSES_TO_ASK and now - silent_since >= timedelta(days=1):
        _look_at(order, Review.SILENT, words=answer.words, now=now)


def _next_check(order: Order, *, now: datetime) -> datetime | None:
    if order.state in FINAL_STATES:
        assert order.closed_at is not None
        return next_check_after_end(closed_at=order.closed_at, now=now)
    return next_check_while_open(begins_at=order.begins_at, now=now)
