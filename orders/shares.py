"""The share rule: what is small beside the count that was there before cannot be told from that count's own drop.

An order counts together with what earlier orders of the same service delivered there, if the terms say so.
"""

from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

from django.db.models import F, Sum
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.refusals import Refusal
from catalog.platforms import Metric
from orders.models import Order
from terms.catalogue import Refill

HUNDREDTH = Decimal("0.01")


class ShareTooSmall(Refusal):
    code = "share_too_small"
    clause = "K-36"
    sentence = _(
        "Ordered %(ordered)s is %(percent)s %% of the start count %(count)s; "
        "below %(least)s %% drops are not covered."
    )


@dataclass(frozen=True)
class Share:
    """Units that count for the rule, beside the count that they are measured against."""

    ordered: int
    count: int
    least_percent: Decimal

    @property
    def is_enough(self) -> bool:
        """Exactly the percentage is enough, and so is anything beside a count of 0 (R-8, K-36)."""
        return self.ordered * 100 >= self.least_percent * self.count

    @property
    def percent(self) -> Decimal | None:
        """The share, never rounded up to a limit that it does not reach; None of a count of 0."""
        if not self.count:
            return None
        share = (Decimal(100 * self.ordered) / self.count).quantize(HUNDREDTH, ROUND_DOWN)
        return Decimal(f"{share.normalize():f}")

    def refusal(self) -> ShareTooSmall | None:
        """Return why a drop of this order is not covered, or None when it is."""
        if self.is_enough:
            return None
        assert self.percent is not None
        return ShareTooSmall(
            ordered=number_format(self.ordered),
            percent=number_format(self.percent),
            count=number_format(self.count),
            least=number_format(f"{self.least_percent.normalize():f}"),
        )


def share_of(
    rules: Refill, *, quantity: int, delivered_before: int, start: int, current: int | None = None
) -> Share | None:
    """Return an order's share of the count, or None when the terms know no such rule (R-8, K-36, K-38).

    `delivered_before` is what earlier orders of the same service delivered there; `start` is the count before this
    order, `current` a newer one if there is one.
    """
    if not rules.min_share_percent:
        return None
    newer = start if current is None else current
    bases = {"start": start, "current": newer, "higher_of_both": max(start, newer)}
    before = delivered_before if rules.share_scope == "same_service_chain" else 0
    return Share(quantity + before, bases[rules.share_base], rules.min_share_percent)


def has_share_rule(*, metric: str, guarantee_days: int | None) -> bool:
    """Whether the rule can decide anything: there is a guarantee, and the metric is not watch hours (R-9)."""
    return guarantee_days is not None and metric != Metric.WATCH_HOURS


def delivered_before(customer: User, *, service_id: int, counter_key: str, order: Order | None = None) -> int:
    """Return what the customer's closed orders of a service delivered to a counter, before this order (K-38)."""
    earlier = Order.objects.of(customer).filter(
        # The target has an index; the counter is the target with its metric.
        target_key=counter_key.rpartition(":")[0],
        counter_key=counter_key,
        service_id=service_id,
        closed_at__isnull=False,
    )
    if order is not None:
        earlier = earlier.filter(pk__lt=order.pk)
    total = earlier.aggregate(units=Sum(F("quantity") - F("remains")))["units"]
    return int(total or 0)
