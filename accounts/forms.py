from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.api_keys import LABEL_LENGTH, OVERLAP
from accounts.networks import networks_in
from accounts.scopes import Scope, all_of_api_v2

LONGEST_LIST = 4 * 1024
OVERLAPS = (
    (timedelta(0), _("Not at all: it ends now")),
    (timedelta(hours=1), _("For an hour")),
    (OVERLAP, _("For a day")),
    (timedelta(days=7), _("For a week")),
)


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
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"),
        choices=Scope.choices,
        initial=all_of_api_v2,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Programs written for API v2 need the first three. Give no program more than it needs."),
        error_messages={"required": _("Choose at least one thing that the key may do.")},
    )
    allowed_networks = forms.CharField(
        label=_("Only from these addresses"),
        required=False,
        max_length=LONGEST_LIST,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "autocapitalize": "off"}),
        help_text=_(
            "One on each line, for example 203.0.113.7, 203.0.113.0/24 or 2001:db8::/48. "
            "Empty means from everywhere."
        ),
    )
    last_day = forms.DateField(
        label=_("Last day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("It works to the end of this day. Empty means until you revoke it."),
    )

    def clean_allowed_networks(self) -> list[str]:
        return networks_in(self.cleaned_data["allowed_networks"].replace(",", " ").split())

    def settings(self) -> dict[str, Any]:
        """What the key is to be, in the words of the rule."""
        chosen = {name: self.cleaned_data[name] for name in ("label", "scopes", "allowed_networks")}
        last_day = self.cleaned_data["last_day"]
        if last_day is None:
            return chosen
        midnight = datetime.combine(last_day, time.min, tzinfo=timezone.get_current_timezone())
        return chosen | {"expires_at": midnight + timedelta(days=1)}


class ReplaceKeyForm(forms.Form):
    hours = forms.ChoiceField(
        label=_("How long the old key works on"),
        choices=[(int(overlap / timedelta(hours=1)), words) for overlap, words in OVERLAPS],
        initial=int(OVERLAP / timedelta(hours=1)),
        widget=forms.RadioSelect,
        help_text=_("Until then both work, so that you can change your programs one after the other."),
    )

    def overlap(self) -> timedelta:
        return timedelta(hours=int(self.cleaned_data["hours"]))
