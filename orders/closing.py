"""Nobody leaves while something is open: orders were paid for, and a refund under review may still come back."""

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.refusals import Refusal
from orders.models import CaseState, Order, RefundCase


class OrdersOpen(Refusal):
    code = "orders_open"
    clause = "K-18"
    sentence = _("Orders that are still open: %(count)s. The account can be closed when they are finished.")


class CasesOpen(Refusal):
    code = "refund_cases_open"
    clause = "K-18"
    sentence = _("Refunds still under review: %(count)s. The account can be closed when they are decided.")


def open_orders(customer: User) -> Refusal | None:
    """Return why the account may not be closed yet, or None (K-18)."""
    orders = Order.objects.of(customer).open().count()
    if orders:
        return OrdersOpen(count=orders)
    cases = RefundCase.objects.filter(order__customer=customer, state=CaseState.OPEN).count()
    return CasesOpen(count=cases) if cases else None
