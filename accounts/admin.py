"""People in the administration: staff look, change the state of an account, set a discount.

Staff never see a password. Nobody is deleted, because the books name them. Only a superuser decides who works here
and with what rights. Looking at somebody is written down, and so is taking out a list.
"""

from http import HTTPStatus
from typing import Any

from allauth.account.decorators import secure_admin_login
from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import BaseUserCreationForm
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.safestring import mark_safe
from django.utils.timezone import localtime
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.admin_deciding import DecidingAdmin
from accounts.admin_looking import LookAdmin, LookingAdmin, SignInAdmin
from accounts.admin_notices import AnnouncementAdmin, NoticeAdmin
from accounts.admin_standing import ABOUT_PEOPLE
from accounts.admin_webhooks import WebhookEndpointAdmin, WebhookMessageAdmin
from accounts.api_keys import revoke_key
from accounts.joining import confirm_address
from accounts.looking import people_rows, record_export, record_look
from accounts.models import Announcement, ApiKey, Look, Notice, SignIn, User, WebhookEndpoint, WebhookMessage
from accounts.spreadsheets import csv_answer

# Staff come in by the customers' door, so that its limits on guessing passwords hold for them as well.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

admin.site.register(Announcement, AnnouncementAdmin)
admin.site.register(Notice, NoticeAdmin)
admin.site.register(SignIn, SignInAdmin)
admin.site.register(Look, LookAdmin)
admin.site.register(WebhookEndpoint, WebhookEndpointAdmin)
admin.site.register(WebhookMessage, WebhookMessageAdmin)


class PersonForm(BaseUserCreationForm):  # type: ignore[type-arg]
    class Meta:
        model = User
        fields = ["email"]

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()


@admin.register(User)
class PersonAdmin(DecidingAdmin, UserAdmin):  # type: ignore[type-arg]
    decisions = ABOUT_PEOPLE
    decide_display = ("email", "state", "is_staff", "date_joined")
    actions = ["export"]
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
        (None, {"fields": ["email", "discount_percent"]}),
        (_("Standing"), {"fields": ["state", "history", "came_in"]}),
        (_("Works here"), {"fields": ["is_staff", "is_superuser", "groups"]}),
        (_("Dates"), {"fields": ["date_joined", "last_login"]}),
    ]
    readonly_fields = ["state", "history", "came_in", "date_joined", "last_login"]
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

    def has_export_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("accounts.export_user")

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        answer = super().change_view(request, object_id, form_url, extra_context)
        person = self.get_object(request, object_id)
        if request.method == "GET" and answer.status_code == HTTPStatus.OK and isinstance(person, User):
            record_look(staff=_staff(request), customer=person, now=timezone.now())
        return answer

    @admin.action(description=_("Take out the selected people as CSV"), permissions=["export"])
    def export(self, request: HttpRequest, people: QuerySet[User]) -> StreamingHttpResponse:
        how = request.GET.urlencode() or gettext("everybody")
        if request.POST.get("select_across") != "1":
            how = gettext("chosen by hand from: %(list)s") % {"list": how}
        record_export(staff=_staff(request), filter=how, count=people.count(), now=timezone.now())
        return csv_answer(people_rows(people), file_name="people.csv")

    @admin.display(description=_("what happened"))
    def history(self, person: User) -> str:
        return format_html_join(
            mark_safe("<br>"),
            "{} · {} · {} · {}",
            (
                (date_format(localtime(change.at), "DATETIME_FORMAT"), change, change.by or "-", change.why)
                for change in person.state_changes.select_related("by").order_by("-pk")
            ),
        )

    @admin.display(description=_("sign-ins"))
    def came_in(self, person: User) -> str:
        page = f"{reverse('admin:accounts_signin_changelist')}?{urlencode({'q': person.email})}"
        return format_html('<a href="{}">{}</a>', page, person.sign_ins.count())

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or request.user.has_perm("accounts.view_signin"):
            return fieldsets
        return [
            (name, options | {"fields": [one for one in options["fields"] if one != "came_in"]})
            for name, options in fieldsets
        ]

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
class ApiKeyAdmin(LookingAdmin):
    list_display = ["__str__", "customer", "label", "scopes", "created_at", "last_used_at", "revoked_at"]
    list_filter = [("revoked_at", admin.EmptyFieldListFilter), "last_used_at"]
    list_select_related = ["customer"]
    search_fields = ["prefix", "label", "customer__email"]
    fields = [
        "customer",
        "label",
        "prefix",
        "scopes",
        "allowed_networks",
        "created_at",
        "expires_at",
        "replaced_by",
        "last_used_at",
        "last_used_network",
        "revoked_at",
    ]
    ordering = ["-created_at"]
    actions = ["revoke"]

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("accounts.change_apikey")

    @admin.action(description=_("Revoke the selected keys"), permissions=["revoke"])
    def revoke(self, request: HttpRequest, keys: QuerySet[ApiKey]) -> None:
        live_keys = keys.filter(revoked_at=None).select_related("customer")
        revoked = [*live_keys]
        for key in revoked:
            revoke_key(customer=key.customer, key_id=key.pk, now=timezone.now())
            self.log_change(request, key, gettext("Revoked."))
        said = ngettext("%(count)d key revoked.", "%(count)d keys revoked.", len(revoked))
        messages.success(request, said % {"count": len(revoked)})


def _staff(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def is_superuser(request: HttpRequest) -> bool:
    return isinstance(request.user, User) and request.user.is_superuser
