"""What comes back: amounts are Decimal, times are aware datetimes."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import Any, Self


def _amount(value: Any) -> Decimal:
    return Decimal(str(value))


def _time(value: Any) -> datetime | None:
    return datetime.fromisoformat(str(value)) if value else None


class _Shape:
    """Reads what it knows; what a newer panel says beside it is kept in no field."""

    _amounts: tuple[str, ...] = ()
    _times: tuple[str, ...] = ()

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Self:
        values = {field.name: told.get(field.name) for field in fields(cls)}  # type: ignore[arg-type]
        for name in cls._amounts:
            values[name] = None if values[name] is None else _amount(values[name])
        for name in cls._times:
            values[name] = _time(values[name])
        return cls(**values)


@dataclass(frozen=True)
class Service(_Shape):
    _amounts = ("rate_per_1000",)

    id: int
    name: str
    description: str
    category: int
    category_name: str
    platform: str
    metric: str
    kind: str
    rate_per_1000: Decimal
    currency: str
    min_quantity: int
    max_quantity: int
    step: int
    refill: bool
    guarantee_days: int | None
    allows_runs: bool


@dataclass(frozen=True)
class Order(_Shape):
    _amounts = ("rate_per_1000", "charge", "refunded", "final_charge", "under_review")
    _times = ("guaranteed_until", "placed_at", "started_at", "closed_at")

    id: int
    state: str
    service: int
    service_name: str
    link: str
    quantity: int
    rate_per_1000: Decimal
    charge: Decimal
    refunded: Decimal
    final_charge: Decimal
    under_review: Decimal
    currency: str
    start_count: int | None
    delivered: int
    remains: int | None
    overlaps: bool
    guarantee_days: int | None
    guaranteed_until: datetime | None
    terms_version: int
    drip_feed: Mapping[str, int] | None
    placed_at: datetime
    started_at: datetime | None
    closed_at: datetime | None
    warnings: list[str] | None

    @property
    def is_open(self) -> bool:
        return self.state in {"pending", "processing", "in_progress"}


@dataclass(frozen=True)
class Verdict(_Shape):
    """What became of one line of many: the number of its order, or a refusal with code, detail and clauses."""

    _amounts = ("charge",)

    line: int
    order: int | None
    charge: Decimal | None
    refusal: Mapping[str, Any] | None


@dataclass(frozen=True)
class Refill(_Shape):
    _times = ("asked_at", "start_due_at", "closed_at")

    id: int
    order: int
    state: str
    asked_at: datetime
    start_due_at: datetime | None
    closed_at: datetime | None
    amount: int | None
    reason: str
    answer: str
    clauses: list[str]


@dataclass(frozen=True)
class Balance(_Shape):
    _amounts = ("balance", "cash", "bonus")

    balance: Decimal
    currency: str
    cash: Decimal
    bonus: Decimal


@dataclass(frozen=True)
class Transaction(_Shape):
    _amounts = ("change", "balance")
    _times = ("at",)

    sequence: int
    at: datetime
    kind: str
    order: int | None
    reason: str
    change: Decimal
    balance: Decimal
