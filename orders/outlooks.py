"""What the share rule will say about an order, as soon as its counter is known, before ordering if it can be."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from accounts.models import User
from catalog.models import Service
from orders.models import Order
from orders.shares import Share, delivered_before, has_share_rule, share_of
from orders.sightings import latest_sighting
from terms.catalogue import Refill


@dataclass(frozen=True)
class Outlook:
    """A share with the moment at which its count was known; None is the order's own start."""

    share: Share
    seen_at: datetime | None = None

    @property
    def text(self) -> str:
        """The rule with the numbers of this order (K-36, K-37)."""
        numbers = {
            "ordered": number_format(self.share.ordered),
            "percent": number_format(self.share.percent) if self.share.percent is not None else "",
            "count": number_format(self.share.count),
            "least": number_format(f"{self.share.least_percent.normalize():f}"),
        }
        if not self.share.count:
            return _("The count begins at 0, so a drop is covered.")
        if self.share.is_enough:
            return _("%(ordered)s is %(percent)s %% of the count of %(count)s: a drop is covered.") % numbers
        return (
            _(
                "%(ordered)s is %(percent)s %% of the count of %(count)s. Below %(least)s %% drops are not covered: "
                "nobody can tell which of the %(count)s were lost."
            )
            % numbers
        )


def outlook_before(
    customer: User, service: Service, *, counter_key: str, quantity: int, rules: Refill
) -> Outlook | None:
    """Return what the share rule would say about this order, as far as its counter is known (K-36, K-37, K-38)."""
    if not has_share_rule(metric=service.metric, guarantee_days=service.guarantee_days):
        return None
    known = known_count(customer, counter_key)
    if known is None:
        return None
    count, seen_at = known
    before = delivered_before(customer, service_id=service.pk, counter_key=counter_key)
    share = share_of(rules, quantity=quantity, delivered_before=before, start=count)
    return Outlook(share, seen_at) if share else None


def outlook_of(order: Order) -> Outlook | None:
    """Return what the share rule says about an order by its own terms, once its start count is known (K-36)."""
    if order.start_count is None or not has_share_rule(
        metric=order.service.metric, guarantee_days=order.guarantee_days
    ):
        return None
    before = delivered_before(
        order.customer, service_id=order.service_id, counter_key=order.counter_key, order=order
    )
    share = share_of(
        order.terms_version.rules.refill,
        quantity=order.quantity,
        delivered_before=before,
        start=order.start_count,
    )
    return Outlook(share) if share else None


def known_count(customer: User, counter_key: str) -> tuple[int, datetime] | None:
    """Return what a counter showed last and when: as it was seen, or as the customer's last order left it."""
    seen = latest_sighting(counter_key, customer=customer)
    left = (
        Order.objects.of(customer)
        .filter(
            target_key=counter_key.rpartition(":")[0],
            counter_key=counter_key,
            closed_at__isnull=False,
            start_count__isnull=False,
        )
        .order_by("-closed_at", "-pk")
        .first()
    )
    if (
        left
        and left.closed_at
        and left.start_count is not None
        and (seen is None or seen.seen_at <= left.closed_at)
    ):
        return left.start_count + left.delivered, left.closed_at
    return (seen.count, seen.seen_at) if seen and seen.count is not None else None
