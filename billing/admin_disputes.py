"""Disputes in the administration: a queue to look at, buttons to decide by, and the evidence to take along."""

from http import HTTPStatus
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.admin_deciding import DecidingAdmin
from accounts.admin_looking import LookingAdmin
from accounts.models import User
from billing.dispute_decisions import ABOUT_DISPUTES, DECIDE, RegisterForm, register
from billing.disputing import UNSETTLED
from billing.ledger import balance_of
from billing.models import Dispute, DisputeState, Payment
from billing.money import ZERO
from billing.templatetags.money import money

Lookups = list[tuple[str, str]]


class Open(admin.SimpleListFilter):
    """The queue is what is not decided; everything else is one click away."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Lookups:
        return [
            ("all", str(_("All"))),
            ("to_end", str(_("Orders still to end"))),
            ("lost_debt", str(_("Lost, and still owed"))),
            ("fraud", str(_("Fraud"))),
            *((state.value, str(state.label)) for state in DisputeState),
        ]

    def choices(self, changelist: Any) -> Any:
        first, *others = super().choices(changelist)
        yield {**first, "display": _("Not over")}
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        match self.value():
            case "all":
                return queryset
            case "to_end":
                return queryset.filter(terminated_at__isnull=False, orders_ended_at=None)
            case "lost_debt":
                return queryset.filter(
                    state=DisputeState.LOST, payment__customer__ledger_account__balance__lt=ZERO
                )
            case "fraud":
                return queryset.filter(is_fraud=True)
            case None:
                return queryset.filter(state__in=UNSETTLED)
            case state:
                return queryset.filter(state=state)


class DisputeAdmin(DecidingAdmin, LookingAdmin):
    decisions = ABOUT_DISPUTES
    decide_display = ("__str__", "of_payment", "customer", "state", "about", "owed", "evidence_due_at")
    list_display = [
        "__str__",
        "of_payment",
        "customer",
        "account",
        "state",
        "about",
        "drawn_now",
        "owed",
        "evidence_due_at",
        "terminated_at",
        "orders_ended_at",
        "is_fraud",
    ]
    list_filter = [Open, "opened_at"]
    list_select_related = ["payment__customer__ledger_account"]
    search_fields = ["external_id", "payment__code", "payment__customer__email"]
    search_help_text = _("The bank's number, the payment's, or an e-mail address")
    ordering = ["evidence_due_at", "-pk"]
    fieldsets = [
        (None, {"fields": ["external_id", "of_payment", "customer", "account", "owed"]}),
        (
            _("The bank"),
            {
                "fields": [
                    "state",
                    "about",
                    "drawn_now",
                    "reason",
                    "opened_at",
                    "evidence_due_at",
                    "closed_at",
                    "registered_by",
                ]
            },
        ),
        (
            _("What was decided"),
            {
                "fields": [
                    "terminated_at",
                    "terminated_by",
                    "ends_guarantees",
                    "orders_ended_at",
                    "is_fraud",
                    "note",
                    "same_card",
                ]
            },
        ),
    ]
    readonly_fields = ["of_payment", "customer", "account", "owed", "about", "drawn_now", "same_card"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(DECIDE)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        # Not Django's own form: that would run inside a transaction, and each step wants one to itself.
        if not (isinstance(request.user, User) and self.has_add_permission(request)):
            raise PermissionDenied
        form = RegisterForm(request.POST or None, initial={"payment": request.GET.get("payment", "")})
        if form.is_valid():
            try:
                dispute = register(by=request.user, now=timezone.now(), **form.cleaned_data)
            except ValidationError as refusal:
                form.add_error(None, refusal)
            else:
                self.log_addition(request, dispute, form.cleaned_data["reason"])
                messages.success(request, gettext("Entered. What follows from it is decided below."))
                return redirect("admin:billing_dispute_change", dispute.pk)
        page = {
            **self.admin_site.each_context(request),
            "title": _("Enter a dispute"),
            "opts": self.opts,
            "form": form,
        }
        return render(request, "admin/disputes/register.html", page | (extra_context or {}))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        answer = super().change_view(request, object_id, form_url, extra_context)
        context = getattr(answer, "context_data", None)
        if context is not None and answer.status_code == HTTPStatus.OK and request.user.has_perm(DECIDE):
            href = reverse("admin:dispute_evidence", args=[object_id])
            context["buttons"] = [{"label": _("Evidence as zip"), "href": href}, *context.get("buttons", [])]
        return answer

    @admin.display(description=_("payment"), ordering="payment__code")
    def of_payment(self, dispute: Dispute) -> str:
        return dispute.payment.code

    @admin.display(description=_("customer"))
    def customer(self, dispute: Dispute) -> SafeString:
        person = dispute.payment.customer
        page = reverse("admin:accounts_user_change", args=[person.pk])
        return format_html('<a href="{}">{}</a>', page, person)

    @admin.display(description=_("account"))
    def account(self, dispute: Dispute) -> str:
        return dispute.payment.customer.get_state_display()

    @admin.display(description=_("amount"))
    def about(self, dispute: Dispute) -> SafeString:
        return money(dispute.amount)

    @admin.display(description=_("drawn away"))
    def drawn_now(self, dispute: Dispute) -> SafeString:
        return money(dispute.drawn)

    @admin.display(description=_("balance"))
    def owed(self, dispute: Dispute) -> SafeString:
        return money(balance_of(dispute.payment.customer))

    @admin.display(description=_("other accounts with this card"))
    def same_card(self, dispute: Dispute) -> str:
        payment = dispute.payment
        if not payment.fingerprint:
            return "-"
        others = Payment.objects.filter(fingerprint=payment.fingerprint).exclude(customer=payment.customer_id)
        people = User.objects.filter(pk__in=others.values("customer")).order_by("pk")
        rows = [
            (reverse("admin:accounts_user_change", args=[one.pk]), one, one.get_state_display())
            for one in people
        ]
        return format_html_join(mark_safe("<br>"), '<a href="{}">{}</a> · {}', rows) or "-"
