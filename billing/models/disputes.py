"""Disputes: a payer's bank asks a payment back."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models.payments import Payment
from billing.money import MoneyField


class DisputeState(models.TextChoices):
    INQUIRY = "inquiry", _("inquiry")
    OPEN = "open", _("open")
    WON = "won", _("won")
    LOST = "lost", _("lost")
    CLOSED = "closed", _("closed")


class Dispute(models.Model):
    """A dispute as the bank has it, and what our staff decided: ending the orders is a right, not an automatism."""

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="disputes")
    # None where staff registered it by hand.
    external_id = models.CharField(max_length=120, unique=True, null=True, blank=True)
    state = models.CharField(_("state"), max_length=8, choices=DisputeState)
    amount = MoneyField(_("amount"))
    reason = models.CharField(_("reason"), max_length=80, blank=True, default="")
    evidence_due_at = models.DateTimeField(_("evidence due"), null=True, blank=True)
    opened_at = models.DateTimeField(_("opened"))
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    registered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    # How much of the payment it has drawn away now: nothing while it is an inquiry, or after it was won.
    drawn = MoneyField(_("drawn away"), default=0)
    # What staff decided: that the customer's orders end.
    terminated_at = models.DateTimeField(_("orders terminated"), null=True, blank=True)
    terminated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    is_fraud = models.BooleanField(_("fraud"), default=False)
    ends_guarantees = models.BooleanField(_("ends guarantees, too"), default=False)
    note = models.CharField(_("note"), max_length=300, blank=True, default="")
    # Set by the sweep that has ended the orders: until then it is work owed.
    orders_ended_at = models.DateTimeField(_("orders ended"), null=True, blank=True)

    class Meta:
        verbose_name = _("dispute")
        verbose_name_plural = _("disputes")
        default_permissions = ["view"]
        permissions = [("decide_dispute", _("Can register disputes and decide what follows from them"))]
        indexes = [
            models.Index(
                fields=["opened_at"], name="dispute_open", condition=Q(state__in=["inquiry", "open"])
            ),
            models.Index(
                fields=["terminated_at"],
                name="dispute_with_orders_to_end",
                condition=Q(terminated_at__isnull=False, orders_ended_at__isnull=True),
            ),
        ]
        constraints = [
            models.CheckConstraint(name="dispute_state_is_known", condition=Q(state__in=DisputeState.values)),
            models.CheckConstraint(name="dispute_amount_positive", condition=Q(amount__gt=0, drawn__gte=0)),
            models.CheckConstraint(
                name="dispute_orders_end_by_a_decision",
                condition=Q(orders_ended_at__isnull=True) | Q(terminated_at__isnull=False),
            ),
            models.CheckConstraint(
                name="dispute_decision_has_a_person",
                condition=Q(terminated_at__isnull=True) | Q(terminated_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.external_id or f"#{self.pk}"
