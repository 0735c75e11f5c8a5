"""Refills in the administration: what waits for a person, and all that speaks for and against it.

Staff look, and decide by buttons; nobody types into a count, a state or an amount.
"""

from dataclasses import replace
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.admin_deciding import DecidingAdmin
from accounts.admin_looking import LookingAdmin
from orders.models import Sighting
from refills.admin_columns import RefillColumns, submission_of
from refills.admin_decisions import ABOUT_REFILLS
from refills.admin_queues import RefillEventInline, RefillQueue, Whose, asks_for_more
from refills.courses import STATED, Point, course_of
from refills.drawing import drawing_of
from refills.figures import figures_of_services
from refills.histories import link_history, others_meanwhile
from refills.models import Evidence, Refill
from refills.promising import promise_of

MOST_LOOKS = 30
BY_THE_ORDER = _("By the order")
ASKED = _("Asked")
ANSWERED = _("Answered")
AT_THE_PROVIDER = _("At the provider")


@admin.register(Refill)
class RefillAdmin(RefillColumns, DecidingAdmin, LookingAdmin):
    decisions = ABOUT_REFILLS
    change_form_template = "admin/refills/refill/change_form.html"
    change_list_template = "admin/refills/refill/change_list.html"
    decide_display = (
        "__str__",
        "to_order",
        "customer",
        "coloured_state",
        "start",
        "delivered",
        "counted",
        "units",
    )
    list_display = [
        "__str__",
        "to_order",
        "customer",
        "coloured_state",
        "waits_for",
        "units",
        "asked_at",
        "assigned_to",
        "start_due_at",
    ]
    list_filter = [RefillQueue, Whose, "state"]
    list_select_related = ["order", "customer", "assigned_to"]
    search_fields = ["pk"]
    search_help_text = _("Number of the refill or of its order, or the customer's whole e-mail address")
    show_facets = admin.ShowFacets.NEVER
    inlines = [RefillEventInline]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "to_order",
                    "customer",
                    "service",
                    "link",
                    ("coloured_state", "waits_for", "assigned_to"),
                ]
            },
        ),
        (
            BY_THE_ORDER,
            {
                "fields": [
                    ("start", "quantity", "delivered"),
                    ("end", "guaranteed_count", "guarantee_ends"),
                    "terms",
                ]
            },
        ),
        (
            ASKED,
            {
                "fields": [
                    ("asked_at", "channel"),
                    ("added_at", "stated"),
                    "start_due_at",
                    ("behind_order", "behind_refill"),
                ]
            },
        ),
        (
            ANSWERED,
            {
                "fields": [
                    ("counted", "condition"),
                    ("counted_at", "counted_by"),
                    ("units", "target"),
                    "answer",
                    ("reason", "clause"),
                    "closed_at",
                ]
            },
        ),
        (
            AT_THE_PROVIDER,
            {"fields": [("provider", "handed_over"), ("number_there", "attempts", "sent_at"), "words"]},
        ),
    ]
    readonly_fields = [
        "stated",
        "to_order",
        "customer",
        "service",
        "link",
        "coloured_state",
        "start",
        "quantity",
        "delivered",
        "end",
        "guaranteed_count",
        "guarantee_ends",
        "terms",
        "counted",
        "units",
        "provider",
        "handed_over",
        "number_there",
        "attempts",
        "sent_at",
        "words",
    ]

    def get_urls(self) -> list[URLPattern]:
        page = path("figures/", self.admin_site.admin_view(self.figures), name=self._address("figures"))
        return [page, *super().get_urls()]

    def figures(self, request: HttpRequest) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        page = {
            **self.admin_site.each_context(request),
            "title": _("Refills by service"),
            "opts": self.opts,
            "services": figures_of_services(now=timezone.now()),
        }
        return TemplateResponse(request, "admin/refills/refill/figures.html", page)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Refill]:
        refills: QuerySet[Refill] = super().get_queryset(request)
        found = refills.select_related(
            "order__customer", "order__terms_version", "order__service", "customer"
        )
        return found.select_related("assigned_to", "submission__provider").defer(
            "order__terms_version__text", "order__terms_version__wording", "order__service_description"
        )

    def get_fieldsets(self, request: HttpRequest, obj: Refill | None = None) -> Any:
        """What has not happened yet takes no room."""
        empty = set()
        if obj is not None and not obj.reason and obj.amount is None:
            empty.add(ANSWERED)
        if submission_of(obj) is None:
            empty.add(AT_THE_PROVIDER)
        return [(name, fields) for name, fields in self.fieldsets if name not in empty]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Refill], search_term: str
    ) -> tuple[QuerySet[Refill], bool]:
        term = search_term.strip().removeprefix("#")
        if not term:
            return queryset, False
        if "@" in term:
            return queryset.filter(customer__email=term.lower()), False
        number = int(term) if term.isascii() and term.isdecimal() and len(term) < 19 else 0
        return queryset.filter(pk=number) | queryset.filter(order=number), False

    def get_ordering(self, request: HttpRequest) -> list[Any]:
        # Who has waited longest comes first; of what has ended, the newest.
        return ["-pk"] if asks_for_more(request) or request.GET.get("queue") == "all" else ["asked_at", "pk"]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        refill = self.get_object(request, object_id)
        extra = {} if refill is None else _all_that_is_known(refill)
        return super().change_view(request, object_id, form_url, extra | (extra_context or {}))


def _for_staff(point: Point) -> Point:
    return replace(point, mark=_("Stated by the customer")) if point.mark == STATED else point


def _all_that_is_known(refill: Refill) -> dict[str, Any]:
    """What a person should see before deciding: counts, pictures, and everything that was ordered on the link."""
    order = refill.order
    points = [_for_staff(point) for point in course_of(order)]
    looks = Sighting.objects.filter(counter_key=order.counter_key).select_related(
        "seen_by", "order__customer"
    )
    return {
        "drawing": drawing_of(points, guaranteed=promise_of(order).guaranteed),
        "points": [point for point in points if point.mark],
        "looks": looks.order_by("-seen_at", "-pk")[:MOST_LOOKS],
        "evidence": Evidence.objects.filter(refill=refill).prefetch_related("images").order_by("pk"),
        "history": link_history(order),
        "others": others_meanwhile(order),
        "refill": refill,
    }
