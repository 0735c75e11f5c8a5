"""The provider's counter: each action of API v2 answered in the trade's own shapes and words.

Errors are ordinary answers with a key "error". A call to add is written down before anything else happens.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sandbox.asking import MOST_IDS, NO_VALUE, PACKAGES, Asked, Refused, as_number, ids_in, quantity_in
from sandbox.books import CURRENCY, Books, NotEnoughFunds, Order
from sandbox.catalogue import Service
from sandbox.delivery import chance, first_count, plan_cancelled, plan_for
from sandbox.faults import REFUSALS, Fault, Faults, Subject
from sandbox.refilling import Refills

CANCEL_SECONDS = (1, 5)


@dataclass(frozen=True)
class Reply:
    """What to answer, and the fault that spoils it on the wire, if any."""

    body: Any
    fault: Fault | None = None


class Provider:
    def __init__(self, books: Books, catalogue: list[Service], *, key: str, seed: int, speed: str) -> None:
        self.books = books
        self.faults = Faults(books, seed=seed)
        self.catalogue = catalogue
        self._services = {service.id: service for service in catalogue}
        self._refills = Refills(books, self._services, seed=seed)
        self._key = key
        self._seed = seed
        self._speed = speed
        self._actions: dict[str, Callable[[Asked], Any]] = {
            "services": lambda asked: [service.as_sold() for service in self.catalogue],
            "balance": lambda asked: {"balance": money(self._settled_balance()), "currency": CURRENCY},
            "status": self._status,
            "cancel": self._cancel,
        }

    @property
    def speed(self) -> str:
        return self.books.setting("speed", self._speed)

    def answer(self, asked: Asked) -> Reply:
        action = asked.get("action", "")
        if action == "add":
            return self._answer_add(asked)
        if action == "refill":
            return self._answer_refill(asked)
        fault = self.faults.take(action, self._subjects(asked))
        try:
            self._admit(asked, fault)
            if action == "refill_status":
                body = self._refills.progress(asked, fault)
            else:
                body = self._actions.get(action, _incorrect_request)(asked)
        except Refused as refused:
            body = {"error": str(refused)}
        return Reply(self._bend(asked, body, fault) if action == "status" else body, fault)

    def _answer_add(self, asked: Asked) -> Reply:
        add_id = self.books.note_add(asked)
        fault = self.faults.take(
            "add", [Subject(service=asked.get("service", ""), link=asked.get("link", ""))]
        )
        body: dict[str, Any]
        try:
            self._admit(asked, fault)
            order_id = self._add(add_id, asked)
        except Refused as refused:
            verdict, body = "refused", {"error": str(refused)}
        else:
            verdict, body = "accepted", {"order": order_id}
            if fault:
                body = fault.bend_add(body, earlier=order_id - 1)
        self.books.note_answer(add_id, verdict=verdict, fault=fault.name if fault else None, answer=body)
        return Reply(body, fault)

    def _answer_refill(self, asked: Asked) -> Reply:
        call = self.books.note_refill(asked)
        fault = self.faults.take("refill", self._subjects(asked))
        try:
            self._admit(asked, fault)
            body = self._refills.begin(asked, fault)
        except Refused as refused:
            body = {"error": str(refused)}
        self.books.note_refill_answer(call, fault=fault.name if fault else None, answer=body)
        return Reply(body, fault)

    def _admit(self, asked: Asked, fault: Fault | None) -> None:
        if fault and fault.refusal is not None:
            raise Refused(fault.refusal)
        if asked.get("key") != self._key:
            raise Refused(REFUSALS["bad_key"])

    # Placing

    def _add(self, add_id: int, asked: Asked) -> int:
        service = self._services.get(asked.get("service", ""))
        if service is None:
            raise Refused(REFUSALS["service_gone"])
        link = asked.get("link", "").strip()
        if not link or re.search(r"\s", link):
            raise Refused(REFUSALS["bad_link"])
        if any(asked.get(name, "") not in NO_VALUE for name in ("runs", "interval")):
            raise Refused("Dripfeed is not supported by this service")
        quantity = quantity_in(service, asked)
        with self.books.transaction():
            return self._place(add_id, service, link, quantity, asked.get("comments"))

    def _place(self, add_id: int, service: Service, link: str, quantity: int, comments: str | None) -> int:
        now = self.books.now()
        earlier = self.books.orders_for(link)
        if self.books.setting("duplicate_guard", "off") == "on" and any(
            order.service == service.id and not order.is_final(now) for order in earlier
        ):
            raise Refused(REFUSALS["link_duplicate"])
        order_id = self.books.next_order_id()
        order = Order(
            id=order_id,
            service=service.id,
            link=link,
            quantity=quantity,
            unit_price=service.rate if service.type.lower() in PACKAGES else service.rate / 1000,
            placed_at=now,
            plan=plan_for(
                seed=self._seed, order_id=order_id, link=link, quantity=quantity, speed=self.speed, now=now
            ),
            start_count=first_count(self._seed, link) + self._delivered_before(service, earlier, now),
            dropped=0,
            refunded=Decimal(0),
            lie={},
        )
        try:
            self.books.place(add_id, order, comments=comments)
        except NotEnoughFunds:
            raise Refused(REFUSALS["funds"]) from None
        return order_id

    def _delivered_before(self, service: Service, earlier: list[Order], now: float) -> int:
        """What earlier orders left on the counter that this service raises."""
        return sum(
            order.progress(now).delivered - order.dropped
            for order in earlier
            if (known := self._services.get(order.service)) and known.counter == service.counter
        )

    # Following

    def status_of(self, order: Order, now: float) -> dict[str, Any]:
        seen = order.progress(now)
        truth = {
            "charge": money(order.charge),
            "start_count": "0" if seen.status == "Pending" else str(order.start_count),
            "status": seen.status,
            "remains": str(order.quantity - seen.delivered),
            "currency": CURRENCY,
        }
        return truth | self._counter_of(order, seen.delivered) | order.lie

    def _counter_of(self, order: Order, delivered: int) -> dict[str, str]:
        """What the counter shows now, if this provider says so: most do not."""
        if self.books.setting("counts", "off") == "off":
            return {}
        return {"current_count": str(max(0, order.start_count + delivered - order.dropped))}

    def _status(self, asked: Asked) -> dict[str, Any]:
        self.books.settle()
        ids, is_batch = ids_in(asked, "order", "orders")
        now = self.books.now()
        entries = {order_id: self._entry(order_id, now) for order_id in ids}
        return entries if is_batch else entries[ids[0]]

    def _entry(self, order_id: str, now: float) -> dict[str, Any]:
        order = self.books.order(order_id)
        return self.status_of(order, now) if order else {"error": "Incorrect order ID"}

    def _bend(self, asked: Asked, body: Any, fault: Fault | None) -> Any:
        if fault is None or fault.refusal is not None or "error" in body:
            return body
        ids, is_batch = ids_in(asked, "order", "orders")
        entries: dict[str, Any] = body if is_batch else {ids[0]: body}
        covered = set()
        for order_id, entry in entries.items():
            order = self.books.order(order_id)
            if order and fault.covers(_subject(order)):
                covered.add(order_id)
                entries[order_id] = fault.bend_status(entry, quantity=order.quantity)
        bent = fault.bend_batch(entries, covered)
        return bent if is_batch or isinstance(bent, list) else bent.get(ids[0], {})

    # Afterwards

    def _cancel(self, asked: Asked) -> list[dict[str, Any]]:
        ids, _is_batch = ids_in(asked, "order", "orders")
        return [{"order": as_number(order_id), "cancel": self._cancel_one(order_id)} for order_id in ids]

    def _cancel_one(self, order_id: str) -> Any:
        with self.books.transaction():
            order = self.books.order(order_id)
            if order is None:
                return {"error": "Incorrect order ID"}
            service = self._services.get(order.service)
            now = self.books.now()
            if service is None or not service.cancel or order.is_final(now):
                return {"error": "You are not eligible to cancel this order."}
            after = _within(CANCEL_SECONDS, self._seed, "cancel", order.id) if self.speed != "instant" else 0
            self.books.change_plan(
                order.id, plan_cancelled(order.plan, quantity=order.quantity, now=now, after=after)
            )
        return 1

    # Small things

    def _settled_balance(self) -> Decimal:
        self.books.settle()
        return self.books.balance

    def _subjects(self, asked: Asked) -> list[Subject]:
        ids = (asked.get("order", "") + "," + asked.get("orders", "")).split(",")[: MOST_IDS + 1]
        if asked.get("action") == "refill_status":
            ids = self._refills.orders_of(asked)
        return [_subject(order) for order_id in ids if (order := self.books.order(order_id.strip()))]


def money(amount: Decimal) -> str:
    """A plain decimal with at least two places and nothing rounded away."""
    whole, _, places = f"{amount:f}".partition(".")
    return f"{whole}.{places.rstrip('0').ljust(2, '0')}"


def _incorrect_request(asked: Asked) -> Any:
    raise Refused("Incorrect request")


def _subject(order: Order) -> Subject:
    return Subject(service=order.service, link=order.link, order=str(order.id))


def _within(bounds: tuple[float, float], *parts: object) -> float:
    return bounds[0] + (bounds[1] - bounds[0]) * chance(*parts)
