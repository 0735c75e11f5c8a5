"""Which refills wait for a person, and which wait too long: the same lists for the queue and for the first page."""

from datetime import datetime

from django.db.models import OuterRef, QuerySet, Subquery

from orders.hastening import WAITS_LONG_AFTER
from providers.dispatch import DispatchState
from refills.hastening import ANSWERED, ASKED
from refills.models import Refill, RefillEvent
from refills.states import WaitsFor


def for_staff() -> QuerySet[Refill]:
    """Return the refills in which it is the turn of staff (K-64, R-8 no. 11)."""
    return Refill.objects.open().filter(waits_for=WaitsFor.STAFF)


def open_for_long(now: datetime) -> QuerySet[Refill]:
    """Return open refills asked for more than three days ago; at exactly three they are not late yet (K-35)."""
    return Refill.objects.open().filter(asked_at__lt=now - WAITS_LONG_AFTER)


def overdue_to_begin(now: datetime) -> QuerySet[Refill]:
    """Return granted refills whose start was due, strictly before now: they may be hurried (K-59, K-60)."""
    return Refill.objects.running().filter(start_due_at__lt=now)


def of_unknown_outcome() -> QuerySet[Refill]:
    """Return open refills that their provider may or may not have got."""
    return Refill.objects.open().filter(submission__state=DispatchState.UNCERTAIN)


def wished_faster() -> QuerySet[Refill]:
    """Return open refills whose customers wait for an answer about more speed (K-60)."""
    wishes = RefillEvent.objects.filter(refill=OuterRef("pk"), what__in=[ASKED, ANSWERED]).order_by("-pk")
    return Refill.objects.open().annotate(wish=Subquery(wishes.values("what")[:1])).filter(wish=ASKED)
