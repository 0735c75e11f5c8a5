"""Many orders at once: every line is judged in turn, also against the lines before it, before anything is placed.

Each line becomes an order of its own, charged and recorded like any other: one that is refused keeps no other from
being placed, and the same lines placed twice are the same orders.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.refusals import Refusal
from billing.money import ZERO
from catalog.models import Service
from orders.asking import OrderRequest, earlier_order
from orders.drops import UnrefilledDrop
from orders.models import Order
from orders.placing import Examined, examine, place_of, place_order


class LineBusy(Refusal):
    code = "link_busy"
    clause = "K-21, K-39, K-40"
    sentence = _("Line %(line)s is for the same link or count. Place this one when that order is finished.")


@dataclass(frozen=True)
class Verdict:
    """What becomes of one line: an order, a refusal, or, before anything is placed, a charge."""

    order: Order | None = None
    refusal: Refusal | None = None
    service: Service | None = None
    charge: Decimal = ZERO
    overlaps: bool = False
    # What has dropped of an earlier order there, and would be lost.
    drop: UnrefilledDrop | None = None

    @property
    def asks_for_tick(self) -> bool:
        return self.overlaps or self.drop is not None

    @property
    def is_good(self) -> bool:
        return self.order is None and self.refusal is None


@dataclass
class _Earlier:
    """What the lines judged before have taken: of the balance, and of links and counters (by which line)."""

    spent: Decimal = ZERO
    taken: dict[str, int] = field(default_factory=dict)


def check_many(*, customer: User, requests: Iterable[OrderRequest], now: datetime) -> list[Verdict]:
    """Say of each request what placing them in this order would do; nothing is stored (A-31, K-21, R-10).

    Ticks count as given: they are asked for once, for all lines.
    """
    earlier = _Earlier()
    return [
        _judged(customer, request, number, earlier, now=now)
        for number, request in enumerate(requests, start=1)
    ]


def place_many(
    *,
    customer: User,
    requests: Sequence[OrderRequest],
    now: datetime,
    go_on: Callable[[], bool] = lambda: True,
) -> list[Verdict]:
    """Place each request in its turn, in a transaction of its own, and return what became of each (A-31, K-23).

    A request that was placed before is answered with its order again. `go_on` is asked before each new one; those
    that it leaves are still good, and the same call goes on with them.
    """
    names = [request.request_id for request in requests]
    repeats = set(
        Order.objects.of(customer).filter(request_id__in=names).values_list("request_id", flat=True)
    )
    return [
        _placed(customer, request, now=now) if request.request_id in repeats or go_on() else Verdict()
        for request in requests
    ]


def _placed(customer: User, request: OrderRequest, *, now: datetime) -> Verdict:
    try:
        order = place_order(customer=customer, request=request, now=now)
    except Refusal as refusal:
        return Verdict(refusal=refusal)
    return Verdict(order=order, service=order.service, charge=order.charge)


def _judged(
    customer: User, request: OrderRequest, number: int, earlier: _Earlier, *, now: datetime
) -> Verdict:
    ticked = replace(request, terms_ticked=True, public_ticked=True, overlap_ticked=True)
    try:
        placed = earlier_order(customer, request)
        if placed:
            return Verdict(order=placed, service=placed.service, charge=placed.charge)
        seen = examine(customer=customer, request=ticked, now=now, spent=earlier.spent)
        overlaps = _overlaps_a_line(seen, earlier)
    except Refusal as refusal:
        return Verdict(refusal=refusal)
    earlier.spent += seen.charge
    for key in _keys(seen):
        earlier.taken.setdefault(key, number)
    return Verdict(
        service=seen.draft.service,
        charge=seen.charge,
        overlaps=overlaps or seen.overlaps,
        drop=seen.drop.refusal(blocks=False) if seen.drop else None,
    )


def _overlaps_a_line(seen: Examined, earlier: _Earlier) -> bool:
    """Whether a line before is for the same link or count. Raises LineBusy where the terms block that."""
    lines = [earlier.taken[key] for key in _keys(seen) if key in earlier.taken]
    if lines and seen.version.rules.overlap.action == "block":
        raise LineBusy(line=min(lines))
    return bool(lines)


def _keys(seen: Examined) -> tuple[str, ...]:
    overlap = seen.version.rules.overlap
    return () if overlap.action == "off" else place_of(seen.draft).keys(overlap)
