from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from api.models import IdempotentCall
from billing.admin import LookOnlyAdmin


@admin.register(IdempotentCall)
class IdempotentCallAdmin(LookOnlyAdmin):
    list_display = ["idempotency_key", "customer", "status", "created_at"]
    list_filter = ["status"]
    list_select_related = ["customer"]
    search_fields = ["idempotency_key", "=customer__email"]
    search_help_text = _("The key, or the customer's whole e-mail address")
    show_full_result_count = False
    ordering = ["-created_at"]
