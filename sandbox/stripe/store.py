"""This Stripe's own truth, in one SQLite file: its objects, its clock, what it owes in webhooks.

Whatever was answered was committed before, so killing this process at any moment loses nothing.
"""

import hashlib
import json
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

Thing = dict[str, Any]
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
SCHEMA = """
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS counters (name TEXT PRIMARY KEY, count INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS objects (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,
    created INTEGER NOT NULL, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS objects_of_a_kind ON objects (kind, number);
CREATE INDEX IF NOT EXISTS objects_of_a_payment ON objects (kind, json_extract(body, '$.payment_intent'));
CREATE INDEX IF NOT EXISTS objects_of_a_status ON objects (kind, json_extract(body, '$.status'));
CREATE INDEX IF NOT EXISTS objects_that_wait ON objects (kind, json_extract(body, '$._awaits'));
CREATE TABLE IF NOT EXISTS deliveries (
    id INTEGER PRIMARY KEY AUTOINCREMENT, event TEXT NOT NULL, due_at REAL NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting', attempts INTEGER NOT NULL DEFAULT 0, answer TEXT);
CREATE INDEX IF NOT EXISTS deliveries_waiting ON deliveries (due_at) WHERE state = 'waiting';
CREATE INDEX IF NOT EXISTS deliveries_of_an_event ON deliveries (event);
CREATE TABLE IF NOT EXISTS answers (
    key TEXT PRIMARY KEY, asked TEXT NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL, at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS requests (
    id INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, method TEXT NOT NULL, path TEXT NOT NULL,
    idempotency_key TEXT, status INTEGER, fault TEXT);
CREATE TABLE IF NOT EXISTS faults (
    id INTEGER PRIMARY KEY AUTOINCREMENT, rule TEXT NOT NULL, times_left INTEGER);
"""
TABLES = "settings counters objects deliveries answers requests faults"


class Store:
    def __init__(self, path: str, *, seed: str) -> None:
        self._seed = seed
        self._lock = threading.RLock()
        self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._database.row_factory = sqlite3.Row
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = NORMAL")
        self._database.executescript(SCHEMA)

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

    def reset(self) -> None:
        """Forget everything, as with a new file."""
        with self.transaction():
            for table in TABLES.split():
                self.run(f"DELETE FROM {table}")  # noqa: S608 (names of our own)

    def close(self) -> None:
        with self._lock:
            self._database.close()

    # Settings, the clock, names

    def setting(self, name: str, default: Any) -> Any:
        found = self.rows("SELECT value FROM settings WHERE name = ?", name)
        return json.loads(found[0]["value"]) if found else default

    def set(self, name: str, value: object) -> None:
        self.run("INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)", name, json.dumps(value))

    def now(self) -> float:
        """This Stripe's time in seconds since 1970. It may be set apart from ours."""
        return time.time() + float(self.setting("clock_offset", 0))

    def count(self, name: str) -> int:
        """One more of these; answers how many there are now."""
        self.run("INSERT INTO counters VALUES (?, 1) ON CONFLICT DO UPDATE SET count = count + 1", name)
        return int(self.rows("SELECT count FROM counters WHERE name = ?", name)[0]["count"])

    def new_id(self, prefix: str, *, length: int = 24) -> str:
        """The next name of this kind; the same seed gives the same names."""
        return f"{prefix}_{self.letters(f'{prefix}:{self.count(prefix)}', length)}"

    def letters(self, of: str, length: int) -> str:
        """Letters that stand for this text, for whoever has the seed."""
        number = int.from_bytes(hashlib.sha512(f"{self._seed}:{of}".encode()).digest(), "big")
        letters = ""
        for _ in range(length):
            number, place = divmod(number, len(ALPHABET))
            letters += ALPHABET[place]
        return letters

    def share(self, of: str) -> float:
        """A number from 0 to 1 that stands for this text, for whoever has the seed."""
        return hashlib.sha512(f"{self._seed}:{of}".encode()).digest()[0] / 255

    # Objects

    def add(self, thing: Thing) -> Thing:
        self.run(
            "INSERT INTO objects (id, kind, created, body) VALUES (?, ?, ?, ?)",
            thing["id"], thing["object"], thing["created"], json.dumps(thing),
        )  # fmt: skip
        return thing

    def save(self, thing: Thing) -> None:
        self.run("UPDATE objects SET body = ? WHERE id = ?", json.dumps(thing), thing["id"])

    def find(self, wanted: str, *, kind: str = "") -> Thing | None:
        found = self.rows("SELECT kind, body FROM objects WHERE id = ?", wanted)
        if not found or (kind and found[0]["kind"] != kind):
            return None
        return dict(json.loads(found[0]["body"]))

    def the(self, wanted: str) -> Thing:
        """What is known to be there."""
        found = self.find(wanted)
        assert found is not None, wanted
        return found

    def where(self, kind: str, *, newest: int = -1, **fields: object) -> list[Thing]:
        """Things of a kind whose fields have these values, oldest first; or only so many of the newest."""
        tests = "".join(f" AND json_extract(body, '$.{name}') = ?" for name in fields)
        query = f"SELECT body FROM objects WHERE kind = ?{tests} ORDER BY number DESC LIMIT ?"  # noqa: S608
        found = self.rows(query, kind, *fields.values(), newest)
        return [json.loads(row["body"]) for row in reversed(found)]
