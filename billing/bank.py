"""Paying by bank transfer: the customer sends money with the payment's number, and staff confirm that it has come."""

from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from billing.methods import Opened, Sight
from billing.models import Payment
from billing.routes import AccountKind


class BankTransfer:
    name = "bank"
    title = _("Bank transfer")
    hint = _("A few working days. Our staff confirm it when the money has come.")
    icon = "receipt"
    account = AccountKind.MANUAL_DEPOSITS
    is_confirmed_by_hand = True

    def is_offered(self) -> bool:
        return bool(settings.PANEL_BANK_DETAILS)

    def limits(self) -> tuple[Decimal, Decimal]:
        return settings.PANEL_DEPOSIT_LEAST, settings.PANEL_DEPOSIT_MOST

    def open(self, payment: Payment, *, url: str, now: datetime) -> Opened:
        return Opened(external_id=None, page_url="", expires_at=None)

    def see(self, payment: Payment) -> Sight | None:
        return None
