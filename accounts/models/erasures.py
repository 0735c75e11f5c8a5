"""People who were erased."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Erasure(models.Model):
    """How far the erasing of a person has come. It goes on where it stopped."""

    customer = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="erasure"
    )
    # Nobody else than the person, or who did it at the person's request.
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    begun_at = models.DateTimeField(_("begun"))
    step = models.CharField(max_length=40, blank=True, default="")
    cursor = models.BigIntegerField(default=0)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    class Meta:
        verbose_name = _("erasure")
        verbose_name_plural = _("erasures")
        default_permissions = ()
        indexes = [
            models.Index(fields=["begun_at"], name="erasure_under_way", condition=Q(ended_at__isnull=True))
        ]

    def __str__(self) -> str:
        return f"{self.customer_id}"
