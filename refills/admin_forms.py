"""What staff type when they decide about a refill: a reason, words for the customer, a count with its source."""

from typing import Any

from django import forms
from django.db import models
from django.utils.translation import gettext_lazy as _

from orders.admin_forms import LONGEST_NOTE
from orders.models import Condition
from refills.models import RefillSubmission
from refills.moderating import LONGEST_TEXT

WIDE = {"class": "vTextField"}


class Seen(models.TextChoices):
    """Where staff have a count from; kept with it in words."""

    MYSELF = "myself", _("I looked myself")
    SCREENSHOT = "screenshot", _("the customer's screenshot")
    PROVIDER = "provider", _("the provider's support")


class NoteForm(forms.Form):
    note = forms.CharField(
        label=_("Reason"),
        max_length=LONGEST_NOTE,
        widget=forms.TextInput(attrs=WIDE),
        help_text=_("Kept with the refill, with your name. Customers do not see it."),
    )


class WordsForm(forms.Form):
    words = forms.CharField(
        label=_("To the customer"),
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"class": "vLargeTextField", "rows": 3}),
        help_text=_("The customer reads it."),
    )


class CountForm(NoteForm):
    seen = forms.TypedChoiceField(label=_("Source"), choices=Seen.choices, coerce=Seen, initial=Seen.MYSELF)
    condition = forms.TypedChoiceField(
        label=_("What you saw"), choices=Condition.choices, coerce=Condition, initial=Condition.PUBLIC
    )
    count = forms.DecimalField(
        label=_("Count"),
        required=False,
        min_value=0,
        max_digits=15,
        decimal_places=1,
        widget=forms.TextInput(attrs={**WIDE, "inputmode": "decimal"}),
        help_text=_(
            "As it stands there now. Watch hours: all hours since the day of the order, with tenths."
        ),
    )
    field_order = ["seen", "condition", "count", "note"]

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        is_public = told.get("condition") == Condition.PUBLIC
        if is_public and told.get("count") is None and "count" not in self.errors:
            self.add_error("count", _("Say what it shows."))
        if not is_public and told.get("count") is not None:
            self.add_error("count", _("Only a public count can be read."))
        return told


class AmountForm(NoteForm):
    amount = forms.IntegerField(
        label=_("Units"), min_value=1, widget=forms.NumberInput(attrs={"class": "vBigIntegerField"})
    )
    field_order = ["amount", "note"]


class FoundForm(NoteForm):
    external_id = forms.CharField(
        label=_("Provider's refill number"),
        max_length=RefillSubmission._meta.get_field("external_id").max_length,
        widget=forms.TextInput(attrs=WIDE),
    )
    field_order = ["external_id", "note"]
