"""Guarantees that end soon although something is missing: told once, while a refill can still be asked for.

Only where a count shows the drop. Who has hundreds of orders is not told of each that merely grows old.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import BooleanField, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as translate

from accounts.models import NoticeKind, User
from accounts.notices import notify
from catalog.naming import LIFETIME_DAYS
from orders.models import Order, OrderEvent, Sighting, SightingSource
from orders.timeline import guaranteed_until
from refills.offers import DELIVERED, Offer, offer_of

SOON = timedelta(days=3)
TOLD = "guarantee_runs_out"
MOST_LOOKED_AT = 20


def offers_running_out(customer: User, *, now: datetime, most: int) -> list[Offer]:
    """Return what the customer can still ask for, of guarantees that end within three days (F-24, K-09, K-56)."""
    found = [_offer(order, now=now) for order in _dropped(now).filter(customer=customer)[:MOST_LOOKED_AT]]
    return [offer for offer in found if offer][:most]


def tell_of_running_out(*, now: datetime, limit: int = 200) -> int:
    """Tell each customer once of an order whose guarantee ends within three days (F-24). Returns how many were told."""
    told = OrderEvent.objects.filter(order=OuterRef("pk"), what=TOLD)
    numbers = _dropped(now).filter(~Exists(told)).values_list("pk", flat=True)[:limit]
    return sum(_tell(number, now=now) for number in list(numbers))


def _tell(number: int, *, now: datetime) -> bool:
    with transaction.atomic():
        order = (
            Order.objects.select_for_update(of=("self",))
            .select_related("customer", "terms_version")
            .get(pk=number)
        )
        offer = _offer(order, now=now)
        if offer is None or order.events.filter(what=TOLD).exists():
            return False
        OrderEvent.objects.create(order=order, what=TOLD, at=now)
        notify(
            customer=order.customer,
            kind=NoticeKind.REFILL,
            title=translate("The guarantee of order #%(order)s ends soon") % {"order": order.pk},
            text=offer.text,
            url=reverse("order_detail", args=[order.pk]) + "#refill",
            now=now,
        )
        return True


def _offer(order: Order, *, now: datetime) -> Offer | None:
    """What can be asked for, when the guarantee really ends soon and a count shows the drop."""
    ends = guaranteed_until(order)
    if ends is None or not now <= ends <= now + SOON:
        return None
    offer = offer_of(order, now=now)
    return offer if offer and offer.is_grant else None


def _dropped(now: datetime) -> QuerySet[Order]:
    """Return orders whose guarantee may end soon, and whose counter was seen below what is guaranteed."""
    delivered = F("quantity") - Coalesce(F("remains"), 0)
    low = Sighting.objects.filter(
        counter_key=OuterRef("counter_key"),
        seen_at__gt=OuterRef("closed_at"),
        count__lt=OuterRef("start_count") + OuterRef("whole"),
    ).exclude(source=SightingSource.CUSTOMER)
    days = F("guarantee_days") * timedelta(days=1)
    ends_soon = [
        ExpressionWrapper(
            Q(**{f"{begins}__gte": now - days, f"{begins}__lte": now + SOON - days}),
            output_field=BooleanField(),
        )
        for begins in ("closed_at", "placed_at")
    ]
    orders = Order.objects.filter(
        state__in=DELIVERED,
        guarantee_days__lt=LIFETIME_DAYS,
        start_count__isnull=False,
        closed_at__isnull=False,
    )
    return (
        orders.filter(Q(ends_soon[0]) | Q(ends_soon[1]))
        .annotate(whole=delivered)
        .filter(Exists(low))
        .select_related("customer", "service", "terms_version", "submission")
        .order_by("pk")
    )
