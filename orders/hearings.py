"""A refund case as its customer sees it: what is asked, by which clauses, what speaks for it, and what was said.

Where a finding comes from and when is told; a provider's words and name are not.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from orders.cases import decision
from orders.models import CaseMessage, FaultSource, Order, RefundCase
from orders.withholding import under_review

SAID_BY = {
    FaultSource.STAFF: _("Seen by our staff"),
    FaultSource.CHECKS: _("Found by dated checks of the link"),
    FaultSource.PROVIDER: _("Reported by the supplier who delivers"),
    FaultSource.HANDOVER: _("The order was not accepted as it was"),
}


@dataclass(frozen=True)
class Hearing:
    case: RefundCase
    text: str
    clauses: tuple[str, ...]
    evidence: tuple[tuple[str, datetime], ...]
    messages: tuple[CaseMessage, ...]


def hearings_of(order: Order) -> list[Hearing]:
    """Return the order's refund cases, oldest first (R-5, A-11, K-79). While it is open it has none."""
    return [] if order.is_open else list(_hearings(order))


def _hearings(order: Order) -> Iterator[Hearing]:
    evidence = None
    for case in order.cases.prefetch_related("messages").order_by("pk"):
        if evidence is None:
            evidence = tuple(
                (str(SAID_BY[FaultSource(finding.source)]), finding.at)
                for finding in order.findings.order_by("pk")
            )
        sentence = under_review(case) if case.is_open else decision(case)
        yield Hearing(
            case,
            sentence.text,
            tuple(case.clause.split(", ")),
            evidence if case.fault == order.fault else (),
            tuple(sorted(case.messages.all(), key=lambda message: message.pk)),
        )
