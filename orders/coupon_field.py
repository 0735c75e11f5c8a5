"""The part of the order form that takes a coupon's code."""

from datetime import datetime
from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from billing.money import ZERO
from orders.couponing import coupon_off
from orders.dripping import Plan

MAX_CODE_LENGTH = 40


class CouponField(forms.Form):
    coupon = forms.CharField(
        label=_("Coupon, if you have one"),
        required=False,
        max_length=MAX_CODE_LENGTH,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters"}
        ),
    )

    customer: User
    now: datetime
    # What the coupon takes off, once it is known what the order costs.
    off: Decimal = ZERO

    @property
    def minus_off(self) -> Decimal:
        return -self.off

    def read_coupon(self, run_charge: Decimal, plan: Plan | None) -> None:
        """Find out what the coupon takes off. Raises what coupon_off raises."""
        code = self.cleaned_data.get("coupon", "")
        self.off = coupon_off(
            customer=self.customer, code=code, run_charge=run_charge, plan=plan, now=self.now
        )
