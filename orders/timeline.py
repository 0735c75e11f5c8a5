"""What happened to an order, told to its customer.

Events become sentences of ours: a provider's name or words are never among them. What only staff has to decide (an
outcome in doubt, an odd answer, a refund held back) is no event here: for the customer it is still processing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext as translate
from django.utils.translation import gettext_lazy as _

from billing.deciding_disputes import Termination
from billing.money import ZERO
from orders.drops import guarantee_end
from orders.ended_guarantees import guarantee_ended_at
from orders.models import Order, OrderEvent
from orders.reasons import (
    CONTENT_UNAVAILABLE,
    ENDED_BY_DISPUTE,
    PROHIBITED_CONTENT,
    TARGET_REACHED,
    words_of_ending,
)
from orders.states import FINAL_STATES, OrderState
from orders.withholding import CASE_DECIDED, CASE_OPENED


@dataclass(frozen=True)
class Step:
    """One line of the timeline. The state is the colour; the refund is what came back by it."""

    title: str
    text: str
    state: str
    at: datetime
    refund: Decimal = ZERO
    clauses: tuple[str, ...] = ()
    by_case: bool = False


Sentence = tuple[str | Promise, str | Promise]

ON_THE_WAY: dict[str, Sentence] = {
    "placed": (_("Placed"), _("The charge was taken from your balance.")),
    "waiting": (
        _("Waiting"),
        _(
            "It cannot be handed over just now. We keep trying; if it does not work out, the charge comes back."
        ),
    ),
    "held": (
        _("Waits for our staff"),
        _(
            "Its link or comments contain a word that somebody looks at first. If it cannot be taken, the charge "
            "comes back."
        ),
    ),
    "let_go": (_("Goes on"), _("Our staff have looked at it.")),
    "accepted": (_("Handed over"), _("Delivery is being prepared.")),
    ENDED_BY_DISPUTE: (
        _("To be ended"),
        _(
            "A payment of yours is disputed. What can still be cancelled comes back; what cannot runs out, without "
            "refill."
        ),
    ),
    OrderState.PROCESSING: (_("Processing"), _("Delivery is being prepared.")),
    OrderState.IN_PROGRESS: (_("In progress"), _("Delivery has started.")),
}

REFUND_CLAUSES = ("A-10", "K-12", "K-66")
# Instead of those, where something else was the reason.
CLAUSES_OF = {"cancelled_by_customer": ("A-28", "K-16"), PROHIBITED_CONTENT: ("A-19", "K-25")}
# These are the clauses of the end itself, whether or not money came back.
ALWAYS_SAID = {
    TARGET_REACHED: ("K-63",),
    CONTENT_UNAVAILABLE: ("A-12", "K-24"),
    ENDED_BY_DISPUTE: ("A-26", "K-76"),
}


def timeline(order: Order, events: Iterable[OrderEvent]) -> list[Step]:
    """Return what the customer should know of these events, in their order (K-12, K-66, R-16)."""
    steps: list[Step] = []
    ended = False
    for event in events:
        if event.to_state in FINAL_STATES and event.refund is not None:
            steps.append(_ending(order, event, corrected=ended))
            ended = True
        elif event.what in {CASE_OPENED, CASE_DECIDED}:
            steps.append(_of_case(event))
        elif event.what in ON_THE_WAY:
            title, text = ON_THE_WAY[event.what]
            step = Step(str(title), str(text), event.to_state or OrderState.PROCESSING, event.at)
            # An order that waits for long is tried many times; once is enough to know.
            if not steps or steps[-1].title != step.title:
                steps.append(step)
    return steps


def refund_reason(order: Order, steps: Iterable[Step]) -> Step | None:
    """Return the last step by which money came back, which says why; a case says so itself."""
    return next((step for step in reversed(list(steps)) if step.refund > ZERO and not step.by_case), None)


def guaranteed_until(order: Order, terminations: Sequence[Termination] | None = None) -> datetime | None:
    """Return the end of the guarantee by the order's own terms, or None for life, or without one (K-09, K-76).

    `terminations` are those of the order's customer, where they are known already.
    """
    if order.state == OrderState.CANCELLED:
        return None
    ends = guarantee_end(
        order.terms_version.rules,
        guarantee_days=order.guarantee_days,
        placed_at=order.placed_at,
        closed_at=order.closed_at,
    )
    ended = guarantee_ended_at(order, terminations) if order.guarantee_days is not None else None
    return min(ends, ended) if ends and ended else ends or ended


def _of_case(event: OrderEvent) -> Step:
    if event.what == CASE_OPENED:
        text = translate("Our staff look at it before anything goes back.")
        return Step(translate("Refund under review"), text, "pending", event.at)
    refund = event.refund or ZERO
    state = OrderState.COMPLETED if refund else OrderState.CANCELLED
    return Step(translate("Refund decided"), event.note, state, event.at, refund=refund, by_case=True)


def _ending(order: Order, event: OrderEvent, *, corrected: bool) -> Step:
    state = OrderState(event.to_state)
    refund = event.refund or ZERO
    title = translate("Corrected: %(state)s") % {"state": state.label} if corrected else str(state.label)
    clauses = CLAUSES_OF.get(event.what, REFUND_CLAUSES) if refund > ZERO else ()
    return Step(
        title,
        words_of_ending(order, state, why=event.what, remains=event.remains or 0),
        state,
        event.at,
        refund=refund,
        clauses=ALWAYS_SAID.get(event.what, clauses),
    )
