"""Orders in the administration: staff look, and decide by buttons. Nobody types into a state or an amount."""

import re
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.admin_deciding import DecidingAdmin
from billing.admin import LookOnlyAdmin
from billing.ledger import transfers_of_order
from billing.templatetags.money import money, rate
from orders.admin_case_decisions import ABOUT_FAULTS
from orders.admin_cases import ReasonTextAdmin, RefundCaseAdmin
from orders.admin_decisions import ABOUT_ORDERS
from orders.admin_inlines import ClaimInline, EventInline, SightingInline, SubmissionInline
from orders.admin_queues import Lookups, RefundBrakeAdmin, SubmissionAdmin, coloured
from orders.admin_rehearsing import RehearsingAdmin
from orders.admin_watching import ABOUT_WATCHED, SpeedUpAdmin, WatchwordAdmin
from orders.claims import others_here
from orders.models import (
    CaseState,
    Order,
    ReasonText,
    RefundBrake,
    RefundCase,
    Review,
    SpeedUp,
    Submission,
    Watchword,
)
from orders.standing import found_by

SHORT = 60
MOST_BESIDE = 20


class ToLookAt(admin.SimpleListFilter):
    title = _("to look at")
    parameter_name = "look"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Lookups:
        reasons: Lookups = [(review.value, str(review.label)) for review in Review if review]
        return [("any", str(_("anything"))), *reasons]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        match self.value():
            case None:
                return queryset
            case "any":
                return queryset.exclude(review=Review.NONE)
            case reason:
                return queryset.filter(review=reason)


@admin.register(Order)
class OrderAdmin(RehearsingAdmin, DecidingAdmin, LookOnlyAdmin):
    decisions = (*ABOUT_ORDERS, *ABOUT_WATCHED, *ABOUT_FAULTS)
    decide_display = ("__str__", "customer", "link", "quantity", "coloured_state", "charged", "given_back")
    change_form_template = "admin/orders/order/change_form.html"
    list_display = [
        "__str__",
        "customer",
        "short_service",
        "coloured_state",
        "charged",
        "given_back",
        "review",
        "placed_at",
    ]
    list_filter = [ToLookAt, "state", "channel", "overlaps", "submission__provider"]
    list_select_related = ["customer"]
    search_fields = ["pk"]
    search_help_text = _(
        "Number here or at the provider, link or name, or the customer's whole e-mail address"
    )
    show_facets = admin.ShowFacets.NEVER
    ordering = ["-pk"]
    inlines = [SubmissionInline, EventInline, ClaimInline, SightingInline]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "customer",
                    "sold",
                    "link",
                    "channel_link",
                    "quantity",
                    "comments",
                    "channel",
                    "placed_at",
                    "drip_feed",
                    "run",
                    "begins_at",
                    "overlaps",
                    "beside",
                ]
            },
        ),
        (
            _("What became of it"),
            {
                "fields": [
                    "coloured_state",
                    "review",
                    "fault",
                    "ending",
                    "remains",
                    "start_count",
                    "started_at",
                    "closed_at",
                ]
            },
        ),
        (
            _("Money"),
            {
                "fields": [
                    "charged",
                    "given_back",
                    "waiting",
                    "refused",
                    "made",
                    "still_held",
                    "sold_at",
                    "terms_version",
                ]
            },
        ),
        (_("Asking the provider"), {"fields": ["checked_at", "check_at", "misses"]}),
    ]
    readonly_fields = [
        "beside",
        "sold",
        "coloured_state",
        "charged",
        "given_back",
        "waiting",
        "refused",
        "made",
        "still_held",
        "sold_at",
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Order]:
        orders: QuerySet[Order] = super().get_queryset(request)
        # Long texts stay in the database until one order is opened.
        return orders.defer("service_description", "comments")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Order], search_term: str
    ) -> tuple[QuerySet[Order], bool]:
        """Each way of searching has an index of its own."""
        term = search_term.strip()
        if not term:
            return queryset, False
        if re.fullmatch(r"[^@\s/]+@[^@\s/]+", term):
            return queryset.filter(customer__email=term.lower()), False
        there = Submission.objects.filter(external_id=term).values_list("order_id", flat=True)[:100]
        return queryset.filter(found_by(term) | Q(pk__in=list(there))), False

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        number = int(object_id) if object_id.isascii() and object_id.isdigit() and len(object_id) < 19 else 0
        extra = {"transfers": transfers_of_order(number)} | (extra_context or {})
        return super().change_view(request, object_id, form_url, extra)

    @admin.display(description=_("service"))
    def short_service(self, order: Order) -> str:
        return Truncator(order.service_name).chars(SHORT)

    @admin.display(description=_("open orders of others for this link"))
    def beside(self, order: Order) -> str:
        """Customers are not told of each other; staff see where counts may be mixed up (AMB-27)."""
        others = others_here(order).select_related("customer").order_by("pk")[:MOST_BESIDE]
        places = [(reverse("admin:orders_order_change", args=[one.pk]), one, one.customer) for one in others]
        return format_html_join(", ", '<a href="{}">{}</a> {}', places) or gettext("none")

    @admin.display(description=_("service"))
    def sold(self, order: Order) -> str:
        return f"{order.service_id} {order.service_name}"

    @admin.display(description=_("state"), ordering="state")
    def coloured_state(self, order: Order) -> SafeString:
        return coloured(order.state, order.get_state_display())

    @admin.display(description=_("charge"))
    def charged(self, order: Order) -> SafeString:
        return money(order.charge)

    @admin.display(description=_("refunded"))
    def given_back(self, order: Order) -> SafeString:
        return money(order.refunded)

    @admin.display(description=_("under review"))
    def waiting(self, order: Order) -> SafeString:
        case = order.cases.filter(state=CaseState.OPEN).first()
        if case is None:
            return money(order.under_review)
        address = reverse("admin:orders_refundcase_change", args=[case.pk])
        return format_html('{} <a href="{}">{}</a>', money(case.amount), address, str(case))

    @admin.display(description=_("refund denied"))
    def refused(self, order: Order) -> SafeString:
        return money(order.denied)

    @admin.display(description=_("earned"))
    def made(self, order: Order) -> SafeString:
        return money(order.earned)

    @admin.display(description=_("held"))
    def still_held(self, order: Order) -> SafeString:
        return money(order.held)

    @admin.display(description=_("rate"))
    def sold_at(self, order: Order) -> SafeString:
        return rate(order.rate_per_1000)


admin.site.register(Submission, SubmissionAdmin)
admin.site.register(RefundBrake, RefundBrakeAdmin)
admin.site.register(RefundCase, RefundCaseAdmin)
admin.site.register(ReasonText, ReasonTextAdmin)
admin.site.register(SpeedUp, SpeedUpAdmin)
admin.site.register(Watchword, WatchwordAdmin)
