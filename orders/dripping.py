"""Drip-feed: the same order several times, bought at once and begun one after the other.

Each run is an order of its own, charged with all the others when the drip-feed is placed, so rate and terms are those
of that day. Runs never overtake: one that takes longer than the interval keeps the next one waiting, because a link
bears one order at a time (K-21). A run that never reached its provider stops the runs after it, which would fare the
same; one that was taken, however it ends, lets the next one begin.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Count, Max, Min, Q, Sum, Value
from django.db.models.functions import Coalesce, Greatest
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from accounts.refusals import Refusal
from catalog.models import Service
from orders.models import Order, OrderQuerySet, Submission
from orders.models.drips import LONGEST_INTERVAL_MINUTES, MOST_RUNS, RUN_NEVER_BEGUN
from orders.states import FINAL_STATES, OPEN_STATES, OrderState
from providers.dispatch import DispatchState

FEWEST_RUNS = 2
# From the first run to the last; a longer plan outlives prices, links and providers.
LONGEST_PLAN = timedelta(days=365)
RUNS_SHOWN = 60


class DripFeedNotOffered(Refusal):
    code = "drip_feed_not_offered"
    clause = "A-31, K-23"
    sentence = _("This service is not delivered in runs. Leave out runs and interval.")


class RunsOutOfRange(Refusal):
    code = "drip_feed_runs"
    clause = "A-31, K-23"
    sentence = _("Between %(fewest)s and %(most)s runs.")


class IntervalOutOfRange(Refusal):
    code = "drip_feed_interval"
    clause = "A-31, K-23"
    sentence = _("Between 1 and %(most)s minutes from one run to the next.")


class PlanTooLong(Refusal):
    code = "drip_feed_too_long"
    clause = "A-31, K-23"
    sentence = _("From the first run to the last at most %(days)s days; these would take %(asked)s.")


@dataclass(frozen=True)
class Plan:
    """How many runs, and how many minutes from the start of one to the start of the next."""

    runs: int
    interval_minutes: int

    @property
    def length(self) -> timedelta:
        return timedelta(minutes=self.interval_minutes * (self.runs - 1))


def plan_of(service: Service, *, runs: int | None, interval_minutes: int | None) -> Plan | None:
    """Return the plan asked for, None for an ordinary order.

    Raises DripFeedNotOffered, RunsOutOfRange, IntervalOutOfRange or PlanTooLong (R-2, A-31, K-23).
    """
    if runs is None and interval_minutes is None:
        return None
    if not service.is_sold_in_runs:
        raise DripFeedNotOffered
    if runs is None or not FEWEST_RUNS <= runs <= MOST_RUNS:
        raise RunsOutOfRange(fewest=FEWEST_RUNS, most=number_format(MOST_RUNS))
    if interval_minutes is None or not 1 <= interval_minutes <= LONGEST_INTERVAL_MINUTES:
        raise IntervalOutOfRange(most=number_format(LONGEST_INTERVAL_MINUTES))
    plan = Plan(runs, interval_minutes)
    if plan.length > LONGEST_PLAN:
        raise PlanTooLong(days=LONGEST_PLAN.days, asked=number_format(plan.length.days))
    return plan


# --- one run after the other ---------------------------------------------------------------------------------


def let_next_run_begin(order: Order, *, now: datetime) -> None:
    """The run has ended: the next one may be handed over, at its time or now if that has passed (K-21).

    Needs the transaction that ends the order, before any money moves: locks go up the runs, the balance comes last.
    """
    assert transaction.get_connection().in_atomic_block
    assert order.run is not None
    waiting = Submission.objects.filter(after=order, state__in=_not_sent())
    if waiting.update(after=None, due_at=Greatest("due_at", Value(now))):
        following = Order.objects.filter(drip_feed=order.drip_feed_id, run=order.run + 1)
        following.update(run_at=Greatest("run_at", Value(now)))


def withdraw_later_runs(order: Order, *, now: datetime) -> list[Order]:
    """Take back the later runs that were not sent, and return them, locked, to be settled in full.

    Needs the transaction that ends the order, before any money moves.
    """
    assert transaction.get_connection().in_atomic_block
    later = Submission.objects.filter(order__drip_feed=order.drip_feed_id, order__run__gt=order.run)
    unsent = later.filter(state__in=_not_sent()).select_for_update(of=("self",)).order_by("pk")
    numbers = list(unsent.values_list("order_id", flat=True))
    Submission.objects.filter(order__in=numbers).update(
        state=DispatchState.REJECTED, why=RUN_NEVER_BEGUN, answered_at=now
    )
    runs = Order.objects.select_for_update(of=("self",)).select_related("customer", "terms_version")
    return list(runs.filter(pk__in=numbers).order_by("run"))


def was_handed_over(order: Order) -> bool:
    return Submission.objects.filter(order=order, state=DispatchState.ACCEPTED).exists()


def next_run_to_send(order: Order) -> Order | None:
    """Return the first run of the order's drip-feed that is still with us, or None."""
    runs = Order.objects.filter(drip_feed=order.drip_feed_id, submission__state__in=_not_sent())
    return runs.select_related("customer", "terms_version", "submission").order_by("run").first()


