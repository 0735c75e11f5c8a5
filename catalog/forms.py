from django import forms
from django.utils.translation import gettext_lazy as _

from catalog.platforms import Metric, Platform
from catalog.searching import Guaranteed, Wanted

LARGEST_NUMBER = 2**63 - 1


class SearchForm(forms.Form):
    """What to look for and where to go on reading; what cannot be understood is not applied."""

    q = forms.CharField(required=False, max_length=200)
    platform = forms.ChoiceField(required=False, choices=[("", _("All")), *Platform.choices])
    metric = forms.ChoiceField(required=False, choices=[("", _("Everything")), *Metric.choices])
    guarantee = forms.ChoiceField(required=False, choices=[("", _("Any guarantee")), *Guaranteed.choices])
    after = forms.IntegerField(required=False, min_value=1, max_value=LARGEST_NUMBER)

    @property
    def wanted(self) -> Wanted:
        self.is_valid()
        words, platform, metric, guarantee = (
            self.cleaned_data.get(name, "") for name in ("q", "platform", "metric", "guarantee")
        )
        return Wanted(words, platform, metric, guarantee)

    @property
    def place(self) -> int | None:
        self.is_valid()
        place: int | None = self.cleaned_data.get("after")
        return place
