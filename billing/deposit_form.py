"""What a customer types to add money, checked by the rules that starting a payment will use.

Each refusal stands beside the field it concerns. A form that only asks what it would come to may be half empty.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django import forms
from django.conf import settings
from django.core.exceptions import NON_FIELD_ERRORS
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.refusals import Refusal
from billing.bonuses import Bonus, promised_bonus
from billing.currencies import decimals_of
from billing.methods import PaymentMethod, offered_method, offered_methods
from billing.money import ZERO
from billing.paying import require_amount

# Where a refusal is shown; coupons' own go to the coupon, the rest concerns the whole form.
FIELD_OF_CODE = {
    "amount_not_payable": "amount",
    "deposit_too_small": "amount",
    "deposit_too_large": "amount",
    "deposit_new_account": "amount",
    "payment_method_unknown": "method",
    "no_dispute_not_ticked": "promise",
}


class DepositForm(forms.Form):
    amount = forms.DecimalField(
        label=_("Amount"),
        max_digits=12,
        widget=forms.NumberInput({"inputmode": "decimal", "autocomplete": "transaction-amount"}),
    )
    method = forms.CharField(max_length=20)
    coupon = forms.CharField(
        label=_("Coupon"),
        max_length=40,
        required=False,
        widget=forms.TextInput({"autocomplete": "off", "autocapitalize": "characters"}),
    )
    promise = forms.BooleanField(required=False)
    terms_number = forms.IntegerField(min_value=1, max_value=2**31 - 1, required=False)
    # The form carries its own number, so sending it twice starts one payment.
    request_id = forms.UUIDField(initial=uuid4)

    def __init__(self, *args: Any, customer: User, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.customer = customer
        self.now = now
        self.methods = offered_methods()
        self.bonus = Bonus(ZERO)
        places = decimals_of(settings.PANEL_CURRENCY)
        self.fields["amount"].widget.attrs["step"] = str(Decimal(1).scaleb(-places))

    @property
    def chosen(self) -> str:
        """The name of the method that is ticked: what was sent, or the first."""
        sent = self.data.get("method") if self.is_bound else None
        names = [method.name for method in self.methods]
        return sent if sent in names else (names or [""])[0]

    def clean(self) -> dict[str, Any]:
        typed: dict[str, Any] = super().clean() or {}
        amount: Decimal | None = typed.get("amount")
        if amount is not None:
            self._check(amount, typed)
        return typed

    def _check(self, amount: Decimal, typed: dict[str, Any]) -> None:
        try:
            method: PaymentMethod = offered_method(typed.get("method", ""))
            require_amount(amount, method)
            self.bonus = promised_bonus(
                customer=self.customer, amount=amount, coupon_code=typed.get("coupon", ""), now=self.now
            )
        except Refusal as refusal:
            self.refuse(refusal)

    def refuse(self, refusal: Refusal) -> None:
        """Show a refusal beside the field that it concerns."""
        field = "coupon" if refusal.code.startswith("coupon_") else FIELD_OF_CODE.get(refusal.code)
        self.add_error(None if field is None else field, refusal)

    @property
    def says(self) -> Any:
        return self.errors.get(NON_FIELD_ERRORS)
