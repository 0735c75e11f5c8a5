"""How refills go on: what providers say about them, and what the counters show.

Everything is back when the provider says so, or when the count has reached what is guaranteed, whoever brought it
back. A refill that is missing from an answer, or an answer that is no answer, changes nothing.
"""

import logging
from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from accounts.refusals import Refusal
from orders.models import Order, Sighting, SightingSource
from orders.timing import next_check_while_open
from providers import health
from providers.dispatch import DispatchState
from providers.gateway import (
    MAX_IDS_PER_CALL,
    Gateway,
    ProviderFault,
    RefillReport,
    ReportedState,
    StatusMiss,
)
from providers.models import Provider
from refills.ending import BroughtBack, RejectedUpstream, close, record
from refills.judging import locked
from refills.looking import TRUSTED, look_of
from refills.models import Refill, RefillEvent
from refills.states import RUNNING_STATES, RefillState, WaitsFor

# A claim that is lost with its worker is taken again after this.
CLAIM = timedelta(minutes=2)
AT_PROVIDER = frozenset({RefillState.SENT, RefillState.IN_PROGRESS})

log = logging.getLogger(__name__)


class BroughtBackInPart(Refusal):
    code = "refilled_in_part"
    clause = "K-58"
    sentence = _(
        "Only a part was brought back. You may ask again while the guarantee lasts; it never becomes money."
    )


def track_provider(
    provider: Provider, *, gateway_for: Callable[[Provider], Gateway], clock: Callable[[], datetime]
) -> int:
    """Ask one provider about up to 100 of its refills that are due, and apply what it says. Returns how many."""
    asked = claim_checks(provider, now=clock())
    if not asked:
        return 0
    try:
        answers = gateway_for(provider).refill_statuses(list(asked))
    except ProviderFault as fault:
        health.record_failure(provider, fault, now=clock())
        return 0
    health.record_success(provider, now=clock())
    for external_id, refill_id in asked.items():
        try:
            apply_answer(refill_id, answers.get(external_id, StatusMiss("")), now=clock())
        except Exception:
            # One bad item never stops the others; it is asked about again when its claim has run out.
            log.exception("The answer about refill %s could not be applied", refill_id)
    return len(asked)


@transaction.atomic(durable=True)
def claim_checks(provider: Provider, *, now: datetime) -> dict[str, int]:
    """Take up to 100 refills whose check is due: their numbers at the provider, and ours."""
    due = (
        Refill.objects.filter(
            state__in=AT_PROVIDER,
            check_at__lte=now,
            submission__provider=provider,
            submission__state=DispatchState.ACCEPTED,
        )
        .select_related("submission")
        .select_for_update(skip_locked=True, of=("self",))
        .order_by("check_at")[:MAX_IDS_PER_CALL]
    )
    # Of two refills with one number the other one's turn comes next.
    asked = {refill.submission.external_id: refill for refill in due}
    Refill.objects.filter(pk__in=[refill.pk for refill in asked.values()]).update(check_at=now + CLAIM)
    ask_for_counts([refill.order_id for refill in asked.values()], now=now)
    return {external_id: refill.pk for external_id, refill in asked.items()}


@transaction.atomic(durable=True)
def apply_answer(refill_id: int, answer: RefillReport | StatusMiss, *, now: datetime) -> None:
    """Apply what a provider says about one refill. Saying it twice, or late, does no harm (K-32, K-58)."""
    refill = locked(refill_id)
    if refill.state not in AT_PROVIDER:
        return
    if isinstance(answer, RefillReport):
        _apply_report(refill, answer, now=now)
    if refill.is_open:
        assert refill.added_at is not None
        next_check = next_check_while_open(begins_at=refill.added_at, now=now)
        Refill.objects.filter(pk=refill.pk).update(check_at=next_check)
    else:
        ask_for_counts([refill.order_id], now=now)


