"""Handing an order over to its provider, at most once.

"Sending" is committed before a byte leaves. What is proven not to have arrived may be sent again; a clear no
cancels and refunds; anything else is uncertain: never sent again by a machine, not refunded before the deadline.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from random import SystemRandom

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import User
from orders.faults import propose
from orders.models import Fault, FaultSource, Order, OrderEvent, Review, Submission
from orders.settling import Ending, settle
from orders.states import OrderState
from orders.timing import first_check
from orders.webhooks import owe_updated
from orders.withholding import Fate
from providers import dispatch, health
from providers.dispatch import DispatchState
from providers.gateway import Accepted, Gateway, NewOrder, NotSent, Rejected, RejectionKind, Unknown, Verdict
from providers.models import Provider
from providers.room import providers_with_room

# How long an order waits for its provider to come back before the money does.
GIVE_UP_AFTER = timedelta(hours=72)
BUSY_LINK_WAIT = timedelta(minutes=5)
# The event by which staff let a held order go.
LET_GO = "let_go"
# What a customer got wrong when a provider refuses an order for these.
MISTAKES = {
    RejectionKind.BAD_LINK: Fault.BAD_LINK,
    RejectionKind.BAD_QUANTITY: Fault.MISPLACED,
    RejectionKind.BAD_COMMENTS: Fault.MISPLACED,
}

_chance = SystemRandom()


def send_next(*, gateway_for: Callable[[Provider], Gateway], clock: Callable[[], datetime]) -> bool:
    """Hand over the order that has waited longest; False when none may be sent now."""
    submission = claim_next(now=clock())
    if submission is None:
        return False
    verdict = gateway_for(submission.provider).add_order(new_order(submission.order))
    apply_verdict(submission, verdict, now=clock())
    return True


@transaction.atomic(durable=True)
def claim_next(*, now: datetime) -> Submission | None:
    """Take one due submission of a provider that may be sent to, and commit that it is being sent (4.3, step 2)."""
    due = Submission.objects.filter(provider__in=providers_with_room(now), after__isnull=True).select_related(
        "provider", "order__service", "order__customer"
    )
    submission = dispatch.claim_one(due, now=now)
    if submission:
        _move(submission, OrderState.PROCESSING, "sending", now=now)
    return submission


def new_order(order: Order) -> NewOrder:
    """Return all that a provider is told: nothing about the customer (R-16, A-37, A-38, K-84, K-85)."""
    kind = order.service_kind
    return NewOrder(
        service=order.service.provider_service,
        link=order.link,
        quantity=order.quantity if kind == "default" else None,
        comments=tuple(order.comments.splitlines()) if kind == "custom_comments" else (),
    )


def apply_verdict(submission: Submission, verdict: Verdict, *, now: datetime) -> None:
    """Record what became of an attempt, and what follows for the order and its money (4.3, steps 4 and 5)."""
    health.record_verdict(submission.provider, verdict, now=now)
    match verdict:
        case Accepted():
            try:
                _accept(submission, verdict, now=now)
            except IntegrityError:
                _doubt(
                    submission,
                    Unknown("this number already belongs to another order", verdict.words),
                    now=now,
                )
        case Rejected(kind=kind) if kind.ends_order:
            _reject(submission, verdict, now=now)
        case Rejected():
            _put_back(submission, why=verdict.kind.value, words=verdict.words, now=now)
        case NotSent():
            _put_back(submission, why="not_sent", words=verdict.why, now=now)
        case Unknown():
            if not _doubt(submission, verdict, now=now):
                _note(submission, "late_answer", _words_of(verdict), now=now)


@transaction.atomic
def _accept(submission: Submission, verdict: Accepted, *, now: datetime) -> None:
    Submission.objects.filter(pk=submission.pk, attempts=submission.attempts).filter(
        state__in=[DispatchState.SENDING, DispatchState.UNCERTAIN]
    ).update(external_id=verdict.external_id)
    if not dispatch.answer(submission, DispatchState.ACCEPTED, now=now, words=verdict.words):
        _note_late_acceptance(submission, verdict, now=now)
        return
    Order.objects.filter(pk=submission.order_id).update(check_at=first_check(now))
    _note(submission, "accepted", verdict.words, now=now)


@transaction.atomic
def _reject(submission: Submission, verdict: Rejected, *, now: datetime) -> None:
    """The provider never took the order: all money back, whatever the reason, unless the terms say no (A-29, K-66)."""
    if not dispatch.answer(
        submission, DispatchState.REJECTED, now=now, words=verdict.words, why=verdict.kind.value
    ):
        _note(submission, "late_answer", verdict.words, now=now)
        return
    why, mistake = f"refused_{verdict.kind.value}", MISTAKES.get(verdict.kind, Fault.NONE)
    cancel_undelivered(submission.order_id, why=why, words=verdict.words, mistake=mistake, now=now)


@transaction.atomic
def _put_back(submission: Submission, *, why: str, words: str, now: datetime) -> None:
    wait = (
        BUSY_LINK_WAIT
        if why == RejectionKind.BUSY_LINK
        else dispatch.next_try(submission.attempts, rng=_chance)
    )
    if not dispatch.put_back(submission, due_at=now + wait, words=words, why=why):
        _note(submission, "late_answer", words, now=now)
        return
    _move(submission, OrderState.PENDING, "waiting", words=words, now=now)


@transaction.atomic
def _doubt(submission: Submission, verdict: Unknown, *, now: datetime) -> bool:
    """Leave it to a person; False when it was decided meanwhile."""
    doubted = dispatch.answer(
        submission, DispatchState.UNCERTAIN, now=now, words=verdict.words, why=verdict.why
    )
    if doubted:
        _note(submission, "uncertain", _words_of(verdict), now=now)
    return doubted


def _words_of(verdict: Unknown) -> str:
    return f"{verdict.why} {verdict.words}".strip()


def doubt_abandoned(*, now: datetime, limit: int = 100) -> int:
    """Mark submissions whose worker vanished while sending: nobody knows whether the bytes left. Returns how many."""
    abandoned = Submission.objects.expired(now).select_related("provider")[:limit]
    stopped = Unknown("the worker stopped while sending", "")
    return sum(_doubt(submission, stopped, now=now) for submission in abandoned)


def give_up_waiting(*, now: datetime, limit: int = 100) -> int:
    """Cancel and refund orders that no provider could take for 72 hours (A-29). Returns how many."""
    waiting = Submission.objects.filter(
        state=DispatchState.DUE, after__isnull=True, order__begins_at__lte=now - GIVE_UP_AFTER
    ).exclude(Exists(_let_go_since(now - GIVE_UP_AFTER)))
    return sum(
        withdraw(number, why="gave_up", now=now)
        for number in list(waiting.values_list("pk", flat=True)[:limit])
    )


def _let_go_since(since: datetime) -> QuerySet[OrderEvent]:
    """Waiting for staff is not waiting for a provider: the order's time began when it was let go."""
    return OrderEvent.objects.filter(order=OuterRef("order"), what=LET_GO, at__gt=since)


