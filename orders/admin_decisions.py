"""The buttons of orders, submissions and refund brakes: who may press them, what they ask, which rule they call."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.admin_deciding import Decision
from accounts.models import User
from billing.templatetags.money import money_text
from orders import brakes, deciding, uncertain
from orders.admin_forms import EndingForm, FoundForm, ReasonForm
from orders.models import Order, RefundBrake, Submission
from orders.states import OrderState
from providers.dispatch import DispatchState

HANDLE = "orders.handle_order"
SETTLE = "orders.settle_order"
RESOLVE = "orders.resolve_submission"

UNDER_WAY = {DispatchState.SENDING, DispatchState.UNCERTAIN}


def settle(
    order: Order, *, by: User, note: str, now: datetime, state: OrderState, remains: int | None
) -> str:
    refund = deciding.settle_by_staff(order.pk, state=state, remains=remains, by=by, note=note, now=now)
    return gettext("Order #%(order)s is “%(state)s” now; %(refund)s went back to %(customer)s.") % {
        "order": order.pk,
        "state": state.label,
        "refund": money_text(refund),
        "customer": order.customer,
    }


def ask_now(order: Order, *, by: User, now: datetime) -> str:
    deciding.ask_now(order.pk, now=now)
    return gettext("The provider is being asked about order #%(order)s.") % {"order": order.pk}


def clear_flag(order: Order, *, by: User, note: str, now: datetime) -> str:
    deciding.clear_flag(order.pk, by=by, note=note, now=now)
    return gettext("Order #%(order)s is no longer marked.") % {"order": order.pk}


def free_link(order: Order, *, by: User, note: str, now: datetime) -> str:
    deciding.free_link(order.pk, by=by, note=note, now=now)
    return gettext("The link of order #%(order)s can be ordered for again.") % {"order": order.pk}


def found(submission: Submission, *, by: User, note: str, now: datetime, external_id: str) -> str:
    uncertain.found(submission, external_id=external_id, by=by, note=note, now=now)
    return gettext("Order #%(order)s goes on under the provider's number %(number)s.") % {
        "order": submission.order_id,
        "number": external_id,
    }


def resend(submission: Submission, *, by: User, note: str, now: datetime) -> str:
    uncertain.resend(submission, by=by, note=note, now=now)
    return gettext("Order #%(order)s is being sent once more.") % {"order": submission.order_id}


def refund(submission: Submission, *, by: User, note: str, now: datetime) -> str:
    uncertain.refund(submission, by=by, note=note, now=now)
    return _refunded(submission)


def write_off(submission: Submission, *, by: User, note: str, now: datetime) -> str:
    uncertain.write_off(submission, by=by, note=note, now=now)
    return _refunded(submission)


def release_brake(brake: RefundBrake, *, by: User, note: str, now: datetime) -> str:
    paid = brakes.release_brake(brake, by=by, note=note, now=now)
    said = ngettext(
        "The brake is released; %(paid)d refund that waited is paid.",
        "The brake is released; %(paid)d refunds that waited are paid.",
        paid,
    )
    return said % {"paid": paid}


def _refunded(submission: Submission) -> str:
    return gettext("Order #%(order)s is cancelled; %(refund)s went back to %(customer)s.") % {
        "order": submission.order_id,
        "refund": money_text(submission.order.charge),
        "customer": submission.order.customer,
    }


def _is_uncertain(submission: Submission) -> bool:
    return submission.state == DispatchState.UNCERTAIN


def _always(row: Any) -> bool:
    return True


ABOUT_ORDERS = (
    Decision(
        "settle",
        _("End the order"),
        _(
            "The order ends, or its end is corrected. What was not delivered goes back to the customer's balance; "
            "if the fault is marked as the customer's, it is put under review instead."
        ),
        SETTLE,
        EndingForm,
        settle,
        lambda order: order.state != OrderState.CANCELLED and order.submission.state not in UNDER_WAY,
    ),
    Decision(
        "ask",
        _("Ask the provider now"),
        _("The provider is asked within seconds, instead of at the next regular check."),
        HANDLE,
        forms.Form,
        ask_now,
        lambda order: order.submission.state == DispatchState.ACCEPTED,
    ),
    Decision(
        "clear",
        _("Clear the flag"),
        _(
            "The order leaves the list of those to look at. A refund held by the brake is dropped and asked anew."
        ),
        HANDLE,
        ReasonForm,
        clear_flag,
        lambda order: bool(order.review) and order.submission.state != DispatchState.HELD,
    ),
    Decision(
        "free",
        _("Free the link"),
        _(
            "The customer can order for this link again although this order is open: counts may then be mixed up."
        ),
        HANDLE,
        ReasonForm,
        free_link,
        lambda order: order.claims.exists(),
    ),
)

ABOUT_SUBMISSIONS = (
    Decision(
        "found",
        _("Found there"),
        _("The provider has the order under this number. It goes on as if it had been accepted at once."),
        RESOLVE,
        FoundForm,
        found,
        _is_uncertain,
        for_many=False,
    ),
    Decision(
        "resend",
        _("Not there: send again"),
        _("You have made sure that the provider does not have it. It is sent once more."),
        RESOLVE,
        ReasonForm,
        resend,
        _is_uncertain,
        for_many=False,
    ),
    Decision(
        "refund",
        _("Not there: refund"),
        _(
            "You have made sure that the provider does not have it. It is cancelled, the whole charge goes back."
        ),
        RESOLVE,
        ReasonForm,
        refund,
        _is_uncertain,
    ),
    Decision(
        "write_off",
        _("Write off"),
        _(
            "Nobody will know. It is cancelled, the whole charge goes back, and the provider's price is our loss."
        ),
        RESOLVE,
        ReasonForm,
        write_off,
        _is_uncertain,
    ),
)

ABOUT_BRAKES = (
    Decision(
        "release",
        _("Release the brake and pay"),
        _(
            "The refunds that wait are paid as the provider reported them. From now on they are automatic again."
        ),
        SETTLE,
        ReasonForm,
        release_brake,
        _always,
    ),
)
