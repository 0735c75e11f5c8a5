"""Asking the provider for a refill that was granted, at most once.

"Sent" is committed before a byte leaves. What is proven not to have arrived may be sent again; a clear no rejects the
refill, and the customer may ask anew; anything else waits for a person and is never sent again by a machine.
"""

from collections.abc import Callable
from datetime import datetime
from random import SystemRandom

from django.db import transaction

from orders.submitting import BUSY_LINK_WAIT
from orders.timing import first_check
from providers import dispatch, health
from providers.dispatch import DispatchState
from providers.gateway import Accepted, Gateway, NotSent, Rejected, RejectionKind, Unknown, Verdict
from providers.models import Provider
from providers.room import providers_with_room
from refills.ending import RejectedUpstream, close, record
from refills.judging import locked
from refills.models import Refill, RefillSubmission
from refills.states import RefillState, WaitsFor

_chance = SystemRandom()


def send_next(*, gateway_for: Callable[[Provider], Gateway], clock: Callable[[], datetime]) -> bool:
    """Send the refill that has been owed longest; False when none may be sent now."""
    submission = claim_next(now=clock())
    if submission is None:
        return False
    verdict = gateway_for(submission.provider).add_refill(submission.refill.order.submission.external_id)
    apply_verdict(submission, verdict, now=clock())
    return True


@transaction.atomic(durable=True)
def claim_next(*, now: datetime) -> RefillSubmission | None:
    """Take one due refill of a provider that may be called, and commit that it is being sent (4.3, step 2).

    The refill is locked before its submission, here and everywhere.
    """
    rooms = providers_with_room(now)
    refill = (
        Refill.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(
            state=RefillState.QUEUED,
            submission__state=DispatchState.DUE,
            submission__due_at__lte=now,
            submission__provider__in=rooms,
        )
        .order_by("submission__due_at", "pk")
        .first()
    )
    if refill is None:
        return None
    own = RefillSubmission.objects.filter(refill=refill).select_related(
        "provider", "refill__order__submission", "refill__customer"
    )
    submission = dispatch.claim_one(own, now=now)
    if submission:
        _move(submission.refill, RefillState.SENT, "sending", now=now)
    return submission


def apply_verdict(submission: RefillSubmission, verdict: Verdict, *, now: datetime) -> None:
    """Record what became of an attempt, and what follows for the refill; never money (K-58; 4.3, steps 4 and 5)."""
    health.record_verdict(submission.provider, verdict, now=now)
    match verdict:
        case Accepted():
            _accept(submission, verdict, now=now)
        case Rejected(kind=kind) if kind.ends_order:
            _reject(submission, verdict, now=now)
        case Rejected():
            _put_back(submission, why=verdict.kind.value, words=verdict.words, now=now)
        case NotSent():
            _put_back(submission, why="not_sent", words=verdict.why, now=now)
        case Unknown():
            _doubt(submission, verdict, now=now)


@transaction.atomic
def _accept(submission: RefillSubmission, verdict: Accepted, *, now: datetime) -> None:
    refill = locked(submission.refill_id)
    # Two refills may bear one number: some providers use the order's own.
    RefillSubmission.objects.filter(
        pk=submission.pk,
        attempts=submission.attempts,
        state__in=[DispatchState.SENDING, DispatchState.UNCERTAIN],
    ).update(external_id=verdict.external_id)
    if not dispatch.answer(submission, DispatchState.ACCEPTED, now=now, words=verdict.words):
        record(refill, "late_answer", words=f"{verdict.external_id} {verdict.words}".strip(), now=now)
        return
    follow(refill, now=now)
    record(refill, "accepted", words=verdict.words, now=now)


def follow(refill: Refill, *, now: datetime) -> None:
    """It is at the provider: from now on it is asked how it goes. Needs the refill locked."""
    if refill.is_open:
        Refill.objects.filter(pk=refill.pk).update(waits_for=WaitsFor.PROVIDER, check_at=first_check(now))


@transaction.atomic
def _reject(submission: RefillSubmission, verdict: Rejected, *, now: datetime) -> None:
    refill = locked(submission.refill_id)
    answered = dispatch.answer(
        submission, DispatchState.REJECTED, now=now, words=verdict.words, why=verdict.kind.value
    )
    if answered and refill.is_open:
        close(refill, RefillState.REJECTED, RejectedUpstream(), words=verdict.words, now=now)
    else:
        record(refill, "late_answer", words=verdict.words, now=now)


@transaction.atomic
def _put_back(submission: RefillSubmission, *, why: str, words: str, now: datetime) -> None:
    refill = locked(submission.refill_id)
    if not refill.is_open:
        # It came back by itself meanwhile: nothing is owed any more.
        dispatch.answer(submission, DispatchState.REJECTED, now=now, words=words, why=why)
        record(refill, "late_answer", words=words, now=now)
        return
    wait = (
        BUSY_LINK_WAIT
        if why == RejectionKind.BUSY_LINK
        else dispatch.next_try(submission.attempts, rng=_chance)
    )
    if not dispatch.put_back(submission, due_at=now + wait, words=words, why=why):
        record(refill, "late_answer", words=words, now=now)
        return
    _move(refill, RefillState.QUEUED, "waiting", words=words, now=now)


@transaction.atomic
def _doubt(submission: RefillSubmission, verdict: Unknown, *, now: datetime) -> bool:
    """Leave it to a person; False when it was decided meanwhile."""
    refill = locked(submission.refill_id)
    words = f"{verdict.why} {verdict.words}".strip()
    doubted = dispatch.answer(
        submission, DispatchState.UNCERTAIN, now=now, words=verdict.words, why=verdict.why
    )
    if doubted and refill.is_open:
        # The counter may tell what nobody else can: it is looked at meanwhile.
        Refill.objects.filter(pk=refill.pk).update(waits_for=WaitsFor.STAFF, check_at=first_check(now))
    record(refill, "uncertain" if doubted else "late_answer", words=words, now=now)
    return doubted


def doubt_abandoned(*, now: datetime, limit: int = 100) -> int:
    """Mark refills whose worker vanished while sending: nobody knows whether the bytes left. Returns how many."""
    abandoned = RefillSubmission.objects.expired(now)[:limit]
    stopped = Unknown("the worker stopped while sending", "")
    return sum(_doubt(submission, stopped, now=now) for submission in abandoned)


def _move(refill: Refill, state: RefillState, what: str, *, now: datetime, words: str = "") -> None:
    was = refill.state
    refill.move_to(state, waits_for=WaitsFor.PROVIDER)
    record(refill, what, was=was, words=words, now=now)
