"""What customers are told, as staff see it: announcements to write and end, notices to look up, mails to try again."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Count, Model, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.announcements import announce, end
from accounts.mailing import mail_again
from accounts.models import Announcement, Notice, User


class AnnouncementForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Announcement
        fields = ["title", "text", "url", "level", "ends_at"]

    def clean_ends_at(self) -> Any:
        ends_at = self.cleaned_data["ends_at"]
        if ends_at and ends_at <= timezone.now():
            raise ValidationError(_("It has to end later than now."), code="ends_too_early")
        return ends_at


class KeptAsWritten(admin.ModelAdmin):  # type: ignore[type-arg]
    show_full_result_count = False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class AnnouncementAdmin(KeptAsWritten):
    form = AnnouncementForm
    list_display = ["title", "level", "readers", "published_at", "ends_at", "published_by"]
    list_filter = ["level", ("ends_at", admin.EmptyFieldListFilter), "published_at"]
    list_select_related = ["published_by"]
    search_fields = ["title", "text"]
    ordering = ["-pk"]
    actions = ["end_now"]

    def get_fields(self, request: HttpRequest, obj: Announcement | None = None) -> Any:
        typed = list(AnnouncementForm.Meta.fields)
        return [*typed, "terms_number", "published_at", "published_by"] if obj else typed

    def get_queryset(self, request: HttpRequest) -> QuerySet[Announcement]:
        announcements: QuerySet[Announcement] = super().get_queryset(request)
        return announcements.annotate(readers=Count("reads"))

    @admin.display(description=_("read by"), ordering="readers")
    def readers(self, announcement: Any) -> int:
        return int(announcement.readers)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("accounts.announce")

    def has_announce_permission(self, request: HttpRequest) -> bool:
        return self.has_add_permission(request)

    def save_model(self, request: HttpRequest, obj: Announcement, form: Any, change: bool) -> None:
        assert isinstance(request.user, User)
        obj.pk = announce(by=request.user, now=timezone.now(), **form.cleaned_data).pk

    @admin.action(description=_("End the selected announcements now"), permissions=["announce"])
    def end_now(self, request: HttpRequest, announcements: QuerySet[Announcement]) -> None:
        ended = [one for one in announcements if end(one, now=timezone.now())]
        for announcement in ended:
            self.log_change(request, announcement, gettext("Ended."))
        said = ngettext("%(count)d announcement ended.", "%(count)d announcements ended.", len(ended))
        messages.success(request, said % {"count": len(ended)})


class MailState(admin.SimpleListFilter):
    title = _("mail")
    parameter_name = "mail"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("owed", _("owed")), ("sent", _("mailed")), ("given_up", _("given up")), ("none", _("none"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Notice]) -> QuerySet[Notice]:
        states = {
            "owed": Q(mail_due_at__isnull=False),
            "sent": Q(mailed_at__isnull=False),
            "given_up": Q(mail_gave_up_at__isnull=False),
            "none": Q(mail_due_at=None, mailed_at=None, mail_gave_up_at=None),
        }
        return queryset.filter(states.get(self.value() or "", Q()))


class NoticeAdmin(KeptAsWritten):
    list_display = ["created_at", "customer", "kind", "title", "read_at", "mail"]
    list_filter = [MailState, "kind"]
    list_select_related = ["customer"]
    search_fields = ["customer__email__startswith"]
    search_help_text = _("Beginning of the e-mail address")
    ordering = ["-pk"]
    actions = ["try_again"]

    @admin.display(description=_("mail"))
    def mail(self, notice: Notice) -> str:
        if notice.mailed_at:
            return gettext("mailed")
        if notice.mail_gave_up_at:
            return gettext("given up: %(words)s") % {"words": notice.mail_words}
        if notice.mail_due_at:
            return gettext("owed, %(count)d tried") % {"count": notice.mail_attempts}
        return gettext("none")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_announce_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("accounts.announce")

    @admin.action(description=_("Try to mail the selected notices again"), permissions=["announce"])
    def try_again(self, request: HttpRequest, notices: QuerySet[Notice]) -> None:
        count = mail_again(list(notices.values_list("pk", flat=True)), now=timezone.now())
        said = ngettext("%(count)d mail is owed again.", "%(count)d mails are owed again.", count)
        messages.success(request, said % {"count": count})
