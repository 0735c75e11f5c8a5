"""The buttons of refund cases, and those of an order that say whose fault it was."""

from datetime import datetime
from decimal import Decimal

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.admin_deciding import Decision
from accounts.models import User
from billing.money import PLACES, ZERO
from billing.templatetags.money import money_text
from orders import cases, faults, vanishing
from orders.admin_forms import LONGEST_NOTE, ReasonForm
from orders.models import Fault, Order, RefundCase
from orders.states import OrderState
from providers.dispatch import DispatchState

ANSWER = "orders.answer_refundcase"
DECIDE = "orders.decide_refundcase"


class NoteForm(forms.Form):
    note = forms.CharField(
        label=_("Reason"),
        max_length=LONGEST_NOTE,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text=_("The customer reads it."),
    )


class PartForm(NoteForm):
    granted = forms.DecimalField(
        label=_("Amount"),
        min_value=ZERO,
        max_digits=20,
        decimal_places=PLACES,
        widget=forms.TextInput(attrs={"class": "vTextField", "inputmode": "decimal"}),
    )
    field_order = ["granted", "note"]


class ReplyForm(forms.Form):
    text = forms.CharField(
        label=_("To the customer"),
        max_length=cases.LONGEST_MESSAGE,
        widget=forms.Textarea(attrs={"class": "vLargeTextField", "rows": 5}),
    )


class FaultForm(ReasonForm):
    fault = forms.TypedChoiceField(label=_("Fault"), choices=Fault.choices, coerce=Fault)
    field_order = ["fault", "note"]


class GoneForm(NoteForm):
    remains = forms.IntegerField(
        label=_("Rest"),
        required=False,
        min_value=1,
        help_text=_("Units that were not delivered. Empty: what the provider said last."),
        widget=forms.NumberInput(attrs={"class": "vIntegerField"}),
    )
    field_order = ["remains", "note"]


def grant_all(case: RefundCase, *, by: User, note: str, now: datetime) -> str:
    return grant(case, by=by, note=note, now=now, granted=case.amount)


def deny(case: RefundCase, *, by: User, note: str, now: datetime) -> str:
    return grant(case, by=by, note=note, now=now, granted=ZERO)


def grant(case: RefundCase, *, by: User, note: str, now: datetime, granted: Decimal) -> str:
    cases.decide(case.pk, granted=granted, by=by, note=note, now=now)
    return gettext("%(granted)s of %(amount)s went back to %(customer)s.") % {
        "granted": money_text(granted),
        "amount": money_text(case.amount),
        "customer": case.order.customer,
    }


def reply(case: RefundCase, *, by: User, text: str, now: datetime) -> str:
    cases.reply(case.pk, by=by, text=text, now=now)
    return gettext("%(customer)s was told.") % {"customer": case.order.customer}


def look_again(case: RefundCase, *, by: User, note: str, now: datetime) -> str:
    again = cases.look_again(case.pk, by=by, note=note, now=now)
    return gettext("%(amount)s of order #%(order)s are under review again.") % {
        "amount": money_text(again.amount),
        "order": case.order_id,
    }


def mark_fault(order: Order, *, by: User, note: str, now: datetime, fault: Fault) -> str:
    faults.mark_fault(order.pk, fault=fault, by=by, note=note, now=now)
    return gettext("Order #%(order)s: %(fault)s.") % {"order": order.pk, "fault": fault.label}


def confirm_gone(order: Order, *, by: User, note: str, now: datetime, remains: int | None) -> str:
    ended = vanishing.confirm_gone(order.pk, remains=remains, by=by, note=note, now=now)
    return gettext("Order #%(order)s is “%(state)s” now.") % {
        "order": order.pk,
        "state": OrderState(ended.state).label,
    }


def _is_open(case: RefundCase) -> bool:
    return case.is_open


ABOUT_CASES = (
    Decision(
        "grant",
        _("Grant all"),
        _("Everything that is under review goes back to the customer's balance."),
        DECIDE,
        NoteForm,
        grant_all,
        _is_open,
    ),
    Decision(
        "part",
        _("Grant a part"),
        _("This amount goes back to the customer's balance. The rest is denied for good."),
        DECIDE,
        PartForm,
        grant,
        _is_open,
        for_many=False,
    ),
    Decision(
        "deny",
        _("Grant nothing"),
        _("Nothing goes back. A later report of the provider does not pay it either."),
        DECIDE,
        NoteForm,
        deny,
        _is_open,
    ),
    Decision(
        "reply",
        _("Write to the customer"),
        _("The customer is told, and can answer while the case is open."),
        ANSWER,
        ReplyForm,
        reply,
        _is_open,
        for_many=False,
    ),
    Decision(
        "again",
        _("Look at it again"),
        _("What was denied is under review once more, as a case of its own."),
        DECIDE,
        ReasonForm,
        look_again,
        lambda case: case.granted is not None and case.granted < case.amount and case.order.denied > ZERO,
        for_many=False,
    ),
)

ABOUT_FAULTS = (
    Decision(
        "fault",
        _("Say whose fault it is"),
        _(
            "No money moves. If it is the customer's and the order falls short, its refund waits for a decision. "
            "“Nothing known” takes a proposal back."
        ),
        "orders.handle_order",
        FaultForm,
        mark_fault,
        lambda order: order.refunded + order.denied < order.charge,
    ),
    Decision(
        "gone",
        _("Confirm: content gone"),
        _(
            "The order ends. Under terms that complete it, its rest stays unpaid; under others its refund waits "
            "for a decision."
        ),
        "orders.settle_order",
        GoneForm,
        confirm_gone,
        lambda order: (
            order.is_open
            and order.fault in faults.GONE_FAULTS
            and order.submission.state == DispatchState.ACCEPTED
        ),
    ),
)
