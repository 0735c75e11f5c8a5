"""What is kept about the standing of an account: each change of its state, each sign-in, each look by staff."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.states import AccountState
from accounts.triggers import kept_as_written, refuse


class StateChange(models.Model):
    """Who changed an account from what to what, and why. The person concerned reads the reason."""

    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("customer"),
        on_delete=models.PROTECT,
        related_name="state_changes",
        db_index=False,
    )
    from_state = models.CharField(_("from"), max_length=12, choices=AccountState)
    to_state = models.CharField(_("to"), max_length=12, choices=AccountState)
    why = models.CharField(_("reason"), max_length=200)
    # Nobody when the panel did it by itself.
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("by"),
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
    )
    at = models.DateTimeField(_("time"))

    class Meta:
        verbose_name = _("change of an account's state")
        verbose_name_plural = _("changes of accounts' states")
        default_permissions = ["view"]
        constraints = [
            models.CheckConstraint(
                name="state_change_states_known",
                condition=Q(from_state__in=AccountState.values, to_state__in=AccountState.values),
            ),
            models.CheckConstraint(
                name="state_change_changes_something", condition=~Q(from_state=models.F("to_state"))
            ),
            models.CheckConstraint(name="state_change_has_a_reason", condition=~Q(why="")),
        ]
        indexes = [models.Index(name="state_change_of_customer", fields=["customer", "-id"])]
        triggers = kept_as_written("state_change")

    def __str__(self) -> str:
        return f"{self.get_from_state_display()} → {self.get_to_state_display()}"


class SignIn(models.Model):
    """Somebody came in by password: when, from which network (as a digest), with which browser."""

    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("customer"),
        on_delete=models.PROTECT,
        related_name="sign_ins",
        db_index=False,
    )
    at = models.DateTimeField(_("time"))
    ip_digest = models.CharField(_("network address, as keyed digest"), max_length=64, blank=True)
    user_agent = models.CharField(_("browser or program"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("sign-in")
        verbose_name_plural = _("sign-ins")
        default_permissions = ["view"]
        indexes = [models.Index(name="sign_in_of_customer", fields=["customer", "-id"])]

    def __str__(self) -> str:
        return _("Sign-in of %(customer)s") % {"customer": self.customer}


class Look(models.Model):
    """A member of staff looked at personal data: one person's page, or a list of people taken out of the panel."""

    class Page(models.TextChoices):
        PERSON = "person", _("a person's page")
        EXPORT = "export", _("export of people")

    staff = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("who looked"), on_delete=models.PROTECT, related_name="+"
    )
    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("at whom"),
        on_delete=models.PROTECT,
        related_name="looks",
        null=True,
        blank=True,
    )
    page = models.CharField(_("what"), max_length=8, choices=Page)
    # An export names its filter and how many people it held.
    filter = models.CharField(_("filter"), max_length=500, blank=True)
    count = models.PositiveIntegerField(_("people"), default=1)
    at = models.DateTimeField(_("time"))

    class Meta:
        verbose_name = _("look at personal data")
        verbose_name_plural = _("looks at personal data")
        default_permissions = ["view"]
        constraints = [
            models.CheckConstraint(
                name="look_at_a_page_is_at_one_person",
                condition=Q(page="export", customer=None) | Q(page="person", customer__isnull=False, count=1),
            ),
        ]
        triggers = [
            refuse("look_never_updated", pgtrigger.Update),
            refuse("look_never_truncated", pgtrigger.Truncate),
        ]

    def __str__(self) -> str:
        return f"{self.staff}: {self.get_page_display()}"
