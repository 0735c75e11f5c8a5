"""Steps that the stories of withdrawals share. They are told from Jan 1 2025, as those of quotes are."""

import itertools
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.db import transaction

from accounts.models import User
from billing.approving import approve
from billing.ledger import balance_of, charge_order, refund_order
from billing.models import Funding, Payment, Payout, Transfer, Withdrawal
from billing.offering import offer_for
from billing.paying_out import Answer, Returned, due_by_hand, mark_paid
from billing.verification import verify_books
from billing.withdrawing import Shown, quote_for, request_withdrawal
from tests.factories import give

BANK = "Alice Example, DE89 3704 0044 0532 0130 00"
_orders = itertools.count(9000)


def at(day: int, hour: int = 0, minute: int = 0, second: int = 0) -> datetime:
    return datetime(2025, 1, day, hour, minute, second, tzinfo=UTC)


def pays(customer: User, cash: str, bonus: str = "0", *, when: datetime, card: bool = False) -> Funding:
    """A payment by bank transfer, or with a card."""
    funding = give(customer, cash=cash, bonus=bonus, now=when)
    if card:
        pays_by_card(funding)
    return funding


def pays_by_card(funding: Funding) -> Payment:
    return Payment.objects.create(
        code=f"P{funding.pk}",
        customer=funding.customer,
        request_id=uuid4(),
        method="stripe",
        amount=funding.cash,
        bonus=funding.bonus,
        terms_version=funding.terms_version,
        state="paid",
        started_at=funding.credited_at,
        closed_at=funding.credited_at,
        intent_id=f"pi_{funding.pk}",
        card="Visa •••• 4242",
        received=funding.cash,
        funding=funding,
    )


def orders(customer: User, amount: str, *, when: datetime) -> int:
    number = next(_orders)
    with transaction.atomic():
        charge_order(customer=customer, order_number=number, amount=Decimal(amount), now=when)
    return number


def comes_back(customer: User, number: int, amount: str, *, when: datetime) -> None:
    with transaction.atomic():
        refund_order(
            customer=customer,
            order_number=number,
            amount=Decimal(amount),
            total=Decimal(amount),
            earned=False,
            now=when,
        )


def asks(customer: User, gross: str | None = None, *, when: datetime, **fields: Any) -> Withdrawal:
    """Ask for this much, or for all, having seen what it brings."""
    if gross is None:
        offer = offer_for(customer, now=when)
        assert offer
        wanted = offer.most
    else:
        wanted = Decimal(gross)
    if "shown" not in fields:
        quote = quote_for(customer, gross=wanted, now=when)
        fields["shown"] = Shown(quote.payout, quote.bonus_lost)
    defaults = {"destination": BANK, "request_id": uuid4()}
    return request_withdrawal(customer=customer, gross=wanted, now=when, **(defaults | fields))


def is_paid_by_hand(withdrawal: Withdrawal, *, by: User, when: datetime) -> Withdrawal:
    approve(withdrawal.pk, by=by, now=when)
    due = due_by_hand(withdrawal)
    return mark_paid(withdrawal.pk, amount=due, reference="SEPA 17", by=by, now=when)


def said(withdrawal: Withdrawal) -> tuple[str, ...]:
    """Gross, fee, payout, bonus lost, and the balance that is left."""
    amounts = (withdrawal.gross, withdrawal.fee, withdrawal.payout, withdrawal.bonus_lost)
    return (*(f"{each:.2f}" for each in amounts), f"{balance_of(withdrawal.customer).normalize():f}")


def moved(withdrawal: Withdrawal) -> list[tuple[str, str, str, Decimal]]:
    """Every movement of money of one withdrawal: reference behind its number, from, to, amount."""
    transfers = (
        Transfer.objects.filter(withdrawal=withdrawal).select_related("debit", "credit").order_by("pk")
    )
    begin = len(f"withdrawal:{withdrawal.pk}:")
    return [(each.reference[begin:], each.debit.kind, each.credit.kind, each.amount) for each in transfers]


def assert_books_are_right() -> None:
    assert verify_books().differences == []


class CardsTakeBack:
    """Takes every refund, as a processor does: once for each key, however often it is asked.

    What it is to say next can be said before; then it says that instead.
    """

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.returned: dict[str, Decimal] = {}
        self.asked: list[tuple[str, bool]] = []

    def give_back(self, payout: Payout, *, key: str, again: bool) -> Answer:
        self.asked.append((key, again))
        if self.answers:
            return self.answers.pop(0)
        self.returned[key] = payout.amount
        return Returned(f"re_{key}")
