"""The buttons of disputes: who may press them, what they ask, and what they mean."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.admin_deciding import Decision
from accounts.models import AccountState, User
from billing import deciding_disputes as deciding
from billing import disputing
from billing.currencies import require_currency_decimals
from billing.ledger import balance_of
from billing.models import Dispute, DisputeState, Payment
from billing.money import ZERO
from billing.templatetags.money import money_text

DECIDE = "billing.decide_dispute"
LONGEST_NOTE = 300


class ReasonForm(forms.Form):
    note = forms.CharField(
        label=_("Reason"),
        max_length=LONGEST_NOTE,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text=_("Kept for good, with your name. The person reads the reason, but not your name."),
    )


class AddressTypedForm(ReasonForm):
    email = forms.CharField(
        label=_("E-mail address of the account"),
        widget=forms.TextInput(attrs={"class": "vTextField", "autocomplete": "off"}),
        help_text=_("Type it, so that it is the right one. There is no way back."),
    )
    field_order = ["email", "note"]


class What(models.TextChoices):
    INQUIRY = "inquiry", _("The bank asks: nothing is drawn yet")
    OPEN = "open", _("The bank has taken the money back")
    FRAUD = "fraud", _("The card was stolen or used without leave: the account ends for good")


class RegisterForm(forms.Form):
    """A payment, and what its bank or its owner says about it."""

    payment = forms.CharField(
        label=_("Payment"),
        max_length=24,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text=_("Its number, as the customer knows it."),
    )
    what = forms.TypedChoiceField(
        label=_("What happened"), choices=What.choices, coerce=What, widget=forms.RadioSelect
    )
    amount = forms.DecimalField(
        label=_("Amount"),
        required=False,
        min_value=Decimal("0.00000001"),
        max_digits=20,
        decimal_places=8,
        widget=forms.TextInput(attrs={"class": "vTextField", "inputmode": "decimal"}),
        help_text=_("Empty: all that is left of the payment."),
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=80,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text=_("In the bank's words. For a stolen card the person reads it."),
    )
    evidence_due_at = forms.DateTimeField(
        label=_("Evidence due"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
    )

    def clean_payment(self) -> Payment:
        payments = Payment.objects.select_related("customer", "terms_version")
        payment = payments.filter(code=self.cleaned_data["payment"].strip()).first()
        if payment is None:
            raise forms.ValidationError(_("There is no payment of this number."), code="unknown_payment")
        return payment

    def clean_amount(self) -> Decimal | None:
        amount: Decimal | None = self.cleaned_data["amount"]
        if amount is not None:
            require_currency_decimals(amount)
        return amount


def register(
    *,
    payment: Payment,
    what: What,
    amount: Decimal | None,
    reason: str,
    evidence_due_at: datetime | None,
    by: User,
    now: datetime,
) -> Dispute:
    """Enter what the form says; raises what the rules refuse."""
    if what == What.FRAUD:
        return deciding.mark_fraud(payment, by=by, note=reason, now=now)
    return disputing.register_dispute(
        payment,
        state=DisputeState.INQUIRY if what == What.INQUIRY else DisputeState.OPEN,
        amount=amount if amount is not None else max((payment.received or ZERO) - payment.lost, ZERO),
        reason=reason,
        evidence_due_at=evidence_due_at,
        by=by,
        now=now,
    )


def confirm(dispute: Dispute, *, by: User, note: str, now: datetime) -> str:
    deciding.confirm_termination(dispute, by=by, note=note, now=now)
    return gettext("The orders of %(customer)s end now.") % {"customer": dispute.payment.customer}


def fraud(dispute: Dispute, *, by: User, note: str, email: str, now: datetime) -> str:
    if email.strip().lower() != dispute.payment.customer.email.lower():
        raise forms.ValidationError(
            _("That is not the address of this account. Nothing was changed."), code="other_address"
        )
    deciding.mark_fraud(dispute.payment, by=by, note=note, now=now)
    return gettext("%(customer)s is terminated.") % {"customer": dispute.payment.customer}


def reopen(dispute: Dispute, *, by: User, note: str, now: datetime) -> str:
    deciding.reopen(dispute, by=by, note=note, now=now)
    return gettext("The account %(customer)s is open again.") % {"customer": dispute.payment.customer}


def write_off(dispute: Dispute, *, by: User, note: str, now: datetime) -> str:
    amount = deciding.write_off(dispute, by=by, note=note, now=now)
    return gettext("%(amount)s that %(customer)s owed are written off.") % {
        "amount": money_text(amount),
        "customer": dispute.payment.customer,
    }


def _outcome(state: DisputeState) -> Callable[..., str]:
    def act(dispute: Dispute, *, by: User, note: str, now: datetime) -> str:
        disputing.note_outcome(dispute, state=state, by=by, note=note, now=now)
        return gettext("The dispute is “%(state)s” now; the balance of %(customer)s is %(balance)s.") % {
            "state": state.label,
            "customer": dispute.payment.customer,
            "balance": money_text(balance_of(dispute.payment.customer)),
        }

    return act


def _by_hand(*states: DisputeState) -> Callable[[Any], bool]:
    return lambda dispute: dispute.external_id is None and not dispute.is_fraud and dispute.state in states


def _may_reopen(dispute: Dispute) -> bool:
    is_shut = dispute.payment.customer.state in {AccountState.FROZEN, AccountState.SUSPENDED}
    return is_shut and dispute.state in deciding.OVER_FOR_GOOD


ABOUT_DISPUTES = (
    Decision(
        "terminate",
        _("End the orders"),
        _(
            "What has not been handed over is cancelled and refunded to the balance, providers are asked to cancel "
            "the rest, and where the terms say so, guarantees of finished orders end and the account is suspended. "
            "Cancelled orders do not come back, also when the dispute is won."
        ),
        DECIDE,
        ReasonForm,
        confirm,
        lambda dispute: dispute.state in deciding.REAL and dispute.terminated_at is None,
    ),
    Decision(
        "fraud",
        _("It was fraud"),
        _(
            "For stolen or unauthorised cards. The account is terminated and no button makes it active again; the "
            "payment and its bonus leave the balance, the orders end, withdrawals are stopped. Then refund the "
            "card's owner at the processor, unless the bank has taken the money already."
        ),
        DECIDE,
        AddressTypedForm,
        fraud,
        lambda dispute: not dispute.is_fraud,
        for_many=False,
    ),
    Decision(
        "drawn",
        _("The bank has drawn it"),
        _("The question became a dispute: its amount and that part of the bonus leave the balance."),
        DECIDE,
        ReasonForm,
        _outcome(DisputeState.OPEN),
        _by_hand(DisputeState.INQUIRY),
    ),
    Decision(
        "won",
        _("We won it"),
        _("What it had drawn comes back to the balance, exactly. The account stays shut until it is opened."),
        DECIDE,
        ReasonForm,
        _outcome(DisputeState.WON),
        _by_hand(DisputeState.OPEN, DisputeState.LOST),
    ),
    Decision(
        "lost",
        _("We lost it"),
        _("The debt stays, and the fee of the terms is added. A later deposit settles it first."),
        DECIDE,
        ReasonForm,
        _outcome(DisputeState.LOST),
        _by_hand(DisputeState.OPEN),
    ),
    Decision(
        "closed",
        _("The bank asks no more"),
        _("Nothing was drawn. The account stays shut until it is opened."),
        DECIDE,
        ReasonForm,
        _outcome(DisputeState.CLOSED),
        _by_hand(DisputeState.INQUIRY),
    ),
    Decision(
        "reopen",
        _("Open the account again"),
        _(
            "Everything works again, and guarantees live on for what is left of them. Ended orders stay ended."
        ),
        DECIDE,
        ReasonForm,
        reopen,
        _may_reopen,
        for_many=False,
    ),
    Decision(
        "write_off",
        _("Write off what is owed"),
        _("The balance is set to zero at our cost. Nobody asks for it any more."),
        DECIDE,
        ReasonForm,
        write_off,
        lambda dispute: dispute.state == DisputeState.LOST and balance_of(dispute.payment.customer) < ZERO,
        for_many=False,
    ),
)
