"""The actions of API v2, each answered in the shape the trade expects.

Several statuses are an object keyed by order; several cancels or refills are an array. Only the caller's own orders
exist here; all others are incorrect.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings

from accounts.api_keys import require_scope
from accounts.models import User
from accounts.refusals import Refusal
from accounts.scopes import Scope
from api.adding import add
from api.calls import Call
from api.listing import Listing, listing_for
from api.reading import given, ids_in, number_in
from api.words import (
    INCORRECT_ORDER,
    INCORRECT_REQUEST,
    NO_REFILL,
    REFILL_NOT_FOUND,
    REFILL_STATUS,
    STATUS,
    TOO_MANY_ORDERS,
    TOO_MANY_REFILLS,
    Declined,
    explained,
    reason_of,
)
from billing.ledger import balance_of
from billing.money import plain_amount
from orders.cancelling import cancel_order
from orders.dripping import Whole, wholes_of
from orders.models import Channel, Order
from orders.states import OrderState
from refills.models import Refill
from refills.requesting import Asked, request_many
from refills.states import RefillState


def answer(call: Call) -> Any:
    """Return what the action answers. Raises Declined, ScopeMissing or a refusal of its rules."""
    action = ACTIONS.get(given(call.asked, "action"))
    if action is None:
        raise Declined(INCORRECT_REQUEST)
    scope, answer_to = action
    require_scope(call.key, scope)
    return answer_to(call)


def _balance(call: Call) -> dict[str, str]:
    return {"balance": plain_amount(balance_of(call.customer)), "currency": settings.PANEL_CURRENCY}


def _services(call: Call) -> Listing:
    return listing_for(call.customer)


def _status(call: Call) -> dict[str, Any]:
    ids, together = ids_in(call.asked, "order", "orders", too_many=TOO_MANY_ORDERS)
    orders = _own_orders(call.customer, ids)
    # A drip-feed has the number of its first run.
    wholes = wholes_of(order for order in orders.values() if order.run == 1)
    answers = {text: _standing(order, wholes) for text, order in orders.items()}
    if together:
        return {text: answers.get(text, {"error": INCORRECT_ORDER}) for text in ids}
    if ids[0] not in answers:
        raise Declined(INCORRECT_ORDER)
    return answers[ids[0]]


def _standing(order: Order, wholes: Mapping[int, Whole]) -> dict[str, str]:
    """Never null and never empty: typed clients read numbers out of these texts."""
    if order.drip_feed_id and order.run == 1:
        return _standing_of_whole(wholes[order.drip_feed_id])
    return {
        "charge": plain_amount(order.final_charge),
        "start_count": str(order.start_count or 0),
        "status": STATUS[OrderState(order.state)],
        "remains": str(order.quantity if order.remains is None else order.remains),
        "currency": settings.PANEL_CURRENCY,
    }


def _standing_of_whole(whole: Whole) -> dict[str, str]:
    return {
        "charge": plain_amount(whole.final_charge),
        "start_count": str(whole.start_count or 0),
        "status": STATUS[whole.state],
        "remains": str(whole.remains),
        "currency": settings.PANEL_CURRENCY,
        "runs": str(whole.runs),
        "runs_ended": str(whole.ended),
    }


def _cancel(call: Call) -> list[dict[str, Any]]:
    """Cancel has one shape only: an array, also for one order. 1 says that the cancel was accepted."""
    ids, _together = ids_in(call.asked, "order", "orders", too_many=TOO_MANY_ORDERS)
    orders = _own_orders(call.customer, ids)
    return [{"order": _as_number(text), "cancel": _cancel_one(orders.get(text), call)} for text in ids]


def _cancel_one(order: Order | None, call: Call) -> int | dict[str, str]:
    if order is None:
        return {"error": INCORRECT_ORDER}
    try:
        cancel_order(order, now=call.now)
    except Refusal as refusal:
        return explained(refusal)
    return 1


def _refill(call: Call) -> Any:
    """One number is a text and several are numbers: programs expect it so (K-31)."""
    ids, together = ids_in(call.asked, "order", "orders", too_many=TOO_MANY_ORDERS)
    orders = _own_orders(call.customer, ids)
    answered = request_many(set(orders.values()), channel=Channel.API, now=call.now)
    outcomes = {asked.order.pk: _refill_or_error(asked) for asked in answered}
    answers = {text: outcomes[order.pk] for text, order in orders.items()}
    if together:
        missing = {"error": INCORRECT_ORDER}
        return [{"order": _as_number(text), "refill": answers.get(text, missing)} for text in ids]
    if ids[0] not in answers:
        raise Declined(INCORRECT_ORDER)
    answer = answers[ids[0]]
    return {"refill": str(answer)} if isinstance(answer, int) else answer


def _refill_or_error(asked: Asked) -> int | dict[str, str]:
    """What the terms refused at once is no refill to a program, although it is kept with its numbers."""
    if asked.refusal is not None:
        return explained(asked.refusal)
    assert asked.refill is not None
    if asked.refill.state == RefillState.REFUSED:
        return {"error": NO_REFILL} | reason_of(asked.refill)
    return asked.refill.pk


def _refill_status(call: Call) -> Any:
    ids, together = ids_in(call.asked, "refill", "refills", too_many=TOO_MANY_REFILLS)
    numbers = {text: number for text in ids if (number := number_in(text)) is not None}
    refills = Refill.objects.of(call.customer).in_bulk(list(numbers.values()))
    answers = {text: _going(refills[number]) for text, number in numbers.items() if number in refills}
    if together:
        missing = {"status": {"error": REFILL_NOT_FOUND}}
        return [{"refill": _as_number(text)} | answers.get(text, missing) for text in ids]
    if ids[0] not in answers:
        raise Declined(REFILL_NOT_FOUND)
    return answers[ids[0]]


def _going(refill: Refill) -> dict[str, Any]:
    """Beside the trade's word, why it was refused or what it waits for."""
    says_why = refill.reason and refill.state != RefillState.COMPLETED
    return {"status": REFILL_STATUS[RefillState(refill.state)]} | (reason_of(refill) if says_why else {})


def _own_orders(customer: User, ids: list[str]) -> dict[str, Order]:
    """Return the customer's orders by the text that names each of them."""
    numbers = {text: number for text in ids if (number := number_in(text)) is not None}
    orders = (
        Order.objects.of(customer)
        .select_related("terms_version", "submission")
        .defer("service_description", "comments", "terms_version__text")
        .in_bulk(list(numbers.values()))
    )
    return {text: orders[number] for text, number in numbers.items() if number in orders}


def _as_number(text: str) -> int | str:
    number = number_in(text)
    return text if number is None else number


ACTIONS: dict[str, tuple[Scope, Callable[[Call], Any]]] = {
    "services": (Scope.READ, _services),
    "add": (Scope.ORDER, add),
    "status": (Scope.READ, _status),
    "balance": (Scope.READ, _balance),
    "cancel": (Scope.ORDER, _cancel),
    "refill": (Scope.REFILL, _refill),
    "refill_status": (Scope.READ, _refill_status),
}