def _not_sent() -> tuple[DispatchState, ...]:
    return (DispatchState.DUE, DispatchState.HELD)


# --- how a drip-feed stands ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Whole:
    """All runs of a drip-feed as one order. The first run's number is its number."""

    number: int
    runs: int
    ended: int
    state: OrderState
    quantity: int
    remains: int
    charge: Decimal
    refunded: Decimal
    coupon_amount: Decimal
    start_count: int | None
    next_at: datetime | None
    last_at: datetime

    @property
    def pk(self) -> int:
        return self.number

    def get_state_display(self) -> str:
        return str(self.state.label)

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES

    @property
    def delivered(self) -> int:
        return self.quantity - self.remains

    @property
    def final_charge(self) -> Decimal:
        """What the whole costs after what was refunded: the sum over its runs, exactly (R-4)."""
        return self.charge - self.refunded


def wholes_of(orders: Iterable[Order]) -> dict[int, Whole]:
    """Return the drip-feeds that these orders belong to, by the key of each; one query."""
    keys = {order.drip_feed_id for order in orders if order.drip_feed_id is not None}
    if not keys:
        return {}
    runs = Order.objects.filter(drip_feed__in=keys).values("drip_feed")
    states = {f"in_{state}": Count("pk", filter=Q(state=state)) for state in OrderState}
    found = runs.annotate(
        number=Min("pk", filter=Q(run=1)),
        runs=Count("pk"),
        units=Sum("quantity"),
        rest=Sum(Coalesce("remains", "quantity")),
        charged=Sum("charge"),
        back=Sum("refunded"),
        off=Sum("coupon_amount"),
        began_with=Min("start_count", filter=Q(run=1)),
        next_at=Min("run_at", filter=Q(state=OrderState.PENDING)),
        last_at=Max("run_at"),
        **states,
    )
    return {row["drip_feed"]: _whole(row) for row in found}


def whole_of(order: Order) -> Whole | None:
    return None if order.drip_feed_id is None else wholes_of([order])[order.drip_feed_id]


def any_is_open(orders: Iterable[Order], wholes: Mapping[int, Whole]) -> bool:
    return any(order.is_open for order in orders) or any(whole.is_open for whole in wholes.values())


def _whole(row: Mapping[str, Any]) -> Whole:
    counts = {state: row[f"in_{state}"] for state in OrderState if row[f"in_{state}"]}
    return Whole(
        number=row["number"],
        runs=row["runs"],
        ended=sum(count for state, count in counts.items() if state in FINAL_STATES),
        state=state_of_runs(frozenset(counts)),
        quantity=row["units"],
        remains=row["rest"],
        charge=row["charged"],
        refunded=row["back"],
        coupon_amount=row["off"],
        start_count=row["began_with"],
        next_at=row["next_at"],
        last_at=row["last_at"],
    )


def state_of_runs(states: frozenset[OrderState]) -> OrderState:
    """Return the state of a whole whose runs are in these states."""
    if len(states) == 1:
        return next(iter(states))
    if states <= FINAL_STATES:
        return OrderState.PARTIAL
    if states <= {OrderState.PENDING, OrderState.PROCESSING}:
        return OrderState.PROCESSING
    return OrderState.IN_PROGRESS


def runs_of(order: Order) -> OrderQuerySet:
    return Order.objects.filter(drip_feed=order.drip_feed_id).order_by("run")


def runs_around(order: Order) -> list[Order]:
    """Return the order's run and those nearest to it: as many as a page can show."""
    assert order.run is not None
    first = order.run - RUNS_SHOWN // 2
    near = runs_of(order).filter(run__gte=first, run__lte=first + RUNS_SHOWN)
    return list(near.only("run", "state", "run_at"))


def planned_charge(charge: Decimal, plan: Plan | None) -> Decimal:
    """Return what all runs cost together when one costs this (R-2)."""
    return charge if plan is None else charge * plan.runs
