"""Compares what we believe with what the sandbox provider knows: nothing bought twice, nothing lost, refunds right.

The sandbox shares no code with us, so where both agree, they agree for different reasons.
"""

from collections import Counter
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any

from billing.verification import verify_books
from orders.models import Order
from orders.states import FINAL_STATES, OrderState
from orders.verification import verify_orders
from panel.demo.sandbox_door import SandboxDoor
from providers.dispatch import DispatchState

THEIR_WORDS = {
    OrderState.COMPLETED: "Completed",
    OrderState.PARTIAL: "Partial",
    OrderState.CANCELLED: "Canceled",
}


@dataclass
class Comparison:
    """Counts, and everything that should not be, each as a sentence."""

    orders: int = 0
    states: dict[str, int] = field(default_factory=dict)
    submissions: dict[str, int] = field(default_factory=dict)
    # Open orders of which a machine still has something to learn or to do.
    moving: int = 0
    uncertain: int = 0
    received_there: int = 0
    placed_there: int = 0
    sent_twice: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        return not (self.sent_twice or self.lost or self.wrong or self.differences)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def compare(door: SandboxDoor) -> Comparison:
    """Compare journal, orders and the sandbox's books. Only while nothing moves does each of them stand still."""
    books = door.books()
    ours = list(Order.objects.select_related("submission").order_by("pk"))
    found = Comparison(
        orders=len(ours),
        states=dict(Counter(order.state for order in ours)),
        submissions=dict(Counter(order.submission.state for order in ours)),
        received_there=len(books["adds"]),
        placed_there=len(books["orders"]),
        differences=[str(difference) for difference in (verify_books() + verify_orders()).differences],
    )
    found.uncertain = found.submissions.get(DispatchState.UNCERTAIN, 0)
    found.moving = sum(order.is_open and order.submission.state != DispatchState.UNCERTAIN for order in ours)
    by_link: dict[str, list[dict[str, Any]]] = {}
    for order in books["orders"]:
        by_link.setdefault(order["link"], []).append(order)
    found.sent_twice = [f"{link}: {len(those)} times" for link, those in by_link.items() if len(those) > 1]
    known = {order.link for order in ours}
    found.lost = [f"{link}: at the sandbox, unknown here" for link in by_link if link not in known]
    for order in ours:
        _compare_order(order, by_link.get(order.link, []), found)
    return found


def _compare_order(order: Order, theirs: list[dict[str, Any]], found: Comparison) -> None:
    submission = order.submission
    if submission.state == DispatchState.ACCEPTED:
        truth = next((their for their in theirs if str(their["id"]) == submission.external_id), None)
        if truth is None:
            found.lost.append(f"{order}: accepted as {submission.external_id}, which is not at the sandbox")
        elif order.state in FINAL_STATES:
            _compare_end(order, truth, found)
    elif submission.state == DispatchState.UNCERTAIN:
        if not submission.why:
            found.wrong.append(f"{order}: uncertain without a cause")
    elif theirs and submission.state != DispatchState.SENDING:
        found.lost.append(f"{order}: {submission.state}, but the sandbox has it")
    elif submission.state == DispatchState.REJECTED and order.refunded != order.charge:
        found.wrong.append(f"{order}: rejected, but {order.refunded} of {order.charge} refunded")


def _compare_end(order: Order, truth: dict[str, Any], found: Comparison) -> None:
    expected = order.charge * Decimal(truth["remains"]) / order.quantity
    words = THEIR_WORDS[OrderState(order.state)]
    if (words, order.remains) != (truth["status"], truth["remains"]):
        found.wrong.append(
            f"{order}: {words} with {order.remains}, there {truth['status']} with {truth['remains']}"
        )
    elif order.refunded != expected:
        found.wrong.append(f"{order}: {order.refunded} refunded instead of {expected}")
