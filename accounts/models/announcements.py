"""Announcements: what we tell all customers at once, in one row; whoever has read it leaves a row of their own."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Announcement(models.Model):
    """Said to everybody from its publication until its end. It is never rewritten: staff end it and say it anew."""

    class Level(models.TextChoices):
        INFO = "info", _("good to know")
        IMPORTANT = "important", _("important")

    title = models.CharField(_("title"), max_length=160)
    text = models.TextField(_("text"))
    url = models.CharField(
        _("page"),
        max_length=300,
        blank=True,
        default="",
        help_text=_("A page of this panel, such as /terms/."),
    )
    level = models.CharField(_("level"), max_length=9, choices=Level, default=Level.INFO)
    terms_number = models.PositiveIntegerField(_("version of the terms"), null=True, blank=True)
    published_at = models.DateTimeField(_("published"))
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("published by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    ends_at = models.DateTimeField(_("ends"), null=True, blank=True)
    # Customers up to this number have their mail; none is owed when it is empty.
    mail_cursor = models.BigIntegerField(null=True, blank=True, editable=False)
    # The same for endpoints of programs, which are told about terms only.
    webhook_cursor = models.BigIntegerField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("announcement")
        verbose_name_plural = _("announcements")
        default_permissions = ["view"]
        permissions = [("announce", _("Can publish and end announcements"))]
        constraints = [
            models.CheckConstraint(
                name="announcement_level_is_known", condition=Q(level__in=["info", "important"])
            ),
            models.CheckConstraint(
                name="announcement_leads_to_a_page_of_ours",
                condition=Q(url="") | Q(url__regex=r"^/([^/\\]|$)"),
                violation_error_message=_("Name a page of this panel: it begins with one slash."),
            ),
        ]

    def __str__(self) -> str:
        return self.title


class AnnouncementRead(models.Model):
    """A customer has put an announcement away."""

    announcement = models.ForeignKey(Announcement, on_delete=models.CASCADE, related_name="reads")
    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    read_at = models.DateTimeField(_("read"))

    class Meta:
        verbose_name = _("announcement read")
        verbose_name_plural = _("announcements read")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "announcement"], name="announcement_is_read_once_by_a_customer"
            )
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.announcement_id}"
