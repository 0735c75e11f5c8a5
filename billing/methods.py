"""Ways to pay money in. Whatever the way, a payment is started, looked at and credited by the same rules.

A method is one class in one file, named in the settings. It opens a payment outside and says what it sees of it; it
decides nothing and changes no row. docs/adding-a-payment-method.md tells how to write one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Protocol

from django.conf import settings
from django.utils.functional import Promise
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from accounts.refusals import Refusal
from billing.models import Payment
from billing.money import ZERO
from billing.routes import AccountKind
from billing.stripe_reports import DisputeReport


class MethodUnknown(Refusal):
    code = "payment_method_unknown"
    sentence = _("This way to pay is not offered here.")


class Outcome(StrEnum):
    """How far a payment has come, outside."""

    WAITING = "waiting"
    PROCESSING = "processing"
    PAID = "paid"
    FAILED = "failed"
    EXPIRED = "expired"


@dataclass(frozen=True)
class Opened:
    """A payment was opened outside, under this number; `page_url` is where the browser pays, empty for nowhere."""

    external_id: str | None
    page_url: str
    expires_at: datetime | None


@dataclass(frozen=True)
class Receipt:
    """What came in: the amount in its own currency, and how the processor names it."""

    amount: Decimal
    currency: str
    intent_id: str | None = None
    charge_id: str | None = None
    card: str = ""
    fingerprint: str = ""
    # Known when the processor has booked it: the number of its line, and what it kept.
    line_id: str | None = None
    fee: Decimal | None = None


@dataclass(frozen=True)
class ReturnedRefund:
    """A refund that was under way and did not reach the payer."""

    id: str
    words: str


@dataclass(frozen=True)
class Sight:
    """All that can be seen of a payment at one moment. What was lost of it is told as totals."""

    outcome: Outcome
    words: str = ""
    receipt: Receipt | None = None
    # Given back to the payer, without what we paid out for withdrawals.
    refunded: Decimal = ZERO
    failed_refunds: Sequence[ReturnedRefund] = ()
    disputes: Sequence[DisputeReport] = ()
    is_warned: bool = False


class PaymentMethod(Protocol):
    name: str
    title: str | Promise
    hint: str | Promise
    icon: str
    # Where the books say that its money lies.
    account: AccountKind
    # Staff say by hand that the money has come.
    is_confirmed_by_hand: bool

    def is_offered(self) -> bool:
        """Whether this panel has what the method needs."""

    def limits(self) -> tuple[Decimal, Decimal]:
        """The least and the most that the method takes at once, in the panel's currency."""

    def open(self, payment: Payment, *, url: str, now: datetime) -> Opened:
        """Open the payment outside; `url` is the payment's own page. Repeating opens it once. Never in a transaction.

        Raises a Refusal when it cannot be opened now.
        """

    def see(self, payment: Payment) -> Sight | None:
        """Look outside, as often as wanted; None where there is nothing to look at. Never in a transaction.

        Raises a Refusal when there is no answer.
        """


@cache
def _methods(names: tuple[str, ...]) -> dict[str, PaymentMethod]:
    made: list[PaymentMethod] = [import_string(name)() for name in names]
    return {method.name: method for method in made}


def offered_methods() -> list[PaymentMethod]:
    """The ways to pay that this panel offers, in the order of the settings (F-18)."""
    return [
        method for method in _methods(tuple(settings.PANEL_PAYMENT_METHODS)).values() if method.is_offered()
    ]


def offered_method(name: str) -> PaymentMethod:
    """Raises MethodUnknown unless it is offered."""
    for method in offered_methods():
        if method.name == name:
            return method
    raise MethodUnknown


def method_of(payment: Payment) -> PaymentMethod | None:
    """The method that a payment was started with; None when the panel has it no longer."""
    return _methods(tuple(settings.PANEL_PAYMENT_METHODS)).get(payment.method)
