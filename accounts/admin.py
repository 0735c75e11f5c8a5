"""People in the administration: staff look, close the door to somebody, set a discount.

Staff never see a password. Nobody is deleted, because the books name them. Only a superuser decides who works here
and with what rights.
"""

from typing import Any

from allauth.account.decorators import secure_admin_login
from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import BaseUserCreationForm
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.admin_notices import AnnouncementAdmin, NoticeAdmin
from accounts.api_keys import revoke_key
from accounts.joining import confirm_address
from accounts.models import Announcement, ApiKey, Notice, User

# Staff come in by the customers' door, so that its limits on guessing passwords hold for them as well.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

admin.site.register(Announcement, AnnouncementAdmin)
admin.site.register(Notice, NoticeAdmin)


class PersonForm(BaseUserCreationForm):  # type: ignore[type-arg]
    class Meta:
        model = User
        fields = ["email"]

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()


@admin.register(User)
class PersonAdmin(UserAdmin):  # type: ignore[type-arg]
    add_form = PersonForm
    add_fieldsets = [
        (
            None,
            {
                "fields": ["email", "password1", "password2"],
                "description": _("You vouch for the address: the person can sign in at once."),
            },
        )
    ]
    fieldsets = [
        (None, {"fields": ["email", "state", "discount_percent"]}),
        (_("Works here"), {"fields": ["is_staff", "is_superuser", "groups"]}),
        (_("Dates"), {"fields": ["date_joined", "last_login"]}),
    ]
    readonly_fields = ["state", "date_joined", "last_login"]
    list_display = ["email", "state", "is_staff", "discount_percent", "date_joined", "last_login"]
    list_filter = ["state", "is_staff", "groups", "date_joined"]
    search_fields = ["email"]
    search_help_text = _("Part of the e-mail address")
    ordering = ["-date_joined"]
    filter_horizontal = ["groups"]

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        fixed = [*self.readonly_fields]
        if obj is not None:
            # The person changes it, and confirms the new one.
            fixed += ["email"]
        if not is_superuser(request):
            fixed += ["is_staff", "is_superuser", "groups"]
        return fixed

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        may_touch = is_superuser(request) or obj is None or not (obj.is_staff or obj.is_superuser)
        return may_touch and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False

    def user_change_password(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        # Who forgot a password resets it by mail; setting it for somebody is taking over the account.
        if not is_superuser(request):
            raise PermissionDenied
        return super().user_change_password(request, *args, **kwargs)

    def save_model(
        self, request: HttpRequest, obj: User, form: "forms.ModelForm[User]", change: bool
    ) -> None:
        super().save_model(request, obj, form, change)
        if not change:
            confirm_address(obj)


@admin.register(ApiKey)
class ApiKeyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["__str__", "customer", "label", "created_at", "last_used_at", "revoked_at"]
    list_filter = [("revoked_at", admin.EmptyFieldListFilter), "last_used_at"]
    list_select_related = ["customer"]
    search_fields = ["prefix", "label", "customer__email"]
    fields = ["customer", "label", "prefix", "created_at", "last_used_at", "revoked_at"]
    ordering = ["-created_at"]
    actions = ["revoke"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        return False

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return super().has_change_permission(request)

    @admin.action(description=_("Revoke the selected keys"), permissions=["revoke"])
    def revoke(self, request: HttpRequest, keys: QuerySet[ApiKey]) -> None:
        live_keys = keys.filter(revoked_at=None).select_related("customer")
        revoked = [*live_keys]
        for key in revoked:
            revoke_key(customer=key.customer, key_id=key.pk, now=timezone.now())
            self.log_change(request, key, gettext("Revoked."))
        said = ngettext("%(count)d key revoked.", "%(count)d keys revoked.", len(revoked))
        messages.success(request, said % {"count": len(revoked)})


def is_superuser(request: HttpRequest) -> bool:
    return isinstance(request.user, User) and request.user.is_superuser
