"""Payments: money that a customer sends us, from the moment it is started; and what a processor tells about it."""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from billing.models.bonuses import Coupon
from billing.models.books import Funding
from billing.money import MoneyField
from terms.models import TermsVersion


class PaymentState(models.TextChoices):
    STARTED = "started", _("started")
    PROCESSING = "processing", _("on its way")
    PAID = "paid", _("paid")
    FAILED = "failed", _("failed")
    EXPIRED = "expired", _("expired")
    REVIEW = "review", _("to look at")


UNPAID_STATES = frozenset({PaymentState.STARTED, PaymentState.PROCESSING, PaymentState.REVIEW})


class Payment(models.Model):
    """A deposit under way, and what became of it. The terms accepted when it was started govern it to its end (V-6).

    What was lost of it is kept as totals, so that any number and order of reports ends the same.
    """

    # What the customer and the processor name it by: short, random, not to be guessed.
    code = models.CharField(_("number"), max_length=24, unique=True)
    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("customer"),
        on_delete=models.PROTECT,
        related_name="payments",
        db_index=False,
    )
    # Made by the form: sending the same form twice starts one payment.
    request_id = models.UUIDField(unique=True)
    method = models.CharField(_("method"), max_length=20)
    amount = MoneyField(_("amount"))
    # What is promised on the whole amount, by tier and coupon, as shown when it was started.
    bonus = MoneyField(_("bonus"), default=0)
    coupon = models.ForeignKey(
        Coupon, verbose_name=_("coupon"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    terms_version = models.ForeignKey(
        TermsVersion, verbose_name=_("terms version"), on_delete=models.PROTECT, related_name="+"
    )
    state = models.CharField(
        _("state"), max_length=12, choices=PaymentState, default=PaymentState.STARTED.value
    )
    why = models.CharField(_("why"), max_length=300, blank=True, default="")
    started_at = models.DateTimeField(_("started"))
    expires_at = models.DateTimeField(_("can be paid until"), null=True, blank=True)
    closed_at = models.DateTimeField(_("ended"), null=True, blank=True)
    # When the sweeper last compared it with what the processor says.
    checked_at = models.DateTimeField(_("last compared"), null=True, blank=True)

    # The processor's own numbers and words.
    session_id = models.CharField(max_length=120, unique=True, null=True, blank=True)
    intent_id = models.CharField(max_length=120, unique=True, null=True, blank=True)
    charge_id = models.CharField(max_length=120, unique=True, null=True, blank=True)
    page_url = models.CharField(max_length=2000, blank=True, default="")
    fingerprint = models.CharField(_("fingerprint of the card"), max_length=120, blank=True, default="")
    card = models.CharField(_("card"), max_length=60, blank=True, default="")
    received = MoneyField(_("received"), null=True, blank=True)
    fee = MoneyField(_("processor's fee"), null=True, blank=True)
    warned_at = models.DateTimeField(_("warned of fraud"), null=True, blank=True)

    funding = models.OneToOneField(
        Funding, on_delete=models.PROTECT, null=True, blank=True, related_name="payment"
    )
    # Given back to the payer's card or account outside of withdrawals, and drawn away by disputes, as totals.
    refunded = MoneyField(_("given back"), default=0)
    disputed = MoneyField(_("drawn away by disputes"), default=0)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("confirmed by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        default_permissions = ["view"]
        permissions = [
            ("confirm_payment", _("Can confirm and refuse payments by bank transfer")),
            ("review_payment", _("Can decide what to do with payments that do not match")),
        ]
        indexes = [
            models.Index(fields=["customer", "-id"], name="payment_by_customer"),
            models.Index(
                fields=["started_at"],
                name="payment_not_ended",
                condition=Q(state__in=["started", "processing", "review"]),
            ),
            models.Index(fields=["fingerprint"], name="payment_by_fingerprint", condition=~Q(fingerprint="")),
            models.Index(fields=["-closed_at"], name="payment_by_end", condition=Q(closed_at__isnull=False)),
        ]
        constraints = [
            models.CheckConstraint(name="payment_state_is_known", condition=Q(state__in=PaymentState.values)),
            models.CheckConstraint(name="payment_amount_positive", condition=Q(amount__gt=0, bonus__gte=0)),
            models.CheckConstraint(
                name="payment_paid_is_credited",
                condition=Q(state="paid", funding__isnull=False, received__gt=0)
                | (~Q(state="paid") & Q(funding__isnull=True)),
            ),
            models.CheckConstraint(
                name="payment_loses_no_less_than_nothing", condition=Q(refunded__gte=0, disputed__gte=0)
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def lost(self) -> Decimal:
        """How much of what was received is gone again; withdrawals are not counted."""
        lost: Decimal = self.refunded + self.disputed
        return lost


class StripeEvent(models.Model):
    """What Stripe told us, kept until it is settled: a trigger to go and look, never believed by itself."""

    event_id = models.CharField(max_length=120, unique=True)
    type = models.CharField(_("type"), max_length=80)
    object_id = models.CharField(_("about"), max_length=120)
    happened_at = models.DateTimeField(_("happened"))
    received_at = models.DateTimeField(_("received"))
    due_at = models.DateTimeField(_("due"), null=True, blank=True)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)
    words = models.CharField(_("words"), max_length=300, blank=True, default="")

    class Meta:
        verbose_name = _("message from Stripe")
        verbose_name_plural = _("messages from Stripe")
        default_permissions = ["view"]
        indexes = [
            models.Index(fields=["due_at"], name="stripe_event_due", condition=Q(due_at__isnull=False)),
            models.Index(fields=["received_at"], name="stripe_event_by_age"),
        ]
        constraints = [
            models.CheckConstraint(
                name="stripe_event_is_due_or_settled",
                condition=Q(due_at__isnull=True) | Q(settled_at__isnull=True),
            ),
            models.CheckConstraint(
                name="stripe_event_is_settled_after_it_came",
                condition=Q(settled_at__isnull=True) | Q(settled_at__gte=F("received_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.event_id}"
