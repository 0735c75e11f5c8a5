"""What becomes of the money for what was not delivered: paid, under review, or denied.

It is paid by itself unless the customer seems to have caused the failure, or the terms leave every refund to a person.
What is under review has a case; what is denied is never paid by a later report.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum

from django.utils.translation import gettext_lazy as _

from accounts.models import NoticeKind, User
from accounts.notices import notify
from accounts.refusals import Refusal
from billing.money import ZERO
from billing.templatetags.money import money_text
from orders.faults import clauses_of, proposal_for
from orders.models import CaseState, Fault, FaultSource, Order, OrderEvent, Proposal, RefundCase
from terms.catalogue import Refund

CASE_OPENED = "refund_review"
CASE_DECIDED = "refund_decided"


class RefundUnderReview(Refusal):
    code = "refund_review"
    clause = "A-11, K-79"
    sentence = _("Refund of up to %(amount)s under review: %(fault)s.")


class RefundUnderReviewByStaff(RefundUnderReview):
    clause = "A-10, K-66"
    sentence = _("Refund of %(amount)s: our staff return it.")


class Fate(Enum):
    PAID = "paid"
    REVIEWED = "reviewed"
    DENIED = "denied"


@dataclass(frozen=True)
class Withheld:
    """What was not paid of an ending's refund, and who denied it, if anybody did."""

    amount: Decimal
    fate: Fate
    by: User | None = None
    note: str = ""


def fate_of_refund(fault: Fault, *, rules: Refund, is_proven: bool, by_person: bool) -> Fate:
    """Return what becomes of a refund by the order's own terms (R-5, A-11, A-20, K-66, K-79).

    `is_proven`: a person marked the fault, or dated checks of the link show it. Only then may terms without
    `fault_needs_staff` decide by themselves; a provider's words alone never do.
    """
    if not fault.is_customers:
        return Fate.PAID if rules.auto or by_person else Fate.REVIEWED
    proposal = proposal_for(fault, rules)
    if rules.fault_needs_staff or not is_proven or proposal == Proposal.REVIEW:
        return Fate.REVIEWED
    return Fate.PAID if proposal == Proposal.FULL else Fate.DENIED


def fate_by_terms(order: Order, *, by_person: bool) -> Fate:
    fault = Fault(order.fault)
    proofs = {FaultSource.STAFF, FaultSource.CHECKS}
    proven = fault.is_customers and order.findings.filter(fault=fault, source__in=proofs).exists()
    rules = order.terms_version.rules.refund
    return fate_of_refund(fault, rules=rules, is_proven=proven, by_person=by_person)


def keep_case(order: Order, withheld: Withheld, *, now: datetime) -> RefundCase | None:
    """Open a case for what is withheld, or add to the open one; what is denied at once is kept as a decided case.

    Needs the transaction in which the order is locked and its sums are stored. The customer is told.
    """
    if withheld.amount == ZERO:
        return None
    if withheld.fate == Fate.DENIED:
        return _denied_at_once(order, withheld, now=now)
    case = order.cases.filter(state=CaseState.OPEN).first()
    if case is None:
        case = RefundCase(order=order, amount=ZERO, opened_at=now, **_judged(order))
    case.amount += withheld.amount
    case.save()
    OrderEvent.objects.create(order=order, what=CASE_OPENED, note=f"{case.fault} {case.amount:f}", at=now)
    notify(
        customer=order.customer,
        kind=NoticeKind.REFUND_REVIEW,
        title=str(_("Order #%(order)s: refund under review") % {"order": order.pk}),
        text=under_review(case).text,
        url=case.get_absolute_url(),
        now=now,
    )
    return case


def under_review(case: RefundCase) -> RefundUnderReview:
    """The sentence that the customer reads while a case is open."""
    kind = RefundUnderReview if Fault(case.fault).is_customers else RefundUnderReviewByStaff
    return kind(amount=money_text(case.amount), fault=case.get_fault_display())


def _denied_at_once(order: Order, withheld: Withheld, *, now: datetime) -> RefundCase:
    return RefundCase.objects.create(
        order=order,
        amount=withheld.amount,
        state=CaseState.DECIDED,
        granted=ZERO,
        decided_by=withheld.by,
        note=withheld.note,
        opened_at=now,
        decided_at=now,
        **_judged(order),
    )


def _judged(order: Order) -> dict[str, str]:
    fault = Fault(order.fault)
    proposal = proposal_for(fault, order.terms_version.rules.refund)
    return {"fault": fault, "proposal": proposal, "clause": clauses_of(fault)}
