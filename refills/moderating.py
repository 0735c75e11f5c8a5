"""What staff decide about a refill beside its count: whose it is, what is missing, a no, and work done by hand.

Every decision names a person, and is kept; what the customer has to know is told. A refill that a provider may have
got is decided at its submission first. Nothing here moves money.
"""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.refusals import Refusal
from providers.dispatch import UNSENT, DispatchState
from refills.ending import BroughtBack, close, record
from refills.judging import AlreadyDecided, InformationNeeded, ask_for_information, locked
from refills.models import Refill, RefillSubmission
from refills.states import RUNNING_STATES, RefillState, WaitsFor

LONGEST_TEXT = 300
ASSIGNED = "assigned"
BEGUN_BY_HAND = "begun_by_hand"
DONE_BY_HAND = "done_by_hand"


class ReasonMissing(Refusal):
    code = "reason_missing"
    sentence = _("Say why, in at most %(most)s letters.")


class HasEnded(Refusal):
    code = "already_decided"
    sentence = _("Refill #%(refill)s has ended as “%(state)s”.")


class NotGranted(Refusal):
    code = "not_granted"
    clause = "K-30"
    sentence = _("Refill #%(refill)s is “%(state)s”: it has to be granted first.")


class NotByHand(Refusal):
    code = "not_by_hand"
    sentence = _("Refill #%(refill)s is with its provider.")


class OutcomeUnknown(Refusal):
    code = "outcome_unknown"
    sentence = _(
        "Nobody knows yet whether the provider has refill #%(refill)s: decide that at its submission."
    )


class RejectedByStaff(Refusal):
    """What staff write stands in place of this sentence."""

    code = "rejected_by_staff"
    clause = "K-58"
    sentence = _("Our staff could not grant it. You may ask again while the guarantee lasts.")


class MoreNeeded(Refusal):
    """Not a no: what is asked of the customer, in the words of staff."""

    code = InformationNeeded.code
    clause = "K-64"
    sentence = "%(words)s"


@transaction.atomic(durable=True)
def assign(refill_id: int, *, to: User | None, by: User, now: datetime) -> Refill:
    """Say who of staff looks after an open refill; None leaves it to anybody. Raises HasEnded."""
    refill = _open(refill_id)
    Refill.objects.filter(pk=refill.pk).update(assigned_to=to)
    refill.assigned_to = to
    record(refill, ASSIGNED, by=by, note=str(to or ""), now=now)
    return refill


@transaction.atomic(durable=True)
def ask_for_more(refill_id: int, *, words: str, by: User, now: datetime) -> Refill:
    """Ask the customer for what is missing or unreadable, in words of one's own; the clock starts anew (K-45, K-64).

    Raises ReasonMissing or AlreadyDecided: only what is being judged can need more.
    """
    _require_words(words)
    refill = locked(refill_id)
    if refill.state != RefillState.REQUESTED:
        raise AlreadyDecided(refill=refill.pk, state=refill.get_state_display())
    ask_for_information(refill, MoreNeeded(words=words.strip()), by=by, now=now)
    return refill


@transaction.atomic(durable=True)
def reject(refill_id: int, *, words: str, by: User, now: datetime) -> Refill:
    """End an open refill with a no of staff; the customer reads the reason and may ask again (K-58).

    Raises ReasonMissing, HasEnded, or OutcomeUnknown while its provider may have got it.
    """
    _require_words(words)
    refill = _open(refill_id)
    _stop_asking(refill, now=now)
    close(refill, RefillState.REJECTED, RejectedByStaff(), by=by, note=words.strip(), now=now)
    return refill


@transaction.atomic(durable=True)
def begin_by_hand(refill_id: int, *, by: User, note: str, now: datetime) -> Refill:
    """Staff have begun a refill that no provider is asked for (K-59). Raises NotGranted, NotByHand or ReasonMissing."""
    _require_words(note)
    refill = _open(refill_id)
    if refill.state not in RUNNING_STATES:
        raise NotGranted(refill=refill.pk, state=refill.get_state_display())
    if refill.state != RefillState.QUEUED or refill.waits_for != WaitsFor.STAFF:
        raise NotByHand(refill=refill.pk)
    refill.move_to(RefillState.IN_PROGRESS)
    record(refill, BEGUN_BY_HAND, was=RefillState.QUEUED, by=by, note=note.strip(), now=now)
    return refill


@transaction.atomic(durable=True)
def complete_by_hand(refill_id: int, *, by: User, note: str, now: datetime) -> Refill:
    """What was granted is back, as a person has seen (K-09, K-32).

    Raises NotGranted, HasEnded or ReasonMissing, OutcomeUnknown while its provider may have got it.
    """
    _require_words(note)
    refill = _open(refill_id)
    if refill.state not in RUNNING_STATES:
        raise NotGranted(refill=refill.pk, state=refill.get_state_display())
    _stop_asking(refill, now=now)
    record(refill, DONE_BY_HAND, by=by, note=note.strip(), now=now)
    close(refill, RefillState.COMPLETED, BroughtBack(), by=by, now=now)
    return refill


def _open(refill_id: int) -> Refill:
    refill = locked(refill_id)
    if not refill.is_open:
        raise HasEnded(refill=refill.pk, state=refill.get_state_display())
    return refill


def _stop_asking(refill: Refill, *, now: datetime) -> None:
    """Make sure that no worker is asking the provider, nor will, or refuse."""
    submission = RefillSubmission.objects.filter(refill=refill)
    submission.filter(state__in=UNSENT).update(
        state=DispatchState.REJECTED, why="decided_by_staff", answered_at=now
    )
    if submission.filter(state__in=[DispatchState.SENDING, DispatchState.UNCERTAIN]).exists():
        raise OutcomeUnknown(refill=refill.pk)


def _require_words(words: str) -> None:
    if not 1 <= len(words.strip()) <= LONGEST_TEXT:
        raise ReasonMissing(most=LONGEST_TEXT)
