"""What happened to a refill, told to its customer: sentences of ours, never a provider's name or words."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.formats import date_format, number_format
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext as translate
from django.utils.translation import gettext_lazy as _

from refills.hastening import ANSWERED, ASKED
from refills.models import Refill, RefillEvent
from refills.states import FINAL_STATES, RefillState, WaitsFor

TURNS: dict[str, str | Promise] = {
    WaitsFor.NOBODY: _("It is being looked at."),
    WaitsFor.COUNT: _("We are asking what the counter shows now."),
    WaitsFor.CUSTOMER: _("It is your turn: something is missing."),
    WaitsFor.COUNTER: _("It begins by itself when nothing else moves this count."),
    WaitsFor.STAFF: _("Our staff have it on their list."),
    WaitsFor.PROVIDER: _("It is on its way to delivery."),
}
STEPS: dict[RefillState, str | Promise] = {
    RefillState.SENT: _("It was handed over."),
    RefillState.IN_PROGRESS: _("What had dropped is being brought back."),
}


@dataclass(frozen=True)
class Step:
    """One line of a refill's course; the state is the colour."""

    title: str
    text: str
    state: str
    at: datetime
    clauses: tuple[str, ...] = ()


def turn_of(refill: Refill) -> str:
    """Say whose turn it is with an open refill, and what for."""
    if refill.answer and refill.state in {RefillState.NEEDS_INFO, RefillState.WAITING}:
        return refill.answer
    return str(STEPS.get(RefillState(refill.state)) or TURNS[refill.waits_for])


def clauses_of(refill: Refill) -> tuple[str, ...]:
    """The clauses that a refill's answer rests on."""
    return tuple(part.strip() for part in refill.clause.split(",") if part.strip())


def numbers_of(refill: Refill) -> str:
    """Say by which numbers a refill was decided, or nothing before that (K-30)."""
    if refill.amount is None or refill.count is None:
        return ""
    if refill.guaranteed is None:
        return translate("%(count)s were counted: %(amount)s to refill.") % {
            "count": counted(refill.count),
            "amount": number_format(refill.amount),
        }
    return translate("Guaranteed %(guaranteed)s, counted %(count)s: %(amount)s to refill.") % {
        "guaranteed": number_format(refill.guaranteed),
        "count": counted(refill.count),
        "amount": number_format(refill.amount),
    }


def steps_of(refill: Refill, events: Iterable[RefillEvent]) -> list[Step]:
    """Return what the customer should know of a refill's events, in their order (K-31, K-59, K-64)."""
    steps = [Step(translate("Asked"), "", RefillState.REQUESTED, refill.asked_at)]
    for event in events:
        step = _step(refill, event, before=steps[-1].state)
        if step:
            steps.append(step)
    return steps


def counted(count: Decimal) -> str:
    """A count without decimals that say nothing: 1,400, but 3,199.5 hours."""
    whole = count.to_integral_value()
    return number_format(whole if whole == count else count)


def _step(refill: Refill, event: RefillEvent, *, before: str) -> Step | None:
    if event.what in {ASKED, ANSWERED}:
        title = (
            translate("You asked to speed it up") if event.what == ASKED else translate("Our staff answered")
        )
        return Step(title, event.note, before, event.at)
    if not event.to_state or event.to_state == before:
        return None
    state = RefillState(event.to_state)
    if state in FINAL_STATES:
        return Step(str(state.label), refill.answer, state, event.at, clauses_of(refill))
    return Step(str(state.label), _words(refill, state, event), state, event.at)


def _words(refill: Refill, state: RefillState, event: RefillEvent) -> str:
    if state == RefillState.QUEUED and refill.start_due_at and event.what == "granted":
        due = date_format(localtime(refill.start_due_at), "DATETIME_FORMAT")
        return f"{numbers_of(refill)} " + translate("Should begin by %(time)s") % {"time": due}
    if state in {RefillState.WAITING, RefillState.NEEDS_INFO}:
        return event.note or (refill.answer if refill.state == state else "")
    return str(STEPS.get(state, ""))
