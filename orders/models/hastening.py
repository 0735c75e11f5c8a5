"""A customer's wish that something late be hurried."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from orders.models.orders import Order


class SpeedUpState(models.TextChoices):
    OPEN = "open", _("open")
    DONE = "done", _("done")
    DECLINED = "declined", _("declined")


class SpeedUp(models.Model):
    """A request to speed up an order that is late, and what staff made of it."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="speed_ups")
    text = models.TextField(_("what the customer says"), blank=True, default="")
    asked_at = models.DateTimeField(_("asked"))
    state = models.CharField(
        _("state"), max_length=8, choices=SpeedUpState.choices, default=SpeedUpState.OPEN
    )
    answer = models.CharField(_("answer"), max_length=300, blank=True, default="")
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)

    class Meta:
        verbose_name = _("request to speed up")
        verbose_name_plural = _("requests to speed up")
        default_permissions = ["view"]
        indexes = [
            models.Index(fields=["asked_at"], name="speed_up_open", condition=Q(state="open")),
        ]
        constraints = [
            models.CheckConstraint(
                name="speed_up_state_is_known", condition=Q(state__in=SpeedUpState.values)
            ),
            models.UniqueConstraint(
                fields=["order"], name="speed_up_is_asked_once_at_a_time", condition=Q(state="open")
            ),
            models.CheckConstraint(
                name="speed_up_answer_has_a_person_and_a_time",
                condition=Q(state="open", answered_by__isnull=True, answered_at__isnull=True)
                | ~Q(state="open") & Q(answered_by__isnull=False, answered_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.state}"
