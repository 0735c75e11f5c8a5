"""Granting a refill: its counter is held, its units are owed to the provider or to staff, its start is reckoned."""

from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as translate

from accounts.models import NoticeKind, User
from accounts.notices import notify
from orders.claims import claim_for_refill
from orders.models import Order
from providers.dispatch import DispatchState
from refills.eligibility import Grant, Look
from refills.ending import counted, record
from refills.models import Refill, RefillSubmission
from refills.promising import promise_of
from refills.states import RefillState, WaitsFor


def grant(
    refill: Refill, granted: Grant, look: Look, *, now: datetime, by: User | None = None, note: str = ""
) -> bool:
    """Owe the units; False when the counter is not free at this very moment (R-8, R-10, K-30, K-59).

    Needs a transaction that holds the refill.
    """
    if not claim_for_refill(refill.order, refill_number=refill.pk):
        return False
    order, was = refill.order, refill.state
    by_provider = provider_refills(order)
    added_at = refill.added_at or now
    refill.move_to(
        RefillState.QUEUED,
        waits_for=WaitsFor.PROVIDER if by_provider else WaitsFor.STAFF,
        added_at=added_at,
        start_due_at=start_due(order, added_at=added_at),
        **counted(look),
        guaranteed=promise_of(order).guaranteed,
        amount=granted.amount,
        target=granted.target,
        reason="",
        answer="",
        clause="",
        # From then on the counter is looked at while staff bring it back; a provider is asked once it has it.
        check_at=None if by_provider else now,
    )
    record(refill, "granted", was=was, look=look, by=by, note=note, now=now)
    if by_provider:
        RefillSubmission.objects.create(refill=refill, provider=order.submission.provider, due_at=now)
    _tell(refill, now=now)
    return True


def start_due(order: Order, *, added_at: datetime) -> datetime:
    """Return when the refill should have begun: the longer of the service's start and the floor, in hours (K-59)."""
    floor = timedelta(hours=order.terms_version.rules.refill.start_floor_hours)
    return added_at + max(order.start_within or timedelta(), floor)


def provider_refills(order: Order) -> bool:
    """Whether the provider that has the order can be asked to refill it; staff do it otherwise."""
    return order.service.provider_refills and order.submission.state == DispatchState.ACCEPTED


def _tell(refill: Refill, *, now: datetime) -> None:
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