@transaction.atomic
def withdraw(submission_id: int, *, why: str, now: datetime, by: User | None = None, note: str = "") -> bool:
    """Take back a submission that was never sent, and refund its order in full. False when a worker was first."""
    taken = Submission.objects.filter(pk=submission_id, state__in=dispatch.UNSENT).update(
        state=DispatchState.REJECTED, why=why, answered_at=now
    )
    if taken:
        order_id = Submission.objects.values_list("order_id", flat=True).get(pk=submission_id)
        cancel_undelivered(order_id, why=why, now=now, by=by, note=note)
    return bool(taken)


def cancel_undelivered(
    order_id: int,
    *,
    why: str,
    now: datetime,
    words: str = "",
    mistake: Fault = Fault.NONE,
    by: User | None = None,
    note: str = "",
) -> None:
    """End an order of which nothing was delivered; its whole charge goes back. Needs a transaction.

    `mistake` is what was wrong with the order itself: where the terms do not refund that, it becomes a case.
    """
    order = (
        Order.objects.select_for_update(of=("self",))
        .select_related("customer", "terms_version")
        .get(pk=order_id)
    )
    fate: Fate | None = Fate.PAID
    if mistake.is_customers and not order.terms_version.rules.refund.submit_reject_refunds:
        propose(order, mistake, source=FaultSource.HANDOVER, words=words, now=now)
        fate = None
    ending = Ending(OrderState.CANCELLED, order.quantity, why, actor=by, note=note, words=words, fate=fate)
    settle(order, ending, now=now)


def _note_late_acceptance(submission: Submission, verdict: Accepted, *, now: datetime) -> None:
    """Evidence is never thrown away: the number is kept, and what was refunded is delivered at our cost."""
    _note(submission, "late_answer", f"{verdict.external_id} {verdict.words}".strip(), now=now)
    Order.objects.filter(pk=submission.order_id, state=OrderState.CANCELLED).update(
        review=Review.LATE_ACCEPTANCE
    )


def _move(submission: Submission, state: OrderState, what: str, *, now: datetime, words: str = "") -> None:
    before = submission.order.state
    submission.order.move_to(state)
    OrderEvent.objects.create(
        order=submission.order, what=what, from_state=before, to_state=state, words=words, at=now
    )
    owe_updated(submission.order, now=now)


def _note(submission: Submission, what: str, words: str, *, now: datetime) -> None:
    OrderEvent.objects.create(order_id=submission.order_id, what=what, words=words, at=now)
