"""How long answers are kept for programs that repeat a call: two days, so that a weekend's queue can be sent again."""

from datetime import datetime, timedelta

from api.models import IdempotentCall

ANSWERS_KEPT = timedelta(hours=48)


def forget_old_answers(*, now: datetime, limit: int = 1000) -> int:
    """Forget at most so many answers that are older than 48 hours. Returns how many.

    The things themselves stay unique: an order remembers the request that made it for good.
    """
    old = IdempotentCall.objects.filter(created_at__lt=now - ANSWERS_KEPT).order_by("created_at")
    numbers = list(old.values_list("pk", flat=True)[:limit])
    return IdempotentCall.objects.filter(pk__in=numbers).delete()[0]
