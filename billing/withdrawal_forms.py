from decimal import Decimal
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from billing.money import PLACES, ZERO
from billing.quoting import Quote
from billing.withdrawing import Shown

LONGEST_DESTINATION = 500


class WithdrawalForm(forms.Form):
    """How much, and where to; with what the page showed that it brings."""

    amount = forms.DecimalField(
        label=_("Amount"),
        min_value=ZERO,
        max_digits=20,
        decimal_places=PLACES,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    destination = forms.CharField(
        label=_("Where to"),
        required=False,
        max_length=LONGEST_DESTINATION,
        help_text=_(
            "For what cannot go back to the card it was paid with: account holder and IBAN, or another way that we "
            "agreed on. It is stored encrypted, and each look at it is recorded."
        ),
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off"}),
    )
    request_id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    # Written into the page beside the table that they sum up.
    shown_payout = forms.DecimalField(required=False, widget=forms.HiddenInput)
    shown_bonus_lost = forms.DecimalField(required=False, widget=forms.HiddenInput)

    @property
    def amount_now(self) -> Decimal | None:
        """The amount as far as it can be read, whatever else is wrong."""
        self.is_valid()
        amount: Decimal | None = self.cleaned_data.get("amount")
        return amount

    def shown(self) -> Shown:
        """What was shown; a page that showed nothing promised nothing."""
        payout, bonus = self.cleaned_data["shown_payout"], self.cleaned_data["shown_bonus_lost"]
        return Shown(ZERO if payout is None else payout, ZERO if bonus is None else bonus)


def shows(quote: Quote) -> dict[str, Any]:
    """The hidden values that say what a quote showed."""
    return {"shown_payout": f"{quote.payout:f}", "shown_bonus_lost": f"{quote.bonus_lost:f}"}
