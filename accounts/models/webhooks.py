"""Webhooks: the addresses where a customer's programs want to be told, and what is owed to each of them."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class WebhookEvent(models.TextChoices):
    """What can be told. The values are part of the contract with the programs, and never change."""

    ORDER_CREATED = "order.created", _("An order was placed")
    ORDER_UPDATED = "order.updated", _("An order changed: its state, what came back, or a decision")
    REFILL_UPDATED = "refill.updated", _("A refill was asked for, or its state changed")
    FUNDING_CREDITED = "funding.credited", _("Money was added to the balance")
    WITHDRAWAL_UPDATED = "withdrawal.updated", _("A withdrawal was asked for, or its state changed")
    TERMS_PUBLISHED = "terms.published", _("New terms are in force")
    PING = "ping", _("A test")


class WebhookState(models.TextChoices):
    ACTIVE = "active", _("active")
    # By the customer: what happens meanwhile is sent afterwards.
    PAUSED = "paused", _("paused")
    # By the panel: nothing new is written down for it.
    DISABLED = "disabled", _("switched off")
    REMOVED = "removed", _("removed")


class WebhookTrouble(models.TextChoices):
    """Why the panel switched an endpoint off."""

    NONE = "", _("none")
    FAILING = "failing", _("it could not be reached for three days")
    GONE = "gone", _("it answered that it is gone for good")


class WebhookEndpoint(models.Model):
    """An address of a customer's program. Its secrets are stored sealed."""

    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("customer"),
        on_delete=models.CASCADE,
        related_name="webhook_endpoints",
    )
    url = models.CharField(_("address"), max_length=500)
    description = models.CharField(_("name"), max_length=80, blank=True, default="")
    events = models.JSONField(_("told about"), default=list)
    state = models.CharField(_("state"), max_length=8, choices=WebhookState, default=WebhookState.ACTIVE)
    trouble = models.CharField(
        _("why it is off"), max_length=8, choices=WebhookTrouble, blank=True, default=WebhookTrouble.NONE
    )
    sealed_secret = models.TextField(editable=False)
    # Signs along until then, so that the receiver can be changed in peace.
    sealed_former_secret = models.TextField(editable=False, blank=True, default="")
    former_secret_until = models.DateTimeField(
        _("former secret signs until"), null=True, blank=True, editable=False
    )
    created_at = models.DateTimeField(_("made"))

    # How it answers: failures in a row, since when, and before which moment nothing is tried.
    failures = models.PositiveIntegerField(_("failures in a row"), default=0)
    failing_since = models.DateTimeField(_("failing since"), null=True, blank=True)
    not_before = models.DateTimeField(_("next try"), null=True, blank=True)
    tried_at = models.DateTimeField(_("last try"), null=True, blank=True)
    delivered_at = models.DateTimeField(_("last delivery"), null=True, blank=True)

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        default_permissions = ["view"]
        indexes = [
            models.Index(
                name="webhook_failing",
                fields=["-id"],
                condition=Q(failing_since__isnull=False, state="active") | Q(state="disabled"),
            ),
        ]
        constraints = [
            models.CheckConstraint(name="webhook_state_is_known", condition=Q(state__in=WebhookState.values)),
            models.CheckConstraint(
                name="webhook_is_off_for_a_known_reason",
                condition=Q(state="disabled", trouble__in=["failing", "gone"])
                | (~Q(state="disabled") & Q(trouble="")),
            ),
            models.CheckConstraint(
                name="webhook_removed_has_no_secret",
                condition=Q(state="removed", sealed_secret="", sealed_former_secret="")
                | (~Q(state="removed") & ~Q(sealed_secret="")),
            ),
            models.CheckConstraint(
                name="webhook_failing_since_its_first_failure",
                condition=Q(failures=0, failing_since__isnull=True)
                | Q(failures__gt=0, failing_since__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.description or self.url


class WebhookMessage(models.Model):
    """One thing told to one endpoint. It is owed while `due_at` is set; a worker that sends it holds a lease."""

    endpoint = models.ForeignKey(
        WebhookEndpoint, on_delete=models.CASCADE, related_name="messages", db_index=False
    )
    event = models.CharField(_("event"), max_length=24, choices=WebhookEvent)
    # What it is about, such as order:17. Messages about one thing go out one after the other, in the order of rows.
    subject = models.CharField(_("about"), max_length=60)
    data = models.JSONField(_("content"))
    created_at = models.DateTimeField(_("time"))
    due_at = models.DateTimeField(_("due"), null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    # Also the fence: an answer counts only for the attempt it belongs to.
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    first_tried_at = models.DateTimeField(_("first try"), null=True, blank=True)
    delivered_at = models.DateTimeField(_("delivered"), null=True, blank=True)
    gave_up_at = models.DateTimeField(_("given up"), null=True, blank=True)
    # The last tries: when, which HTTP status or none, in our words, and how many milliseconds it took.
    tries = models.JSONField(_("tries"), default=list, blank=True)

    class Meta:
        verbose_name = _("webhook message")
        verbose_name_plural = _("webhook messages")
        default_permissions = ["view"]
        indexes = [
            models.Index(name="webhook_message_log", fields=["endpoint", "-id"]),
            models.Index(
                name="webhook_message_due",
                fields=["endpoint", "due_at", "id"],
                condition=Q(due_at__isnull=False),
            ),
            models.Index(
                name="webhook_message_before",
                fields=["endpoint", "subject", "id"],
                condition=Q(due_at__isnull=False),
            ),
            models.Index(
                name="webhook_message_troubled",
                fields=["endpoint", "-id"],
                condition=Q(attempts__gt=0, delivered_at__isnull=True),
            ),
            models.Index(
                name="webhook_message_leased",
                fields=["lease_until"],
                condition=Q(lease_until__isnull=False),
            ),
            models.Index(name="webhook_message_by_age", fields=["created_at"]),
        ]
        constraints = [
            models.CheckConstraint(
                name="webhook_message_event_is_known", condition=Q(event__in=WebhookEvent.values)
            ),
            models.CheckConstraint(
                name="webhook_message_is_owed_or_delivered_or_given_up",
                condition=Q(due_at__isnull=False, delivered_at__isnull=True, gave_up_at__isnull=True)
                | Q(due_at__isnull=True, delivered_at__isnull=False, gave_up_at__isnull=True)
                | Q(due_at__isnull=True, delivered_at__isnull=True, gave_up_at__isnull=False),
            ),
            models.CheckConstraint(
                name="webhook_message_is_leased_only_while_owed",
                condition=Q(lease_until__isnull=True) | Q(due_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def public_id(self) -> str:
        """How receivers know the message: the same in every attempt."""
        return f"msg_{self.pk}"
