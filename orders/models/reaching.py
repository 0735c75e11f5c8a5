"""Orders that ended because their counter reached what was ordered."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from orders.models.orders import Order
from orders.models.sightings import Sighting


class TargetReached(models.Model):
    """The count that completed an order, and whether its provider was asked to stop: a cancel is owed until then."""

    order = models.OneToOneField(Order, on_delete=models.CASCADE, related_name="reached")
    sighting = models.ForeignKey(Sighting, on_delete=models.CASCADE, related_name="+")
    # What was reached, as it was computed: start and quantity, or for watch hours the quantity alone.
    target = models.BigIntegerField(_("target count"))
    reached_at = models.DateTimeField(_("reached"))
    stop_due_at = models.DateTimeField(_("provider to be asked to stop"), null=True, blank=True)
    stop_asked_at = models.DateTimeField(_("provider asked to stop"), null=True, blank=True)

    class Meta:
        verbose_name = _("reached target")
        verbose_name_plural = _("reached targets")
        default_permissions = ()
        indexes = [
            models.Index(
                fields=["stop_due_at"], name="target_reached_to_stop", condition=Q(stop_due_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.target}"
