"""What customers show: a count or hours in their words, and pictures of it."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.triggers import refuse
from orders.models import SpeedUp
from refills.models.refills import Refill


class Evidence(models.Model):
    """One answer of a customer who was asked to show a counter: their word, until staff agree."""

    customer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="evidence")
    refill = models.ForeignKey(
        Refill, on_delete=models.PROTECT, null=True, blank=True, related_name="evidence"
    )
    speed_up = models.ForeignKey(
        SpeedUp, on_delete=models.PROTECT, null=True, blank=True, related_name="evidence"
    )
    # Watch hours have tenths; `hours_since` is the first day of the period that they were counted in (K-44).
    count = models.DecimalField(_("count"), max_digits=15, decimal_places=1, null=True, blank=True)
    hours_since = models.DateField(_("hours since"), null=True, blank=True)
    added_at = models.DateTimeField(_("added"))

    class Meta:
        verbose_name = _("evidence")
        verbose_name_plural = _("evidence")
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                name="evidence_belongs_to_one_request",
                condition=Q(refill__isnull=False, speed_up__isnull=True)
                | Q(refill__isnull=True, speed_up__isnull=False),
            ),
            models.CheckConstraint(
                name="evidence_count_is_none_or_not_negative",
                condition=Q(count__isnull=True) | Q(count__gte=0),
            ),
        ]
        triggers = [
            refuse("evidence_never_updated", pgtrigger.Update),
            refuse("evidence_never_deleted", pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"


class EvidenceImage(models.Model):
    """A private picture. Its file goes after a while; the row stays, so that the picture cannot be used again."""

    evidence = models.ForeignKey(Evidence, on_delete=models.PROTECT, related_name="images")
    customer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    digest = models.CharField(_("digest"), max_length=64)
    file = models.CharField(_("file"), max_length=100, blank=True, default="")
    width = models.PositiveIntegerField(_("width"))
    height = models.PositiveIntegerField(_("height"))
    # What the file said about its age before that was cut off.
    taken_at = models.DateTimeField(_("taken, says the file"), null=True, blank=True)
    added_at = models.DateTimeField(_("added"))
    erased_at = models.DateTimeField(_("erased"), null=True, blank=True)

    class Meta:
        verbose_name = _("screenshot")
        verbose_name_plural = _("screenshots")
        default_permissions = ["view"]
        indexes = [
            models.Index(
                fields=["added_at"], name="evidence_image_kept", condition=Q(erased_at__isnull=True)
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["customer", "digest"], name="evidence_image_is_used_once"),
            models.UniqueConstraint(
                fields=["file"], name="evidence_image_has_a_file_of_its_own", condition=~Q(file="")
            ),
            models.CheckConstraint(
                name="evidence_image_has_its_file_until_erased",
                condition=Q(erased_at__isnull=True) & ~Q(file="") | Q(erased_at__isnull=False, file=""),
            ),
        ]
        triggers = [refuse("evidence_image_never_deleted", pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"#{self.pk}"
