"""The rest of an erasure: what stands in many rows is blanked a piece at a time, and goes on after any interruption."""

from datetime import datetime, timedelta

from django.db import transaction

from accounts.models import Erasure
from panel.privacy.everything import STEPS

ROWS = 500
# A provider may correct itself for 30 days after an order's end; what it says then is blanked as well.
LATE_WORDS = timedelta(days=45)


def erase_next(*, now: datetime, only: Erasure | None = None) -> bool:
    """Blank the next piece of the erasure that waits longest, or of this one. False when there was none (R-16, A-36).

    A piece and how far it came are one transaction. Two workers never hold the same erasure.
    """
    with transaction.atomic():
        waiting = Erasure.objects.select_for_update(skip_locked=True, of=("self",)).filter(ended_at=None)
        if only:
            waiting = waiting.filter(pk=only.pk)
        erasure = waiting.select_related("customer").order_by("begun_at").first()
        if erasure is None:
            return False
        names = [step.name for step in STEPS]
        # A step that is no longer there was one of an older program: begin anew, nothing is lost by it.
        at = names.index(erasure.step) if erasure.step in names else 0
        last = STEPS[at].blank(erasure.customer, erasure.cursor if erasure.step in names else 0, ROWS)
        erasure.cursor = last or 0
        if last is None:
            at += 1
        erasure.step = names[at] if at < len(names) else ""
        erasure.ended_at = now if at == len(names) else None
        erasure.save(update_fields=["cursor", "step", "ended_at"])
        return True


def begin_again(*, now: datetime) -> int:
    """Have those go through once more whose providers may have said something since. Returns how many."""
    late = now - LATE_WORDS
    ended_early = [
        erasure.pk
        for erasure in Erasure.objects.filter(begun_at__lte=late, ended_at__isnull=False)
        if erasure.ended_at and erasure.ended_at < erasure.begun_at + LATE_WORDS
    ]
    return Erasure.objects.filter(pk__in=ended_early).update(ended_at=None, step="", cursor=0)
