"""Every pair of states against the table, and what the database itself says no to."""

from decimal import Decimal
from itertools import product

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from orders.models import Order, StaleOrder
from orders.states import FINAL_STATES, NEXT_STATES, OPEN_STATES, OrderState
from tests.factories import NOW, make_order, make_service

pytestmark = [pytest.mark.django_db]

P, W, G = OrderState.PENDING, OrderState.PROCESSING, OrderState.IN_PROGRESS
COMPLETED, PARTIAL, CANCELLED = OrderState.COMPLETED, OrderState.PARTIAL, OrderState.CANCELLED

# Written down a second time on purpose: the table in the code is compared with what was agreed.
AGREED = {
    (P, W),
    (P, CANCELLED),
    (W, P),
    (W, G),
    (W, COMPLETED),
    (W, PARTIAL),
    (W, CANCELLED),
    (G, W),
    (G, COMPLETED),
    (G, PARTIAL),
    (G, CANCELLED),
    (COMPLETED, PARTIAL),
    (COMPLETED, CANCELLED),
    (PARTIAL, CANCELLED),
}


def put_into(order: Order, state: OrderState) -> None:
    """Bring an order into a state by the back door, with the facts that belong to it."""
    facts: dict[str, object] = {"closed_at": None, "earned": 0, "remains": None}
    if state in FINAL_STATES:
        facts = {"closed_at": NOW, "earned": order.charge, "remains": 0}
    Order.objects.filter(pk=order.pk).update(state=state, **facts)
    order.refresh_from_db()


def facts_of(order: Order, state: OrderState) -> dict[str, object]:
    if state in OPEN_STATES:
        return {}
    return {"closed_at": NOW, "earned": order.charge, "remains": 0}


def test_every_state_is_open_or_final_and_has_its_line_in_the_table() -> None:
    assert set(NEXT_STATES) == set(OrderState)
    assert set(OrderState) == OPEN_STATES | FINAL_STATES
    assert not OPEN_STATES & FINAL_STATES


def test_an_order_moves_exactly_where_the_table_lets_it(alice: User) -> None:
    order = make_order(alice)

    for before, after in product(OrderState, OrderState):
        put_into(order, before)
        if (before, after) in AGREED:
            order.move_to(after, **facts_of(order, after))
            assert order.state == after
        else:
            with pytest.raises(AssertionError):
                order.move_to(after, **facts_of(order, after))
        in_database = Order.objects.get(pk=order.pk).state
        assert in_database == (after if (before, after) in AGREED else before), f"{before} -> {after}"


def test_who_moves_an_order_second_is_told_that_it_is_stale(alice: User) -> None:
    order = make_order(alice)
    seen_by_another = Order.objects.get(pk=order.pk)
    order.move_to(W)

    with pytest.raises(StaleOrder):
        seen_by_another.move_to(CANCELLED, closed_at=NOW)

    assert Order.objects.get(pk=order.pk).state == W
    assert seen_by_another.state == P


def test_a_move_keeps_the_facts_in_the_row_and_in_the_hand(alice: User) -> None:
    order = make_order(alice)

    order.move_to(W)
    order.move_to(G, started_at=NOW)

    assert order.started_at == NOW
    assert Order.objects.get(pk=order.pk).started_at == NOW


@pytest.mark.parametrize(
    ("name", "facts"),
    [
        ("order_final_has_a_closing_time", {"closed_at": NOW}),
        ("order_final_has_a_closing_time", {"state": COMPLETED, "earned": 1, "remains": 0}),
        ("order_final_names_the_rest", {"state": PARTIAL, "closed_at": NOW, "earned": 1}),
        ("order_final_holds_only_what_is_under_review", {"state": COMPLETED, "closed_at": NOW, "remains": 0}),
        (
            "order_final_holds_only_what_is_under_review",
            {"state": CANCELLED, "closed_at": NOW, "remains": 1000, "refunded": Decimal("0.99999999")},
        ),
        ("order_remains_within_quantity", {"remains": 1001}),
        ("order_refund_and_earning_within_charge", {"refunded": Decimal("1.00000001")}),
        ("order_refund_and_earning_within_charge", {"refunded": Decimal("0.6"), "earned": Decimal("0.5")}),
        ("order_refund_and_earning_within_charge", {"refunded": Decimal("-0.1")}),
    ],
)
def test_the_database_refuses_a_state_without_its_facts(
    alice: User, name: str, facts: dict[str, object]
) -> None:
    order = make_order(alice, make_service(rate_per_1000="1"), quantity=1000)

    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        Order.objects.filter(pk=order.pk).update(**facts)

    assert refusal.value.__cause__.diag.constraint_name == name  # type: ignore[union-attr]


@pytest.mark.clause("K-23")
@pytest.mark.parametrize(
    "change",
    [
        {"quantity": 1},
        {"charge": Decimal("0.5")},
        {"link": "https://www.instagram.com/bob/"},
        {"comments": "nice"},
        {"service_description": "other"},
        {"guarantee_days": None},
        {"rate_per_1000": Decimal(2)},
        {"placed_at": timezone.now()},
    ],
)
def test_what_was_ordered_is_never_changed(alice: User, change: dict[str, object]) -> None:
    order = make_order(alice)

    with pytest.raises(IntegrityError, match="order keeps what was ordered"), transaction.atomic():
        Order.objects.filter(pk=order.pk).update(**change)


def test_an_order_is_never_deleted(alice: User) -> None:
    order = make_order(alice)

    with pytest.raises(IntegrityError, match="order is never deleted"), transaction.atomic():
        Order.objects.filter(pk=order.pk)._raw_delete("default")


def test_what_an_order_costs_is_told_from_its_charge_and_its_refund() -> None:
    order = Order(quantity=1000, charge=Decimal(2), refunded=Decimal("0.8"), earned=Decimal("0.2"))

    assert order.final_charge == Decimal("1.2")
    assert order.held == 1
    assert order.delivered == 0
    order.remains = 400
    assert order.delivered == 600
