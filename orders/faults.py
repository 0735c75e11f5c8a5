"""Whether a customer caused that an order could not be delivered: who may say so, and what follows.

A provider's words and checks of the link only propose; a person marks. While the order runs no money moves. When it
ends with a rest, a fault makes the refund wait in a case. Without a fault the refund is paid by itself.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.refusals import Refusal
from orders.models import (
    CaseState,
    Condition,
    Fault,
    FaultFinding,
    FaultSource,
    Order,
    OrderEvent,
    Proposal,
    Review,
    Sighting,
    SightingSource,
)
from orders.reason_texts import meaning_of
from terms.catalogue import Refund

FAULT_PROPOSED = "fault_proposed"
FAULT_MARKED = "fault_marked"
CHECKS_APART = timedelta(hours=1)
# How long before the order a look still says how things were when it was placed.
AT_ORDER_TIME = timedelta(hours=1)
GONE = {Condition.PRIVATE: Fault.PRIVATE, Condition.NOT_FOUND: Fault.CONTENT_REMOVED}
GONE_FAULTS = frozenset(GONE.values())

CLAUSES: dict[Fault, str] = {
    Fault.BAD_LINK: "A-11, K-79",
    Fault.PRIVATE: "A-20, A-30, K-79",
    Fault.CONTENT_REMOVED: "A-12, K-24, K-79",
    Fault.CONTENT_CHANGED: "A-12, K-79",
    Fault.MISPLACED: "A-30, K-79",
    Fault.OVERLAP: "A-33, K-21, K-79",
    Fault.PROHIBITED_CONTENT: "A-19, K-25, K-79",
}
NO_FAULT_CLAUSES = "A-10, K-66"


class EvidenceMissing(Refusal):
    code = "evidence_missing"
    clause = "A-11, K-79"
    sentence = _("Say what shows it: it is kept with the order.")


@dataclass(frozen=True)
class Gone:
    """Content that could no longer be seen: since when, and when that was seen again."""

    fault: Fault
    since: datetime
    confirmed: datetime


def clauses_of(fault: Fault) -> str:
    return CLAUSES.get(fault, NO_FAULT_CLAUSES)


def proposal_for(fault: Fault, rules: Refund) -> Proposal:
    """Return what the terms propose for a refund under this fault (A-11, A-12, A-20, A-30, K-79).

    Private accounts and misplaced orders get nothing, unless the terms refund even the customer's own faults.
    """
    if not fault.is_customers:
        return Proposal.FULL
    default = Proposal(rules.fault_default)
    if default == Proposal.REVIEW and fault in {Fault.PRIVATE, Fault.MISPLACED}:
        return Proposal.NONE
    return default


def content_gone(checks: Iterable[tuple[datetime, str]], *, placed_at: datetime, needed: int) -> Gone | None:
    """Return since when content is gone by dated checks of its link, or None (R-5, A-12, K-24).

    It must have been public when the order was placed or later, and then `needed` checks in a row, each at least 60
    minutes after the one before, found it private or not at all. A look that found only the count hidden says nothing.
    """
    was_public = False
    failed: list[tuple[datetime, Fault]] = []
    for seen_at, condition in sorted(checks):
        if seen_at < placed_at - AT_ORDER_TIME:
            continue
        if condition == Condition.PUBLIC:
            was_public, failed = True, []
        elif condition in GONE and (not failed or seen_at - failed[-1][0] >= CHECKS_APART):
            failed.append((seen_at, GONE[Condition(condition)]))
    if not was_public or len(failed) < needed:
        return None
    return Gone(failed[-1][1], failed[0][0], failed[-1][0])


def propose_from_checks(order: Order, *, now: datetime) -> bool:
    """Look at all that was seen of an open order's counter; propose a fault if its content is gone (A-12, K-24).

    Needs a transaction in which the order is locked. Looks that a customer told of prove nothing here.
    """
    if not order.is_open:
        return False
    needed = order.terms_version.rules.delivery.content_gone_checks
    looks = Sighting.objects.filter(
        counter_key=order.counter_key, seen_at__gte=order.placed_at - AT_ORDER_TIME, seen_at__lte=now
    ).exclude(source=SightingSource.CUSTOMER)
    checks = looks.order_by("seen_at").values_list("seen_at", "condition")
    gone = content_gone(checks, placed_at=order.placed_at, needed=needed)
    if gone is None:
        return False
    words = f"{gone.fault.label}: {gone.since:%Y-%m-%d %H:%M} - {gone.confirmed:%Y-%m-%d %H:%M} UTC"
    return propose(order, gone.fault, source=FaultSource.CHECKS, words=words, now=now)


def propose_from_words(order: Order, reason: str, *, words: str, now: datetime) -> bool:
    """Look up why a provider says it did not deliver, and propose what staff have written down for that (R-5).

    Needs a transaction in which the order is locked. `words` is the whole answer, kept as evidence.
    """
    meaning = meaning_of(reason)
    if meaning is None or not Fault(meaning.fault).is_customers:
        return False
    return propose(order, Fault(meaning.fault), source=FaultSource.PROVIDER, words=words, now=now)


def propose(order: Order, fault: Fault, *, source: FaultSource, words: str, now: datetime) -> bool:
    """Note what speaks for a fault; False when it is known already, or when a person has spoken (R-5).

    Needs a transaction in which the order is locked. No money moves.
    """
    assert transaction.get_connection().in_atomic_block
    earlier = list(order.findings.all())
    if any(finding.source == FaultSource.STAFF for finding in earlier):
        return False
    if any((finding.source, finding.fault) == (source, fault) for finding in earlier):
        return False
    FaultFinding.objects.create(order=order, fault=fault, source=source, words=words, at=now)
    facts: dict[str, object] = {"fault": fault}
    if fault in GONE_FAULTS and order.is_open and not order.review:
        facts["review"] = Review.CONTENT_GONE
    _set(order, facts)
    OrderEvent.objects.create(order=order, what=FAULT_PROPOSED, note=fault.value, words=words, at=now)
    return True


@transaction.atomic(durable=True)
def mark_fault(order_number: int, *, fault: Fault, by: User, note: str, now: datetime) -> None:
    """A person says whose fault it is, with what shows it; nothing is paid or taken by that (A-30, K-79).

    "Nothing known" takes a proposal back: the refund is then automatic. An open case follows. Raises EvidenceMissing.
    """
    if not note.strip():
        raise EvidenceMissing
    order = Order.objects.select_for_update(of=("self",)).select_related("terms_version").get(pk=order_number)
    FaultFinding.objects.create(order=order, fault=fault, source=FaultSource.STAFF, words=note, by=by, at=now)
    facts: dict[str, object] = {"fault": fault}
    if order.review == Review.CONTENT_GONE and fault not in GONE_FAULTS:
        facts["review"] = Review.NONE
    _set(order, facts)
    order.cases.filter(state=CaseState.OPEN).update(
        fault=fault,
        proposal=proposal_for(fault, order.terms_version.rules.refund),
        clause=clauses_of(fault),
    )
    OrderEvent.objects.create(
        order=order, what=FAULT_MARKED, actor=by, note=f"{fault.value}: {note}"[:300], at=now
    )


def _set(order: Order, facts: dict[str, object]) -> None:
    Order.objects.filter(pk=order.pk).update(**facts)
    for name, value in facts.items():
        setattr(order, name, value)
