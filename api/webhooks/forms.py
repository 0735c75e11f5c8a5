from django import forms
from django.utils.translation import gettext_lazy as _

from api.webhooks.endpoints import ADDRESS_LENGTH, CHOOSABLE, NAME_LENGTH


class EndpointForm(forms.Form):
    url = forms.CharField(
        label=_("Address"),
        max_length=ADDRESS_LENGTH,
        widget=forms.URLInput(attrs={"placeholder": "https://shop.example/fairpanel", "dir": "ltr"}),
        help_text=_(
            "Where your program listens. It gets a POST with JSON, and should answer within 10 seconds."
        ),
    )
    description = forms.CharField(
        label=_("Name"), max_length=NAME_LENGTH, required=False, help_text=_("For yourself.")
    )
    events = forms.MultipleChoiceField(
        label=_("Tell it when"),
        choices=[(event.value, event.label) for event in CHOOSABLE],
        initial=["order.created", "order.updated", "refill.updated"],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one.")},
    )
