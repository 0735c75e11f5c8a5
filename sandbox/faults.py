"""Everything a provider was ever seen doing wrong, by name, and when to do it.

A fault is a rule: its name, what it applies to (action, service, part of a link, order), how often (times,
probability) and details. Three kinds: refusals, lies inside an answer, answers that break on the wire.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sandbox.books import CURRENCY, Books
from sandbox.delivery import chance

REFUSALS = {
    "funds": "Not enough funds on balance",
    "maintenance": "Service is under maintenance, please try again later",
    "rate_limit": "Rate limit exceeded. Slow down.",
    "bad_key": "Invalid API key",
    "bad_link": "Incorrect link",
    "quantity": "Quantity less than minimal 50",
    "service_gone": "Incorrect service ID",
    "link_duplicate": "You have active order with this link. Please wait until order being completed.",
    "unseen_text": "Computer says no (code 7741)",
}
ON_THE_WIRE = {
    "lose_answer": "do the work, then close the connection without a byte",
    "reset_answer": "do the work, then reset the connection",
    "hang": "do the work, say nothing for `seconds` (60), then close",
    "slow": "do the work, wait `seconds` (5), then answer correctly",
    "drip": "answer one byte every `seconds` (1)",
    "http_error": "do the work, answer `status` (502) with a gateway's HTML page",
    "html": "do the work, answer 200 with an HTML page",
    "empty": "do the work, answer 200 with no body",
    "truncated": "do the work, answer half of the JSON and close",
    "redirect": "do the work, answer 301 to `location` (/api/v2/)",
    "huge": "do the work, answer JSON with `bytes` (10,000,000) of padding",
    "gzip_bomb": "do the work, answer a small gzip body that unpacks to `bytes` (100,000,000)",
    "not_json": "do the work, answer 200 with `text` (ok) as plain text",
}
UNREAD = "reset_connection"
SPELLINGS = {
    "Pending": "in queue",
    "In progress": "in_progress",
    "Completed": "COMPLETED",
    "Partial": "partial",
    "Canceled": "Cancelled",
}

Entry = dict[str, Any]


def add_lies(order_id: int, earlier: int) -> dict[str, Entry]:
    """What may be answered instead of the number of an order that was placed."""
    return {
        "id_null": {"order": None},
        "id_zero": {"order": 0},
        "id_negative": {"order": -order_id},
        "id_string": {"order": "abc"},
        "id_numeric_string": {"order": str(order_id)},
        "id_reused": {"order": earlier},
        "id_and_error": {"order": order_id, "error": REFUSALS["funds"]},
        "neither": {},
    }


def status_lies(status: str, quantity: int) -> dict[str, Entry]:
    """The fields of a status answer that may be replaced."""
    return {
        "remains_over": {"remains": str(quantity + 1000)},
        "remains_negative": {"remains": "-40"},
        "remains_null": {"remains": None},
        "remains_word": {"remains": "abc"},
        "remains_fraction": {"remains": "12.5"},
        "start_count_null": {"start_count": None},
        "unknown_word": {"status": "Sleeping"},
        "spelling": {"status": SPELLINGS.get(status, status.upper())},
        "wrong_currency": {"currency": "TRY"},
        "wrong_charge": {"charge": "99.99"},
        "completed_with_remains": {"remains": str(max(1, quantity // 4)), "status": "Completed"},
        "all_canceled": {"remains": str(quantity), "status": "Canceled", "charge": "0"},
        "back_to_pending": {"status": "Pending", "remains": str(quantity)},
    }


def refill_lies(order_id: int, refill: str) -> dict[str, Any]:
    """What may be answered instead of the number of a refill that was begun."""
    return {
        "refill_null": {"refill": None},
        "refill_number": {"refill": int(refill)},
        "refill_own_number": {"refill": str(order_id)},
        "refill_as_list": [{"order": order_id, "refill": int(refill)}],
        "refill_and_error": {"refill": refill, "error": REFUSALS["maintenance"]},
    }


# What may be answered instead of a refill's word.
REFILL_WORDS: dict[str, Any] = {
    "refill_rejected": "Rejected",
    "refill_partial": "Partial",
    "refill_refunded": "Refunded",
    "refill_asleep": "Sleeping",
    "refill_lost": {"error": "Refill not found"},
}
REFILL_LIES = (*refill_lies(0, "0"), "refill_error_inside")
ADD_LIES = tuple(add_lies(0, 0))
STATUS_LIES = tuple(status_lies("Pending", 0))
BATCH_LIES = {
    "missing_ids": "leave the orders out",
    "one_error": "answer an error for the orders",
    "bare_string": "answer a bare string for the orders",
    "extra_ids": "add orders nobody asked for",
    "as_list": "answer a list instead of an object",
}
NAMES = (*REFUSALS, *ON_THE_WIRE, UNREAD, *ADD_LIES, *STATUS_LIES, *BATCH_LIES, *REFILL_LIES, *REFILL_WORDS)


@dataclass(frozen=True)
class Subject:
    """What a call is about, as far as a fault may look at it."""

    service: str = ""
    link: str = ""
    order: str = ""


@dataclass(frozen=True)
class Fault:
    id: int
    name: str
    rule: dict[str, Any] = field(default_factory=dict)

    def detail(self, name: str, default: Any) -> Any:
        return self.rule.get(name, default)

    @property
    def refusal(self) -> str | None:
        """The error the provider gives instead of doing anything, or None when it does the work."""
        if self.name in REFUSALS or self.rule.get("refuse"):
            return str(self.rule.get("text", REFUSALS.get(self.name, REFUSALS["funds"])))
        return None

    def covers(self, subject: Subject) -> bool:
        return (
            str(self.rule.get("service", subject.service)) == subject.service
            and str(self.rule.get("order", subject.order)) == subject.order
            and str(self.rule.get("link", "")) in subject.link
        )

    def concerns(self, action: str, subjects: list[Subject]) -> bool:
        if self.name == UNREAD or self.rule.get("action", _usual_action(self.name) or action) != action:
            return False
        is_narrow = not {"service", "order", "link"}.isdisjoint(self.rule)
        return any(map(self.covers, subjects)) if is_narrow else True

    def bend_add(self, answer: Entry, *, earlier: int) -> Entry:
        if self.name not in ADD_LIES:
            return answer
        return self._with_value(add_lies(answer["order"], earlier)[self.name])

    def bend_refill(self, answer: Entry, *, order_id: int) -> Any:
        return refill_lies(order_id, answer["refill"]).get(self.name, answer)

    def bend_refill_word(self, word: Any) -> Any:
        return self.rule.get("value", REFILL_WORDS[self.name]) if self.name in REFILL_WORDS else word

    def bend_status(self, entry: Entry, *, quantity: int) -> Entry:
        if self.name not in STATUS_LIES:
            return entry
        return entry | self._with_value(status_lies(str(entry["status"]), quantity)[self.name])

    def _with_value(self, lie: Entry) -> Entry:
        """A `value` in the rule replaces the first field of the lie."""
        if "value" in self.rule and lie:
            return lie | {next(iter(lie)): self.rule["value"]}
        return lie

    def bend_batch(self, answer: dict[str, Any], covered: set[str]) -> Any:
        """Spoil an answer about several orders; `covered` are the ones this fault is about."""
        if self.name == "missing_ids":
            return {order: entry for order, entry in answer.items() if order not in covered}
        if self.name == "one_error":
            return {
                order: {"error": "Incorrect order ID"} if order in covered else entry
                for order, entry in answer.items()
            }
        if self.name == "bare_string":
            return {
                order: "Incorrect order ID" if order in covered else entry for order, entry in answer.items()
            }
        if self.name == "extra_ids":
            stranger = {
                "charge": "0",
                "start_count": "0",
                "status": "Canceled",
                "remains": "0",
                "currency": CURRENCY,
            }
            return answer | {str(self.detail("value", "99999999")): stranger}
        if self.name == "as_list":
            return [{"order": order} | entry for order, entry in answer.items()]
        return answer


def _usual_action(name: str) -> str | None:
    if name in ADD_LIES:
        return "add"
    if name in REFILL_LIES:
        return "refill"
    if name in REFILL_WORDS:
        return "refill_status"
    return "status" if name in STATUS_LIES or name in BATCH_LIES else None


class Faults:
    """The faults that are switched on. The oldest that fits a call is used, one a call."""

    def __init__(self, books: Books, *, seed: int) -> None:
        self._books = books
        self._seed = seed

    def switch_on(self, rule: dict[str, Any]) -> int:
        """Raises ValueError for a name nobody knows."""
        if rule.get("fault") not in NAMES:
            raise ValueError(f"unknown fault {rule.get('fault')!r}; known: {', '.join(NAMES)}")
        times = rule.get("times")
        if times is not None and int(times) < 1:
            raise ValueError("times must be at least 1")
        return self._books.run("INSERT INTO faults (rule, times_left) VALUES (?, ?)", json.dumps(rule), times)

    def switch_off(self, *, fault_id: int | None = None, name: str | None = None) -> None:
        for row in self._books.rows("SELECT id, rule FROM faults"):
            if fault_id in (None, row["id"]) and name in (None, json.loads(row["rule"])["fault"]):
                self._books.run("DELETE FROM faults WHERE id = ?", row["id"])

    def listing(self) -> list[dict[str, Any]]:
        return [
            json.loads(row["rule"]) | {"id": row["id"], "times_left": row["times_left"], "used": row["used"]}
            for row in self._books.rows("SELECT * FROM faults ORDER BY id")
        ]

    def take(self, action: str, subjects: list[Subject]) -> Fault | None:
        """The fault this call has to suffer, counted as used."""
        return self._take(lambda fault: fault.concerns(action, subjects))

    def take_unread(self) -> bool:
        return self._take(lambda fault: fault.name == UNREAD) is not None

    def _take(self, fits: Callable[[Fault], bool]) -> Fault | None:
        if not self._books.rows("SELECT 1 FROM faults LIMIT 1"):
            return None
        with self._books.transaction():
            for row in self._books.rows(
                "SELECT * FROM faults WHERE times_left IS NULL OR times_left > 0 ORDER BY id"
            ):
                rule = json.loads(row["rule"])
                fault = Fault(id=row["id"], name=rule["fault"], rule=rule)
                if not fits(fault):
                    continue
                lucky = chance(self._seed, "fault", fault.id, row["seen"]) >= rule.get("probability", 1)
                self._books.run(
                    "UPDATE faults SET seen = seen + 1, used = used + ?, times_left = times_left - ?"
                    " WHERE id = ?",
                    0 if lucky else 1, 0 if lucky else 1, fault.id,
                )  # fmt: skip
                if not lucky:
                    return fault
        return None
