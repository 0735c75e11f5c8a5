"""Movements of money in the stories: order 17 unless another is named."""

from decimal import Decimal

from accounts.models import User
from billing.ledger import charge_order, refund_order
from billing.models import Transfer
from tests.factories import NOW


def charge(customer: User, number: int = 17, amount: str = "4") -> Transfer:
    return charge_order(customer=customer, order_number=number, amount=Decimal(amount), now=NOW)


def refund(customer: User, amount: str, total: str, *, earned: bool = False, number: int = 17) -> Transfer:
    return refund_order(
        customer=customer,
        order_number=number,
        amount=Decimal(amount),
        total=Decimal(total),
        earned=earned,
        now=NOW,
    )
