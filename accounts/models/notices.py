"""Notices: what we tell one customer, in the panel and by mail."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class NoticeKind(models.TextChoices):
    ORDER_FINISHED = "order_finished", _("Order finished")
    PROGRAM_ORDER_FINISHED = "program_order_finished", _("Order of a program finished")
    ORDER_PARTIAL = "order_partial", _("Order not fully delivered, or canceled")
    ORDER_HELD = "order_held", _("Order waits for our staff")
    REFUND_REVIEW = "refund_review", _("Refund under review")
    REFUND_DECIDED = "refund_decided", _("Refund decided")
    REFILL = "refill", _("Refill")
    MONEY = "money", _("Money in and out")
    SUPPORT = "support", _("Answer from support")
    TERMS = "terms", _("Terms and announcements")
    ACCOUNT = "account", _("Your account")
    SECURITY = "security", _("Security")


class Notice(models.Model):
    """One thing told to a customer. A mail is owed while `mail_due_at` is set; every attempt moves it onwards."""

    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notices", db_index=False
    )
    kind = models.CharField(_("kind"), max_length=24, choices=NoticeKind)
    title = models.CharField(_("title"), max_length=160)
    text = models.TextField(_("text"))
    url = models.CharField(_("page"), max_length=300, blank=True, default="")
    created_at = models.DateTimeField(_("time"))
    in_panel = models.BooleanField(_("shown in the panel"), default=True)
    read_at = models.DateTimeField(_("read"), null=True, blank=True)
    mail_due_at = models.DateTimeField(_("mail due"), null=True, blank=True)
    mail_attempts = models.PositiveSmallIntegerField(_("attempts to mail"), default=0)
    mailed_at = models.DateTimeField(_("mailed"), null=True, blank=True)
    mail_gave_up_at = models.DateTimeField(_("gave up mailing"), null=True, blank=True)
    mail_words = models.CharField(_("why it was not mailed"), max_length=300, blank=True, default="")

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        default_permissions = ["view"]
        indexes = [
            models.Index(name="notice_shown", fields=["customer", "-id"], condition=Q(in_panel=True)),
            models.Index(
                name="notice_unread",
                fields=["customer", "-id"],
                condition=Q(in_panel=True, read_at__isnull=True),
            ),
            models.Index(
                name="notice_mail_due", fields=["mail_due_at"], condition=Q(mail_due_at__isnull=False)
            ),
            models.Index(
                name="notice_mailed",
                fields=["customer", "kind", "mailed_at"],
                condition=Q(mailed_at__isnull=False),
            ),
            models.Index(
                name="notice_mail_given_up", fields=["-id"], condition=Q(mail_gave_up_at__isnull=False)
            ),
        ]
        constraints = [
            models.CheckConstraint(name="notice_kind_is_known", condition=Q(kind__in=NoticeKind.values)),
            # Only pages of ours, so that following a notice never leads elsewhere.
            models.CheckConstraint(
                name="notice_leads_to_a_page_of_ours",
                condition=Q(url="") | (Q(url__regex=r"^/([^/\\]|$)")),
            ),
            models.CheckConstraint(
                name="notice_mail_is_owed_or_mailed_or_given_up",
                condition=Q(mailed_at__isnull=True, mail_gave_up_at__isnull=True)
                | Q(mail_due_at__isnull=True, mail_gave_up_at__isnull=True)
                | Q(mail_due_at__isnull=True, mailed_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.title
