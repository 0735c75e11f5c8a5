from decimal import Decimal
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from billing.currencies import require_currency_decimals
from billing.models import Funding
from billing.money import ZERO
from billing.routes import TransferKind
from billing.statement import STATEMENT_KINDS, Wanted
from billing.statement_words import KINDS_OF, Group

LARGEST_NUMBER = 2**63 - 1
# Larger amounts are typing errors.
LARGEST_AMOUNT = Decimal(1_000_000)


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        # Browsers want this form whatever the language.
        super().__init__(format="%Y-%m-%d", attrs={"class": "form-control"})


class StatementForm(forms.Form):
    """Which lines of the statement, and where to go on reading; what cannot be understood is not applied."""

    group = forms.MultipleChoiceField(label=_("What"), required=False, choices=Group.choices)
    kind = forms.MultipleChoiceField(label=_("More precisely"), required=False)
    first_day = forms.DateField(label=_("From"), required=False, widget=DayInput)
    last_day = forms.DateField(label=_("Until"), required=False, widget=DayInput)
    order = forms.IntegerField(
        label=_("Order number"),
        required=False,
        min_value=1,
        max_value=LARGEST_NUMBER,
        localize=False,
        widget=forms.TextInput({"class": "form-control", "inputmode": "numeric", "autocomplete": "off"}),
    )
    before = forms.IntegerField(
        required=False, min_value=1, max_value=LARGEST_NUMBER, widget=forms.HiddenInput
    )
    after = forms.IntegerField(
        required=False, min_value=0, max_value=LARGEST_NUMBER, widget=forms.HiddenInput
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = [(kind.value, capfirst(kind.label)) for kind in STATEMENT_KINDS]
        self.fields["kind"].choices = kinds  # type: ignore[attr-defined]

    @property
    def fields_in_a_row(self) -> list[forms.BoundField]:
        return [self["first_day"], self["last_day"], self["order"]]

    @property
    def wanted(self) -> Wanted:
        self.is_valid()
        asked = self.cleaned_data
        kinds = frozenset(TransferKind(kind) for kind in asked.get("kind", ()))
        kinds = kinds.union(*(KINDS_OF[Group(group)] for group in asked.get("group", ())))
        return Wanted(kinds, asked.get("order"), asked.get("first_day"), asked.get("last_day"))

    @property
    def is_narrowed(self) -> bool:
        return self.wanted != Wanted()


class FundingForm(forms.Form):
    """Staff give a deposit that was paid outside the panel, with or without a bonus, or goodwill."""

    customer = forms.EmailField(
        label=_("Customer's e-mail address"), widget=forms.EmailInput({"class": "vTextField"})
    )
    kind = forms.ChoiceField(label=_("Kind"), choices=Funding.Kind.choices, widget=forms.RadioSelect)
    cash = forms.DecimalField(label=_("Amount paid"), required=False, min_value=ZERO)
    bonus = forms.DecimalField(
        label=_("Bonus or goodwill"),
        required=False,
        min_value=ZERO,
        help_text=_("Can be spent, but is never paid out."),
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        help_text=_("The customer reads it on the statement."),
        widget=forms.TextInput({"class": "vTextField"}),
    )
    # The form carries its own number, so sending it twice gives the money once.
    request_id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def clean_customer(self) -> User:
        customer = User.objects.filter(email__iexact=self.cleaned_data["customer"]).first()
        if customer is None:
            raise forms.ValidationError(_("Nobody here has this address."), code="unknown_customer")
        return customer

    def clean_kind(self) -> Funding.Kind:
        return Funding.Kind(self.cleaned_data["kind"])

    def clean_cash(self) -> Decimal:
        return self._amount("cash")

    def clean_bonus(self) -> Decimal:
        return self._amount("bonus")

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("kind") == Funding.Kind.GOODWILL and given.get("cash"):
            self.add_error("cash", _("Goodwill is a gift: put the whole amount into the field below."))
        if given.get("cash") == ZERO and given.get("bonus") == ZERO:
            self.add_error(None, _("Say how much to give."))
        return given

    def _amount(self, name: str) -> Decimal:
        amount: Decimal = self.cleaned_data[name] or ZERO
        if amount > LARGEST_AMOUNT:
            raise forms.ValidationError(_("That is more than this form gives at once."), code="too_much")
        require_currency_decimals(amount)
        return amount
