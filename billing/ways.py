"""How a withdrawal is paid out: back to the card that a payment came from as far as that is possible, the rest by hand.

Each payment gets its own share of what leaves. The shares are whole parts of the currency and add up to the payout
exactly: the fee is rounded once, for all of them together.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from django.db.models import Sum

from billing.currencies import smallest_payable
from billing.models import Dispute, Payment, PaymentState, Payout, PayoutState, PayoutWay, WithdrawalPart
from billing.money import ZERO
from billing.quoting import HUNDRED, Quote

# What a payment says of itself when it was made with a card.
CARD = "stripe"


@dataclass(frozen=True)
class Way:
    """One payment that leaves: to the card of this payment, or by hand where there is none."""

    payment: Payment | None
    amount: Decimal


def ways_of_quote(quote: Quote) -> list[Way]:
    """Return how a withdrawal would be paid out if it were asked for now."""
    return _ways(quote.payout, [(part.lot.funding, part.net) for part in quote.parts])


def ways_of(payout: Decimal, parts: Iterable[WithdrawalPart]) -> list[Way]:
    """Return how a withdrawal of these parts, of which `payout` leaves, is paid out."""
    return _ways(payout, [(part.funding_id, _net(part)) for part in parts])


def left_for_hand(ways: Iterable[Way]) -> Decimal:
    return sum((way.amount for way in ways if way.payment is None), ZERO)


def shares_of(payout: Decimal, nets: Sequence[Decimal]) -> list[Decimal]:
    """Split the payout by what each part brings before rounding, so that nothing is lost or made (R-1, R-7)."""
    shares, brought, given = [], ZERO, ZERO
    for number, net in enumerate(nets, start=1):
        brought += net
        rounded = min(brought.quantize(smallest_payable(), ROUND_HALF_UP), payout)
        due = payout if number == len(nets) else rounded
        shares.append(due - given)
        given = due
    return shares


def refundable(payment: Payment) -> Decimal:
    """Return how much of a payment can still go back to its card: nothing once anybody disputed it."""
    is_card = payment.method == CARD and payment.state == PaymentState.PAID and payment.intent_id
    if not is_card or Dispute.objects.filter(payment=payment).exists():
        return ZERO
    sent = Payout.objects.filter(payment=payment, way=PayoutWay.CARD_REFUND).exclude(state=PayoutState.FAILED)
    paid_out = sent.aggregate(total=Sum("amount"))["total"] or ZERO
    return max((payment.received or ZERO) - payment.lost - paid_out, ZERO)


def _net(part: WithdrawalPart) -> Decimal:
    net: Decimal = (part.cash + part.bonus) * (HUNDRED - part.fee_percent) / HUNDRED
    return net


def _ways(payout: Decimal, parts: Sequence[tuple[int, Decimal]]) -> list[Way]:
    payments = Payment.objects.in_bulk([funding for funding, _net in parts], field_name="funding_id")
    ways, by_hand = [], ZERO
    for (funding, _net), share in zip(
        parts, shares_of(payout, [net for _funding, net in parts]), strict=True
    ):
        payment = payments.get(funding)
        to_card = min(share, refundable(payment)) if payment else ZERO
        if to_card > ZERO:
            ways.append(Way(payment, to_card))
        by_hand += share - to_card
    return [*ways, Way(None, by_hand)] if by_hand > ZERO else ways
