"""The control door: switch faults on, move the clock, have lies told about an order, read the books."""

import json
import sqlite3
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from sandbox.books import order_from
from sandbox.delivery import CANCELED, FINAL, SPEEDS
from sandbox.faults import NAMES
from sandbox.provider import Provider, money

Instruction = dict[str, Any]


class ControlRefused(Exception):
    """The instruction cannot be carried out; nothing was changed."""


class Control:
    def __init__(self, provider: Provider, *, refuse_connections: Callable[[float], None]) -> None:
        self._provider = provider
        self._books = provider.books
        self._refuse_connections = refuse_connections
        self._instructions: dict[str, Callable[[Instruction], Instruction]] = {
            "set_fault": self._set_fault,
            "clear_faults": self._clear_faults,
            "set_speed": self._set_speed,
            "set_clock": lambda told: self._clock(factor=_number(told, "factor")),
            "advance": lambda told: self._clock(advance=_number(told, "seconds")),
            "set_balance": self._set_balance,
            "set_duplicate_guard": self._set_duplicate_guard,
            "set_counts": self._set_counts,
            "lie": self._lie,
            "finish": self._finish,
            "drop": self._drop,
            "refuse_connections": self._refuse,
            "reset": self._reset,
        }

    def obey(self, told: Instruction) -> Instruction:
        """Raises ControlRefused for what cannot be done."""
        work = self._instructions.get(str(told.get("do")))
        if work is None:
            raise ControlRefused(f"unknown instruction; known: {', '.join(self._instructions)}")
        return {"ok": True} | work({name: value for name, value in told.items() if name != "do"})

    def faults(self) -> Instruction:
        return {"faults": self._provider.faults.listing(), "known": list(NAMES)}

    # Instructions

    def _set_fault(self, told: Instruction) -> Instruction:
        return {"id": self._provider.faults.switch_on(told)}

    def _clear_faults(self, told: Instruction) -> Instruction:
        self._provider.faults.switch_off(fault_id=told.get("id"), name=told.get("fault"))
        return self.faults()

    def _set_speed(self, told: Instruction) -> Instruction:
        if told.get("speed") not in SPEEDS:
            raise ControlRefused(f"speed is one of {', '.join(SPEEDS)}")
        self._books.set("speed", told["speed"])
        return {"speed": self._provider.speed}

    def _clock(self, *, factor: float | None = None, advance: float = 0) -> Instruction:
        if factor is not None and factor < 0:
            raise ControlRefused("the clock never runs backwards")
        if advance < 0 and self._books.rows("SELECT 1 FROM orders LIMIT 1"):
            raise ControlRefused("the clock is never moved back once something was ordered")
        self._books.set_clock(factor=factor, advance=advance)
        return {"now": _moment(self._books.now())}

    def _set_balance(self, told: Instruction) -> Instruction:
        try:
            self._books.set_balance(Decimal(str(told["balance"])), what="set by hand")
        except InvalidOperation:
            raise ControlRefused("balance is a decimal number") from None
        return {"balance": money(self._books.balance)}

    def _set_duplicate_guard(self, told: Instruction) -> Instruction:
        self._books.set("duplicate_guard", "on" if told.get("on", True) else "off")
        return {}

    def _set_counts(self, told: Instruction) -> Instruction:
        self._books.set("counts", "on" if told.get("on", True) else "off")
        return {}

    def _lie(self, told: Instruction) -> Instruction:
        """Answer these fields in the status from now on, whatever is true. No fields: the truth again."""
        order_id = self._existing(told)
        self._books.run(
            "UPDATE orders SET lie = ? WHERE id = ?", json.dumps(told.get("fields") or {}), order_id
        )
        return {}

    def _finish(self, told: Instruction) -> Instruction:
        """Make this the truth about an order, now: also long after it ended, money included."""
        with self._books.transaction():
            order = self._books.order(str(self._existing(told)))
            assert order is not None
            now, status = self._books.now(), str(told.get("status", "Completed"))
            if status not in FINAL:
                raise ControlRefused(f"status is one of {', '.join(FINAL)}")
            remains = int(told.get("remains", order.quantity if status == CANCELED else 0))
            if not 0 <= remains <= order.quantity:
                raise ControlRefused(
                    "remains is between 0 and the quantity; to tell lies use the instruction lie"
                )
            self._say_why(order.id, order.lie, told.get("reason"))
            plan = replace(order.plan, starts_at=min(order.plan.starts_at, now), ends_at=now)
            self._books.change_plan(order.id, replace(plan, outcome=status, undelivered=remains))
            self._books.settle()
        return {}

    def _say_why(self, order_id: int, lie: Instruction, reason: object) -> None:
        """From now on the status brings this text along, or none."""
        said = {name: value for name, value in lie.items() if name != "reason"}
        if reason is not None:
            said["reason"] = str(reason)
        self._books.run("UPDATE orders SET lie = ? WHERE id = ?", json.dumps(said), order_id)

    def _drop(self, told: Instruction) -> Instruction:
        order_id = self._existing(told)
        self._books.run("UPDATE orders SET dropped = dropped + ? WHERE id = ?", int(told["by"]), order_id)
        return {}

    def _refuse(self, told: Instruction) -> Instruction:
        self._refuse_connections(_number(told, "seconds"))
        return {}

    def _reset(self, told: Instruction) -> Instruction:
        self._books.reset()
        return {}

    def _existing(self, told: Instruction) -> int:
        order = self._books.order(str(told.get("order")))
        if order is None:
            raise ControlRefused("no such order")
        return order.id

    # The books

    def books(self, *, link: str = "") -> Instruction:
        """Everything the provider knows to be true; with `link`, only what concerns links containing it."""
        with self._books.transaction():
            self._books.settle()
            adds = [self._add(row) for row in self._rows_about("adds", link)]
            orders = [self._order(row) for row in self._rows_about("orders", link)]
            accepted = Counter(order["link"] for order in orders)
            return {
                "now": _moment(self._books.now()),
                "adds": adds,
                "orders": orders,
                "refills": [dict(row) for row in self._books.rows("SELECT * FROM refills ORDER BY id")],
                "refill_calls": [
                    dict(row)
                    | {
                        "received_at": _moment(row["received_at"]),
                        "answer": json.loads(row["answer"] or "null"),
                    }
                    for row in self._books.rows("SELECT * FROM refill_calls ORDER BY id")
                ],
                "balance": money(self._books.balance),
                "balance_history": [
                    dict(row) | {"at": _moment(row["at"])}
                    for row in self._movements({order["id"] for order in orders} if link else None)
                ],
                "faults": self._provider.faults.listing(),
                "counts": {
                    "received": len(adds),
                    "verdicts": dict(Counter(add["verdict"] for add in adds)),
                    "spoiled": sum(add["fault"] is not None for add in adds),
                    "orders": len(orders),
                    "statuses": dict(Counter(order["status"] for order in orders)),
                    "links_ordered_more_than_once": {
                        link: times for link, times in accepted.items() if times > 1
                    },
                },
            }

    def _rows_about(self, table: str, link: str) -> list[sqlite3.Row]:
        if not link:
            return self._books.rows(f"SELECT * FROM {table} ORDER BY id")  # noqa: S608
        return self._books.rows(f"SELECT * FROM {table} WHERE instr(link, ?) ORDER BY id", link)  # noqa: S608

    def _movements(self, order_ids: set[int] | None) -> list[sqlite3.Row]:
        if order_ids is None:
            return self._books.rows("SELECT * FROM movements ORDER BY id")
        ids = json.dumps(sorted(order_ids))
        return self._books.rows(
            "SELECT * FROM movements WHERE order_id IN (SELECT value FROM json_each(?)) ORDER BY id", ids
        )

    def _add(self, row: sqlite3.Row) -> Instruction:
        return dict(row) | {
            "received_at": _moment(row["received_at"]),
            "nonce": row["link"],
            "sent": json.loads(row["sent"]),
            "answer": json.loads(row["answer"] or "null"),
        }

    def _order(self, row: sqlite3.Row) -> Instruction:
        order = order_from(row)
        seen = order.progress(self._books.now())
        return {
            "id": order.id,
            "service": order.service,
            "link": order.link,
            "quantity": order.quantity,
            "comments": row["comments"],
            "placed_at": _moment(order.placed_at),
            "status": seen.status,
            "delivered": seen.delivered,
            "remains": order.quantity - seen.delivered,
            "start_count": order.start_count,
            "counter": order.start_count + seen.delivered - order.dropped,
            "dropped": order.dropped,
            "charge": money(order.charge),
            "refunded": money(order.refunded),
            "ends_as": order.plan.outcome,
            "starts_at": _moment(order.plan.starts_at),
            "ends_at": _moment(order.plan.ends_at),
            "lie": order.lie,
        }


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")


def _number(told: Instruction, name: str) -> float:
    try:
        return float(told[name])
    except (KeyError, TypeError, ValueError):
        raise ControlRefused(f"{name} is a number") from None
