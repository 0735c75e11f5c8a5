"""What a provider's report means for an order: its state, how much was not delivered, and whether a person should look.

Money follows only from an outcome that is certain. A report that contradicts itself changes nothing but the flag.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal

from billing.money import SMALLEST
from orders.models import Review
from orders.states import OrderState
from providers.gateway import ReportedState, StatusReport

# A rest this small beside "Completed" is how providers round; above it staff should know (4.5).
SHORT_DELIVERY_PERCENT = 5
# Wide enough that only the last step rounds, however large the order.
_EXACT = Context(prec=80, rounding=ROUND_HALF_UP)


@dataclass(frozen=True)
class Outcome:
    """Where a report leads. `remains` is None while nobody knows it; a final state then has to wait."""

    state: OrderState | None
    remains: int | None = None
    review: Review = Review.NONE


def undelivered_amount(*, charge: Decimal, remains: int, quantity: int) -> Decimal:
    """Return charge x remains / quantity, half up to 8 places, between 0 and the charge (R-4, K-52, K-67)."""
    assert 0 <= remains <= quantity
    share = _EXACT.divide(_EXACT.multiply(charge, Decimal(remains)), Decimal(quantity))
    return share.quantize(SMALLEST, context=_EXACT)


def outcome_of(report: StatusReport, *, quantity: int) -> Outcome:
    """Return what a report says about an order of this quantity (R-3, K-12, A-10).

    The rest is clamped to 0…quantity: a negative one is over-delivery, a larger one is nonsense.
    """
    remains = None if report.remains is None else min(max(report.remains, 0), quantity)
    match report.state:
        case ReportedState.PENDING | ReportedState.PROCESSING:
            return Outcome(OrderState.PROCESSING, remains)
        case ReportedState.IN_PROGRESS:
            return Outcome(OrderState.IN_PROGRESS, remains)
        case ReportedState.COMPLETED:
            return _completed(remains, quantity)
        case ReportedState.PARTIAL:
            return _partial(remains, quantity)
        case ReportedState.CANCELLED:
            return _cancelled(remains, quantity, provider_charge=report.charge)
        case _:
            return Outcome(None, review=Review.UNKNOWN_WORD)


def counted_outcome(outcome: Outcome, *, start: int, count: int, quantity: int) -> Outcome:
    """Return how an order fell short by what the counter shows instead of the provider's rest (K-67, AMB-06).

    What came from elsewhere counts as delivered. A completed order stays completed.
    """
    if outcome.state not in {OrderState.PARTIAL, OrderState.CANCELLED}:
        return outcome
    rest = min(max(start + quantity - count, 0), quantity)
    if rest == 0:
        return Outcome(OrderState.COMPLETED, 0, outcome.review)
    return Outcome(OrderState.CANCELLED if rest == quantity else OrderState.PARTIAL, rest, outcome.review)


def _completed(remains: int | None, quantity: int) -> Outcome:
    short = (remains or 0) * 100 > quantity * SHORT_DELIVERY_PERCENT
    return Outcome(OrderState.COMPLETED, 0, Review.SHORT_DELIVERY if short else Review.NONE)


def _partial(remains: int | None, quantity: int) -> Outcome:
    if remains is None:
        return Outcome(None, review=Review.NO_NUMBER)
    if remains == quantity:
        return Outcome(OrderState.CANCELLED, quantity)
    if remains == 0:
        return Outcome(OrderState.COMPLETED, 0, Review.CONTRADICTION)
    return Outcome(OrderState.PARTIAL, remains)


def _cancelled(remains: int | None, quantity: int, *, provider_charge: Decimal | None) -> Outcome:
    if remains is None or remains == quantity:
        return Outcome(OrderState.CANCELLED, quantity)
    if remains > 0:
        return Outcome(OrderState.PARTIAL, remains)
    # "Cancelled, nothing left to deliver": believable only when the provider took nothing for it either.
    if provider_charge == 0:
        return Outcome(OrderState.CANCELLED, quantity)
    return Outcome(None, review=Review.CONTRADICTION)
