"""What staff type when they decide: a reason always, and the one fact that the decision needs."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from orders.models import Submission
from orders.states import OrderState

# As long as the note of a transfer may be.
LONGEST_NOTE = 200


class ReasonForm(forms.Form):
    note = forms.CharField(
        label=_("Reason"),
        max_length=LONGEST_NOTE,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text=_("Kept with the order, with your name. Customers do not see it."),
    )


class FoundForm(ReasonForm):
    external_id = forms.CharField(
        label=_("Provider's order number"),
        max_length=Submission._meta.get_field("external_id").max_length,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )
    field_order = ["external_id", "note"]


class EndingForm(ReasonForm):
    state = forms.TypedChoiceField(
        label=_("It ended as"),
        choices=[
            (OrderState.COMPLETED.value, _("Completed: everything was delivered, nothing is given back")),
            (OrderState.PARTIAL.value, _("Partial: the rest is given back")),
            (OrderState.CANCELLED.value, _("Canceled: the whole charge is given back")),
        ],
        coerce=OrderState,
        widget=forms.RadioSelect,
    )
    remains = forms.IntegerField(
        label=_("Rest"),
        required=False,
        min_value=1,
        help_text=_("Units that were not delivered. Only for a partial order."),
        widget=forms.NumberInput(attrs={"class": "vIntegerField"}),
    )
    field_order = ["state", "remains", "note"]

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        is_partial = told.get("state") == OrderState.PARTIAL
        if is_partial and told.get("remains") is None and "remains" not in self.errors:
            self.add_error("remains", _("Say how many units were not delivered."))
        if told.get("state") and not is_partial and told.get("remains") is not None:
            self.add_error("remains", _("Only a partial order has a rest."))
        return told
