"""Faults of the API on request: a call is refused, broken or left without an answer, before or after it is done."""

import json
from dataclasses import dataclass
from typing import Any

from sandbox.stripe.store import Store

# How the call breaks.
KINDS = ("error", "rate_limit", "timeout", "lost")
MOMENTS = ("before", "after")
FIELDS = {"fault", "when", "method", "path", "times", "status", "seconds"}


@dataclass(frozen=True)
class Fault:
    kind: str
    when: str
    status: int
    seconds: float


class Faults:
    def __init__(self, store: Store) -> None:
        self._store = store

    def switch_on(self, told: dict[str, Any]) -> int:
        """Raises ValueError for what is no fault."""
        if unknown := set(told) - FIELDS:
            raise ValueError(f"unknown: {', '.join(unknown)}; known: {', '.join(sorted(FIELDS))}")
        if told.get("fault") not in KINDS or told.get("when", "before") not in MOMENTS:
            raise ValueError(f"fault is one of {', '.join(KINDS)}; when is before or after")
        times = int(told.get("times", 1))
        return self._store.run("INSERT INTO faults (rule, times_left) VALUES (?, ?)", json.dumps(told), times)

    def meet(self, method: str, path: str) -> Fault | None:
        """The oldest fault that this call meets, counted as met."""
        with self._store.transaction():
            for row in self._store.rows("SELECT * FROM faults WHERE times_left > 0 ORDER BY id"):
                rule = json.loads(row["rule"])
                if rule.get("method", method) == method and rule.get("path", "") in path:
                    self._store.run("UPDATE faults SET times_left = times_left - 1 WHERE id = ?", row["id"])
                    return Fault(
                        kind=rule["fault"],
                        when=rule.get("when", "before"),
                        status=int(rule.get("status", 500)),
                        seconds=float(rule.get("seconds", 60)),
                    )
        return None

    def clear(self) -> None:
        self._store.run("DELETE FROM faults")

    def listing(self) -> list[dict[str, Any]]:
        rows = self._store.rows("SELECT * FROM faults WHERE times_left > 0 ORDER BY id")
        return [json.loads(row["rule"]) | {"times_left": row["times_left"]} for row in rows]
