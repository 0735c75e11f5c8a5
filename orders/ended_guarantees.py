"""Guarantees that a payment dispute has ended (R-13, K-76).

Derived from the dispute, not stored: the moment it is won, every guarantee lives again, for what is left of it.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from billing.deciding_disputes import Termination, customers_with_terminations, terminations_of
from orders.models import Order


def guarantee_ended_at(order: Order, terminations: Sequence[Termination] | None = None) -> datetime | None:
    """Return when a dispute ended the order's guarantee, or None (A-26, K-76).

    Where the terms end old orders too, that is every order placed until then; else those that were still open.
    Whoever looks at many orders of one customer reads `terminations_of` once and gives it along.
    """
    known = terminations_of(order.customer) if terminations is None else terminations
    ends = [one.at for one in known if _covers(one, order)]
    return min(ends, default=None)


def customers_concerned() -> Iterable[int]:
    """Return the numbers of the customers who have such guarantees, to look for in other tables."""
    return customers_with_terminations()


def _covers(termination: Termination, order: Order) -> bool:
    if order.placed_at > termination.at:
        return False
    was_open = order.closed_at is None or order.closed_at > termination.at
    return termination.ends_guarantees or was_open
