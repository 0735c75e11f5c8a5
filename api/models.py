"""Answers that are kept for a while, so that a program may repeat a call without doing anything twice."""

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

MOST_KEY_LETTERS = 100


class IdempotentCall(models.Model):
    """One call by its Idempotency-Key. Without an answer it is at work, or its worker has died."""

    customer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    idempotency_key = models.CharField(_("idempotency key"), max_length=MOST_KEY_LETTERS)
    # Of method, address and body: the same key never stands for two requests.
    input_hash = models.CharField(_("digest of the request"), max_length=64)
    status = models.PositiveSmallIntegerField(_("status"), null=True, blank=True)
    answer = models.JSONField(_("answer"), encoder=DjangoJSONEncoder, null=True, blank=True)
    created_at = models.DateTimeField(_("first asked"))
    # Until then somebody is at work on it.
    busy_until = models.DateTimeField(_("at work until"))

    class Meta:
        verbose_name = _("repeatable call")
        verbose_name_plural = _("repeatable calls")
        default_permissions = ["view"]
        indexes = [models.Index(fields=["created_at"], name="idempotent_call_by_age")]
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "idempotency_key"], name="idempotent_call_is_one_per_key"
            ),
            models.CheckConstraint(
                name="idempotent_call_answers_with_a_status",
                condition=Q(status__isnull=True, answer__isnull=True)
                | Q(status__gte=200, status__lte=499, answer__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.idempotency_key
