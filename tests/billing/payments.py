"""Payments in the stories: 100 with a bonus of 10 unless it is said otherwise, all of it received and credited."""

from datetime import datetime
from decimal import Decimal
from uuid import uuid4

from accounts.models import User
from billing.models import Payment
from tests.factories import NOW, give


def paid(
    customer: User, amount: str = "100", bonus: str = "10", *, now: datetime = NOW, **fields: object
) -> Payment:
    funding = give(customer, cash=amount, bonus=bonus, now=now)
    defaults = {
        "code": f"P-{uuid4().hex[:10]}",
        "method": "stripe",
        "state": "paid",
        "received": Decimal(amount),
        "started_at": now,
        "closed_at": now,
    }
    return Payment.objects.create(
        customer=customer,
        request_id=uuid4(),
        amount=Decimal(amount),
        bonus=Decimal(bonus),
        terms_version=funding.terms_version,
        funding=funding,
        **(defaults | fields),
    )
