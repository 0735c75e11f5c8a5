"""One order at a time: an open order holds its link and its counter until it ends (R-10).

Where the terms block, a second order is refused and names the first. Where they only warn, it needs a tick and
both are marked, because then nobody can tell whose units arrived. Orders of other customers are neither shown nor
in the way.
"""

from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.refusals import Refusal
from catalog.platforms import Metric
from orders.models import Claim, Order
from terms.catalogue import Overlap

# The event by which staff let a customer order for a link although the order there has not ended.
RELEASED_BY_STAFF = "claims_released"


class LinkBusy(Refusal):
    code = "link_busy"
    clause = "K-21, K-42"
    sentence = _("Order #%(order)s for this link is still “%(state)s”. Wait until it is finished.")


class SimilarBusy(Refusal):
    code = "similar_busy"
    clause = "K-39, K-40, K-43"
    sentence = _("Order #%(order)s already changes this count (%(metric)s). Wait until it is finished.")


class OverlapNotConfirmed(Refusal):
    code = "overlap_warning"
    clause = "A-33, A-34, A-35"
    sentence = _(
        "Order #%(order)s is open for this link; refills are delayed and full delivery is not guaranteed. "
        "Tick that you want to order all the same."
    )


@dataclass(frozen=True)
class Place:
    """Where an order works: its link and the count it changes."""

    target_key: str
    counter_key: str
    metric: str

    def keys(self, overlap: Overlap) -> tuple[str, ...]:
        """Return what an order here holds under these terms, in a fixed order so that two cannot dead-lock."""
        keys = set()
        if overlap.same_link == "any_kind":
            keys.add(self.target_key)
        if overlap.same_link == "same_kind" or overlap.similar:
            keys.add(self.counter_key)
        return tuple(sorted(keys))


def overlapping_order(*, customer: User, place: Place, overlap: Overlap) -> Order | None:
    """Return the customer's open order that is in the way here, or None (A-33, K-21, K-39)."""
    if overlap.action == "off":
        return None
    open_here = Order.objects.of(customer).open().filter(target_key=place.target_key)
    open_here = open_here.exclude(events__what=RELEASED_BY_STAFF)
    if overlap.same_link != "any_kind":
        open_here = open_here.filter(counter_key=place.counter_key)
    return open_here.order_by("pk").first() if place.keys(overlap) else None


def require_free(*, customer: User, place: Place, overlap: Overlap, confirmed: bool) -> Order | None:
    """Refuse or return the open order that this one would overlap with.

    Raises LinkBusy or SimilarBusy where the terms block, OverlapNotConfirmed where they warn and the tick is missing.
    """
    other = overlapping_order(customer=customer, place=place, overlap=overlap)
    if other is None:
        return None
    if overlap.action == "block":
        raise _busy(other, place)
    if not confirmed:
        raise OverlapNotConfirmed(order=other.pk)
    return other


def take_claims(*, order: Order, place: Place, overlap: Overlap) -> None:
    """Hold the link and the counter for this order; the database lets one of two simultaneous orders through.

    Raises LinkBusy or SimilarBusy. Under terms that warn, the first order keeps the claims.
    """
    if overlap.action == "off":
        return
    claims = [Claim(customer=order.customer, key=key, order=order) for key in place.keys(overlap)]
    if overlap.action == "warn":
        Claim.objects.bulk_create(claims, ignore_conflicts=True)
        return
    try:
        with transaction.atomic():
            Claim.objects.bulk_create(claims)
    except IntegrityError:
        holders = Claim.objects.filter(customer=order.customer, key__in=place.keys(overlap))
        holder = holders.select_related("order").first()
        if holder:
            raise _busy(holder.order, place) from None
        # It was let go meanwhile.
        take_claims(order=order, place=place, overlap=overlap)


def release_claims(order: Order) -> None:
    """Let go of the link and the counter; a run leaves them to the next one that is open (R-10)."""
    claims = Claim.objects.filter(order=order)
    if order.drip_feed_id:
        heir = Order.objects.open().filter(drip_feed=order.drip_feed_id).order_by("run").first()
        if heir:
            claims.update(order=heir)
            return
    claims.delete()


def _busy(other: Order, place: Place) -> Refusal:
    if other.counter_key == place.counter_key:
        return SimilarBusy(order=other.pk, metric=Metric(place.metric).label)
    return LinkBusy(order=other.pk, state=other.get_state_display())
