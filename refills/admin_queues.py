"""Which refills the list of the administration shows, in which order, and what happened to one of them."""

from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.admin_inlines import LookInline
from orders.admin_queues import Lookups
from refills import queueing
from refills.models import Refill, RefillEvent


class RefillQueue(admin.SimpleListFilter):
    """The queue is what waits for staff; everything else is one click away."""

    title = _("queue")
    parameter_name = "queue"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Lookups:
        return [
            ("uncertain", str(_("of unknown outcome"))),
            ("wish", str(_("wishes for more speed"))),
            ("late", str(_("should have begun"))),
            ("over_72_h", str(_("open for over 72 h"))),
            ("open", str(_("all open ones"))),
            ("all", str(_("All"))),
        ]

    def choices(self, changelist: Any) -> Any:
        first, *others = super().choices(changelist)
        yield {**first, "display": _("waits for staff")}
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        now = timezone.now()
        match self.value():
            case "uncertain":
                wanted = queueing.of_unknown_outcome()
            case "wish":
                wanted = queueing.wished_faster()
            case "late":
                wanted = queueing.overdue_to_begin(now)
            case "over_72_h":
                wanted = queueing.open_for_long(now)
            case "open":
                wanted = Refill.objects.open()
            case None:
                # Whoever asks for a state or a number means all of them.
                wanted = Refill.objects.all() if asks_for_more(request) else queueing.for_staff()
            case _:
                return queryset
        return queryset.filter(pk__in=wanted.values("pk"))


class Whose(admin.SimpleListFilter):
    title = _("assigned to")
    parameter_name = "whose"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Lookups:
        return [("mine", str(_("me"))), ("nobody", str(_("nobody")))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        match self.value():
            case "mine":
                return queryset.filter(assigned_to=request.user.pk)
            case "nobody":
                return queryset.filter(assigned_to=None)
        return queryset


class RefillEventInline(LookInline):
    model = RefillEvent
    verbose_name_plural = _("what happened")
    fields = ["at", "what", "from_state", "to_state", "count", "actor", "note", "words"]
    ordering = ["pk"]

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return request.user.has_perm("refills.view_refill")

    def get_queryset(self, request: HttpRequest) -> QuerySet[RefillEvent]:
        events: QuerySet[RefillEvent] = super().get_queryset(request)
        return events.select_related("actor")


def asks_for_more(request: HttpRequest) -> bool:
    return bool({"q", "state__exact"} & request.GET.keys())
