"""Judging a refill: a free counter first, then a fresh count, then the order's own terms; what is granted is owed.

The moment of asking decides the guarantee, the moment of judging the count. A count that nobody gives is no refusal:
the customer is asked to show it, and staff confirm it. Judging again changes nothing that was decided.
"""

from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as translate
from django.utils.translation import gettext_lazy as _

from accounts.models import NoticeKind, User
from accounts.notices import notify
from accounts.refusals import Refusal
from accounts.standing import refusal_of
from accounts.states import Deed
from orders.models import Condition, Order, SightingSource, Submission
from orders.sightings import record_sighting
from providers.dispatch import DispatchState
from refills.answering import answer_for, is_hasty_no
from refills.eligibility import Grant, Look, Unknown, most_to_refill, share_without_count
from refills.ending import close, record
from refills.granting import grant
from refills.looking import TRUSTED, fresh_look
from refills.models import Refill
from refills.promising import is_watched, promise_of
from refills.states import UNJUDGED_STATES, RefillState, WaitsFor
from refills.waiting import waits_or_is_refused

# How long a provider who is asked anew may take to say what the counter shows.
COUNT_WITHIN = timedelta(minutes=2)
LOOK_AGAIN = timedelta(seconds=5)
# While a person is asked, a count may still come from somewhere else.
LOOK_LATER = timedelta(minutes=5)


class InformationNeeded(Refusal):
    """Not a no: what is asked of the customer before the request counts as added."""

    code = "needs_info"
    clause = "K-64"
    sentence = _(
        "Please add a screenshot of what the counter shows now. The request starts when it is complete."
    )


class HoursNeeded(InformationNeeded):
    clause = "K-44, K-64"
    sentence = _(
        "Please add a screenshot of all hours watched since the day of the order, and type how many they are. "
        "The request starts when it is complete."
    )


class AlreadyDecided(Refusal):
    code = "already_decided"
    sentence = _("Refill #%(refill)s is “%(state)s” and was decided before.")


class AmountOutOfRange(Refusal):
    code = "amount_range"
    clause = "K-30"
    sentence = _("At most %(most)s can be refilled, and at least 1.")


@transaction.atomic(durable=True)
def judge(refill_id: int, *, now: datetime) -> Refill:
    """Judge a refill that is not decided yet, with what is known now (R-8 nos. 6-13, A-34, K-30, K-64)."""
    refill = locked(refill_id)
    if refill.state in UNJUDGED_STATES:
        judge_locked(refill, now=now)
    return refill


@transaction.atomic(durable=True)
def judge_by_count(
    refill_id: int,
    *,
    count: Decimal | None,
    condition: Condition,
    by: User,
    note: str,
    now: datetime,
) -> Refill:
    """Judge by what staff saw, or confirm that a screenshot shows (K-27, K-28, K-29, K-44, K-64).

    Hours watched are since the whole day of the order, with tenths. The count is kept as a look of staff. Raises
    AlreadyDecided.
    """
    refill = _undecided(refill_id)
    if count is not None and not is_watched(refill.order):
        count = count.to_integral_value()
    look = Look(condition, count, now, SightingSource.STAFF)
    record(refill, "counted", look=look, by=by, note=note, now=now)
    if not is_watched(refill.order):
        record_sighting(
            counter_key=refill.counter_key,
            order=refill.order,
            source=SightingSource.STAFF,
            condition=condition,
            count=None if count is None else int(count),
            by=by,
            note=note,
            now=now,
        )
    if not waits_or_is_refused(refill, now=now):
        _decide(refill, look, now=now)
    return refill


@transaction.atomic(durable=True)
def grant_by_hand(refill_id: int, *, amount: int, by: User, note: str, now: datetime) -> Refill:
    """Grant what staff judge right where no count can tell; units, never above what is guaranteed (K-30, AMB-42).

    Raises AlreadyDecided or AmountOutOfRange.
    """
    refill = _undecided(refill_id)
    seen = fresh_look(refill.order, since=refill.counts_from, now=now)
    most = most_to_refill(promise_of(refill.order), seen)
    if not 1 <= amount <= most:
        raise AmountOutOfRange(most=most)
    if not waits_or_is_refused(refill, now=now):
        look = seen or Look(Condition.PUBLIC, None)
        if not grant(refill, Grant(amount, target=None), look, now=now, by=by, note=note):
            _behind_another(refill, now=now)
    return refill


def judge_locked(refill: Refill, *, now: datetime) -> None:
    """The same as judge, inside a transaction that holds the refill."""
    shut = refusal_of(refill.customer, Deed.REFILL)
    if shut:
        close(refill, RefillState.REFUSED, shut, now=now)
        return
    if waits_or_is_refused(refill, now=now):
        return
    needs_screenshot = _needs_screenshot(refill.order)
    # What a screenshot has to show is what staff saw in it.
    sources = (SightingSource.STAFF,) if needs_screenshot else TRUSTED
    look = fresh_look(refill.order, since=refill.counts_from, now=now, sources=sources)
    if look is not None and (refill.added_at is not None or not needs_screenshot):
        if needs_screenshot or not _looks_again(refill, look, now=now):
            _decide(refill, look, now=now)
        return
    # No count changes this, so nobody is asked for one.
    too_small = share_without_count(promise_of(refill.order))
    if too_small:
        close(refill, RefillState.REFUSED, too_small, now=now)
        return
    _ask_for_count(refill, now=now)


