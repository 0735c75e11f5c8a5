"""Withdrawals: balance on its way out, what it is taken from, and how it is paid out."""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from billing.models.books import Funding
from billing.models.payments import Payment
from billing.money import MoneyField
from terms.models import TermsVersion


class WithdrawalState(models.TextChoices):
    REQUESTED = "requested", _("requested")
    APPROVED = "approved", _("approved")
    PAYING = "paying", _("being paid out")
    PAID = "paid", _("paid")
    REJECTED = "rejected", _("rejected")
    CANCELLED = "cancelled", _("cancelled")


OPEN_WITHDRAWALS = (WithdrawalState.REQUESTED, WithdrawalState.APPROVED, WithdrawalState.PAYING)


class Withdrawal(models.Model):
    """One request. Its fee and parts are frozen when it is made: slow work of ours makes nothing dearer (R-7)."""

    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("customer"),
        on_delete=models.PROTECT,
        related_name="withdrawals",
        db_index=False,
    )
    request_id = models.UUIDField(unique=True)
    terms_version = models.ForeignKey(
        TermsVersion, verbose_name=_("terms version"), on_delete=models.PROTECT, related_name="+"
    )
    state = models.CharField(
        _("state"), max_length=10, choices=WithdrawalState, default=WithdrawalState.REQUESTED.value
    )
    gross = MoneyField(_("taken from the balance"))
    fee = MoneyField(_("fee"))
    bonus_lost = MoneyField(_("bonus lost"), default=0)
    requested_at = models.DateTimeField(_("requested"))
    due_on = models.DateField(_("due"))
    # Where to, in the customer's words, for what cannot go back the way it came; sealed.
    destination_sealed = models.TextField(blank=True, default="")
    approved_at = models.DateTimeField(_("approved"), null=True, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    # Above a limit a second person has to agree.
    seconded_at = models.DateTimeField(_("agreed by a second person"), null=True, blank=True)
    seconded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    closed_at = models.DateTimeField(_("ended"), null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    note = models.CharField(_("note"), max_length=300, blank=True, default="")
    # What the bank or processor calls the payment.
    payment_reference = models.CharField(_("reference"), max_length=120, blank=True, default="")

    class Meta:
        verbose_name = _("withdrawal")
        verbose_name_plural = _("withdrawals")
        default_permissions = ["view"]
        permissions = [
            ("approve_withdrawal", _("Can approve and reject withdrawals")),
            ("pay_withdrawal", _("Can mark withdrawals as paid")),
        ]
        indexes = [
            models.Index(fields=["customer", "-id"], name="withdrawal_by_customer"),
            models.Index(
                fields=["due_on"],
                name="withdrawal_open",
                condition=Q(state__in=["requested", "approved", "paying"]),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["customer"],
                condition=Q(state__in=["requested", "approved", "paying"]),
                name="withdrawal_is_the_only_open_one",
            ),
            models.CheckConstraint(
                name="withdrawal_state_is_known", condition=Q(state__in=WithdrawalState.values)
            ),
            models.CheckConstraint(
                name="withdrawal_fee_within_gross",
                condition=Q(gross__gt=0, fee__gte=0, fee__lte=F("gross"), bonus_lost__gte=0),
            ),
            models.CheckConstraint(
                name="withdrawal_ended_has_a_time",
                condition=Q(state__in=["requested", "approved", "paying"], closed_at__isnull=True)
                | Q(state__in=["paid", "rejected", "cancelled"], closed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="withdrawal_rejected_says_why", condition=~Q(state="rejected") | ~Q(note="")
            ),
            models.CheckConstraint(
                name="withdrawal_takes_two_different_people",
                condition=Q(seconded_by__isnull=True) | ~Q(seconded_by=F("approved_by")),
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"

    @property
    def payout(self) -> Decimal:
        """What the customer receives."""
        payout: Decimal = self.gross - self.fee
        return payout

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_WITHDRAWALS


class WithdrawalPart(models.Model):
    """What a withdrawal takes from one funding."""

    withdrawal = models.ForeignKey(Withdrawal, on_delete=models.PROTECT, related_name="parts")
    funding = models.ForeignKey(Funding, on_delete=models.PROTECT, related_name="withdrawn_parts")
    cash = MoneyField(_("cash taken"))
    bonus = MoneyField(_("bonus taken"), default=0)
    bonus_lost = MoneyField(_("bonus lost"), default=0)
    fee_percent = models.DecimalField(_("fee, percent"), max_digits=5, decimal_places=2)

    class Meta:
        verbose_name = _("part of a withdrawal")
        verbose_name_plural = _("parts of withdrawals")
        default_permissions = ["view"]
        constraints = [
            models.UniqueConstraint(
                fields=["withdrawal", "funding"], name="withdrawal_takes_from_a_funding_once"
            ),
            models.CheckConstraint(
                name="withdrawal_part_takes_something",
                condition=Q(cash__gte=0, bonus__gte=0, bonus_lost__gte=0) & ~Q(cash=0, bonus=0),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.withdrawal_id} ← {self.funding_id}"

    @property
    def taken(self) -> Decimal:
        taken: Decimal = self.cash + self.bonus
        return taken


class PayoutWay(models.TextChoices):
    CARD_REFUND = "card_refund", _("back to the card it came from")
    BY_HAND = "by_hand", _("by hand")


class PayoutState(models.TextChoices):
    DUE = "due", _("due")
    SENDING = "sending", _("sending")
    PAID = "paid", _("paid")
    FAILED = "failed", _("failed")


class Payout(models.Model):
    """One payment that leaves: back to where a payment came from where that is possible, else by hand."""

    withdrawal = models.ForeignKey(Withdrawal, on_delete=models.PROTECT, related_name="payouts")
    payment = models.ForeignKey(
        Payment, on_delete=models.PROTECT, null=True, blank=True, related_name="payouts"
    )
    way = models.CharField(_("way"), max_length=12, choices=PayoutWay)
    state = models.CharField(_("state"), max_length=8, choices=PayoutState, default=PayoutState.DUE.value)
    amount = MoneyField(_("amount"))
    # The processor's number of the refund; its idempotency key is made of the withdrawal's and this row's number.
    external_id = models.CharField(max_length=120, unique=True, null=True, blank=True)
    due_at = models.DateTimeField(_("due"), null=True, blank=True)
    lease_until = models.DateTimeField(_("lease until"), null=True, blank=True)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    words = models.CharField(_("words"), max_length=300, blank=True, default="")
    paid_at = models.DateTimeField(_("paid"), null=True, blank=True)

    class Meta:
        verbose_name = _("payout")
        verbose_name_plural = _("payouts")
        default_permissions = ["view"]
        indexes = [
            models.Index(fields=["due_at"], name="payout_due", condition=Q(state__in=["due", "sending"])),
        ]
        constraints = [
            models.CheckConstraint(name="payout_state_is_known", condition=Q(state__in=PayoutState.values)),
            models.CheckConstraint(name="payout_amount_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="payout_to_a_card_names_its_payment",
                condition=~Q(way="card_refund") | Q(payment__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.withdrawal_id}/{self.pk}"
