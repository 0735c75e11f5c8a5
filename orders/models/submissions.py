"""What is owed to a provider for an order, and a provider as its orders see it."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from orders.models.orders import Order
from providers.dispatch import Dispatch, DispatchQuerySet
from providers.models import Provider


class SubmissionQuerySet(DispatchQuerySet["Submission"]):
    pass


class Submission(Dispatch):
    """An order owed to a provider: the row that says so, and how handing it over went."""

    order = models.OneToOneField(Order, on_delete=models.PROTECT, related_name="submission")
    # Not before this one has ended: runs of a drip-feed never overtake each other.
    after = models.OneToOneField(
        Order, on_delete=models.PROTECT, null=True, blank=True, related_name="next_submission"
    )
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="submissions")
    external_id = models.CharField(_("provider's order number"), max_length=64, blank=True, default="")
    provider_charge = models.DecimalField(
        _("provider's charge"), max_digits=20, decimal_places=8, null=True, blank=True
    )
    provider_currency = models.CharField(max_length=8, blank=True, default="")
    written_off_at = models.DateTimeField(_("written off"), null=True, blank=True)

    objects: ClassVar[models.Manager[Self]] = SubmissionQuerySet.as_manager()

    class Meta(Dispatch.Meta):
        verbose_name = _("submission")
        verbose_name_plural = _("submissions")
        default_permissions = ["view"]
        permissions = [("resolve_submission", _("Can decide about submissions of unknown outcome"))]
        indexes = [
            *Dispatch.Meta.indexes,
            models.Index(
                fields=["due_at"], name="submission_next", condition=Q(state="due", after__isnull=True)
            ),
            models.Index(fields=["answered_at"], name="submission_uncertain", condition=Q(state="uncertain")),
            models.Index(fields=["provider", "state"], name="submission_by_provider"),
        ]
        constraints = [
            *Dispatch.Meta.constraints,
            models.UniqueConstraint(
                fields=["provider", "external_id"],
                name="submission_number_belongs_to_one_order",
                condition=~Q(external_id=""),
            ),
            models.CheckConstraint(
                name="submission_accepted_has_a_number", condition=~Q(state="accepted") | ~Q(external_id="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.state}"


class RefundBrake(Provider):
    """A provider as its orders see it: whether their refunds wait for a person."""

    class Meta:
        proxy = True
        verbose_name = _("refund brake")
        verbose_name_plural = _("refund brakes")
        default_permissions = ()
