"""Terms in the administration: drafts are edited and published, what is published or agreed on is only looked at."""

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from terms.admin_drafts import TermsDraftAdmin
from terms.models import Acceptance, TermsDraft, TermsVersion

admin.site.register(TermsDraft, TermsDraftAdmin)


class LookingAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(TermsVersion)
class TermsVersionAdmin(LookingAdmin):
    list_display = ["number", "profile", "published_at", "published_by", "digest"]
    list_filter = ["profile"]
    list_select_related = ["published_by"]
    ordering = ["-number"]


@admin.register(Acceptance)
class AcceptanceAdmin(LookingAdmin):
    list_display = ["accepted_at", "customer", "version", "channel", "explicit", "subject"]
    list_filter = ["channel", "explicit", "version"]
    list_select_related = ["customer", "version"]
    search_fields = ["customer__email", "=subject"]
    show_full_result_count = False
    ordering = ["-pk"]
