"""What may be expected of an order before it is placed: start, finish, drop, and what the share rule will say.

All of it is an estimate with its source; the share rule is told as soon as the counter is known.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from accounts.models import User
from catalog.expecting import Expected, expected_of
from catalog.models import Service
from orders.links import Target
from orders.models import Order
from orders.shares import Share, delivered_before, has_share_rule, share_of
from orders.sightings import latest_sighting
from terms.catalogue import Refill
from terms.policy import Policy


@dataclass(frozen=True)
class Outlook:
    """A share with the moment at which its count was known; None is the order's own start."""

    share: Share
    seen_at: datetime | None = None
    clauses: tuple[str, ...] = ("K-36", "K-37", "K-38")

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
            return _("The count begins at 0, so a drop within the guarantee is covered.")
        if self.share.is_enough:
            return (
                _(
                    "%(ordered)s is %(percent)s %% of the count of %(count)s: a drop within the guarantee is covered."
                )
                % numbers
            )
        return (
            _(
                "%(ordered)s is %(percent)s %% of the count of %(count)s. Below %(least)s %% drops are not covered: "
                "nobody can tell which of the %(count)s were lost."
            )
            % numbers
        )


@dataclass(frozen=True)
class Forecast:
    """What may be expected of so many units of a service."""

    expected: Expected
    finish: timedelta | None = None
    outlook: Outlook | None = None
    warning: str = ""
    warning_clauses: tuple[str, ...] = ()


def forecast_of(
    customer: User, service: Service, units: int | None, target: Target | None, rules: Policy
) -> Forecast:
    """Return what may be expected of these units on this target, as far as they are known (A-09, A-13, K-08, K-47)."""
    expected = expected_of(service, rules.estimate)
    outlook = None
    if units and target:
        key = target.counter_key(service.metric)
        outlook = outlook_before(customer, service, counter_key=key, quantity=units, rules=rules.refill)
    warning, clauses = drop_warning(expected, guarantee_days=service.guarantee_days)
    return Forecast(expected, expected.finish(units) if units else None, outlook, warning, clauses)


def drop_warning(expected: Expected, *, guarantee_days: int | None) -> tuple[str, tuple[str, ...]]:
    """Warn of a high drop, and more so where nothing is refilled (K-07, K-54)."""
    if not expected.is_high_drop:
        return "", ()
    if guarantee_days is None:
        return (
            _(
                "High drop and no refill: everything delivered may be lost again, and nothing is replaced or refunded."
            ),
            ("K-07", "K-54"),
        )
    return _("High drop: low quality, of which everything may drop, and more than once."), ("K-07",)


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
