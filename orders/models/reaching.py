"""Orders whose provider should deliver no more: their counter has reached what was ordered, or a dispute ends them."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from orders.models.orders import Order
from orders.models.sightings import Sighting


class StopOwed(models.Model):
    """A provider is owed a request to cancel an order until it was asked, or too much time has passed."""

    stop_due_at = models.DateTimeField(_("provider to be asked to stop"), null=True, blank=True)
    stop_asked_at = models.DateTimeField(_("provider asked to stop"), null=True, blank=True)

    class Meta:
        abstract = True


class TargetReached(StopOwed):
    """The count that completed an order, and whether its provider was asked to stop."""

    order = models.OneToOneField(Order, on_delete=models.CASCADE, related_name="reached")
    sighting = models.ForeignKey(Sighting, on_delete=models.CASCADE, related_name="+")
    # What was reached, as it was computed: start and quantity, or for watch hours the quantity alone.
    target = models.BigIntegerField(_("target count"))
    reached_at = models.DateTimeField(_("reached"))

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


class TerminatedOrder(StopOwed):
    """An order that was with its provider when a dispute ended the orders of its customer."""

    order = models.OneToOneField(Order, on_delete=models.CASCADE, related_name="terminated")
    # The number of the dispute: its row belongs to the books.
    dispute = models.BigIntegerField(_("dispute"))
    terminated_at = models.DateTimeField(_("terminated"))

    class Meta:
        verbose_name = _("terminated order")
        verbose_name_plural = _("terminated orders")
        default_permissions = ()
        indexes = [
            models.Index(
                fields=["stop_due_at"],
                name="terminated_order_to_stop",
                condition=Q(stop_due_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.dispute}"
