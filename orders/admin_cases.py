"""Refund cases in the administration: what waits for a decision, and everything that speaks for and against it."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.admin_deciding import DecidingAdmin
from billing.admin import LookOnlyAdmin
from billing.templatetags.money import money
from orders.admin_case_decisions import ABOUT_CASES
from orders.models import CaseState, Order, RefundCase, Sighting

SHORT = 60
MOST_NEIGHBOURS = 20
Lookups = list[tuple[str, str]]


class CaseQueue(admin.SimpleListFilter):
    """The queue is what is open; what was decided is one click away."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Lookups:
        return [
            ("unanswered", str(_("waits for an answer"))),
            (CaseState.DECIDED.value, str(CaseState.DECIDED.label)),
            ("all", str(_("All"))),
        ]

    def choices(self, changelist: Any) -> Any:
        first, *others = super().choices(changelist)
        yield {**first, "display": CaseState.OPEN.label}
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        match self.value():
            case None:
                return queryset.filter(state=CaseState.OPEN)
            case "unanswered":
                return queryset.filter(state=CaseState.OPEN, is_unanswered=True)
            case CaseState.DECIDED.value:
                return queryset.filter(state=CaseState.DECIDED)
        return queryset


class RefundCaseAdmin(DecidingAdmin, LookOnlyAdmin):
    decisions = ABOUT_CASES
    change_form_template = "admin/orders/refundcase/change_form.html"
    decide_display = ("to_order", "customer", "asked", "fault", "proposal", "link")
    list_display = [
        "__str__",
        "customer",
        "asked",
        "given",
        "fault",
        "proposal",
        "is_unanswered",
        "opened_at",
    ]
    list_filter = [CaseQueue, "fault", "proposal"]
    list_select_related = ["order__customer"]
    search_fields = ["order__pk"]
    search_help_text = _("Number of the order")
    show_facets = admin.ShowFacets.NEVER
    view_on_site = False
    fieldsets = [
        (None, {"fields": ["to_order", "customer", "service", "link", "its_state", "delivered", "charged"]}),
        (_("Under review"), {"fields": ["asked", "fault", "proposal", "clause", "opened_at", "terms"]}),
        (_("Decision"), {"fields": ["state", "given", "note", "decided_by", "decided_at"]}),
    ]
    readonly_fields = [
        "to_order",
        "customer",
        "service",
        "link",
        "its_state",
        "delivered",
        "charged",
        "asked",
        "given",
        "terms",
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[RefundCase]:
        found: QuerySet[RefundCase] = super().get_queryset(request)
        return found.select_related("order__customer", "order__terms_version").defer(
            "order__terms_version__text", "order__terms_version__wording"
        )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[RefundCase], search_term: str
    ) -> tuple[QuerySet[RefundCase], bool]:
        number = search_term.strip().removeprefix("#")
        if not number:
            return queryset, False
        is_number = number.isascii() and number.isdecimal() and len(number) < 19
        return queryset.filter(order=int(number) if is_number else None), False

    def get_ordering(self, request: HttpRequest) -> list[Any]:
        # Who has waited longest comes first; of what is decided, the newest.
        return ["-pk"] if "state" in request.GET else ["opened_at", "pk"]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        case = self.get_object(request, object_id)
        extra = {} if case is None else _evidence(case)
        return super().change_view(request, object_id, form_url, extra | (extra_context or {}))

    @admin.display(description=_("order"), ordering="order")
    def number(self, case: RefundCase) -> str:
        return str(case.order)

    @admin.display(description=_("order"))
    def to_order(self, case: RefundCase) -> SafeString:
        address = reverse("admin:orders_order_change", args=[case.order_id])
        return format_html('<a href="{}">#{}</a>', address, str(case.order_id))

    @admin.display(description=_("customer"))
    def customer(self, case: RefundCase) -> str:
        return str(case.order.customer)

    @admin.display(description=_("service"))
    def service(self, case: RefundCase) -> str:
        return Truncator(f"{case.order.service_id} {case.order.service_name}").chars(2 * SHORT)

    @admin.display(description=_("link"))
    def link(self, case: RefundCase) -> str:
        return case.order.link

    @admin.display(description=_("state"))
    def its_state(self, case: RefundCase) -> SafeString:
        order = case.order
        return format_html('<span class="state state-{}">{}</span>', order.state, order.get_state_display())

    @admin.display(description=_("delivered"))
    def delivered(self, case: RefundCase) -> str:
        return gettext("%(delivered)d of %(quantity)d") % {
            "delivered": case.order.delivered,
            "quantity": case.order.quantity,
        }

    @admin.display(description=_("charge"))
    def charged(self, case: RefundCase) -> SafeString:
        return money(case.order.charge)

    @admin.display(description=_("amount"), ordering="amount")
    def asked(self, case: RefundCase) -> SafeString:
        return money(case.amount)

    @admin.display(description=_("granted"))
    def given(self, case: RefundCase) -> SafeString:
        return money(case.granted)

    @admin.display(description=_("terms"))
    def terms(self, case: RefundCase) -> SafeString:
        version = case.order.terms_version
        return format_html('<a href="{}">{}</a>', version.get_absolute_url(), str(version))


def _evidence(case: RefundCase) -> dict[str, Any]:
    """Everything that a person should see before deciding: findings, looks at the counter, other orders on the link."""
    order = case.order
    others = Order.objects.filter(target_key=order.target_key).exclude(pk=order.pk)
    return {
        "findings": order.findings.select_related("by").order_by("pk"),
        "sightings": Sighting.objects.filter(counter_key=order.counter_key)
        .select_related("seen_by")
        .order_by("-seen_at", "-pk")[:MOST_NEIGHBOURS],
        "neighbours": others.select_related("customer")
        .defer("service_description", "comments")
        .order_by("-pk")[:MOST_NEIGHBOURS],
        "case_messages": case.messages.select_related("author").order_by("pk"),
    }


class ReasonTextAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["pattern", "fault", "is_active", "note"]
    list_filter = ["fault", "is_active"]
    search_fields = ["pattern", "note"]
    ordering = ["fault", "pattern"]
