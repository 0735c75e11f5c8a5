from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User


class ErasureForm(forms.Form):
    """Whoever sends it has typed the address of the account, and has given up the balance if there is one."""

    email = forms.CharField(
        label=_("Your e-mail address"),
        help_text=_("Type it, so that it does not happen by accident."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "inputmode": "email"}),
    )
    understood = forms.BooleanField(label=_("I understand that nobody can undo this."))
    balance_given_up = forms.BooleanField(
        label=_("I give up my balance. Afterwards nobody can tell whose it was.")
    )

    def __init__(self, data: Any, *, person: User, has_balance: bool) -> None:
        super().__init__(data)
        self.person = person
        if not has_balance:
            del self.fields["balance_given_up"]

    def clean_email(self) -> str:
        typed = str(self.cleaned_data["email"]).strip()
        if typed.lower() != self.person.email.lower():
            raise forms.ValidationError(_("That is not the address of this account."))
        return typed
