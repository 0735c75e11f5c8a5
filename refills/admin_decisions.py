"""The buttons of refills: what a counter shows, a grant or a no, work by hand, and what nobody knows."""

from datetime import datetime
from decimal import Decimal

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.admin_deciding import Decision
from accounts.models import User
from orders.models import Condition
from providers.dispatch import DispatchState
from refills import hastening, judging, moderating, uncertain
from refills.admin_forms import AmountForm, CountForm, FoundForm, NoteForm, Seen, WordsForm
from refills.models import Refill, RefillSubmission
from refills.states import RUNNING_STATES, UNJUDGED_STATES, RefillState, WaitsFor

DECIDE = "refills.decide_refill"
RESOLVE = "refills.resolve_refillsubmission"


def set_count(
    refill: Refill,
    *,
    by: User,
    note: str,
    now: datetime,
    seen: Seen,
    condition: Condition,
    count: Decimal | None,
) -> str:
    judged = judging.judge_by_count(
        refill.pk, count=count, condition=condition, by=by, note=f"{seen.label}: {note}", now=now
    )
    return _what_it_is(judged)


def grant(refill: Refill, *, by: User, note: str, now: datetime, amount: int) -> str:
    return _what_it_is(judging.grant_by_hand(refill.pk, amount=amount, by=by, note=note, now=now))


def ask_for_more(refill: Refill, *, by: User, words: str, now: datetime) -> str:
    moderating.ask_for_more(refill.pk, words=words, by=by, now=now)
    return _was_told(refill)


def reject(refill: Refill, *, by: User, words: str, now: datetime) -> str:
    moderating.reject(refill.pk, words=words, by=by, now=now)
    return _was_told(refill)


def take(refill: Refill, *, by: User, now: datetime) -> str:
    moderating.assign(refill.pk, to=by, by=by, now=now)
    return gettext("Refill #%(refill)s is yours.") % {"refill": refill.pk}


def leave(refill: Refill, *, by: User, now: datetime) -> str:
    moderating.assign(refill.pk, to=None, by=by, now=now)
    return gettext("Refill #%(refill)s is anybody's.") % {"refill": refill.pk}


def begin(refill: Refill, *, by: User, note: str, now: datetime) -> str:
    return _what_it_is(moderating.begin_by_hand(refill.pk, by=by, note=note, now=now))


def complete(refill: Refill, *, by: User, note: str, now: datetime) -> str:
    return _what_it_is(moderating.complete_by_hand(refill.pk, by=by, note=note, now=now))


def found(refill: Refill, *, by: User, note: str, now: datetime, external_id: str) -> str:
    uncertain.found(refill, external_id=external_id, by=by, note=note, now=now)
    return gettext("Refill #%(refill)s is followed at its provider.") % {"refill": refill.pk}


def resend(refill: Refill, *, by: User, note: str, now: datetime) -> str:
    uncertain.resend(refill, by=by, note=note, now=now)
    return gettext("Refill #%(refill)s is being sent once more.") % {"refill": refill.pk}


def not_there(refill: Refill, *, by: User, note: str, now: datetime) -> str:
    uncertain.not_there(refill, by=by, note=note, now=now)
    return _was_told(refill)


def answer_wish(refill: Refill, *, by: User, words: str, now: datetime) -> str:
    hastening.answer_speed_up(refill, answer=words, by=by, now=now)
    return _was_told(refill)


def _what_it_is(refill: Refill) -> str:
    said = gettext("Refill #%(refill)s is “%(state)s” now. %(answer)s") % {
        "refill": refill.pk,
        "state": refill.get_state_display(),
        "answer": refill.answer,
    }
    return said.strip()


def _was_told(refill: Refill) -> str:
    return gettext("%(customer)s was told.") % {"customer": refill.customer}


def _sending(refill: Refill) -> str:
    submission = RefillSubmission.objects.filter(refill=refill).values_list("state", flat=True).first()
    return submission or ""


def _is_uncertain(refill: Refill) -> bool:
    return refill.is_open and _sending(refill) == DispatchState.UNCERTAIN


def _is_settled(refill: Refill) -> bool:
    """No worker is sending it, and nobody wonders whether it was sent."""
    return _sending(refill) not in {DispatchState.SENDING, DispatchState.UNCERTAIN}


ABOUT_COUNTS = (
    Decision(
        "count",
        _("Set the count"),
        _(
            "The terms of the order decide by this count: the refill is granted or refused, and the customer is told."
        ),
        DECIDE,
        CountForm,
        set_count,
        lambda refill: refill.state in UNJUDGED_STATES,
        for_many=False,
    ),
    Decision(
        "grant",
        _("Grant by hand"),
        _("So many units are owed, whatever the count is. For orders whose start or count nobody can tell."),
        DECIDE,
        AmountForm,
        grant,
        lambda refill: refill.state in {RefillState.REQUESTED, RefillState.NEEDS_INFO},
        for_many=False,
    ),
    Decision(
        "more",
        _("Ask for more"),
        _("The request waits until the customer has added what you ask for; only then it counts as added."),
        DECIDE,
        WordsForm,
        ask_for_more,
        lambda refill: refill.state == RefillState.REQUESTED,
    ),
)

ABOUT_WORK = (
    Decision(
        "begin",
        _("Begun by hand"),
        _("You have begun to bring it back without asking its provider here."),
        DECIDE,
        NoteForm,
        begin,
        lambda refill: refill.state == RefillState.QUEUED and refill.waits_for == WaitsFor.STAFF,
    ),
    Decision(
        "complete",
        _("Done"),
        _("You have seen that everything is back. The refill ends, and the customer is told."),
        DECIDE,
        NoteForm,
        complete,
        lambda refill: refill.state in RUNNING_STATES and _is_settled(refill),
    ),
    Decision(
        "wish",
        _("Answer the wish for speed"),
        _("You have asked for more speed, or it cannot be had. The customer is told."),
        DECIDE,
        WordsForm,
        answer_wish,
        lambda refill: refill.is_open and hastening.has_open_wish(refill),
    ),
)

ABOUT_DOUBT = (
    Decision(
        "found",
        _("It was found there"),
        _("The provider has it under this number: it is followed from now on."),
        RESOLVE,
        FoundForm,
        found,
        _is_uncertain,
        for_many=False,
    ),
    Decision(
        "resend",
        _("Not there: send again"),
        _("You have made sure that the provider has not got it. It is sent once more."),
        RESOLVE,
        NoteForm,
        resend,
        _is_uncertain,
    ),
    Decision(
        "not_there",
        _("Not there: reject"),
        _(
            "The provider has not got it and will not. The refill ends; the customer is told and may ask again."
        ),
        RESOLVE,
        NoteForm,
        not_there,
        _is_uncertain,
    ),
)

ABOUT_THE_REST = (
    Decision(
        "reject",
        _("Reject"),
        _("The refill ends without anything being brought back. The customer reads why, and may ask again."),
        DECIDE,
        WordsForm,
        reject,
        lambda refill: refill.is_open and _is_settled(refill),
    ),
    Decision(
        "take",
        _("Assign to me"),
        _("Others of staff see that you look after it."),
        DECIDE,
        forms.Form,
        take,
        lambda refill: refill.is_open,
    ),
    Decision(
        "leave",
        _("Assign to nobody"),
        _("Anybody of staff may take it."),
        DECIDE,
        forms.Form,
        leave,
        lambda refill: refill.is_open and refill.assigned_to_id is not None,
    ),
)

ABOUT_REFILLS = (*ABOUT_COUNTS, *ABOUT_WORK, *ABOUT_DOUBT, *ABOUT_THE_REST)
