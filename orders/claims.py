"""One order at a time: an open order holds its link and its counter until it ends (R-10).

Where the terms block, a second order is refused and names the first. Where they only warn, it needs a tick and
both are marked, because then nobody can tell whose units arrived. Orders of other customers are never shown, and in the
way only where the terms say so. Watch hours hold their video and the hours of its channel.
"""

from dataclasses import dataclass

from django.db import IntegrityError, connection, transaction
from django.db.models import Q, QuerySet
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


class LinkBusyElsewhere(LinkBusy):
    sentence = _("Another order for this link is open. Wait until it is finished.")


class SimilarBusyElsewhere(SimilarBusy):
    sentence = _("Another order already changes this count (%(metric)s). Wait until it is finished.")


class OverlapElsewhere(OverlapNotConfirmed):
    sentence = _(
        "Another order is open for this link; refills are delayed and full delivery is not guaranteed. "
        "Tick that you want to order all the same."
    )


class RefillRunning(Refusal):
    code = "refill_running"
    clause = "K-32, K-33, K-42"
    sentence = _(
        "Refill #%(refill)s for this count (%(metric)s) is running. Order again when it is finished, otherwise its "
        "drop is lost."
    )


class RefillNotConfirmed(RefillRunning):
    code = "refill_warning"
    sentence = _(
        "Refill #%(refill)s for this count (%(metric)s) is running: nobody can tell then what is refilled and what "
        "is new, and what has dropped may be lost."
    )


@dataclass(frozen=True)
class Place:
    """Where an order works: its link and the count it changes, and the one of the channel it changes as well."""

    target_key: str
    counter_key: str
    metric: str
    channel_counter_key: str = ""

    @property
    def counters(self) -> set[str]:
        return {self.counter_key, self.channel_counter_key} - {""}

    def keys(self, overlap: Overlap) -> tuple[str, ...]:
        """Return what an order here holds under these terms, in a fixed order so that two cannot dead-lock."""
        keys = set()
        if overlap.same_link == "any_kind":
            keys.add(self.target_key)
        if overlap.same_link == "same_kind" or overlap.similar:
            keys |= self.counters
        return tuple(sorted(keys))


def overlapping_order(*, customer: User, place: Place, overlap: Overlap) -> Order | None:
    """Return the open order that is in the way here, or None (A-33, K-21, K-39, K-43).

    The customer's own comes first; others' are looked at only under terms that count them.
    """
    if overlap.action == "off" or not place.keys(overlap):
        return None
    own = _open_here(place, overlap).filter(customer=customer).first()
    if own or not overlap.across_users:
        return own
    return _open_here(place, overlap).first()


def others_here(order: Order) -> QuerySet[Order]:
    """Return open orders of other customers for this link: for the eyes of staff (AMB-27)."""
    return Order.objects.open().filter(target_key=order.target_key).exclude(customer=order.customer_id)


def stand_in_line(*, customer: User, place: Place, overlap: Overlap) -> None:
    """Let one order at a time look whether this place is free, where no claim of the database decides that.

    Needs the transaction that places the order; lasts until its end. Where orders of one customer only block each
    other, their claims do it. A refill stands in line for its counter, too.
    """
    _line_up(customer, place.counters)
    whose = "" if overlap.across_users else f"{customer.pk} "
    if overlap.action == "off" or (overlap.action == "block" and not overlap.across_users):
        return
    with connection.cursor() as cursor:
        for key in place.keys(overlap):
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [whose + key])


def _open_here(place: Place, overlap: Overlap) -> QuerySet[Order]:
    """Return the open orders that would overlap with one here, oldest first."""
    here = Q(target_key=place.target_key)
    if overlap.same_link != "any_kind":
        here &= Q(counter_key=place.counter_key)
    if place.metric == Metric.WATCH_HOURS:
        here |= Q(channel_counter_key__in=place.counters)
    if place.channel_counter_key:
        channel = place.channel_counter_key.rpartition(":")[0]
        here |= Q(target_key=channel, counter_key=place.channel_counter_key)
    return Order.objects.open().filter(here).exclude(events__what=RELEASED_BY_STAFF).order_by("pk")


