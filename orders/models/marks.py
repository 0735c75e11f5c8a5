"""Words that an order is marked with: why a person should look at it, and whose fault it was."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Review(models.TextChoices):
    """Why a person should look at an order."""

    NONE = "", _("nothing")
    SHORT_DELIVERY = "short_delivery", _("completed, but the provider reports a rest")
    CONTRADICTION = "contradiction", _("the provider's answer contradicts itself")
    NO_NUMBER = "no_number", _("partial, but the provider names no rest")
    BRAKE = "brake", _("refund held: the provider cancels too much")
    LATE_LOSS = "late_loss", _("the provider corrected in our favour after a refund")
    SILENT = "silent", _("the provider does not know the order")
    UNKNOWN_WORD = "unknown_word", _("the provider uses an unknown word")
    LATE_ACCEPTANCE = "late_acceptance", _("the provider took it after it was given back")
    PROHIBITED = "prohibited", _("a watched word: it waits for staff before it is sent")
    CONTENT_GONE = "content_gone", _("its content seems to be gone")


class Fault(models.TextChoices):
    """Who or what kept an order from being delivered, as far as anybody has said so (R-5)."""

    NONE = "none", _("nothing known")
    BAD_LINK = "bad_link", _("the link was wrong")
    PRIVATE = "private", _("the account was private")
    CONTENT_REMOVED = "content_removed", _("the content was removed")
    CONTENT_CHANGED = "content_changed", _("the content was changed")
    MISPLACED = "misplaced", _("the order did not fit its link")
    OVERLAP = "overlap", _("another order was at work on the same link")
    PROHIBITED_CONTENT = "prohibited_content", _("the content may not be promoted")
    PROVIDER = "provider", _("the supplier failed")
    SYSTEM = "system", _("this panel failed")

    @property
    def is_customers(self) -> bool:
        return self not in {Fault.NONE, Fault.PROVIDER, Fault.SYSTEM}
