"""Versions of the terms, and who accepted which. Neither is ever changed or deleted: the database refuses."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.triggers import refuse
from terms.policy import Policy

_POLICIES: dict[str, Policy] = {}


def kept_as_written(noun: str) -> list[pgtrigger.Trigger]:
    return [
        refuse(f"{noun}_never_updated", pgtrigger.Update),
        refuse(f"{noun}_never_deleted", pgtrigger.Delete),
        refuse(f"{noun}_never_truncated", pgtrigger.Truncate),
    ]


class TermsVersion(models.Model):
    """The terms as published: the text people read, and the policy that the rules read."""

    number = models.PositiveIntegerField(_("number"), primary_key=True)
    profile = models.SlugField(_("profile"), max_length=40)
    text = models.TextField(_("text"))
    policy = models.JSONField(_("policy"))
    digest = models.CharField(_("digest"), max_length=64)
    published_at = models.DateTimeField(_("published"))
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("published by"),
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
    )

    class Meta:
        verbose_name = _("version of the terms")
        verbose_name_plural = _("versions of the terms")
        constraints = [
            models.CheckConstraint(name="terms_version_number_positive", condition=Q(number__gte=1)),
            models.CheckConstraint(
                name="terms_version_digest_is_sha256", condition=Q(digest__regex=r"^[0-9a-f]{64}$")
            ),
        ]
        triggers = [
            *kept_as_written("terms_version"),
            refuse(
                "terms_version_follows_the_last",
                pgtrigger.Insert,
                unless="NEW.number = (SELECT coalesce(max(number), 0) + 1 FROM terms_termsversion)",
            ),
        ]

    def __str__(self) -> str:
        return _("Terms, version %(number)s") % {"number": self.number}

    def get_absolute_url(self) -> str:
        return reverse("terms_version", args=[self.number])

    @property
    def rules(self) -> Policy:
        # A digest stands for one policy for ever, and a list of orders may ask for the same one a hundred times.
        if self.digest not in _POLICIES:
            _POLICIES[self.digest] = Policy.from_json(self.policy)
        return _POLICIES[self.digest]


class Channel(models.TextChoices):
    REGISTER = "register", _("registration")
    ORDER = "order", _("order in the browser")
    API = "api", _("order by a program")
    DEPOSIT = "deposit", _("deposit")


class Acceptance(models.Model):
    """Somebody agreed to a version: by a tick (explicit), or by doing what the terms call agreement."""

    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("customer"),
        on_delete=models.PROTECT,
        related_name="acceptances",
        db_index=False,
    )
    version = models.ForeignKey(
        TermsVersion, verbose_name=_("version"), on_delete=models.PROTECT, related_name="acceptances"
    )
    accepted_at = models.DateTimeField(_("accepted"))
    channel = models.CharField(_("by"), max_length=16, choices=Channel)
    explicit = models.BooleanField(_("with a tick"))
    subject = models.CharField(_("for"), max_length=64)
    ip_digest = models.CharField(_("network address, as keyed digest"), max_length=64, blank=True)
    user_agent = models.CharField(_("browser or program"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("acceptance")
        verbose_name_plural = _("acceptances")
        constraints = [
            models.CheckConstraint(name="acceptance_channel_known", condition=Q(channel__in=Channel.values)),
        ]
        indexes = [models.Index(name="acceptance_of_customer", fields=["customer", "version"])]
        triggers = kept_as_written("acceptance")

    def __str__(self) -> str:
        return _("Version %(number)s accepted for %(subject)s") % {
            "number": self.version_id,
            "subject": self.subject_words,
        }

    @property
    def subject_words(self) -> str:
        """What was agreed on, for people: `Order 17`."""
        kind, _sep, number = self.subject.partition(":")
        return str(SUBJECTS[kind] % {"number": number}) if kind in SUBJECTS else self.subject


SUBJECTS = {
    "customer": _("Registration"),
    "order": _("Order %(number)s"),
    "deposit": _("Deposit %(number)s"),
}
