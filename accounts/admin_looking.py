"""What staff only look at: sign-ins as evidence, and the log of who looked at whom."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _


class LookingAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class SignInAdmin(LookingAdmin):
    list_display = ["at", "customer", "user_agent", "ip_digest"]
    list_select_related = ["customer"]
    search_fields = ["=customer__email"]
    search_help_text = _("A customer's whole e-mail address")
    ordering = ["-pk"]


class LookAdmin(LookingAdmin):
    list_display = ["at", "staff", "page", "customer", "count", "filter"]
    list_filter = ["page", "at"]
    list_select_related = ["staff", "customer"]
    search_fields = ["=customer__email", "=staff__email"]
    search_help_text = _("The whole e-mail address of a customer or of somebody who works here")
    ordering = ["-pk"]
