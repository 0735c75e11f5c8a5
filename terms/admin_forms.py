"""What staff type into a draft: one field for each parameter, made from the catalogue, and the wording."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import UnionType
from typing import Any, Literal, get_args, get_origin

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from terms.comparing import in_words
from terms.drafting import problems_of
from terms.models import TermsDraft, TermsVersion
from terms.parameters import Parameter, PolicyInvalid, read
from terms.policy import GROUPS, PARAMETERS, Policy
from terms.profiles import PROFILES

WORDING_ROWS = 40
# Longer wordings would be pasted by mistake.
LONGEST_WORDING = 200_000


class BeginForm(forms.Form):
    name = forms.CharField(
        label=_("Name"),
        max_length=80,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text=_("For you and your colleagues; customers never see it."),
    )
    base = forms.ChoiceField(label=_("Begin from"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, in_force: TermsVersion | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        current = (
            [("in_force", _("What is in force, %(version)s") % {"version": in_force})] if in_force else []
        )
        ready = [(name, _("The ready profile “%(name)s”") % {"name": name}) for name in PROFILES]
        base = self.fields["base"]
        assert isinstance(base, forms.ChoiceField)
        base.choices = [*current, *ready]
        base.initial = base.choices[0][0]


class PublishForm(forms.Form):
    number = forms.IntegerField(
        label=_("Type the number of the new version"),
        min_value=1,
        widget=forms.NumberInput(attrs={"class": "vIntegerField", "autocomplete": "off"}),
    )


class ListField(forms.CharField):
    """A list, one on each line."""

    widget = forms.Textarea

    def prepare_value(self, value: Any) -> str:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        return [line.strip() for line in (value or "").splitlines() if line.strip()]


class PairField(forms.CharField):
    """Two whole numbers, `24 72`, or nothing."""

    def prepare_value(self, value: Any) -> str:
        return " ".join(str(number) for number in value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        words = (value or "").replace(",", " ").split()
        if not words:
            return None
        if len(words) == len("ab") and all(word.isdecimal() and len(word) < 10 for word in words):
            return [int(word) for word in words]
        raise forms.ValidationError(_("Write two whole numbers, “24 72”, or leave it empty."))


@dataclass(frozen=True)
class Row:
    """One parameter on the page: its field, what is in force beside it, and what is to be said about it."""

    parameter: Parameter
    field: forms.BoundField
    in_force: str
    problem: str
    hint: str | Promise


class DraftForm(forms.Form):
    """Every value by itself is checked here; whether they go together is said beside them and stops only publishing."""

    name = forms.CharField(
        label=_("Name"), max_length=80, widget=forms.TextInput(attrs={"class": "vTextField"})
    )
    wording = forms.CharField(
        label=_("Wording"),
        max_length=LONGEST_WORDING,
        strip=False,
        widget=forms.Textarea(attrs={"rows": WORDING_ROWS, "spellcheck": "true", "class": "wording"}),
    )
    revision = forms.IntegerField(widget=forms.HiddenInput)

    data: Any

    def __init__(self, *args: Any, draft: TermsDraft, in_force: Policy | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.policy_in_force = in_force
        self.problems, self.hints = _said_about(draft)
        self.initial.update(name=draft.name, wording=draft.wording, revision=draft.revision)
        for name, parameter in PARAMETERS.items():
            group, _dot, key = name.partition(".")
            self.fields[name] = _field_for(parameter)
            self.initial[name] = draft.policy.get(group, {}).get(key)

    def clean_wording(self) -> str:
        """Browsers end lines in a way of their own."""
        wording: str = self.cleaned_data["wording"]
        return wording.replace("\r\n", "\n")

    def take_over(self, revision: int) -> None:
        """Let the form come back as it was typed, to be saved over this revision."""
        self.data = self.data.copy()
        self.data["revision"] = str(revision)

    def values(self) -> dict[str, object]:
        """What was typed for every parameter, in its JSON form."""
        return {name: self.cleaned_data[name] for name in PARAMETERS}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for name, parameter in PARAMETERS.items():
            if name not in cleaned:
                continue
            cleaned[name] = _json(cleaned[name])
            try:
                read(parameter, cleaned[name])
            except PolicyInvalid as refusal:
                self.add_error(name, str(refusal.problem))
        return cleaned

    def groups(self) -> Iterator[tuple[str, list[Row]]]:
        """The parameters by group, for the page."""
        for group in GROUPS:
            yield group, [self._row(name) for name in PARAMETERS if name.startswith(f"{group}.")]

    def _row(self, name: str) -> Row:
        parameter = PARAMETERS[name]
        now = in_words(parameter, self.policy_in_force.value_of(name)) if self.policy_in_force else ""
        return Row(parameter, self[name], now, self.problems.get(name, ""), self.hints.get(name, ""))


def _said_about(draft: TermsDraft) -> tuple[dict[str, str], dict[str, str | Promise]]:
    """The problems and the hints of a draft as it is saved, by parameter."""
    try:
        policy = draft.rules
    except PolicyInvalid as refusal:
        return {refusal.parameter: str(refusal.problem)}, {}
    return problems_of(policy, wording=draft.wording), policy.hints()


def _json(value: Any) -> Any:
    return format(value, "f") if isinstance(value, Decimal) else value


def _field_for(parameter: Parameter) -> forms.Field:
    kind = parameter.kind
    label = parameter.name.partition(".")[2].replace("_", " ")
    words = next((get_args(each) for each in (kind, *get_args(kind)) if get_origin(each) is Literal), ())
    choices = [(word, word.replace("_", " ")) for word in words]
    if get_origin(kind) is Literal:
        return forms.ChoiceField(label=label, choices=choices)
    if choices:
        return forms.MultipleChoiceField(
            label=label, choices=choices, required=False, widget=forms.CheckboxSelectMultiple
        )
    if get_origin(kind) is UnionType:
        return PairField(label=label, required=False)
    if get_origin(kind) is tuple:
        return ListField(label=label, required=False, widget=forms.Textarea(attrs={"rows": 5}))
    return PLAIN[kind](parameter, label)


def _text(parameter: Parameter, label: str) -> forms.Field:
    return forms.CharField(
        label=label,
        required=bool(parameter.low),
        max_length=parameter.high,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )


PLAIN: dict[Any, Callable[[Parameter, str], forms.Field]] = {
    bool: lambda parameter, label: forms.BooleanField(label=label, required=False),
    int: lambda parameter, label: forms.IntegerField(
        label=label, min_value=parameter.low, max_value=parameter.high
    ),
    Decimal: lambda parameter, label: forms.DecimalField(
        label=label, min_value=parameter.low, max_value=parameter.high, max_digits=13, decimal_places=4
    ),
    str: _text,
    date: _text,
}