def _apply_report(refill: Refill, report: RefillReport, *, now: datetime) -> None:
    match report.state:
        case ReportedState.COMPLETED:
            close(refill, RefillState.COMPLETED, BroughtBack(), words=report.raw, now=now)
        case ReportedState.PARTIAL:
            close(refill, RefillState.REJECTED, BroughtBackInPart(), words=report.raw, now=now)
        case ReportedState.CANCELLED:
            close(refill, RefillState.REJECTED, RejectedUpstream(), words=report.raw, now=now)
        case ReportedState.IN_PROGRESS if refill.state == RefillState.SENT:
            was = refill.state
            refill.move_to(RefillState.IN_PROGRESS, waits_for=WaitsFor.PROVIDER)
            record(refill, "in_progress", was=was, words=report.raw, now=now)
        case None:
            _keep_odd_word(refill, report, now=now)


def _keep_odd_word(refill: Refill, report: RefillReport, *, now: datetime) -> None:
    """A word never seen means nothing; it is kept for staff, once."""
    if not RefillEvent.objects.filter(refill=refill, what="odd_answer", words=report.raw).exists():
        record(refill, "odd_answer", words=report.raw, now=now)


def complete_whole(*, now: datetime, limit: int = 100) -> int:
    """Complete granted refills whose counter shows what is guaranteed, sent or not (K-32, K-41, K-62).

    A provider that never says "completed" and work that staff did by hand end here. Returns how many.
    """
    reached = _counts_at_target(
        OuterRef("counter_key"), OuterRef("target"), Coalesce(OuterRef("counted_at"), OuterRef("added_at"))
    )
    # Somebody's turn it always is; saying so lets the few open ones be found among all.
    running = Refill.objects.running().filter(waits_for__in=[WaitsFor.PROVIDER, WaitsFor.STAFF])
    whole = running.filter(Exists(reached)).order_by("pk").values_list("pk", flat=True)
    return sum(_complete_by_count(number, now=now) for number in list(whole[:limit]))


@transaction.atomic(durable=True)
def _complete_by_count(refill_id: int, *, now: datetime) -> bool:
    refill = locked(refill_id)
    if refill.state not in RUNNING_STATES:
        return False
    seen = _counts_at_target(refill.counter_key, refill.target, refill.counted_at or refill.added_at)
    record(refill, "count_reached", look=look_of(seen.latest("seen_at")), now=now)
    close(refill, RefillState.COMPLETED, BroughtBack(), now=now)
    return True


def _counts_at_target(counter_key: object, target: object, since: object) -> QuerySet[Sighting]:
    """What a customer states is never proof."""
    return Sighting.objects.filter(
        counter_key=counter_key, source__in=TRUSTED, count__gte=target, seen_at__gt=since
    )


def ask_for_counts(orders: Collection[int], *, now: datetime) -> None:
    """Have these orders asked about now, as far as their providers say what the counter shows."""
    told = Sighting.objects.filter(
        order=OuterRef("pk"),
        source=SightingSource.PROVIDER,
        count__isnull=False,
        seen_at__gte=OuterRef("closed_at"),
    )
    Order.objects.filter(Exists(told), pk__in=orders).update(check_at=now)


def recount(*, now: datetime, limit: int = 100) -> int:
    """Look again at counters where staff bring back what dropped: nobody else says how it goes. Returns how many."""
    with transaction.atomic(durable=True):
        due = list(
            Refill.objects.running()
            .filter(check_at__lte=now)
            .exclude(submission__state=DispatchState.ACCEPTED)
            .select_for_update(skip_locked=True, of=("self",))
            .order_by("check_at")[:limit]
        )
        for refill in due:
            assert refill.added_at is not None
            next_check = next_check_while_open(begins_at=refill.added_at, now=now)
            Refill.objects.filter(pk=refill.pk).update(check_at=next_check)
        ask_for_counts([refill.order_id for refill in due], now=now)
    return len(due)