def information_given(refill: Refill, *, now: datetime, stated_count: Decimal | None = None) -> None:
    """Go on with what the customer has added: the request counts as added from now (K-59, K-64).

    Needs a transaction that holds the refill, in which it is needs_info.
    """
    refill.move_to(
        RefillState.REQUESTED,
        added_at=now,
        stated_count=refill.stated_count if stated_count is None else stated_count,
        reason="",
        answer="",
        clause="",
    )
    record(refill, "information_given", was=RefillState.NEEDS_INFO, count=refill.stated_count, now=now)
    judge_locked(refill, now=now)


def ask_for_information(refill: Refill, needed: Refusal, *, now: datetime, by: User | None = None) -> None:
    """Ask the customer for what is missing; the request is not added before it is there (K-64, R-15).

    Needs a transaction that holds the refill, not decided yet.
    """
    was = refill.state
    facts = {
        "waits_for": WaitsFor.CUSTOMER,
        "reason": needed.code,
        "answer": needed.text,
        "clause": needed.clause,
        "added_at": None,
        "check_at": None if _needs_screenshot(refill.order) else now + LOOK_LATER,
    }
    refill.move_to(RefillState.NEEDS_INFO, **facts)
    record(refill, needed.code, was=was, by=by, note=needed.text[:300], now=now)
    notify(
        customer=refill.customer,
        kind=NoticeKind.REFILL,
        title=translate("The refill of order #%(order)s needs something of you") % {"order": refill.order_id},
        text=needed.text,
        url=reverse("refill_detail", args=[refill.pk]),
        now=now,
    )


def locked(refill_id: int) -> Refill:
    refills = Refill.objects.select_for_update(of=("self",)).select_related(
        "order__service__provider", "order__terms_version", "order__customer", "customer"
    )
    return refills.get(pk=refill_id)


def due_to_judge(*, now: datetime, limit: int = 100) -> list[int]:
    """Return refills to judge again: what was in their way may have ended, or their count come (A-34)."""
    due = Refill.objects.filter(state__in=UNJUDGED_STATES, check_at__lte=now).order_by("check_at", "pk")
    return list(due.values_list("pk", flat=True)[:limit])


def _undecided(refill_id: int) -> Refill:
    refill = locked(refill_id)
    if refill.state not in UNJUDGED_STATES:
        raise AlreadyDecided(refill=refill.pk, state=refill.get_state_display())
    return refill


def _decide(refill: Refill, look: Look, *, now: datetime) -> None:
    answer = answer_for(refill.order, look, asked_at=refill.asked_at)
    match answer:
        case Grant():
            if not grant(refill, answer, look, now=now):
                _behind_another(refill, now=now)
        case Unknown():
            _to_staff(refill, what=f"unknown_{answer.missing}", look=look, now=now)
        case Refusal():
            close(refill, RefillState.REFUSED, answer, look=look, now=now)


def _behind_another(refill: Refill, *, now: datetime) -> None:
    """Something was placed on the counter at this very moment: this one waits for it."""
    if not waits_or_is_refused(refill, now=now):
        _wait_for(refill, WaitsFor.COUNTER, check_at=now + LOOK_AGAIN)


def _ask_for_count(refill: Refill, *, now: datetime) -> None:
    """Ask the provider anew; what it does not say in time the customer is asked to show, or staff to look up."""
    order = refill.order
    if not _needs_screenshot(order) and _waits_for_provider(refill, now=now):
        return
    if refill.added_at is not None or (
        order.terms_version.rules.refill.evidence == "never" and not is_watched(order)
    ):
        _to_staff(refill, what="count_wanted", now=now)
    elif refill.state == RefillState.NEEDS_INFO:
        _wait_for(refill, WaitsFor.CUSTOMER, check_at=now + LOOK_LATER)
    else:
        ask_for_information(refill, HoursNeeded() if is_watched(order) else InformationNeeded(), now=now)


def _looks_again(refill: Refill, look: Look, *, now: datetime) -> bool:
    """What would be refused by a count from before the asking is counted anew first, where a provider can tell."""
    order = refill.order
    hasty = is_hasty_no(order, look, asked_at=refill.asked_at, since=refill.asked_at)
    return hasty and _waits_for_provider(refill, now=now)


def _waits_for_provider(refill: Refill, *, now: datetime) -> bool:
    if refill.waits_for in {WaitsFor.NOBODY, WaitsFor.COUNTER} and _provider_can_tell(refill.order):
        Order.objects.filter(pk=refill.order_id).update(check_at=now)
        _wait_for(refill, WaitsFor.COUNT, check_at=now + LOOK_AGAIN, patience_until=now + COUNT_WITHIN)
        return True
    if refill.waits_for == WaitsFor.COUNT and refill.patience_until and now < refill.patience_until:
        _wait_for(refill, WaitsFor.COUNT, check_at=now + LOOK_AGAIN)
        return True
    return False


def _provider_can_tell(order: Order) -> bool:
    return Submission.objects.filter(order=order, state=DispatchState.ACCEPTED).exists()


def _needs_screenshot(order: Order) -> bool:
    return is_watched(order) or order.terms_version.rules.refill.evidence == "always"


def _to_staff(refill: Refill, *, what: str, now: datetime, look: Look | None = None) -> None:
    if refill.waits_for != WaitsFor.STAFF:
        record(refill, what, look=look, now=now)
    if refill.state == RefillState.NEEDS_INFO:
        refill.move_to(RefillState.REQUESTED, reason="", answer="", clause="")
    _wait_for(refill, WaitsFor.STAFF, check_at=now + LOOK_LATER)


def _wait_for(refill: Refill, whom: WaitsFor, *, check_at: datetime | None, **facts: datetime) -> None:
    for name, value in {"waits_for": whom, "check_at": check_at, **facts}.items():
        setattr(refill, name, value)
    refill.save(update_fields=["waits_for", "check_at", *facts])
