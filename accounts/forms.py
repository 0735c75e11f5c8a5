from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.api_keys import LABEL_LENGTH


class ClosingForm(forms.Form):
    understood = forms.BooleanField(
        label=_("I understand what happens to my balance, and want to close the account.")
    )


class ApiKeyForm(forms.Form):
    label = forms.CharField(
        label=_("Name"),
        max_length=LABEL_LENGTH,
        help_text=_("Where you will use it: a shop, a program, a partner."),
    )
