"""Webhooks as staff see them: where customers' programs are told, what does not get through. Only to look at."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.admin_looking import LookingAdmin
from accounts.models import WebhookEndpoint, WebhookMessage

# Active and failing, or switched off for it; the index `webhook_failing` is made for this.
IN_TROUBLE = Q(failing_since__isnull=False, state="active") | Q(state="disabled")


class Trouble(admin.SimpleListFilter):
    title = _("how it answers")
    parameter_name = "answers"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("no", _("failing or switched off"))]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[WebhookEndpoint]
    ) -> QuerySet[WebhookEndpoint]:
        return queryset.filter(IN_TROUBLE) if self.value() == "no" else queryset


class WebhookEndpointAdmin(LookingAdmin):
    list_display = ["__str__", "customer", "state", "failures", "failing_since", "tried_at", "delivered_at"]
    list_filter = [Trouble, "state"]
    list_select_related = ["customer"]
    search_fields = ["=customer__email", "url"]
    search_help_text = _("A customer's whole e-mail address, or a part of the webhook's")
    exclude = ["sealed_secret", "sealed_former_secret"]
    ordering = ["-pk"]


class WebhookMessageAdmin(LookingAdmin):
    list_display = ["created_at", "endpoint", "event", "subject", "attempts", "outcome"]
    list_filter = ["event", ("delivered_at", admin.EmptyFieldListFilter)]
    list_select_related = ["endpoint"]
    search_fields = ["=subject", "=endpoint__customer__email"]
    search_help_text = _("What it is about, such as order:17, or a customer's whole e-mail address")
    exclude = ["data"]
    ordering = ["-pk"]

    @admin.display(description=_("outcome"))
    def outcome(self, message: WebhookMessage) -> str:
        if message.delivered_at:
            return gettext("delivered")
        if message.gave_up_at:
            return gettext("given up")
        return ngettext("owed, %(count)d try", "owed, %(count)d tries", message.attempts) % {
            "count": message.attempts
        }
