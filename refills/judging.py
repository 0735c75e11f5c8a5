"""Judging a refill: a free counter first, then a fresh count, then the order's own terms; what is granted is owed.

The moment of asking decides the guarantee, the moment of judging the count. A count that nobody gives is no refusal:
the customer is asked to show it, and staff confirm it. Judging again changes nothing that was decided.
"""

from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.urls import reverse
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as translate
from django.utils.translation import gettext_lazy as _

from accounts.models import NoticeKind
from accounts.notices import notify
from accounts.refusals import Refusal
from orders.claims import claim_for_refill
from orders.models import Condition, Order, Sighting, Submission
from orders.sightings import latest_look
from providers.dispatch import DispatchState
from refills.eligibility import Grant, Look, Unknown, refill_for
from refills.ending import close, record
from refills.models import Refill, RefillSubmission
from refills.promising import promise_of
from refills.states import RefillState, WaitsFor

# How long a provider who is asked anew may take to say what the counter shows.
COUNT_WITHIN = timedelta(minutes=2)
LOOK_AGAIN = timedelta(seconds=5)
BEHIND = timedelta(seconds=30)
UNJUDGED = frozenset({RefillState.REQUESTED, RefillState.NEEDS_INFO, RefillState.WAITING})


class OtherRunning(Refusal):
    code = "refill_running"
    clause = "A-34"
    sentence = _("Order #%(order)s is open on the same count. Ask again when it has ended.")


class InformationNeeded(Refusal):
    """Not a no: what is asked of the customer before the request counts as added."""

    code = "needs_info"
    clause = "K-64"
    sentence = _(
        "Please add a screenshot of what the counter shows now. The request starts when it is complete."
    )


@transaction.atomic(durable=True)
def judge(refill_id: int, *, now: datetime) -> Refill:
    """Judge a refill that is not decided yet, with what is known now (R-8 nos. 6-13, A-34, K-30, K-64)."""
    refill = locked(refill_id)
    if refill.state in UNJUDGED:
        judge_locked(refill, now=now)
    return refill


def judge_locked(refill: Refill, *, now: datetime) -> None:
    """The same inside a transaction that holds the refill."""
    if _wait_or_refuse(refill, now=now):
        return
    look = _fresh_look(refill, now=now)
    if look is None:
        _ask_for_count(refill, now=now)
        return
    answer = refill_for(promise_of(refill.order), look)
    match answer:
        case Grant():
            _grant(refill, answer, look, now=now)
        case Unknown():
            _to_staff(refill, look, what=f"unknown_{answer.missing}", now=now)
        case Refusal():
            close(refill, RefillState.REFUSED, answer, look=look, now=now)


def locked(refill_id: int) -> Refill:
    refills = Refill.objects.select_for_update(of=("self",)).select_related(
        "order__service__provider", "order__terms_version", "customer"
    )
    return refills.get(pk=refill_id)


def others_in_the_way(refill: Refill) -> tuple[Order | None, Refill | None]:
    """Return the customer's open order, or running refill of another order, on the same counter (R-8 no. 6)."""
    order = (
        Order.objects.of(refill.customer)
        .open()
        .filter(counter_key=refill.counter_key)
        .exclude(pk=refill.order_id)
        .order_by("pk")
        .first()
    )
    running = Refill.objects.of(refill.customer).running().filter(counter_key=refill.counter_key)
    return order, running.exclude(pk=refill.pk).first()


def due_to_judge(*, now: datetime, limit: int = 100) -> list[int]:
    """Return refills that can be judged again: their time has come, or nothing is in their way any more."""
    return list(
        Refill.objects.filter(state__in=UNJUDGED, check_at__lte=now)
        .order_by("check_at")
        .values_list("pk", flat=True)[:limit]
    )


def _wait_or_refuse(refill: Refill, *, now: datetime) -> bool:
    order, running = others_in_the_way(refill)
    if order is None and running is None:
        if refill.state == RefillState.WAITING:
            # Whatever was in the way has moved the counter: older counts say nothing.
            refill.move_to(
                RefillState.REQUESTED,
                waits_for=WaitsFor.NOBODY,
                behind_order=None,
                behind_refill=None,
                counts_from=now,
            )
            record(refill, "goes_on", now=now)
        return False
    if refill.order.terms_version.rules.refill.other_open_order == "deny":
        blocking = order or (running.order if running else None)
        assert blocking is not None
        close(refill, RefillState.REFUSED, OtherRunning(order=blocking.pk), now=now)
        return True
    facts = {
        "waits_for": WaitsFor.COUNTER,
        "behind_order": order,
        "behind_refill": None if order else running,
        "check_at": now + BEHIND,
    }
    if refill.state != RefillState.WAITING:
        refill.move_to(RefillState.WAITING, **facts)
        record(refill, "waits", now=now)
    else:
        Refill.objects.filter(pk=refill.pk).update(**facts)
    return True


