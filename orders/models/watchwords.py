"""Words that staff want to see before an order with them is sent."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _


class Watchword(models.Model):
    word = models.CharField(
        _("word"),
        max_length=100,
        help_text=_(
            "A word or a few words, in any case. It is found where no letter or digit touches it; an asterisk "
            "stands for any letters and digits: “casino*” finds “casino24”, “*casino*” also “mycasino”."
        ),
    )
    in_links = models.BooleanField(_("in links"), default=True)
    in_comments = models.BooleanField(_("in comments"), default=True)
    is_active = models.BooleanField(_("active"), default=True)
    note = models.CharField(_("note"), max_length=300, blank=True, default="")

    class Meta:
        verbose_name = _("watched word")
        verbose_name_plural = _("watched words")
        # A word that is no longer watched is made inactive: it may explain an order that waited for it.
        default_permissions = ["view", "add", "change"]
        constraints = [
            models.UniqueConstraint(Lower("word"), name="watchword_stands_once"),
            models.CheckConstraint(name="watchword_says_something", condition=~Q(word="")),
        ]

    def __str__(self) -> str:
        return self.word
