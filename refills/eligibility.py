"""Whether what dropped is refilled, and how much: decided from the order's own terms, its numbers and one count.

Guaranteed is the start count plus what was delivered, whosever units they are; the refill is what is missing of it.
A count that nobody knows is never a no: a person looks. A refill never becomes money.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, Decimal

from django.utils.formats import date_format, number_format
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from accounts.refusals import Refusal
from orders.drops import guarantee_end
from orders.estimating import dropped_of
from orders.models import Condition
from orders.shares import ShareTooSmall, share_of
from orders.states import FINAL_STATES, OrderState
from terms.policy import Policy


class NoGuarantee(Refusal):
    code = "no_guarantee"
    clause = "K-10, K-54"
    sentence = _("This order was sold without refill.")


class NotDeliveredYet(Refusal):
    code = "not_delivered_yet"
    clause = "K-09"
    sentence = _("A refill is possible after the order is finished.")


class NothingDelivered(Refusal):
    code = "not_delivered_yet"
    clause = "K-09, K-12"
    sentence = _("Nothing of this order was delivered, so nothing of it can drop.")


class WindowOver(Refusal):
    code = "window_over"
    clause = "K-56"
    sentence = _("The guarantee of this order (until %(end)s) is over.")


class GuaranteeEnded(Refusal):
    code = "guarantee_ended"
    clause = "A-26, K-76"
    sentence = _("A payment dispute ended the guarantee of this order on %(end)s.")


class TooSoonAgain(Refusal):
    code = "cooldown"
    sentence = _("From %(time)s on another refill is possible; the last one ended a short while ago.")


class LinkNotWorking(Refusal):
    code = "link_not_working"
    clause = "K-27, K-28"
    sentence = _(
        "The link of this order was not found. A refill belongs to the order's link, also after a change of name."
    )


class NotPublic(Refusal):
    code = "private"
    clause = "K-20, K-22, K-29"
    sentence = _("The account or its counter is not public. Make it public and ask again.")


class BelowStart(Refusal):
    code = "below_start"
    clause = "K-57"
    sentence = _(
        "The count is %(count)s, below this order's start of %(start)s: what is missing first was there before."
    )


class NoDrop(Refusal):
    code = "no_drop"
    clause = "K-56, K-57"
    sentence = _("The count is %(count)s and %(guaranteed)s are guaranteed: there is no drop to refill.")


class HoursReached(Refusal):
    code = "hours_reached"
    clause = "K-44, K-45"
    sentence = _("%(hours)s of %(ordered)s hours since %(day)s: they count as delivered.")


@dataclass(frozen=True)
class Promise:
    """What one order promised: its numbers as they were sold and delivered, and the rules it was sold under.

    `watched` is true where the unit is an hour watched, which has no start count.
    """

    rules: Policy
    state: OrderState
    placed_at: datetime
    closed_at: datetime | None
    quantity: int
    delivered: int
    start_count: int | None
    guarantee_days: int | None
    delivered_before: int = 0
    watched: bool = False
    # When a payment dispute ended it, whatever the days say.
    ended_at: datetime | None = None

    @property
    def guaranteed(self) -> int | None:
        """The count that is guaranteed: start plus delivered, never what was delivered beyond (K-30)."""
        return None if self.start_count is None else self.start_count + self.delivered

    @property
    def ends_at(self) -> datetime | None:
        """The last moment at which a refill can be asked for; None for ever, or when it has not begun."""
        ends = guarantee_end(
            self.rules,
            guarantee_days=self.guarantee_days,
            placed_at=self.placed_at,
            closed_at=self.closed_at,
        )
        return min((one for one in (ends, self.ended_at) if one), default=None)


@dataclass(frozen=True)
class Look:
    """What the counter shows now; a count of None was not readable. Watch hours have tenths."""

    condition: Condition
    count: Decimal | None
    seen_at: datetime | None = None
    source: str = ""


@dataclass(frozen=True)
class Grant:
    """So many units are refilled, which brings the counter up to `target` at most (None for watch hours)."""

    amount: int
    target: int | None


@dataclass(frozen=True)
class Unknown:
    """Nobody can tell: a person looks. Never a no (AMB-42)."""

    missing: str


Answer = Grant | Unknown | Refusal


def refusal_before_counting(
    promise: Promise, *, asked_at: datetime, last_ended_at: datetime | None = None
) -> Refusal | None:
    """Return why this order has no refill whatever the counter shows, or None (R-8 nos. 2-4, K-09, K-10, K-54, K-56,
    K-76).

    The guarantee holds to its last second, and the moment of asking decides. `last_ended_at` is when the order's last
    refill ended; `refill.cooldown_hours` after it there is none.
    """
    if promise.guarantee_days is None:
        return NoGuarantee()
    if promise.state not in FINAL_STATES or promise.closed_at is None:
        return NotDeliveredYet()
    if promise.delivered == 0:
        return NothingDelivered()
    if promise.ended_at is not None:
        return GuaranteeEnded(end=date_format(localtime(promise.ended_at), "DATETIME_FORMAT"))
    if promise.ends_at is not None and asked_at > promise.ends_at:
        return WindowOver(end=date_format(localtime(promise.ends_at), "DATETIME_FORMAT"))
    if last_ended_at is not None:
        again = last_ended_at + timedelta(hours=promise.rules.refill.cooldown_hours)
        if asked_at < again:
            return TooSoonAgain(time=date_format(localtime(again), "DATETIME_FORMAT"))
    return None


def refill_for(promise: Promise, look: Look) -> Answer:
    """Return how much is refilled for what the counter shows, why nothing, or that nobody knows.

    In this order: the link works, the counter is public, the order's share of the start count, both counts known, not
    below the start, a drop at all, whatever is counted (R-8 nos. 8-13, R-9, K-27, K-28, K-29, K-30, K-34, K-36, K-38,
    K-41, K-44, K-45, K-57, K-62).
    Units of the service; watch hours are whole hours, rounded up.
    """
    closed = _closed_door(look.condition)
    if closed:
        return closed
    if promise.watched:
        return _watch_hours(promise, look)
    start, guaranteed = promise.start_count, promise.guaranteed
    current = None if look.count is None else int(look.count)
    if start is not None:
        too_small = share_refusal(promise, current=current)
        if too_small:
            return too_small
    if start is None or guaranteed is None:
        return Unknown("start_count")
    if current is None:
        return Unknown("count")
    return _drop(promise, start=start, guaranteed=guaranteed, count=current)


def most_to_refill(promise: Promise, look: Look | None) -> int:
    """Return the most units that anybody may grant: what was delivered, and no more than is missing (R-8, K-30)."""
    if look is None or look.count is None or promise.guaranteed is None or promise.watched:
        return promise.delivered
    return max(0, min(promise.delivered, promise.guaranteed - int(look.count)))


def share_refusal(promise: Promise, *, current: int | None = None) -> ShareTooSmall | None:
    """Return why the order is too small beside its start count to be refilled, or None (K-36, K-38, W-31…W-35)."""
    if promise.start_count is None or promise.watched:
        return None
    share = share_of(
        promise.rules.refill,
        quantity=promise.quantity,
        delivered_before=promise.delivered_before,
        start=promise.start_count,
        current=current,
    )
    return share.refusal() if share else None


def share_without_count(promise: Promise) -> ShareTooSmall | None:
    """Return why the order is too small beside its start count whatever the counter shows now, or None (K-36, K-37)."""
    return None if promise.rules.refill.share_base == "current" else share_refusal(promise)


def _closed_door(condition: Condition) -> Refusal | None:
    if condition == Condition.NOT_FOUND:
        return LinkNotWorking()
    if condition in {Condition.PRIVATE, Condition.HIDDEN}:
        return NotPublic()
    return None


def _drop(promise: Promise, *, start: int, guaranteed: int, count: int) -> Answer:
    capped = promise.rules.refill.below_start == "allow_capped"
    if count < start and not capped:
        return BelowStart(count=number_format(count), start=number_format(start))
    missing = dropped_of(start_count=start, delivered=promise.delivered, count=count)
    if missing < promise.rules.refill.min_drop:
        return NoDrop(count=number_format(count), guaranteed=number_format(guaranteed))
    return Grant(missing, target=min(guaranteed, count + missing))


def _watch_hours(promise: Promise, look: Look) -> Answer:
    """All hours since the whole day of the order count, whoever watched for whatever reason (R-9).

    Of a partial order the delivered hours are owed: the others were refunded.
    """
    if look.count is None:
        return Unknown("hours")
    missing = int((promise.delivered - look.count).to_integral_value(ROUND_CEILING))
    if missing > 0:
        return Grant(missing, target=None)
    return HoursReached(
        hours=number_format(look.count),
        ordered=number_format(promise.delivered),
        day=date_format(promise.placed_at, "DATE_FORMAT"),
    )
