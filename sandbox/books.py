"""The provider's own truth, in one SQLite file: calls received, orders, money, refills, faults.

Whatever was answered was committed before, so killing this process or the panel at any moment loses nothing.
"""

import json
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sandbox.delivery import FINAL, Plan, Progress, progress_of

CURRENCY = "USD"
FIRST_ORDER = 100001
SCHEMA = """
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS adds (
    id INTEGER PRIMARY KEY AUTOINCREMENT, received_at REAL NOT NULL,
    service TEXT, link TEXT, quantity TEXT, sent TEXT NOT NULL,
    verdict TEXT NOT NULL DEFAULT 'unfinished', order_id INTEGER, fault TEXT, answer TEXT);
CREATE TABLE IF NOT EXISTS orders (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    service TEXT NOT NULL, link TEXT NOT NULL, quantity INTEGER NOT NULL, comments TEXT,
    unit_price TEXT NOT NULL, placed_at REAL NOT NULL, starts_at REAL NOT NULL, ends_at REAL NOT NULL,
    outcome TEXT NOT NULL, undelivered INTEGER NOT NULL, delivered_before INTEGER NOT NULL DEFAULT 0,
    start_count INTEGER NOT NULL, dropped INTEGER NOT NULL DEFAULT 0, refunded TEXT NOT NULL DEFAULT '0',
    settled INTEGER NOT NULL DEFAULT 0, lie TEXT);
CREATE INDEX IF NOT EXISTS orders_of_a_link ON orders (link, service);
CREATE INDEX IF NOT EXISTS orders_to_settle ON orders (ends_at) WHERE settled = 0;
CREATE TABLE IF NOT EXISTS movements (
    id INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, order_id INTEGER, what TEXT NOT NULL,
    amount TEXT NOT NULL, balance TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS refills (
    id INTEGER PRIMARY KEY AUTOINCREMENT, order_id INTEGER NOT NULL,
    requested_at REAL NOT NULL, starts_at REAL NOT NULL, ends_at REAL NOT NULL,
    dropped INTEGER NOT NULL, settled INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS refill_calls (
    id INTEGER PRIMARY KEY AUTOINCREMENT, received_at REAL NOT NULL, orders TEXT, fault TEXT, answer TEXT);
CREATE TABLE IF NOT EXISTS faults (
    id INTEGER PRIMARY KEY AUTOINCREMENT, rule TEXT NOT NULL,
    times_left INTEGER, seen INTEGER NOT NULL DEFAULT 0, used INTEGER NOT NULL DEFAULT 0);
"""
EMPTYING = """
DELETE FROM adds; DELETE FROM orders; DELETE FROM movements; DELETE FROM refills; DELETE FROM refill_calls;
DELETE FROM faults; DELETE FROM settings; DELETE FROM sqlite_sequence
"""


@dataclass(frozen=True)
class Order:
    id: int
    service: str
    link: str
    quantity: int
    unit_price: Decimal
    placed_at: float
    plan: Plan
    start_count: int
    dropped: int
    refunded: Decimal
    lie: dict[str, Any]

    def progress(self, now: float) -> Progress:
        return progress_of(self.plan, quantity=self.quantity, now=now)

    def is_final(self, now: float) -> bool:
        return self.progress(now).status in FINAL

    @property
    def charge(self) -> Decimal:
        """What the order costs now, after what was paid back."""
        return self.unit_price * self.quantity - self.refunded


class NotEnoughFunds(Exception):
    pass


