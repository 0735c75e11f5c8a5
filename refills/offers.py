"""What an order's page tells about its guarantee: how long it runs, and what asking for a refill would be answered.

Only what the terms say whatever the counter shows, and a count that is fresh, take the button away. An old count is
told with its age.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from accounts.refusals import Refusal
from catalog.durations import spell_duration
from catalog.naming import LIFETIME_DAYS
from orders.claims import open_on_counter
from orders.models import Order
from orders.states import OrderState
from refills.eligibility import Answer, Grant, Look, Promise
from refills.looking import counted_from, last_look
from refills.models import Refill
from refills.promising import promise_of
from refills.requesting import AlreadyAsked, preview
from refills.waiting import BehindOrder, BehindRefill

DELIVERED = frozenset({OrderState.COMPLETED, OrderState.PARTIAL})


@dataclass(frozen=True)
class Guarantee:
    """The time in which a drop is refilled, running down; for life it has no end."""

    ends_at: datetime | None
    length: timedelta
    left: timedelta

    @property
    def is_over(self) -> bool:
        return self.ends_at is not None and not self.left

    @property
    def minutes(self) -> int:
        return max(1, self.length // timedelta(minutes=1))

    @property
    def minutes_left(self) -> int:
        return self.minutes if self.ends_at is None else self.left // timedelta(minutes=1)

    @property
    def left_in_words(self) -> str:
        return spell_duration(self.left)


@dataclass(frozen=True)
class Offer:
    """One order's guarantee, the answer that asking would get, and what that answer rests on."""

    order: Order
    guarantee: Guarantee | None
    answer: Answer
    look: Look | None
    is_fresh: bool
    running: Refill | None
    behind: Refusal | None
    may_ask: bool
    text: str

    @property
    def is_grant(self) -> bool:
        return isinstance(self.answer, Grant)

    @property
    def is_refusal(self) -> bool:
        return isinstance(self.answer, Refusal)

    @property
    def clauses(self) -> tuple[str, ...]:
        return self.answer.clauses if isinstance(self.answer, Refusal) else ("K-30", "K-56")


def offer_of(order: Order, *, now: datetime) -> Offer | None:
    """Return what to tell before asking, or None for an order that delivered nothing yet (R-8, K-09, K-31, A-34)."""
    if order.state not in DELIVERED or order.closed_at is None:
        return None
    promise = promise_of(order)
    answer = preview(order, now=now)
    asked = isinstance(answer, AlreadyAsked)
    look = last_look(order, since=counted_from(order))
    return Offer(
        order=order,
        guarantee=guarantee_of(promise, now=now),
        answer=answer,
        look=look,
        is_fresh=_is_fresh(promise, look, now=now),
        running=Refill.objects.filter(order=order).open().first() if asked else None,
        behind=None if isinstance(answer, Refusal) else _behind(order),
        may_ask=not isinstance(answer, Refusal),
        text=_words(promise, answer, look),
    )


def guarantee_of(promise: Promise, *, now: datetime) -> Guarantee | None:
    """Return how much of the guarantee is left, to its last second (K-09, K-56); None where there is none."""
    if promise.guarantee_days is None or promise.closed_at is None or not promise.delivered:
        return None
    length = timedelta(days=min(promise.guarantee_days, LIFETIME_DAYS))
    ends = promise.ends_at
    left = length if ends is None else min(length, max(timedelta(), ends - now))
    return Guarantee(ends_at=ends, length=length, left=left)


def _is_fresh(promise: Promise, look: Look | None, *, now: datetime) -> bool:
    fresh_for = timedelta(minutes=promise.rules.delivery.count_max_age_minutes)
    return look is not None and look.seen_at is not None and look.seen_at >= now - fresh_for


def _behind(order: Order) -> Refusal | None:
    other = open_on_counter(order.customer, order.counter_key).exclude(pk=order.pk).first()
    if other:
        return BehindOrder(order=other.pk)
    running = Refill.objects.of(order.customer).running().filter(counter_key=order.counter_key)
    refill = running.exclude(order=order).order_by("pk").first()
    return BehindRefill(refill=refill.pk) if refill else None


def _words(promise: Promise, answer: Answer, look: Look | None) -> str:
    if isinstance(answer, Refusal):
        return answer.text
    guaranteed = promise.quantity if promise.watched else promise.guaranteed
    if isinstance(answer, Grant) and look is not None and look.count is not None:
        said = _("Guaranteed %(guaranteed)s, now %(count)s: %(amount)s to refill") % {
            "guaranteed": number_format(guaranteed or 0),
            "count": number_format(look.count.normalize() if promise.watched else int(look.count)),
            "amount": number_format(answer.amount),
        }
        return f"{said}; {_until(promise)}"
    if promise.watched:
        words = _("You are asked for the hours since %(day)s, with a screenshot.")
        return words % {"day": date_format(timezone.localtime(promise.placed_at), "DATE_FORMAT")}
    if guaranteed is None:
        return _("The count at the start is not known; our staff look at it when you ask.")
    words = _("Guaranteed %(guaranteed)s. What the counter shows now is looked up when you ask.")
    return words % {"guaranteed": number_format(guaranteed)}


def _until(promise: Promise) -> str:
    if promise.ends_at is None:
        return _("guaranteed for life")
    return _("until %(end)s") % {"end": date_format(timezone.localtime(promise.ends_at), "DATETIME_FORMAT")}