def require_free(*, customer: User, place: Place, overlap: Overlap, confirmed: bool) -> Order | None:
    """Refuse or return the open order that this one would overlap with.

    Raises LinkBusy or SimilarBusy where the terms block, OverlapNotConfirmed where they warn and the tick is missing.
    """
    other = overlapping_order(customer=customer, place=place, overlap=overlap)
    if other is None:
        return None
    if overlap.action == "block":
        raise _busy(other, place, customer)
    if not confirmed:
        raise overlap_warning(other, customer)
    return other


def require_no_refill(*, customer: User, place: Place, overlap: Overlap, confirmed: bool) -> bool:
    """Tell whether a refill of the customer runs on this counter that the order may go beside (K-32, K-42).

    Raises RefillRunning where the terms block that, RefillNotConfirmed where they warn and the tick is missing.
    """
    running = _refill_here(customer, place)
    if running is None:
        return False
    numbers = {"refill": running.refill_number, "metric": Metric(place.metric).label}
    if overlap.block_while_refill:
        raise RefillRunning(**numbers)
    if overlap.action != "off" and not confirmed:
        raise RefillNotConfirmed(**numbers)
    return True


def _refill_here(customer: User, place: Place) -> Claim | None:
    held = Claim.objects.filter(customer=customer, key__in=place.counters, refill_number__isnull=False)
    return held.order_by("pk").first()


def overlap_warning(other: Order, customer: User) -> OverlapNotConfirmed:
    """Return what has to be ticked before an order beside this one; others' orders are not named (A-33)."""
    mine = other.customer_id == customer.pk
    return OverlapNotConfirmed(order=other.pk) if mine else OverlapElsewhere()


def take_claims(*, order: Order, place: Place, overlap: Overlap) -> None:
    """Hold the link and the counter for this order; the database lets one of two simultaneous orders through.

    Raises LinkBusy or SimilarBusy. Under terms that warn, the first order keeps the claims; so does a refill that the
    order may go beside.
    """
    if overlap.action == "off":
        return
    beside = _refill_here(order.customer, place)
    keys = set(place.keys(overlap)) - ({beside.key} if beside else set())
    claims = [Claim(customer=order.customer, key=key, order=order) for key in sorted(keys)]
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
            raise _busy(holder.order, place, order.customer) from None
        # It was let go meanwhile.
        take_claims(order=order, place=place, overlap=overlap)


def release_claims(order: Order) -> None:
    """Let go of the link and the counter; a run leaves them to the next one that is open (R-10)."""
    claims = Claim.objects.filter(order=order, refill_number=None)
    if order.drip_feed_id:
        heir = Order.objects.open().filter(drip_feed=order.drip_feed_id).order_by("run").first()
        if heir:
            claims.update(order=heir)
            return
    claims.delete()


def claim_for_refill(order: Order, *, refill_number: int) -> bool:
    """Hold the order's counter for its refill; False when an order or another refill holds it (R-10, K-32)."""
    assert transaction.get_connection().in_atomic_block
    _line_up(order.customer, {order.counter_key})
    if open_on_counter(order.customer, order.counter_key).exists():
        return False
    _claim, is_new = Claim.objects.get_or_create(
        customer=order.customer,
        key=order.counter_key,
        defaults={"order": order, "refill_number": refill_number},
    )
    return is_new


def release_refill_claim(order: Order, *, refill_number: int) -> None:
    """Let go of the counter when the refill has ended; releasing twice, or what was never held, does nothing."""
    Claim.objects.filter(order=order, refill_number=refill_number).delete()


def open_on_counter(customer: User, counter_key: str) -> QuerySet[Order]:
    """Return the customer's open orders that move a counter, also as the channel of their video, oldest first."""
    moves = Q(counter_key=counter_key) | Q(channel_counter_key=counter_key)
    opened = Order.objects.of(customer).open().filter(moves)
    return opened.exclude(events__what=RELEASED_BY_STAFF).order_by("pk")


def _line_up(customer: User, counters: set[str]) -> None:
    """Let one order or refill of the customer at a time look whether these counters are free."""
    with connection.cursor() as cursor:
        for key in sorted(counters):
            cursor.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"refill {customer.pk} {key}"]
            )


def _busy(other: Order, place: Place, customer: User) -> Refusal:
    mine = other.customer_id == customer.pk
    if place.counters & {other.counter_key, other.channel_counter_key}:
        metric = Metric(place.metric).label
        return SimilarBusy(order=other.pk, metric=metric) if mine else SimilarBusyElsewhere(metric=metric)
    return LinkBusy(order=other.pk, state=other.get_state_display()) if mine else LinkBusyElsewhere()
