"""Deciding about refunds under review: a person grants all, a part or nothing, and says why; the customer may answer.

A decision stands: it is never changed, but what was denied can be looked at again, in a case of its own.
"""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import NoticeKind, User
from accounts.notices import notify
from accounts.refusals import Refusal
from billing.money import ZERO
from billing.templatetags.money import money_text
from orders.models import CaseMessage, CaseState, Fault, Order, OrderEvent, RefundCase
from orders.settling import decide_review, review_again
from orders.withholding import CASE_DECIDED, CASE_OPENED

LONGEST_MESSAGE = 4000


class CaseDecided(Refusal):
    code = "case_decided"
    clause = "A-11, K-79"
    sentence = _("This refund was decided meanwhile.")


class GrantOutOfRange(Refusal):
    code = "grant_out_of_range"
    sentence = _("Grant between 0 and %(most)s; you wrote %(amount)s.")


class NoteMissing(Refusal):
    code = "note_missing"
    clause = "A-11, K-79"
    sentence = _("Say why: the customer reads it.")


class MessageMissing(Refusal):
    code = "message_missing"
    sentence = _("Write between 1 and %(most)s letters.")


class NothingDenied(Refusal):
    code = "nothing_denied"
    sentence = _("Nothing of order #%(order)s was denied, or it is being looked at already.")


class RefundDenied(Refusal):
    """The sentence that the customer reads when nothing was granted."""

    code = "refund_denied"
    clause = "A-20, A-30, K-79"
    sentence = _("No refund: %(fault)s. %(note)s")


class RefundGranted(Refusal):
    """The sentence that the customer reads when all or a part was granted."""

    code = "refund_granted"
    clause = "A-11, K-79"
    sentence = _("%(granted)s of %(amount)s were refunded. %(note)s")


@transaction.atomic(durable=True)
def decide(case_number: int, *, granted: Decimal, by: User, note: str, now: datetime) -> None:
    """Grant so much of what is under review, deny the rest, and tell the customer (R-5, A-11, A-20, K-79).

    Raises CaseDecided, GrantOutOfRange or NoteMissing; then nothing is stored.
    """
    _require_note(note)
    order, case = _locked(case_number)
    if not case.is_open:
        raise CaseDecided
    assert case.amount == order.under_review
    if not ZERO <= granted <= case.amount:
        raise GrantOutOfRange(most=money_text(case.amount), amount=money_text(granted))
    case.state, case.granted, case.note = CaseState.DECIDED, granted, note
    case.decided_by, case.decided_at, case.is_unanswered = by, now, False
    case.save()
    decide_review(order, granted, actor=by, note=note, now=now)
    OrderEvent.objects.create(order=order, what=CASE_DECIDED, refund=granted, actor=by, note=note, at=now)
    notify(
        customer=order.customer,
        kind=NoticeKind.REFUND_DECIDED,
        title=str(_("Order #%(order)s: refund decided") % {"order": order.pk}),
        text=decision(case).text,
        url=case.get_absolute_url(),
        now=now,
    )


@transaction.atomic(durable=True)
def look_again(case_number: int, *, by: User, note: str, now: datetime) -> RefundCase:
    """Put what a case denied under review once more. Raises NothingDenied or NoteMissing."""
    _require_note(note)
    order, earlier = _locked(case_number)
    denied = ZERO if earlier.granted is None else min(earlier.amount - earlier.granted, order.denied)
    if denied <= ZERO or order.cases.filter(state=CaseState.OPEN).exists():
        raise NothingDenied(order=order.pk)
    review_again(order, denied, now=now)
    case = RefundCase.objects.create(
        order=order,
        amount=denied,
        denied_before=denied,
        fault=earlier.fault,
        proposal=earlier.proposal,
        clause=earlier.clause,
        opened_at=now,
    )
    OrderEvent.objects.create(order=order, what=CASE_OPENED, actor=by, note=note, at=now)
    return case


@transaction.atomic(durable=True)
def answer(case_number: int, *, customer: User, text: str, now: datetime) -> CaseMessage:
    """The customer says something about a case of theirs while it is open. Raises CaseDecided or MessageMissing."""
    _require_message(text)
    order, case = _locked(case_number)
    assert order.customer_id == customer.pk
    if not case.is_open:
        raise CaseDecided
    RefundCase.objects.filter(pk=case.pk).update(is_unanswered=True)
    return CaseMessage.objects.create(case=case, author=customer, from_staff=False, text=text.strip(), at=now)


@transaction.atomic(durable=True)
def reply(case_number: int, *, by: User, text: str, now: datetime) -> CaseMessage:
    """Staff write to the customer about an open case; the customer is told. Raises CaseDecided or MessageMissing."""
    _require_message(text)
    order, case = _locked(case_number)
    if not case.is_open:
        raise CaseDecided
    RefundCase.objects.filter(pk=case.pk).update(is_unanswered=False)
    notify(
        customer=order.customer,
        kind=NoticeKind.REFUND_REVIEW,
        title=str(_("Order #%(order)s: a question about your refund") % {"order": order.pk}),
        text=text.strip(),
        url=case.get_absolute_url(),
        now=now,
    )
    return CaseMessage.objects.create(case=case, author=by, from_staff=True, text=text.strip(), at=now)


def decision(case: RefundCase) -> Refusal:
    """The sentence of a decided case, with its clauses."""
    assert case.granted is not None
    fault = Fault(case.fault)
    if case.granted == ZERO:
        return RefundDenied(fault=fault.label, note=case.note)
    return RefundGranted(granted=money_text(case.granted), amount=money_text(case.amount), note=case.note)


def _locked(case_number: int) -> tuple[Order, RefundCase]:
    """The order first, as everywhere; its cases change only under its lock."""
    number = RefundCase.objects.values_list("order_id", flat=True).get(pk=case_number)
    order = Order.objects.select_for_update(of=("self",)).select_related("customer").get(pk=number)
    return order, RefundCase.objects.get(pk=case_number)


def _require_note(note: str) -> None:
    if not note.strip():
        raise NoteMissing


def _require_message(text: str) -> None:
    if not 1 <= len(text.strip()) <= LONGEST_MESSAGE:
        raise MessageMissing(most=LONGEST_MESSAGE)
