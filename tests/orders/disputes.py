"""A payment, its dispute and what staff decide, for stories about the orders that end."""

from decimal import Decimal

from accounts.models import User
from billing.deciding_disputes import confirm_termination
from billing.disputing import Report, apply_dispute
from billing.models import Dispute, DisputeState, Payment
from orders import stopping, terminating
from orders.models import Order
from providers.fake import FakeGateway
from tests.factories import after


def dispute(payment: Payment, state: str = "open", *, amount: str = "100", hours: float = 2) -> Dispute:
    """What the bank says; an open or lost dispute draws its amount."""
    drawn = amount if state in {"open", "lost"} else "0"
    report = Report(f"dp_{payment.pk}", DisputeState(state), Decimal(amount), Decimal(drawn))
    return apply_dispute(payment, report, now=after(hours=hours))


def terminate(disputed: Dispute, by: User, *, hours: float = 3) -> Dispute:
    return confirm_termination(disputed, by=by, note="The bank asks it back.", now=after(hours=hours))


def sweep(*, hours: float = 3) -> int:
    return terminating.end_owed_orders(now=after(hours=hours))


def ask_to_stop(order: Order, gateway: FakeGateway, *, hours: float = 3) -> int:
    provider = order.submission.provider
    return stopping.ask_to_stop(provider, gateway_for=lambda _: gateway, clock=lambda: after(hours=hours))
