"""Refills: what was lost of an order is brought back a while after somebody asked for it.

Every call is written down before it is looked at, as calls to add are.
"""

from typing import Any

from sandbox.asking import Asked, as_number, ids_in
from sandbox.books import Books, Order
from sandbox.catalogue import Service
from sandbox.delivery import COMPLETED, PARTIAL, chance
from sandbox.faults import Fault

SECONDS = (2, 20)
NOT_FOUND = {"error": "Incorrect order ID"}
NOT_ELIGIBLE = {"error": "You are not eligible to send refill request."}


class Refills:
    def __init__(self, books: Books, services: dict[str, Service], *, seed: int) -> None:
        self._books = books
        self._services = services
        self._seed = seed

    def begin(self, asked: Asked, fault: Fault | None) -> Any:
        ids, is_batch = ids_in(asked, "order", "orders")
        self._books.settle()
        if is_batch:
            return [{"order": as_number(order_id), "refill": self._begin_one(order_id)} for order_id in ids]
        result = self._begin_one(ids[0])
        if isinstance(result, int):
            said = {"refill": str(result)}
            return fault.bend_refill(said, order_id=int(ids[0])) if fault else said
        return {"refill": result} if fault and fault.name == "refill_error_inside" else result

    def _begin_one(self, order_id: str) -> Any:
        with self._books.transaction():
            order = self._books.order(order_id)
            if order is None:
                return NOT_FOUND
            now = self._books.now()
            if not self._may_begin(order, now):
                return NOT_ELIGIBLE
            low, high = SECONDS
            starts_at = now + low + (high - low) * chance(self._seed, "refill", order.id)
            return self._books.run(
                "INSERT INTO refills (order_id, requested_at, starts_at, ends_at, dropped) "
                "VALUES (?, ?, ?, ?, ?)",
                order.id, now, starts_at, starts_at + (starts_at - now), order.dropped,
            )  # fmt: skip

    def _may_begin(self, order: Order, now: float) -> bool:
        service = self._services.get(order.service)
        running = self._books.rows("SELECT 1 FROM refills WHERE order_id = ? AND ends_at > ?", order.id, now)
        ended_well = order.progress(now).status in (COMPLETED, PARTIAL)
        return service is not None and service.refill and ended_well and not running

    def progress(self, asked: Asked, fault: Fault | None) -> Any:
        ids, is_batch = ids_in(asked, "refill", "refills")
        self._books.settle()
        words = {refill: self._word(refill) for refill in ids}
        if fault:
            words = {refill: fault.bend_refill_word(word) for refill, word in words.items()}
        if is_batch:
            return [{"refill": as_number(refill), "status": word} for refill, word in words.items()]
        word = words[ids[0]]
        return {"status": word} if isinstance(word, str) else word

    def _word(self, refill: str) -> Any:
        """A refill of an order that lost nothing is rejected; any other brings everything back."""
        found = self._books.rows(
            "SELECT * FROM refills WHERE ? IN (CAST(id AS TEXT), CAST(order_id AS TEXT)) ORDER BY id DESC",
            refill,
        )
        if not found:
            return {"error": "Refill not found"}
        now = self._books.now()
        if now < found[0]["starts_at"]:
            return "Pending"
        if found[0]["dropped"] == 0:
            return "Rejected"
        return "In progress" if now < found[0]["ends_at"] else "Completed"

    def orders_of(self, asked: Asked) -> list[str]:
        """The orders whose refills a call asks about."""
        refills = (asked.get("refill", "") + "," + asked.get("refills", "")).split(",")
        found = self._books.rows("SELECT id, order_id FROM refills")
        return [str(row["order_id"]) for row in found if str(row["id"]) in refills]
