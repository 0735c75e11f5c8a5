"""A refill owed to a provider: the row that says so, and how asking for it went."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from providers.dispatch import Dispatch, DispatchQuerySet
from providers.models import Provider
from refills.models.refills import Refill


class RefillSubmissionQuerySet(DispatchQuerySet["RefillSubmission"]):
    pass


class RefillSubmission(Dispatch):
    """Written to the wire at most once for each time it is due, as an order is."""

    refill = models.OneToOneField(Refill, on_delete=models.PROTECT, related_name="submission")
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="refill_submissions")
    external_id = models.CharField(_("provider's refill number"), max_length=64, blank=True, default="")

    objects: ClassVar[models.Manager[Self]] = RefillSubmissionQuerySet.as_manager()

    class Meta(Dispatch.Meta):
        verbose_name = _("refill submission")
        verbose_name_plural = _("refill submissions")
        default_permissions = ["view"]
        permissions = [("resolve_refillsubmission", _("Can decide about refills of unknown outcome"))]
        indexes = [
            *Dispatch.Meta.indexes,
            models.Index(
                fields=["answered_at"], name="refill_submission_uncertain", condition=Q(state="uncertain")
            ),
            models.Index(fields=["provider", "state"], name="refill_submission_by_provider"),
        ]
        constraints = [
            *Dispatch.Meta.constraints,
            models.CheckConstraint(
                name="refill_submission_accepted_has_a_number",
                condition=~Q(state="accepted") | ~Q(external_id=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.refill_id} {self.state}"
