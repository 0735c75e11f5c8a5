"""Payments in the administration: looked at, and decided by buttons. Coupons and bonus tiers are typed: they are
settings, and move no money by themselves."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.admin_deciding import DecidingAdmin, Decision
from accounts.admin_looking import LookingAdmin
from accounts.models import User
from billing import deciding_payments as deciding
from billing.comparing import compare_payment
from billing.deciding_disputes import worrying_payments
from billing.models import Coupon, Payment, PaymentState
from billing.money import ZERO
from billing.templatetags.money import money, money_text

CONFIRM = "billing.confirm_payment"
REVIEW = "billing.review_payment"
LONGEST_NOTE = 200


class NoForm(forms.Form):
    """Pressing the button says it all."""


class WhyForm(forms.Form):
    note = forms.CharField(
        label=_("Reason"),
        max_length=LONGEST_NOTE,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text=_("The customer reads it."),
    )


def confirm(payment: Payment, *, by: User, now: datetime) -> str:
    return _credited(deciding.confirm_payment(payment, by=by, now=now))


def refuse(payment: Payment, *, by: User, note: str, now: datetime) -> str:
    deciding.refuse_payment(payment, why=note, by=by, now=now)
    return gettext("Payment %(code)s is closed; nothing was credited.") % {"code": payment.code}


def accept(payment: Payment, *, by: User, now: datetime) -> str:
    return _credited(deciding.accept_review(payment, by=by, now=now))


def close(payment: Payment, *, by: User, note: str, now: datetime) -> str:
    deciding.refuse_review(payment, why=note, by=by, now=now)
    return gettext("Payment %(code)s is closed; nothing was credited.") % {"code": payment.code}


def compare(payment: Payment, *, by: User, now: datetime) -> str:
    looked_at = compare_payment(payment, clock=timezone.now)
    return gettext("Payment %(code)s is “%(state)s”.") % {
        "code": payment.code,
        "state": looked_at.get_state_display(),
    }


def _credited(payment: Payment) -> str:
    return gettext("%(amount)s of payment %(code)s are on the balance of %(customer)s.") % {
        "amount": money_text(payment.received),
        "code": payment.code,
        "customer": payment.customer,
    }


DECISIONS = (
    Decision(
        "confirm",
        _("Confirm that the money has come"),
        _(
            "The whole amount lies on our bank account. It is added to the balance, with the bonus that was promised."
        ),
        CONFIRM,
        NoForm,
        confirm,
        lambda payment: deciding.is_confirmed_by_hand(payment) and payment.state != PaymentState.PAID,
    ),
    Decision(
        "refuse",
        _("Close: no money has come"),
        _(
            "The payment fails, and its coupon goes back. Should the money come later, it can still be confirmed."
        ),
        CONFIRM,
        WhyForm,
        refuse,
        lambda payment: deciding.is_confirmed_by_hand(payment) and payment.state == PaymentState.STARTED,
    ),
    Decision(
        "accept",
        _("Credit what came"),
        _("What really came is added to the balance. There is a bonus only if no less came than was agreed."),
        REVIEW,
        NoForm,
        accept,
        lambda payment: payment.state == PaymentState.REVIEW,
    ),
    Decision(
        "close",
        _("Close without crediting"),
        _(
            "The payment fails for good. Give the money back in the processor's dashboard; this button does not do it."
        ),
        REVIEW,
        WhyForm,
        close,
        lambda payment: payment.state == PaymentState.REVIEW,
    ),
    Decision(
        "compare",
        _("Compare with the processor"),
        _("The processor is asked how the payment stands, and what it says is applied."),
        REVIEW,
        NoForm,
        compare,
        lambda payment: payment.session_id is not None,
    ),
)


class Worry(admin.SimpleListFilter):
    title = _("worry")
    parameter_name = "worry"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("fraud", gettext("May be fraud"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Payment]) -> QuerySet[Payment]:
        if self.value() != "fraud":
            return queryset
        return queryset.filter(pk__in=worrying_payments(now=timezone.now()).values("pk"))


class PaymentAdmin(DecidingAdmin, LookingAdmin):
    decisions = DECISIONS
    decide_display = ("code", "customer", "asked", "its_state", "came", "why")
    list_display = [
        "code",
        "started_at",
        "customer",
        "method",
        "asked",
        "its_state",
        "promised",
        "came",
        "worry",
    ]
    list_filter = ["state", "method", Worry, "started_at"]
    list_select_related = ["customer"]
    search_fields = ["=code", "=customer__email", "=intent_id", "=charge_id", "=session_id"]
    search_help_text = _("A payment's number, a number of Stripe's, or a customer's whole e-mail address")
    show_facets = admin.ShowFacets.NEVER
    ordering = ["-pk"]
    fieldsets = [
        (None, {"fields": ["code", "customer", "method", "its_state", "why", "started_at", "closed_at"]}),
        (_("Money"), {"fields": ["asked", "promised", "coupon", "came", "kept", "gave_back", "drew_away"]}),
        (_("Agreed"), {"fields": ["terms_version"]}),
        (
            _("At the processor"),
            {
                "fields": [
                    "session_id",
                    "intent_id",
                    "charge_id",
                    "card",
                    "same_card",
                    "checked_at",
                    "warned_at",
                ]
            },
        ),
        (_("Decided"), {"fields": ["confirmed_by"]}),
    ]
    readonly_fields = [
        "its_state",
        "asked",
        "promised",
        "came",
        "kept",
        "gave_back",
        "drew_away",
        "same_card",
    ]

    @admin.display(description=_("state"), ordering="state")
    def its_state(self, payment: Payment) -> SafeString:
        return format_html(
            '<span class="state state-{}">{}</span>', payment.state, payment.get_state_display()
        )

    @admin.display(description=_("amount"))
    def asked(self, payment: Payment) -> SafeString:
        return money(payment.amount)

    @admin.display(description=_("bonus"))
    def promised(self, payment: Payment) -> SafeString:
        return money(payment.bonus)

    @admin.display(description=_("received"))
    def came(self, payment: Payment) -> SafeString:
        return money(payment.received)

    @admin.display(description=_("processor's fee"))
    def kept(self, payment: Payment) -> SafeString:
        return money(payment.fee)

    @admin.display(description=_("given back"))
    def gave_back(self, payment: Payment) -> SafeString:
        return money(payment.refunded)

    @admin.display(description=_("drawn away by disputes"))
    def drew_away(self, payment: Payment) -> SafeString:
        return money(payment.disputed)

    @admin.display(description=_("worry"))
    def worry(self, payment: Payment) -> str:
        if payment.lost > ZERO:
            return gettext("lost again")
        return gettext("warned of") if payment.warned_at else ""

    @admin.display(description=_("the same card paid for"))
    def same_card(self, payment: Payment) -> str:
        """Accounts that share a card: seldom an accident (F-32)."""
        if not payment.fingerprint:
            return ""
        others = Payment.objects.filter(fingerprint=payment.fingerprint).exclude(customer=payment.customer_id)
        emails = others.values_list("customer__email", flat=True).distinct().order_by("customer__email")
        return ", ".join(emails[:10])


class StripeEventAdmin(LookingAdmin):
    list_display = ["event_id", "type", "object_id", "received_at", "settled_at", "attempts", "words"]
    list_filter = ["type", "received_at"]
    search_fields = ["=event_id", "=object_id"]
    show_facets = admin.ShowFacets.NEVER
    ordering = ["-pk"]


class BonusTierAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["__str__", "starts_at", "ends_at"]
    ordering = ["at_least"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # One that is no longer offered has an end: what was promised by it can be explained.
        return False


class CouponAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["code", "kind", "value", "at_least", "uses", "most_uses", "starts_at", "ends_at", "note"]
    list_filter = ["kind"]
    search_fields = ["code", "note"]
    readonly_fields = ["uses"]
    ordering = ["-pk"]

    def get_readonly_fields(self, request: HttpRequest, obj: Coupon | None = None) -> list[str]:
        # What somebody has used stays worth what it was worth.
        used = ["code", "kind", "value"] if obj and obj.taken.exists() else []
        return ["uses", *used]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class CouponUseAdmin(LookingAdmin):
    list_display = ["coupon", "customer", "subject", "worth", "used_at", "returned_at"]
    list_select_related = ["coupon", "customer"]
    search_fields = ["=coupon__code", "=customer__email", "=subject"]
    fields = ["coupon", "customer", "subject", "worth", "used_at", "returned_at"]
    readonly_fields = ["worth"]
    ordering = ["-pk"]

    @admin.display(description=_("worth"))
    def worth(self, use: Any) -> SafeString:
        return money(use.amount)
