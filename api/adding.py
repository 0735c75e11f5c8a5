"""Ordering by program: the fields of `add` become the same request that the order form makes.

A call is agreement to the terms in force. Whoever names an idempotency_key may repeat the call safely; without one
every call is a new order. When the database fails, the books are asked before anything is said about the money.
"""

import logging
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.db import DatabaseError, connection
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.refusals import Refusal
from api.calls import Call
from api.parameters import require_own_parameters
from api.reading import Asked, given, number_in
from api.words import (
    NOTHING_CHARGED,
    Declined,
    IdempotencyKeyTooLong,
    LinkMissing,
    MaxChargeUnreadable,
    QuantityUnreadable,
    RunsUnreadable,
    TermsVersionUnreadable,
)
from catalog.models import Service, ServiceKind
from orders.asking import OrderRequest
from orders.drafting import ServiceNotOnSale
from orders.drops import OVER_A_DROP
from orders.models import Channel, Order, Review
from orders.placing import place_order

MAX_KEY_LENGTH = 100
# A longer number is a mistake, not an order.
MAX_QUANTITY_DIGITS = 30

logger = logging.getLogger(__name__)


class OutcomeUnknown(Exception):
    """Neither the order nor its absence could be seen: the caller must not be told either."""


def add(call: Call) -> dict[str, Any]:
    """Place an order; answer its number and the version of the terms that governs it (A-04, A-33)."""
    request = _request(call)
    try:
        order = place_order(customer=call.customer, request=request, now=call.now)
    except Refusal:
        raise
    except Exception:
        logger.exception("An order by API failed")
        order = _found(call.customer, request.request_id)
    answer: dict[str, Any] = {"order": order.pk, "terms_version": order.terms_version_id}
    warnings = list(warnings_of(order))
    if warnings:
        answer["warning"] = " ".join(warnings)
    return answer


def warnings_of(order: Order) -> Iterator[str]:
    """What a program should know of an order that was taken all the same."""
    if order.overlaps:
        yield _(
            "Another order is open for this link: refills are delayed and full delivery is not guaranteed."
        )
    over_a_drop = order.events.filter(what=OVER_A_DROP).first()
    if over_a_drop:
        yield over_a_drop.note
    if order.review == Review.PROHIBITED:
        yield _("Our staff look at link and comments before this order is sent.")


def _found(customer: User, request_id: str) -> Order:
    """Return the order that was placed although an error came back: a connection may break just after the commit.

    Raises Declined when there is none, OutcomeUnknown when the database does not answer.
    """
    try:
        connection.close_if_unusable_or_obsolete()
        order = Order.objects.of(customer).filter(request_id=request_id).first()
    except DatabaseError as error:
        raise OutcomeUnknown from error
    if order is None:
        raise Declined(NOTHING_CHARGED)
    return order


def _request(call: Call) -> OrderRequest:
    asked = call.asked
    service = _service(given(asked, "service"))
    require_own_parameters(asked, ServiceKind(service.kind))
    if not given(asked, "link"):
        raise LinkMissing
    runs, interval = (_whole_number(given(asked, name)) for name in ("runs", "interval"))
    # Some clients always send a quantity; what has none does not read it.
    is_default = service.kind == ServiceKind.DEFAULT
    return OrderRequest(
        service_id=service.pk,
        link=asked["link"],
        quantity=_quantity(given(asked, "quantity")) if is_default else None,
        comments=asked.get("comments", ""),
        channel_link=given(asked, "channel"),
        runs=runs,
        interval_minutes=interval,
        request_id=_request_id(asked),
        channel=Channel.API,
        coupon=given(asked, "coupon"),
        max_charge=_max_charge(given(asked, "max_charge")),
        terms_number=_terms_number(given(asked, "terms_version")),
        ip=call.ip,
        user_agent=call.user_agent,
    )


def _service(text: str) -> Service:
    number = number_in(text)
    # Whether it is on sale is asked later: a repeated call gets its order even when it no longer is.
    service = Service.objects.only("kind").filter(pk=number).first() if number else None
    if service is None:
        raise ServiceNotOnSale
    return service


def _quantity(text: str) -> int | None:
    if not text:
        return None
    if not re.fullmatch(rf"[0-9]{{1,{MAX_QUANTITY_DIGITS}}}", text):
        raise QuantityUnreadable
    return int(text)


def _whole_number(text: str) -> int | None:
    """Read runs or interval; many clients write 0 when they mean none."""
    if not text.strip("0"):
        return None
    if not re.fullmatch(rf"[0-9]{{1,{MAX_QUANTITY_DIGITS}}}", text):
        raise RunsUnreadable
    return int(text)


def _request_id(asked: Asked) -> str:
    key = given(asked, "idempotency_key")
    if len(key) > MAX_KEY_LENGTH:
        raise IdempotencyKeyTooLong(most=MAX_KEY_LENGTH)
    return key or uuid4().hex


def _max_charge(text: str) -> Decimal | None:
    if not text:
        return None
    if not re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,8})?", text):
        raise MaxChargeUnreadable
    return Decimal(text)


def _terms_number(text: str) -> int | None:
    if not text:
        return None
    number = number_in(text)
    if number is None:
        raise TermsVersionUnreadable
    return number
