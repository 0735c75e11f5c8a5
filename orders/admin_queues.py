"""What waits for a person: submissions of unknown outcome, and refunds behind a provider's brake."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db.models import Count, Exists, Model, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from accounts.admin_deciding import DecidingAdmin
from billing.admin import LookOnlyAdmin
from billing.templatetags.money import money
from orders.admin_decisions import ABOUT_BRAKES, ABOUT_SUBMISSIONS, SETTLE
from orders.models import Order, RefundBrake, Review, Submission
from providers.dispatch import DispatchState

SHORT = 60
Lookups = list[tuple[str, str]]


class Outcome(admin.SimpleListFilter):
    """The queue is what is uncertain; everything else is one click away."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Lookups:
        others: Lookups = [
            (state.value, str(state.label)) for state in DispatchState if state is not DispatchState.UNCERTAIN
        ]
        return [("all", str(_("All"))), *others]

    def choices(self, changelist: Any) -> Any:
        first, *others = super().choices(changelist)
        yield {**first, "display": DispatchState.UNCERTAIN.label}
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        wanted = self.value() or DispatchState.UNCERTAIN
        return queryset if wanted == "all" else queryset.filter(state=wanted)


class SubmissionAdmin(DecidingAdmin, LookOnlyAdmin):
    decisions = ABOUT_SUBMISSIONS
    decide_display = ("to_order", "provider", "its_service", "its_link", "its_quantity", "sent_at", "why")
    list_display = [
        "number",
        "provider",
        "coloured_state",
        "reason",
        "words",
        "sent_at",
        "written_off_by_itself",
    ]
    list_filter = [Outcome, "provider"]
    list_select_related = ["order__service", "order__customer", "provider"]
    search_fields = ["external_id"]
    search_help_text = _("The provider's order number, or ours")
    show_facets = admin.ShowFacets.NEVER
    fieldsets = [
        (None, {"fields": ["to_order", "customer", "provider", "coloured_state", "written_off_by_itself"]}),
        (
            _("What the provider is told"),
            {"fields": ["its_service", "its_link", "its_quantity", "its_comments"]},
        ),
        (_("Attempts"), {"fields": ["attempts", "due_at", "sent_at", "answered_at", "why", "verdict_words"]}),
        (_("Answer"), {"fields": ["external_id", "provider_charge", "provider_currency", "written_off_at"]}),
    ]
    readonly_fields = [
        "to_order",
        "customer",
        "coloured_state",
        "written_off_by_itself",
        "its_service",
        "its_link",
        "its_quantity",
        "its_comments",
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Submission]:
        submissions: QuerySet[Submission] = super().get_queryset(request)
        return submissions.select_related(*self.list_select_related).defer("order__service_description")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Submission], search_term: str
    ) -> tuple[QuerySet[Submission], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        number = term.removeprefix("#")
        ours = Q(order=int(number)) if number.isdecimal() and len(number) < 19 else Q()
        return queryset.filter(ours | Q(external_id=term)), False

    def get_ordering(self, request: HttpRequest) -> list[Any]:
        # What has waited longest comes first; of everything else, the newest.
        return ["-pk"] if "state" in request.GET else ["answered_at", "pk"]

    @admin.display(description=_("order"), ordering="order")
    def number(self, submission: Submission) -> str:
        return str(submission.order)

    @admin.display(description=_("why"))
    def reason(self, submission: Submission) -> str:
        return Truncator(submission.why).chars(SHORT)

    @admin.display(description=_("order"))
    def to_order(self, submission: Submission) -> SafeString:
        address = reverse("admin:orders_order_change", args=[submission.order_id])
        return format_html('<a href="{}">#{}</a>', address, str(submission.order_id))

    @admin.display(description=_("customer"))
    def customer(self, submission: Submission) -> str:
        return str(submission.order.customer)

    @admin.display(description=_("state"))
    def coloured_state(self, submission: Submission) -> SafeString:
        return coloured(submission.state, submission.get_state_display())

    @admin.display(description=_("is written off by itself"))
    def written_off_by_itself(self, submission: Submission) -> datetime | None:
        if submission.state != DispatchState.UNCERTAIN or submission.answered_at is None:
            return None
        return submission.answered_at + timedelta(hours=settings.PANEL_UNCERTAIN_HOURS)

    @admin.display(description=_("provider's words"))
    def words(self, submission: Submission) -> str:
        return Truncator(submission.verdict_words).chars(SHORT)

    @admin.display(description=_("provider's service number"))
    def its_service(self, submission: Submission) -> str:
        return submission.order.service.provider_service

    @admin.display(description=_("link"))
    def its_link(self, submission: Submission) -> str:
        return submission.order.link

    @admin.display(description=_("quantity"))
    def its_quantity(self, submission: Submission) -> int:
        return submission.order.quantity

    @admin.display(description=_("comments"))
    def its_comments(self, submission: Submission) -> str:
        return submission.order.comments


class RefundBrakeAdmin(DecidingAdmin, LookOnlyAdmin):
    decisions = ABOUT_BRAKES
    decide_display = ("name", "brake_tripped_at", "waiting")
    list_display = ["name", "brake_tripped_at", "waiting", "brake_orders_per_hour", "limit"]
    fields = ["name", "brake_tripped_at", "waiting", "brake_orders_per_hour", "limit"]
    readonly_fields = ["waiting", "limit"]
    ordering = ["brake_tripped_at"]

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return request.user.has_perm(SETTLE)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[RefundBrake]:
        held = Order.objects.filter(submission__provider=OuterRef("pk"), review=Review.BRAKE)
        counted = held.order_by().values("review").annotate(count=Count("pk")).values("count")
        brakes: QuerySet[RefundBrake] = super().get_queryset(request)
        return brakes.filter(Q(brake_tripped_at__isnull=False) | Exists(held)).annotate(
            waits=Coalesce(Subquery(counted), 0)
        )

    @admin.display(description=_("refunds that wait"))
    def waiting(self, brake: Any) -> SafeString:
        address = reverse("admin:orders_order_changelist")
        return format_html(
            '<a href="{}?look=brake&amp;submission__provider__id__exact={}">{}</a>',
            address,
            str(brake.pk),
            brake.waits,
        )

    @admin.display(description=_("automatically refunded per hour"))
    def limit(self, brake: RefundBrake) -> SafeString:
        return money(brake.brake_refund_per_hour)


def coloured(state: str, label: str) -> SafeString:
    return format_html('<span class="state state-{}">{}</span>', state, label)
