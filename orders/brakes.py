"""A provider that suddenly cancels everything must not empty the house: above its limits, refunds wait for a person.

Counted are the refunds that its own reports caused within the last hour, or since a person released the brake, by
number and by amount. What waits is remembered as it was reported, so that releasing the brake pays exactly that.
"""

from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import Count, Sum
from django.db.models.functions import Coalesce

from accounts.models import User
from billing.money import ZERO
from orders.models import Order, OrderEvent, Review
from orders.settling import Ending, settle
from orders.states import FINAL_STATES, OrderState
from orders.timing import next_check_after_end
from providers import health
from providers.models import Provider

WINDOW = timedelta(hours=1)
HELD = "refund_held"


def brake_holds(provider: Provider, refund: Decimal, *, now: datetime) -> bool:
    """Whether this refund has to wait: the brake is on, or this refund would go beyond the hour's limits."""
    if provider.brake_tripped_at:
        return True
    recent = OrderEvent.objects.filter(
        order__submission__provider=provider,
        what__in=FINAL_STATES,
        refund__gt=0,
        at__gt=max(now - WINDOW, provider.brake_released_at or now - WINDOW),
        at__lte=now,
    ).aggregate(count=Count("pk"), total=Coalesce(Sum("refund"), ZERO))
    too_many: bool = recent["count"] >= provider.brake_orders_per_hour
    too_much: bool = recent["total"] + refund > provider.brake_refund_per_hour
    return too_many or too_much


def hold_refund(order: Order, ending: Ending, *, provider: Provider, now: datetime) -> None:
    """Remember what the provider reported, and leave order and money as they are."""
    health.trip_brake(provider, now=now)
    if order.review == Review.BRAKE:
        return
    Order.objects.filter(pk=order.pk).update(review=Review.BRAKE, check_at=None)
    OrderEvent.objects.create(
        order=order, what=HELD, to_state=ending.state, remains=ending.remains, words=ending.words, at=now
    )


def release_brake(provider: Provider, *, by: User, note: str, now: datetime) -> int:
    """Let automatic refunds go on and pay every one that waited, as it was reported. Returns how many."""
    health.release_brake(provider, now=now)
    waiting = Order.objects.filter(submission__provider=provider, review=Review.BRAKE).values_list(
        "pk", flat=True
    )
    return sum(_pay_held(number, by=by, note=note, now=now) for number in list(waiting))


@transaction.atomic
def _pay_held(number: int, *, by: User, note: str, now: datetime) -> bool:
    order = Order.objects.select_for_update(of=("self",)).select_related("customer").get(pk=number)
    if order.review != Review.BRAKE:
        return False
    report = order.events.filter(what=HELD).latest("pk")
    ending = Ending(
        OrderState(report.to_state),
        report.remains or 0,
        "brake_released",
        actor=by,
        note=note,
        words=report.words,
    )
    settle(order, ending, now=now)
    assert order.closed_at is not None
    later = next_check_after_end(closed_at=order.closed_at, now=now)
    Order.objects.filter(pk=number).update(check_at=later)
    return True
