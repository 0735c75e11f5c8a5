"""Withdrawals in the administration: what waits to be decided or paid, what it was taken from, and the buttons."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.admin_deciding import DecidingAdmin, Decision
from accounts.admin_looking import LookingAdmin
from accounts.models import User
from accounts.sealing import SealBroken
from billing import approving
from billing.destinations import open_destination
from billing.holding import STOPPABLE
from billing.models import PayoutState, PayoutWay, Withdrawal, WithdrawalState
from billing.money import PLACES, ZERO
from billing.paying_out import due_by_hand, mark_paid
from billing.templatetags.money import money, money_text
from billing.unfinished import unfinished

APPROVE = "billing.approve_withdrawal"
PAY = "billing.pay_withdrawal"
LONGEST_NOTE = 200
LONGEST_REFERENCE = 120
Lookups = list[tuple[str, str]]


class ReasonForm(forms.Form):
    note = forms.CharField(
        label=_("Reason"),
        max_length=LONGEST_NOTE,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text=_("Kept in the log, with your name. Customers do not see it."),
    )


class RejectionForm(forms.Form):
    note = forms.CharField(
        label=_("Reason"),
        max_length=LONGEST_NOTE,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text=_("The customer reads it."),
    )


class PaidForm(forms.Form):
    amount = forms.DecimalField(
        label=_("Amount that you paid"),
        min_value=ZERO,
        max_digits=20,
        decimal_places=PLACES,
        widget=forms.TextInput(attrs={"class": "vTextField", "inputmode": "decimal"}),
    )
    reference = forms.CharField(
        label=_("Reference"),
        max_length=LONGEST_REFERENCE,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text=_("What the bank calls the payment. The customer reads it."),
    )


def approve(withdrawal: Withdrawal, *, by: User, note: str, now: datetime) -> str:
    decided = approving.approve(withdrawal.pk, by=by, now=now)
    if approving.waits_for_second(decided):
        return gettext("Request #%(number)s is approved; a second person has to agree.") % {
            "number": decided.pk
        }
    return _released(decided)


def agree(withdrawal: Withdrawal, *, by: User, note: str, now: datetime) -> str:
    return _released(approving.agree(withdrawal.pk, by=by, now=now))


def reject(withdrawal: Withdrawal, *, by: User, note: str, now: datetime) -> str:
    decided = approving.reject(withdrawal.pk, by=by, note=note, now=now)
    return gettext("%(amount)s went back to %(customer)s.") % {
        "amount": money_text(decided.gross + decided.bonus_lost),
        "customer": decided.customer,
    }


def paid(withdrawal: Withdrawal, *, by: User, amount: Decimal, reference: str, now: datetime) -> str:
    mark_paid(withdrawal.pk, amount=amount, reference=reference, by=by, now=now)
    return gettext("%(amount)s of request #%(number)s are written down as paid.") % {
        "amount": money_text(amount),
        "number": withdrawal.pk,
    }


def _released(withdrawal: Withdrawal) -> str:
    return gettext("Request #%(number)s is approved; %(by_hand)s of %(amount)s are to be paid by hand.") % {
        "number": withdrawal.pk,
        "by_hand": money_text(due_by_hand(withdrawal)),
        "amount": money_text(withdrawal.payout),
    }


DECISIONS = (
    Decision(
        "approve",
        _("Approve"),
        _(
            "What came from a card goes back to it by itself; the rest is to be paid by hand. Above the limit a second "
            "person has to agree first."
        ),
        APPROVE,
        ReasonForm,
        approve,
        lambda withdrawal: withdrawal.state == WithdrawalState.REQUESTED,
    ),
    Decision(
        "agree",
        _("Agree as the second person"),
        _("From now on it is paid out."),
        APPROVE,
        ReasonForm,
        agree,
        approving.waits_for_second,
    ),
    Decision(
        "reject",
        _("Reject"),
        _("Money and bonus go back to the customer's balance, and to the payments they came from."),
        APPROVE,
        RejectionForm,
        reject,
        lambda withdrawal: withdrawal.state in STOPPABLE,
    ),
    Decision(
        "paid",
        _("Mark as paid"),
        _("You have paid by hand all that was due to be paid by hand."),
        PAY,
        PaidForm,
        paid,
        lambda withdrawal: due_by_hand(withdrawal) > ZERO,
        for_many=False,
    ),
)


class WithdrawalQueue(admin.SimpleListFilter):
    """The queue is what is not finished; what is over is one click away."""

    title = _("queue")
    parameter_name = "queue"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Lookups:
        return [
            ("decide", str(_("to decide"))),
            ("pay", str(_("to pay by hand"))),
            ("overdue", str(_("overdue"))),
            ("over", str(_("finished"))),
            ("all", str(_("All"))),
        ]

    def choices(self, changelist: Any) -> Any:
        first, *others = super().choices(changelist)
        yield {**first, "display": _("not finished")}
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        by_hand = Q(payouts__way=PayoutWay.BY_HAND, payouts__state=PayoutState.DUE)
        match self.value():
            case "decide":
                alone = Q(state=WithdrawalState.APPROVED, seconded_by=None, payouts=None)
                return queryset.filter(Q(state=WithdrawalState.REQUESTED) | alone)
            case "pay":
                return queryset.filter(by_hand).distinct()
            case "overdue":
                return queryset.filter(pk__in=unfinished(), due_on__lt=timezone.localdate())
            case "over":
                return queryset.exclude(pk__in=unfinished())
            case None:
                return queryset.filter(pk__in=unfinished())
        return queryset


class WithdrawalAdmin(DecidingAdmin, LookingAdmin):
    decisions = DECISIONS
    change_form_template = "admin/billing/withdrawal/change_form.html"
    decide_display = ("__str__", "customer", "taken", "charged", "leaves", "by_hand", "due_on")
    list_display = [
        "__str__",
        "customer",
        "its_state",
        "leaves",
        "due_on",
        "late",
        "requested_at",
        "taken",
        "charged",
    ]
    list_filter = [WithdrawalQueue]
    list_select_related = ["customer"]
    search_fields = ["=customer__email"]
    search_help_text = _("A customer's whole e-mail address")
    ordering = ["due_on", "pk"]
    fieldsets = [
        (None, {"fields": ["customer", "its_state", "requested_at", "due_on", "terms"]}),
        (_("Money"), {"fields": ["taken", "charged", "lost", "leaves", "by_hand"]}),
        (
            _("Decision"),
            {"fields": ["approved_by", "approved_at", "second", "seconded_at", "note", "payment_reference"]},
        ),
        (_("End"), {"fields": ["closed_by", "closed_at"]}),
        (_("Look first"), {"fields": ["changed"]}),
    ]
    readonly_fields = [
        "its_state",
        "taken",
        "charged",
        "lost",
        "leaves",
        "by_hand",
        "second",
        "terms",
        "changed",
    ]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        withdrawal = self.get_object(request, object_id)
        extra = {} if withdrawal is None else self._facts(request, withdrawal)
        return super().change_view(request, object_id, form_url, extra | (extra_context or {}))

    def _facts(self, request: HttpRequest, withdrawal: Withdrawal) -> dict[str, Any]:
        facts: dict[str, Any] = {
            "parts": withdrawal.parts.select_related("funding").order_by("pk"),
            "payouts": withdrawal.payouts.select_related("payment").order_by("pk"),
        }
        if self.has_view_permission(request) and request.user.has_perm(PAY):
            assert isinstance(request.user, User)
            try:
                facts["destination"] = open_destination(withdrawal, by=request.user, now=timezone.now())
            except SealBroken:
                facts["destination_broken"] = True
        return facts

    @admin.display(description=_("state"))
    def its_state(self, withdrawal: Withdrawal) -> SafeString:
        return format_html(
            '<span class="state state-{}">{}</span>', withdrawal.state, withdrawal.get_state_display()
        )

    @admin.display(description=_("taken from the balance"))
    def taken(self, withdrawal: Withdrawal) -> SafeString:
        return money(withdrawal.gross)

    @admin.display(description=_("fee"))
    def charged(self, withdrawal: Withdrawal) -> SafeString:
        return money(withdrawal.fee)

    @admin.display(description=_("bonus lost"))
    def lost(self, withdrawal: Withdrawal) -> SafeString:
        return money(withdrawal.bonus_lost)

    @admin.display(description=_("to the customer"))
    def leaves(self, withdrawal: Withdrawal) -> SafeString:
        return money(withdrawal.payout)

    @admin.display(description=_("due by hand"))
    def by_hand(self, withdrawal: Withdrawal) -> SafeString:
        return money(due_by_hand(withdrawal))

    @admin.display(description=_("overdue"), boolean=True)
    def late(self, withdrawal: Withdrawal) -> bool:
        return withdrawal.is_open and withdrawal.due_on < timezone.localdate()

    @admin.display(description=_("second person"))
    def second(self, withdrawal: Withdrawal) -> str:
        if withdrawal.seconded_by:
            return str(withdrawal.seconded_by)
        return gettext("needed") if approving.needs_second(withdrawal) else gettext("not needed")

    @admin.display(description=_("way in last changed"))
    def changed(self, withdrawal: Withdrawal) -> datetime | None:
        return withdrawal.customer.credentials_changed_at

    @admin.display(description=_("terms"))
    def terms(self, withdrawal: Withdrawal) -> SafeString:
        version = withdrawal.terms_version
        return format_html('<a href="{}">{}</a>', version.get_absolute_url(), str(version))
