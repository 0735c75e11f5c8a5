"""Versions of the terms, and who accepted which: neither is ever changed or deleted, the database refuses.

A draft is the opposite: it may be anything until it is published.
"""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.triggers import kept_as_written, only_blanks, refuse
from terms.policy import Policy

_POLICIES: dict[str, Policy] = {}


class TermsVersion(models.Model):
    """The terms as published: the text people read, and the policy that the rules read."""

    number = models.PositiveIntegerField(_("number"), primary_key=True)
    profile = models.SlugField(_("profile"), max_length=40)
    text = models.TextField(_("text"))
    # What the text was rendered from. Empty for a version that was published before this was kept.
    wording = models.TextField(_("wording"), blank=True, default="")
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
        permissions = [("publish_termsversion", _("Can publish terms, in force at once"))]
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


class TermsDraft(models.Model):
    """Staff's working copy of the next version: anything may be half done in it, and nothing reads it."""

    name = models.CharField(_("name"), max_length=80)
    profile = models.SlugField(_("profile"), max_length=40)
    begun_from = models.ForeignKey(
        TermsVersion,
        verbose_name=_("begun from version"),
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
    )
    wording = models.TextField(_("wording"))
    policy = models.JSONField(_("policy"))
    # Counts the savings, so that two people at one draft do not overwrite each other unseen.
    revision = models.PositiveIntegerField(_("revision"), default=1)
    edited_at = models.DateTimeField(_("edited"))
    edited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("edited by"), on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = _("draft of the terms")
        verbose_name_plural = _("drafts of the terms")

    def __str__(self) -> str:
        return self.name

    @property
    def rules(self) -> Policy:
        """The values as typed: each is right by itself, but together they may not be publishable."""
        return Policy.typed(self.policy)


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
        # Where it came from is forgotten after a while, as the terms promise; that it was accepted never is.
        triggers = kept_as_written("acceptance", but=only_blanks("ip_digest", "user_agent"))

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
