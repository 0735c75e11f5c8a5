"""What becomes of submissions of unknown outcome when somebody can look into the provider's own books."""

from collections.abc import Iterator
from datetime import datetime

from accounts.models import User
from orders import uncertain
from orders.models import Submission
from panel.demo.sandbox_door import SandboxDoor
from providers.dispatch import DispatchState

NOTE = "looked up in the sandbox's books"


def uncertain_submissions() -> list[Submission]:
    rows = Submission.objects.filter(state=DispatchState.UNCERTAIN).select_related("order__customer")
    return list(rows.order_by("pk"))


def resolve_by_evidence(door: SandboxDoor, *, by: User, now: datetime, send_again: bool) -> Iterator[str]:
    """Decide every uncertain submission by what the sandbox knows, and tell each decision.

    What is there is found. What is not there is sent again, or refunded.
    """
    for submission in uncertain_submissions():
        truth = door.order_for(submission.order.link)
        if truth:
            uncertain.found(submission, external_id=truth.external_id, by=by, note=NOTE, now=now)
            yield "found"
        elif send_again:
            uncertain.resend(submission, by=by, note=NOTE, now=now)
            yield "sent again"
        else:
            uncertain.refund(submission, by=by, note=NOTE, now=now)
            yield "refunded"
