"""What a count means for an order's refill, also beside the customer's other orders on the same counter."""

from datetime import datetime

from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from accounts.refusals import Refusal
from orders.models import Order
from refills.eligibility import (
    Answer,
    BelowStart,
    Grant,
    Look,
    refill_for,
    refusal_before_counting,
    share_without_count,
)
from refills.promising import promise_of


class OlderFirst(BelowStart):
    sentence = _(
        "The count is %(count)s, below this order's start of %(start)s: what is missing first is of order "
        "#%(older)s. Ask for its refill first, and for this one again after it."
    )


def answer_for(order: Order, look: Look, *, asked_at: datetime) -> Answer:
    """Return what this look decides; below the start it names the older order that a refill would lift (K-57, W-37)."""
    answer = refill_for(promise_of(order), look)
    if isinstance(answer, BelowStart) and look.count is not None:
        older = _older_with_a_refill(order, look, asked_at=asked_at)
        if older:
            assert order.start_count is not None
            return OlderFirst(
                count=number_format(int(look.count)), start=number_format(order.start_count), older=older.pk
            )
    return answer


def is_hasty_no(order: Order, look: Look, *, asked_at: datetime, since: datetime) -> bool:
    """Tell whether this look would refuse although it is from before then: what dropped afterwards is not in it.

    A share that is too small is no hasty no, because no count changes it (K-36, K-56).
    """
    if look.seen_at is None or look.seen_at >= since or share_without_count(promise_of(order)):
        return False
    return isinstance(answer_for(order, look, asked_at=asked_at), Refusal)


def _older_with_a_refill(order: Order, look: Look, *, asked_at: datetime) -> Order | None:
    older = (
        Order.objects.of(order.customer)
        .filter(
            target_key=order.target_key,
            counter_key=order.counter_key,
            pk__lt=order.pk,
            closed_at__isnull=False,
            guarantee_days__isnull=False,
        )
        .select_related("customer", "terms_version")
        .order_by("pk")
    )
    for earlier in older:
        promise = promise_of(earlier)
        if refusal_before_counting(promise, asked_at=asked_at) is None and isinstance(
            refill_for(promise, look), Grant
        ):
            return earlier
    return None
