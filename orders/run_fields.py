"""The part of the order form that asks for a drip-feed."""

from django import forms
from django.utils.translation import gettext_lazy as _

from catalog.models import Service
from orders.dripping import Plan, plan_of
from orders.quantities import read_quantity

RUN_FIELDS = ("in_runs", "runs", "interval")


class RunFields(forms.Form):
    in_runs = forms.BooleanField(label=_("Deliver in runs (drip-feed)"), required=False)
    runs = forms.CharField(
        label=_("Runs"),
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    interval = forms.CharField(
        label=_("Minutes from one run to the next"),
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )

    service: Service
    plan: Plan | None = None

    @property
    def numbers_of_runs(self) -> tuple[int | None, int | None]:
        """Runs and interval as typed, both None for an ordinary order; what is no number is none too few."""
        wanted = forms.CheckboxInput().value_from_datadict(self.data, self.files, "in_runs")
        if not (wanted and self.service.is_sold_in_runs):
            return None, None
        runs, interval = (read_quantity(self.data.get(name, "")) for name in ("runs", "interval"))
        return runs or 0, interval or 0

    @property
    def run_numbers(self) -> list[forms.BoundField]:
        return [self["runs"], self["interval"]]

    def read_plan(self) -> None:
        """Find out which plan is asked for. Raises what plan_of raises."""
        runs, interval = self.numbers_of_runs
        self.plan = plan_of(self.service, runs=runs, interval_minutes=interval)
