"""Ordering by the REST API: what was sent becomes the same request that the order form makes."""

import logging
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import DatabaseError, connection
from rest_framework import serializers

from accounts.models import User
from accounts.refusals import Refusal
from api.v1.order_shapes import LineIn, refused_out
from api.v1.problems import OutcomeUnknown, problem_of
from api.v1.repeating import Unfinished
from api.words import ParameterNotTaken
from billing.money import ZERO, plain_amount
from catalog.models import Service, ServiceKind
from orders.asking import OrderRequest
from orders.models import Channel, Order
from orders.placing import place_order
from orders.placing_many import Verdict, place_many

# Of a long list so many seconds are placed in one call; the next call with the same key goes on.
BULK_SECONDS = 20

# What would change nothing about an order of another kind, so that somebody would wonder what it did.
KINDS_OF: dict[str, tuple[ServiceKind, ...]] = {
    "quantity": (ServiceKind.DEFAULT,),
    "comments": (ServiceKind.CUSTOM_COMMENTS,),
}

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Caller:
    """Who orders, when and from where."""

    customer: User
    now: datetime
    ip: str | None
    user_agent: str


def order_request(
    line: Mapping[str, Any], *, request_id: str, terms: int | None, caller: Caller
) -> OrderRequest:
    return OrderRequest(
        service_id=line["service"],
        link=line["link"],
        quantity=line.get("quantity"),
        comments="\n".join(line.get("comments", ())),
        channel_link=line.get("channel", ""),
        runs=line.get("runs"),
        interval_minutes=line.get("interval_minutes"),
        request_id=request_id,
        channel=Channel.API,
        max_charge=line.get("max_charge"),
        terms_number=terms,
        ip=caller.ip,
        user_agent=caller.user_agent,
    )


def kinds_of(numbers: Iterable[int]) -> dict[int, str]:
    """Return the kinds of these services; those that there are not are refused when the order is placed."""
    return dict(Service.objects.filter(pk__in=set(numbers)).values_list("pk", "kind"))


def require_own_fields(line: Mapping[str, Any], kind: str | None) -> None:
    """Raise ParameterNotTaken for the first field that a service of this kind knows nothing of."""
    for name, kinds in KINDS_OF.items():
        if kind is not None and name in line and kind not in kinds:
            raise ParameterNotTaken(parameter=name, types=", ".join(kinds), type=kind)


def place(request: OrderRequest, *, caller: Caller) -> Order:
    """Place the order, or return the one that this request has placed. Raises its refusals, or OutcomeUnknown."""
    try:
        return place_order(customer=caller.customer, request=request, now=caller.now)
    except Refusal:
        raise
    except Exception:
        logger.exception("An order by the REST API failed")
        order = _found(request, caller)
        if order is None:
            raise
        return order


def place_lines(lines: list[Any], *, request_id: str, terms: int | None, caller: Caller) -> dict[str, Any]:
    """Place each line in its turn and say what became of it (A-31, K-23). Raises Unfinished when time is over."""
    read = [LineIn(data=line) for line in lines]
    refusals = _refused_before(read)
    requests = {
        number: order_request(
            line.validated_data, request_id=f"{request_id}-{number}", terms=terms, caller=caller
        )
        for number, line in enumerate(read, start=1)
        if number not in refusals
    }
    until = time.monotonic() + BULK_SECONDS
    placed = place_many(
        customer=caller.customer,
        requests=list(requests.values()),
        now=caller.now,
        go_on=lambda: time.monotonic() < until,
    )
    if any(verdict.is_good for verdict in placed):
        raise Unfinished
    outcomes = dict(zip(requests, placed, strict=True))
    verdicts = [
        _refused(number, refusals[number]) if number in refusals else _told(number, outcomes[number])
        for number in range(1, len(read) + 1)
    ]
    orders = [verdict.order for verdict in placed if verdict.order]
    total = sum((order.charge for order in orders), ZERO)
    return {
        "placed": len(orders),
        "refused": len(verdicts) - len(orders),
        "charge": plain_amount(total),
        "verdicts": verdicts,
    }


def _refused_before(read: list[LineIn]) -> dict[int, dict[str, Any]]:
    """Return what is said to the lines that cannot be read, or have what their service knows nothing of."""
    refusals = {number: _unreadable(line) for number, line in enumerate(read, start=1) if not line.is_valid()}
    lines = {
        number: line.validated_data for number, line in enumerate(read, start=1) if number not in refusals
    }
    kinds = kinds_of(line["service"] for line in lines.values())
    for number, line in lines.items():
        try:
            require_own_fields(line, kinds.get(line["service"]))
        except ParameterNotTaken as refusal:
            refusals[number] = refused_out(refusal)
    return refusals


def _told(number: int, verdict: Verdict) -> dict[str, Any]:
    if verdict.order:
        charge: Decimal = verdict.order.charge
        return {"line": number, "order": verdict.order.pk, "charge": plain_amount(charge), "refusal": None}
    assert verdict.refusal is not None
    return _refused(number, refused_out(verdict.refusal))


def _refused(number: int, refusal: dict[str, Any]) -> dict[str, Any]:
    return {"line": number, "order": None, "charge": None, "refusal": refusal}


def _unreadable(line: LineIn) -> dict[str, Any]:
    problem = problem_of(serializers.ValidationError(line.errors))
    said = " ".join(
        f"{error['field']}: {error['detail']}".removeprefix(": ") for error in problem.errors or ()
    )
    return {"code": problem.code, "detail": said, "clauses": [], "params": {}}


def _found(request: OrderRequest, caller: Caller) -> Order | None:
    """Return the order that was placed although an error came back: a connection may break just after the commit."""
    try:
        connection.close_if_unusable_or_obsolete()
        return Order.objects.of(caller.customer).filter(request_id=request.request_id).first()
    except DatabaseError as error:
        raise OutcomeUnknown from error
