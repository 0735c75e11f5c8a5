"""Refills of guarantees that a payment dispute has ended: they end, too, whoever's turn it was (R-13, K-76)."""

from datetime import datetime

from django.db import transaction
from django.utils.formats import date_format
from django.utils.timezone import localtime

from orders.ended_guarantees import customers_concerned, guarantee_ended_at
from refills.eligibility import GuaranteeEnded
from refills.ending import close
from refills.judging import locked
from refills.models import Refill
from refills.states import UNJUDGED_STATES, RefillState


def end_refills(*, now: datetime, limit: int = 100) -> int:
    """End open refills whose guarantee a dispute has ended (R-13, A-26, K-76). Returns how many.

    What a provider already has may still arrive; nothing of it is owed.
    """
    open_ones = Refill.objects.open().filter(customer__in=customers_concerned())
    numbers = list(open_ones.order_by("pk").values_list("pk", flat=True)[:limit])
    return sum(_end(number, now=now) for number in numbers)


@transaction.atomic(durable=True)
def _end(number: int, *, now: datetime) -> bool:
    refill = locked(number)
    ended_at = guarantee_ended_at(refill.order)
    if ended_at is None or not refill.is_open:
        return False
    state = RefillState.REFUSED if refill.state in UNJUDGED_STATES else RefillState.REJECTED
    why = GuaranteeEnded(end=date_format(localtime(ended_at), "DATETIME_FORMAT"))
    close(refill, state, why, now=now)
    return True
