from typing import Any

from django import forms
from django.contrib.admin.helpers import ActionForm
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from catalog.guarantees import texts_agree
from catalog.models import Service
from catalog.repricing import HIGHEST_MARKUP
from providers.models import Provider


class MarkupField(forms.DecimalField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=0, max_value=HIGHEST_MARKUP, max_digits=7, decimal_places=2, **kwargs)


class ImportForm(forms.Form):
    provider = forms.ModelChoiceField(Provider.objects.order_by("name"), label=_("Provider"))
    markup_percent = MarkupField(label=_("Mark-up, percent"), initial=30)
    keep_markups = forms.BooleanField(
        label=_("Services that are here already keep their own mark-up"), required=False
    )


class ServiceActionForm(ActionForm):
    # Any text will do here, or Django would say that no action was chosen; the action reads it.
    markup_percent = forms.CharField(
        label=_("Mark-up, percent:"),
        required=False,
        widget=forms.TextInput({"inputmode": "decimal", "size": 6}),
    )


class ServiceForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Service
        fields = (
            *("name", "description", "category", "platform", "metric", "position"),
            *("guarantee_days", "stated_start", "stated_speed", "own_wording"),
            *("rate_per_1000", "is_on_sale", "min_quantity", "max_quantity", "step", "allows_runs"),
        )
        widgets = {"name": forms.TextInput({"class": "vLargeTextField"})}
        help_texts = {
            "guarantee_days": _("Empty: no refill. 36,500 days: for life."),
            "min_quantity": _("The next import sets this to the provider's."),
            "max_quantity": _("The next import sets this to the provider's."),
            "rate_per_1000": _("Stays until the provider's rate moves; the mark-up is worked out from it."),
            "is_on_sale": _("What is taken off here, no import puts back."),
        }

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "is_on_sale" in self.changed_data:
            self.instance.held_back = ""
        if not {"name", "description", "guarantee_days"}.isdisjoint(self.changed_data):
            self._require_agreement(cleaned)
        return cleaned

    def _require_agreement(self, cleaned: dict[str, Any]) -> None:
        agree = texts_agree(
            name=cleaned.get("name", ""),
            description=cleaned.get("description", ""),
            guarantee_days=cleaned.get("guarantee_days"),
        )
        if not agree:
            self.add_error("guarantee_days", _not_agreed())


def _not_agreed() -> ValidationError:
    return ValidationError(
        _(
            "The name or the description names another guarantee. What is sold is what the texts say: make them agree."
        ),
        code="guarantee_differs",
    )
