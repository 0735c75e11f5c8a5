"""Upstream panels, and what is known about their health. The key to each is stored sealed and never shown."""

from datetime import datetime
from decimal import Decimal
from typing import Self
from urllib.parse import urlsplit

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from providers.secrets import seal, unseal

HINT_LENGTH = 4


class PauseReason(models.TextChoices):
    FUNDS = "funds", _("our balance there is too low")
    MAINTENANCE = "maintenance", _("maintenance")
    RATE_LIMIT = "rate_limit", _("too many calls")
    BAD_KEY = "bad_key", _("the API key is refused")
    UNREACHABLE = "unreachable", _("not reachable")
    BRAKE = "brake", _("too many cancellations")
    STAFF = "staff", _("paused by staff")


class ProviderQuerySet(models.QuerySet["Provider"]):
    def active(self) -> Self:
        return self.filter(is_active=True)

    def sendable(self, now: datetime) -> Self:
        """Providers that may be handed an order now.

        Waiting is enough to end a pause for funds, maintenance or too many calls: at worst an order gets a
        clear no. Any other pause ends only when a balance call went through, or by staff.
        """
        ended = Q(
            paused_reason__in=[PauseReason.FUNDS, PauseReason.MAINTENANCE, PauseReason.RATE_LIMIT],
            paused_until__lte=now,
        )
        return self.active().filter(Q(paused_reason="") | ended)

    def due_for_probe(self, now: datetime) -> Self:
        """Paused providers whose time has come: ask for the balance, never try with an order."""
        return self.active().exclude(paused_reason="").filter(paused_until__lte=now)


class Provider(models.Model):
    name = models.CharField(_("name"), max_length=80, unique=True)
    url = models.CharField(_("API address"), max_length=300)
    encrypted_key = models.TextField(_("sealed API key"), editable=False)
    key_hint = models.CharField(
        _("end of the API key"), max_length=HINT_LENGTH, blank=True, default="", editable=False
    )
    currency = models.CharField(_("currency"), max_length=3, default="USD")
    is_active = models.BooleanField(_("active"), default=True)
    allow_private_address = models.BooleanField(
        _("allow a private address"),
        default=False,
        help_text=_(
            "Only for a provider on this machine or network, such as the sandbox. Also allows plain http."
        ),
    )
    parallel_calls = models.PositiveSmallIntegerField(
        _("parallel calls"), default=4, validators=[MinValueValidator(1), MaxValueValidator(32)]
    )

    paused_reason = models.CharField(
        _("paused because"), max_length=11, choices=PauseReason, blank=True, default="", editable=False
    )
    paused_until = models.DateTimeField(_("paused until"), null=True, blank=True, editable=False)
    failures_in_a_row = models.PositiveIntegerField(_("failures in a row"), default=0, editable=False)
    breaker_trips = models.PositiveIntegerField(_("breaker trips in a row"), default=0, editable=False)
    last_error = models.TextField(_("last error"), blank=True, default="", editable=False)
    last_error_at = models.DateTimeField(_("last error at"), null=True, blank=True, editable=False)

    balance = models.DecimalField(
        _("balance"), max_digits=20, decimal_places=8, null=True, blank=True, editable=False
    )
    balance_checked_at = models.DateTimeField(_("balance checked at"), null=True, blank=True, editable=False)

    brake_orders_per_hour = models.PositiveIntegerField(
        _("automatic refunds per hour"),
        default=50,
        help_text=_("Above this many, refunds for this provider's cancellations wait for staff."),
    )
    brake_refund_per_hour = models.DecimalField(
        _("automatically refunded per hour"),
        max_digits=20,
        decimal_places=8,
        default=Decimal(200),
        help_text=_("Above this amount, refunds for this provider's cancellations wait for staff."),
    )
    brake_tripped_at = models.DateTimeField(
        _("refund brake tripped at"), null=True, blank=True, editable=False
    )
    brake_released_at = models.DateTimeField(
        _("refund brake released at"), null=True, blank=True, editable=False
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    objects = ProviderQuerySet.as_manager()

    class Meta:
        verbose_name = _("provider")
        verbose_name_plural = _("providers")
        constraints = [
            models.CheckConstraint(
                name="provider_pause_reason_is_known",
                condition=Q(
                    paused_reason__in=[
                        "",
                        "funds",
                        "maintenance",
                        "rate_limit",
                        "bad_key",
                        "unreachable",
                        "brake",
                        "staff",
                    ]
                ),
            ),
            models.CheckConstraint(
                name="provider_pause_with_an_end_has_a_reason",
                condition=Q(paused_until__isnull=True) | ~Q(paused_reason=""),
            ),
            models.CheckConstraint(
                name="provider_balance_has_a_time",
                condition=Q(balance__isnull=True) | Q(balance_checked_at__isnull=False),
            ),
            models.CheckConstraint(
                name="provider_parallel_calls_at_least_one", condition=Q(parallel_calls__gte=1)
            ),
            models.CheckConstraint(
                name="provider_brake_refund_not_negative", condition=Q(brake_refund_per_hour__gte=0)
            ),
            models.CheckConstraint(
                name="provider_currency_is_a_code", condition=Q(currency__regex=r"^[A-Z]{3}$")
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""

    def set_key(self, key: str) -> None:
        """Seal the API key. The end of a long one stays readable, so that staff can tell two apart."""
        self.encrypted_key = seal(key)
        self.key_hint = key[-HINT_LENGTH:] if len(key) >= 4 * HINT_LENGTH else ""

    def unsealed_key(self) -> str:
        """The API key in the clear. Only the client that sends it may ask."""
        return unseal(self.encrypted_key)
