"""What speaks for a customer's fault, and the refunds that wait for a person because of it."""

import pgtrigger
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.triggers import blanked_with_its_person, refuse
from billing.money import MoneyField
from orders.models.marks import Fault
from orders.models.orders import Order

FEWEST_LETTERS = 4
_ORDER_OF_THE_CASE = "(SELECT order_id FROM orders_refundcase WHERE id = NEW.case_id)"


class ReasonText(models.Model):
    """What a provider's words mean, kept by staff: it proposes a fault and decides nothing."""

    pattern = models.CharField(
        _("words"),
        max_length=120,
        unique=True,
        help_text=_("As the provider writes them, in any case. * stands for anything in between."),
    )
    fault = models.CharField(_("fault"), max_length=20, choices=Fault.choices)
    is_active = models.BooleanField(_("active"), default=True)
    note = models.CharField(_("note"), max_length=200, blank=True, default="")

    class Meta:
        verbose_name = _("reason text")
        verbose_name_plural = _("reason texts")
        constraints = [
            models.CheckConstraint(name="reason_text_names_a_fault", condition=Q(fault__in=Fault.values)),
        ]

    def __str__(self) -> str:
        return self.pattern

    def clean(self) -> None:
        if not any(len(piece) >= FEWEST_LETTERS for piece in _pieces(self.pattern)):
            raise ValidationError(
                {"pattern": _("Write at least %(count)d letters in a row.") % {"count": FEWEST_LETTERS}}
            )

    def fits(self, words: str) -> bool:
        """Whether all its pieces stand in these words, one after the other: no pattern can keep a worker busy."""
        said, place = _plain(words), 0
        for piece in _pieces(self.pattern):
            place = said.find(piece, place)
            if place < 0:
                return False
            place += len(piece)
        return True


def _plain(words: str) -> str:
    return " ".join(words.casefold().split())


def _pieces(pattern: str) -> list[str]:
    return [piece.strip() for piece in _plain(pattern).split("*") if piece.strip()]


class FaultSource(models.TextChoices):
    STAFF = "staff", _("staff")
    CHECKS = "checks", _("checks of the link")
    PROVIDER = "provider", _("the provider's words")
    HANDOVER = "handover", _("refused when handed over")


class FaultFinding(models.Model):
    """One thing that speaks for a fault: who says so, in which words, since when. Never changed."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="findings")
    fault = models.CharField(_("fault"), max_length=20, choices=Fault.choices)
    source = models.CharField(_("source"), max_length=10, choices=FaultSource.choices)
    words = models.TextField(_("evidence"), blank=True, default="")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField(_("time"))

    class Meta:
        verbose_name = _("finding")
        verbose_name_plural = _("findings")
        default_permissions = ()
        indexes = [models.Index(fields=["order", "id"], name="fault_finding_by_order")]
        constraints = [
            models.CheckConstraint(name="finding_names_a_fault", condition=Q(fault__in=Fault.values)),
            models.CheckConstraint(
                name="finding_of_staff_names_a_person", condition=~Q(source="staff") | Q(by__isnull=False)
            ),
        ]
        triggers = [
            refuse(
                "finding_is_never_changed",
                pgtrigger.Update,
                unless=blanked_with_its_person("words", order="NEW.order_id"),
            )
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.fault}"


class Proposal(models.TextChoices):
    """What the terms say about the refund when nothing speaks against it (refund.fault_default)."""

    REVIEW = "review", _("to be weighed")
    NONE = "none", _("nothing")
    FULL = "full", _("everything")


class CaseState(models.TextChoices):
    OPEN = "open", _("open")
    DECIDED = "decided", _("decided")


class RefundCase(models.Model):
    """A refund that waits for a person: what R-4 would pay, and why it was not paid by itself."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="cases")
    amount = MoneyField(_("amount"))
    # So much of it an earlier case had denied: a person looks at it again.
    denied_before = MoneyField(_("denied before"), default=0)
    fault = models.CharField(_("fault"), max_length=20, choices=Fault.choices)
    proposal = models.CharField(_("proposal"), max_length=8, choices=Proposal.choices)
    clause = models.CharField(_("clauses"), max_length=60, blank=True, default="")
    state = models.CharField(_("state"), max_length=8, choices=CaseState.choices, default=CaseState.OPEN)
    opened_at = models.DateTimeField(_("opened"))
    granted = MoneyField(_("granted"), null=True, blank=True)
    note = models.CharField(_("note to the customer"), max_length=300, blank=True, default="")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    # The last word was the customer's: somebody should answer.
    is_unanswered = models.BooleanField(_("waits for an answer"), default=False)

    class Meta:
        verbose_name = _("refund case")
        verbose_name_plural = _("refund cases")
        default_permissions = ["view"]
        permissions = [
            ("answer_refundcase", _("Can answer customers about their refund cases")),
            ("decide_refundcase", _("Can grant or deny refunds under review")),
        ]
        indexes = [
            models.Index(fields=["opened_at"], name="refund_case_open", condition=Q(state="open")),
            models.Index(fields=["order", "id"], name="refund_case_by_order"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["order"], condition=Q(state="open"), name="order_has_one_open_refund_case"
            ),
            models.CheckConstraint(
                name="refund_case_amount_positive",
                condition=Q(amount__gt=0, denied_before__gte=0, denied_before__lte=F("amount")),
            ),
            models.CheckConstraint(name="refund_case_names_a_fault", condition=Q(fault__in=Fault.values)),
            models.CheckConstraint(
                name="refund_case_grants_within_its_amount",
                condition=Q(granted__isnull=True) | Q(granted__gte=0, granted__lte=F("amount")),
            ),
            models.CheckConstraint(
                name="refund_case_decided_says_what_and_when",
                condition=Q(state="open", granted__isnull=True, decided_at__isnull=True)
                | Q(state="decided", granted__isnull=False, decided_at__isnull=False),
            ),
        ]
        triggers = [
            refuse("refund_case_is_never_deleted", pgtrigger.Delete),
            refuse(
                "refund_case_is_decided_once",
                pgtrigger.Update,
                condition=pgtrigger.Condition("OLD.state = 'decided'"),
                unless=blanked_with_its_person("note", order="NEW.order_id"),
            ),
        ]

    def __str__(self) -> str:
        return str(_("Refund case of order #%(order)s") % {"order": self.order_id})

    def get_absolute_url(self) -> str:
        return reverse("order_detail", args=[self.order_id]) + "#case"

    @property
    def is_open(self) -> bool:
        return self.state == CaseState.OPEN


class CaseMessage(models.Model):
    """A word between customer and staff about a case. Never changed."""

    case = models.ForeignKey(RefundCase, on_delete=models.CASCADE, related_name="messages")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    from_staff = models.BooleanField(_("from staff"))
    text = models.TextField(_("text"))
    at = models.DateTimeField(_("time"))

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        default_permissions = ()
        indexes = [models.Index(fields=["case", "id"], name="case_message_by_case")]
        triggers = [
            refuse(
                "case_message_is_never_changed",
                pgtrigger.Update,
                unless=blanked_with_its_person("text", order=_ORDER_OF_THE_CASE),
            )
        ]

    def __str__(self) -> str:
        return f"{self.case_id}"
