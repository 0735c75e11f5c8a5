"""Parts of an order's page in the administration."""

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from billing.templatetags.money import money
from orders.models import Claim, OrderEvent, Sighting, Submission


class LookInline(admin.TabularInline):  # type: ignore[type-arg]
    """Part of the order's page: whoever may see the order may see it."""

    extra = 0
    max_num = 0
    can_delete = False

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return request.user.has_perm("orders.view_order")

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class SubmissionInline(LookInline):
    model = Submission
    fk_name = "order"
    verbose_name_plural = _("handing over to the provider")
    fields = [
        "provider",
        "state",
        "external_id",
        "attempts",
        "sent_at",
        "answered_at",
        "why",
        "verdict_words",
    ]
    show_change_link = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Submission]:
        submissions: QuerySet[Submission] = super().get_queryset(request)
        return submissions.select_related("provider")


class EventInline(LookInline):
    model = OrderEvent
    verbose_name_plural = _("what happened")
    readonly_fields = ["given_back"]
    fields = ["at", "what", "from_state", "to_state", "remains", "given_back", "actor", "note", "words"]
    ordering = ["pk"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[OrderEvent]:
        events: QuerySet[OrderEvent] = super().get_queryset(request)
        return events.select_related("actor")

    @admin.display(description=_("given back"))
    def given_back(self, event: OrderEvent) -> SafeString:
        return money(event.refund)


class ClaimInline(LookInline):
    model = Claim
    verbose_name_plural = _("links that it holds")
    fields = ["key"]


class SightingInline(LookInline):
    model = Sighting
    verbose_name_plural = _("what its counter showed")
    readonly_fields = ["person"]
    fields = ["seen_at", "source", "condition", "count", "person", "note"]
    ordering = ["seen_at", "pk"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Sighting]:
        sightings: QuerySet[Sighting] = super().get_queryset(request)
        return sightings.select_related("seen_by")

    @admin.display(description=_("person"))
    def person(self, sighting: Sighting) -> str:
        return str(sighting.seen_by or "")
