"""What people decide about refills of which nobody knows whether the provider has got them.

Three answers: it was found there; it is not there, send it again; it is not there, and nothing more is tried.
No machine ever decides it, and none of the answers moves money.
"""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.refusals import Refusal
from providers import dispatch
from providers.dispatch import DispatchState
from refills.ending import RejectedUpstream, close, record
from refills.judging import locked
from refills.models import Refill, RefillSubmission
from refills.states import RefillState, WaitsFor
from refills.submitting import follow


class NotUncertain(Refusal):
    code = "not_uncertain"
    sentence = _("The outcome of refill #%(refill)s is known by now.")


@transaction.atomic
def found(refill: Refill, *, external_id: str, by: User, note: str, now: datetime) -> None:
    """It is at the provider under this number: go on as if it had been accepted. Raises NotUncertain (K-58)."""
    refill, submission = _uncertain(refill)
    RefillSubmission.objects.filter(pk=submission.pk).update(external_id=external_id)
    dispatch.answer(submission, DispatchState.ACCEPTED, now=now, words=submission.verdict_words)
    follow(refill, now=now)
    record(refill, "found", by=by, note=note, now=now)


@transaction.atomic
def resend(refill: Refill, *, by: User, note: str, now: datetime) -> None:
    """A person has made sure that it is not there: it may be sent once more. Raises NotUncertain."""
    refill, submission = _uncertain(refill)
    dispatch.put_back(submission, due_at=now, why="resent")
    was = refill.state
    refill.move_to(RefillState.QUEUED, waits_for=WaitsFor.PROVIDER)
    record(refill, "resent", was=was, by=by, note=note, now=now)


@transaction.atomic
def not_there(refill: Refill, *, by: User, note: str, now: datetime) -> None:
    """A person has made sure that it is not there: rejected, and the customer may ask anew. Raises NotUncertain."""
    refill, submission = _uncertain(refill)
    dispatch.answer(
        submission, DispatchState.REJECTED, now=now, words=submission.verdict_words, why="not_there"
    )
    close(refill, RefillState.REJECTED, RejectedUpstream(), by=by, now=now)
    record(refill, "not_there", by=by, note=note, now=now)


def _uncertain(refill: Refill) -> tuple[Refill, RefillSubmission]:
    """Lock both, refill first. A refill that has ended meanwhile needs no decision."""
    refill = locked(refill.pk)
    submission = (
        RefillSubmission.objects.select_for_update()
        .filter(refill=refill, state=DispatchState.UNCERTAIN)
        .first()
    )
    if submission is None or not refill.is_open:
        raise NotUncertain(refill=refill.pk)
    return refill, submission
