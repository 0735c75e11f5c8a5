"""How a refill ends: brought back, refused by the terms, or rejected by a provider or staff. Never with money.

Every end lets go of the counter, is kept with its reason, and is told to the customer, who may ask again.
"""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as translate
from django.utils.translation import gettext_lazy as _

from accounts.models import NoticeKind, User
from accounts.notices import notify
from accounts.refusals import Refusal
from orders.claims import release_refill_claim
from orders.drops import REFILL_ENDED
from orders.models import OrderEvent
from providers.dispatch import UNSENT, DispatchState
from refills.eligibility import Look
from refills.models import Refill, RefillEvent, RefillSubmission
from refills.promising import promise_of
from refills.states import FINAL_STATES, RefillState, WaitsFor
from refills.webhooks import owe_updated

TITLES: dict[RefillState, str | Promise] = {
    RefillState.COMPLETED: _("Order #%(order)s is refilled"),
    RefillState.REFUSED: _("No refill for order #%(order)s"),
    RefillState.REJECTED: _("The refill of order #%(order)s was rejected"),
}


class BroughtBack(Refusal):
    """Not a no either: what the customer reads when everything is back."""

    code = "refilled"
    clause = "K-09, K-32"
    sentence = _("What had dropped was brought back.")


class RejectedUpstream(Refusal):
    code = "rejected_upstream"
    clause = "K-58"
    sentence = _(
        "It could not be delivered. You may ask again while the guarantee lasts; it never becomes money."
    )


def close(
    refill: Refill,
    state: RefillState,
    why: Refusal,
    *,
    now: datetime,
    look: Look | None = None,
    by: User | None = None,
    note: str = "",
    words: str = "",
) -> None:
    """End the refill; needs a transaction in which it is locked. Raises StaleRefill when it has ended (K-58)."""
    assert transaction.get_connection().in_atomic_block
    assert state in FINAL_STATES
    was = refill.state
    facts: dict[str, object] = {
        "closed_at": now,
        "check_at": None,
        "waits_for": WaitsFor.NOBODY,
        "reason": why.code,
        "answer": note or why.text,
        "clause": why.clause,
        "behind_order": None,
        "behind_refill": None,
    }
    if look is not None:
        facts |= counted(look) | {"guaranteed": promise_of(refill.order).guaranteed}
    refill.move_to(state, **facts)
    release_refill_claim(refill.order, refill_number=refill.pk)
    if refill.amount is not None:
        OrderEvent.objects.create(order=refill.order, what=REFILL_ENDED, note=f"#{refill.pk}", at=now)
    # What has not left for the provider must not leave any more.
    RefillSubmission.objects.filter(refill=refill, state__in=UNSENT).update(
        state=DispatchState.REJECTED, why=why.code, answered_at=now
    )
    record(refill, why.code, was=was, look=look, by=by, note=note, words=words, now=now)
    notify(
        customer=refill.customer,
        kind=NoticeKind.REFILL,
        title=translate(str(TITLES[state])) % {"order": refill.order_id},
        text=refill.answer,
        url=reverse("refill_detail", args=[refill.pk]),
        now=now,
    )


def counted(look: Look) -> dict[str, object]:
    """What of a look is kept with a refill that was decided by it (K-30)."""
    return {
        "count": look.count,
        "condition": look.condition,
        "counted_at": look.seen_at,
        "counted_by": look.source,
    }


def record(
    refill: Refill,
    what: str,
    *,
    now: datetime,
    was: str = "",
    look: Look | None = None,
    by: User | None = None,
    note: str = "",
    words: str = "",
    count: Decimal | None = None,
) -> None:
    """Keep one thing that happened to a refill."""
    RefillEvent.objects.create(
        refill=refill,
        what=what,
        from_state=was if was != refill.state else "",
        to_state=refill.state,
        count=look.count if look else count,
        actor=by,
        note=note,
        words=words,
        at=now,
    )
    if was and was != refill.state:
        owe_updated(refill, now=now)