class Books:
    def __init__(self, path: str, *, opening_balance: Decimal) -> None:
        self._opening_balance = opening_balance
        self._lock = threading.RLock()
        self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._database.row_factory = sqlite3.Row
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = NORMAL")
        self._database.executescript(SCHEMA)
        with self.transaction():
            self._open()

    def _open(self) -> None:
        if self.setting("balance", "") == "":
            self.run("INSERT INTO sqlite_sequence (name, seq) VALUES ('orders', ?)", FIRST_ORDER - 1)
            self.set_balance(self._opening_balance, what="opening balance")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything inside happens or nothing does; one at a time. May be nested."""
        with self._lock:
            if self._database.in_transaction:
                yield
                return
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._database.execute("ROLLBACK")
                raise
            self._database.execute("COMMIT")

    def rows(self, query: str, *values: object) -> list[sqlite3.Row]:
        with self._lock:
            return self._database.execute(query, values).fetchall()

    def run(self, statement: str, *values: object) -> int:
        """Carry out one statement; answers the number of the row it inserted."""
        with self._lock:
            return int(self._database.execute(statement, values).lastrowid or 0)

    def close(self) -> None:
        with self._lock:
            self._database.close()

    def reset(self) -> None:
        """Forget everything, as with a new file."""
        with self.transaction():
            for statement in EMPTYING.split(";"):
                self.run(statement)
            self._open()

    # Settings and the clock

    def setting(self, name: str, default: str) -> str:
        found = self.rows("SELECT value FROM settings WHERE name = ?", name)
        return str(found[0]["value"]) if found else default

    def set(self, name: str, value: object) -> None:
        self.run("INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)", name, str(value))

    def now(self) -> float:
        """The provider's time. It can run faster than ours and be moved on, never back."""
        clock = json.loads(self.setting("clock", '{"since": 0, "showed": 0, "factor": 1}'))
        return float(clock["showed"] + (time.time() - clock["since"]) * clock["factor"])

    def set_clock(self, *, factor: float | None = None, advance: float = 0) -> None:
        with self.transaction():
            running = json.loads(self.setting("clock", '{"factor": 1}'))["factor"]
            shows = {
                "since": time.time(),
                "showed": self.now() + advance,
                "factor": running if factor is None else factor,
            }
            self.set("clock", json.dumps(shows))

    # Money

    @property
    def balance(self) -> Decimal:
        return Decimal(self.setting("balance", "0"))

    def set_balance(self, amount: Decimal, *, what: str) -> None:
        with self.transaction():
            self._move(amount - self.balance, what=what)

    def _move(self, amount: Decimal, *, what: str, order_id: int | None = None) -> None:
        balance = self.balance + amount
        self.set("balance", f"{balance:f}")
        self.run(
            "INSERT INTO movements (at, order_id, what, amount, balance) VALUES (?, ?, ?, ?, ?)",
            self.now(), order_id, what, f"{amount:f}", f"{balance:f}",
        )  # fmt: skip

    def settle(self) -> None:
        """Pay back what ended orders did not deliver: always the difference to what was paid back before."""
        with self.transaction():
            now = self.now()
            for row in self.rows("SELECT * FROM orders WHERE settled = 0 AND ends_at <= ?", now):
                order = order_from(row)
                due = order.unit_price * order.plan.undelivered if order.is_final(now) else Decimal(0)
                if due != order.refunded:
                    self._move(due - order.refunded, what="refund", order_id=order.id)
                self.run("UPDATE orders SET settled = 1, refunded = ? WHERE id = ?", f"{due:f}", order.id)
            for row in self.rows("SELECT * FROM refills WHERE settled = 0 AND ends_at <= ?", now):
                self.run(
                    "UPDATE orders SET dropped = max(0, dropped - ?) WHERE id = ?",
                    row["dropped"],
                    row["order_id"],
                )
                self.run("UPDATE refills SET settled = 1 WHERE id = ?", row["id"])

    # Calls to add, as received

    def note_add(self, sent: dict[str, str]) -> int:
        said = {name: value for name, value in sent.items() if name != "key"}
        return self.run(
            "INSERT INTO adds (received_at, service, link, quantity, sent) VALUES (?, ?, ?, ?, ?)",
            time.time(), sent.get("service"), sent.get("link"), sent.get("quantity"), json.dumps(said),
        )  # fmt: skip

    def note_answer(self, add_id: int, *, verdict: str, fault: str | None, answer: object) -> None:
        self.run(
            "UPDATE adds SET verdict = ?, fault = ?, answer = ? WHERE id = ?",
            verdict,
            fault,
            json.dumps(answer),
            add_id,
        )

    # Calls to refill, as received

    def note_refill(self, sent: dict[str, str]) -> int:
        return self.run(
            "INSERT INTO refill_calls (received_at, orders) VALUES (?, ?)",
            time.time(), sent.get("orders") or sent.get("order"),
        )  # fmt: skip

    def note_refill_answer(self, call: int, *, fault: str | None, answer: object) -> None:
        self.run(
            "UPDATE refill_calls SET fault = ?, answer = ? WHERE id = ?", fault, json.dumps(answer), call
        )

    # Orders

    def next_order_id(self) -> int:
        return int(self.rows("SELECT seq FROM sqlite_sequence WHERE name = 'orders'")[0]["seq"]) + 1

    def place(self, add_id: int, order: Order, *, comments: str | None) -> None:
        """Write the order, its charge and the link to the call it came with, all at once."""
        with self.transaction():
            cost = order.unit_price * order.quantity
            if cost > self.balance:
                raise NotEnoughFunds
            plan = order.plan
            self.run(
                "INSERT INTO orders (id, service, link, quantity, unit_price, comments, placed_at, "
                "starts_at, ends_at, outcome, undelivered, start_count) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                order.id, order.service, order.link, order.quantity, f"{order.unit_price:f}", comments,
                order.placed_at, plan.starts_at, plan.ends_at, plan.outcome, plan.undelivered,
                order.start_count,
            )  # fmt: skip
            self._move(-cost, what="charge", order_id=order.id)
            self.run("UPDATE adds SET verdict = 'accepted', order_id = ? WHERE id = ?", order.id, add_id)

    def order(self, order_id: str) -> Order | None:
        if not order_id.isascii() or not order_id.isdigit() or len(order_id) > 18:
            return None
        found = self.rows("SELECT * FROM orders WHERE id = ?", int(order_id))
        return order_from(found[0]) if found else None

    def orders_for(self, link: str) -> list[Order]:
        return [order_from(row) for row in self.rows("SELECT * FROM orders WHERE link = ? ORDER BY id", link)]

    def change_plan(self, order_id: int, plan: Plan) -> None:
        self.run(
            "UPDATE orders SET starts_at = ?, ends_at = ?, outcome = ?, undelivered = ?, "
            "delivered_before = ?, settled = 0 WHERE id = ?",
            plan.starts_at, plan.ends_at, plan.outcome, plan.undelivered, plan.delivered_before, order_id,
        )  # fmt: skip


def order_from(row: sqlite3.Row) -> Order:
    plan = Plan(row["starts_at"], row["ends_at"], row["outcome"], row["undelivered"], row["delivered_before"])
    return Order(
        id=row["id"],
        service=row["service"],
        link=row["link"],
        quantity=row["quantity"],
        unit_price=Decimal(row["unit_price"]),
        placed_at=row["placed_at"],
        plan=plan,
        start_count=row["start_count"],
        dropped=row["dropped"],
        refunded=Decimal(row["refunded"]),
        lie=json.loads(row["lie"] or "{}"),
    )