def _fresh_look(refill: Refill, *, now: datetime) -> Look | None:
    """The newest look of somebody else than the customer that is recent enough (K-30, K-41, K-62)."""
    rules = refill.order.terms_version.rules
    oldest = max(refill.counts_from, now - timedelta(minutes=rules.delivery.count_max_age_minutes))
    seen = latest_look(refill.counter_key, not_before=oldest)
    return look_of(seen) if seen else None


def look_of(seen: Sighting) -> Look:
    count = None if seen.count is None else Decimal(seen.count)
    return Look(Condition(seen.condition), count, seen.seen_at)


def _ask_for_count(refill: Refill, *, now: datetime) -> None:
    """Ask the provider anew; what it does not say in time the customer is asked to show, or staff to look up."""
    if refill.waits_for == WaitsFor.NOBODY and _provider_can_tell(refill.order):
        Order.objects.filter(pk=refill.order_id).update(check_at=now)
        _wait_for(refill, WaitsFor.COUNT, check_at=now + LOOK_AGAIN, patience_until=now + COUNT_WITHIN)
        return
    if refill.waits_for == WaitsFor.COUNT and refill.patience_until and now < refill.patience_until:
        _wait_for(refill, WaitsFor.COUNT, check_at=now + LOOK_AGAIN)
        return
    if refill.order.terms_version.rules.refill.evidence == "never" or refill.added_at is not None:
        _to_staff(refill, None, what="count_wanted", now=now)
        return
    if refill.state != RefillState.NEEDS_INFO:
        needed = InformationNeeded()
        refill.move_to(
            RefillState.NEEDS_INFO,
            waits_for=WaitsFor.CUSTOMER,
            reason=needed.code,
            answer=needed.text,
            clause=needed.clause,
            check_at=None,
        )
        record(refill, "needs_info", now=now)


def _provider_can_tell(order: Order) -> bool:
    return Submission.objects.filter(order=order, state=DispatchState.ACCEPTED).exists()


def _wait_for(refill: Refill, whom: WaitsFor, *, check_at: datetime | None, **facts: datetime) -> None:
    for name, value in {"waits_for": whom, "check_at": check_at, **facts}.items():
        setattr(refill, name, value)
    refill.save(update_fields=["waits_for", "check_at", *facts])


def _to_staff(refill: Refill, look: Look | None, *, what: str, now: datetime) -> None:
    if refill.waits_for != WaitsFor.STAFF:
        record(refill, what, look=look, now=now)
    if refill.state == RefillState.NEEDS_INFO:
        refill.move_to(RefillState.REQUESTED)
    _wait_for(refill, WaitsFor.STAFF, check_at=None)


def _grant(refill: Refill, granted: Grant, look: Look, *, now: datetime) -> None:
    """Owe the units: hold the counter, and leave the request with the provider, or with staff (K-59)."""
    if not claim_for_refill(refill.order, refill_number=refill.pk):
        # An order was placed on the counter at this very moment: this one waits for it.
        _wait_or_refuse(refill, now=now)
        return
    by_provider = _provider_refills(refill.order)
    added_at = refill.added_at or now
    refill.move_to(
        RefillState.QUEUED,
        waits_for=WaitsFor.PROVIDER if by_provider else WaitsFor.STAFF,
        added_at=added_at,
        start_due_at=start_due(refill.order, added_at=added_at),
        count=look.count,
        condition=look.condition,
        counted_at=look.seen_at,
        guaranteed=promise_of(refill.order).guaranteed,
        amount=granted.amount,
        target=granted.target,
        reason="",
        answer="",
        clause="",
        check_at=None,
    )
    record(refill, "granted", look=look, now=now)
    if by_provider:
        RefillSubmission.objects.create(refill=refill, provider=refill.order.submission.provider, due_at=now)
    _tell_granted(refill, now=now)


def start_due(order: Order, *, added_at: datetime) -> datetime:
    """Return when the refill should have begun: the longer of the service's start and the floor, in hours (K-59)."""
    floor = timedelta(hours=order.terms_version.rules.refill.start_floor_hours)
    return added_at + max(order.start_within or timedelta(0), floor)


def _provider_refills(order: Order) -> bool:
    submission = order.submission
    return order.service.provider_refills and submission.state == DispatchState.ACCEPTED


def _tell_granted(refill: Refill, *, now: datetime) -> None:
    assert refill.amount is not None
    assert refill.start_due_at is not None
    notify(
        customer=refill.customer,
        kind=NoticeKind.REFILL,
        title=translate("Refill of order #%(order)s") % {"order": refill.order_id},
        text=translate("%(amount)s are refilled; it should begin by %(time)s.")
        % {
            "amount": number_format(refill.amount),
            "time": date_format(refill.start_due_at, "DATETIME_FORMAT"),
        },
        url=reverse("refill_detail", args=[refill.pk]),
        now=now,
    )
