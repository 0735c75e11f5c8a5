"""What a package keeps about people: what of it they can take with them, and what is blanked when they are erased.

Each package says so in its `personal.py`; whoever knows all packages puts it together.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Model, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User

ROWS_AT_A_TIME = 2000

# Why some tables are neither taken out nor erased.
ABOUT_STAFF = _("Which of our staff wrote terms, announcements and prices, and the log of what they did.")
SUPPLIERS_WORDS = _("How orders were handed to suppliers: the suppliers' words and numbers, not about you.")

Value = str | int | bool | Decimal | datetime | None
Row = tuple[Value, ...]


@dataclass(frozen=True)
class Portion:
    """One table of what a person can take out: its file's name, what it tells, its columns and the person's rows."""

    name: str
    tells: str | Promise
    columns: tuple[str, ...]
    rows: Callable[[User], Iterable[Row]]
    covers: tuple[type[Model], ...]


@dataclass(frozen=True)
class ErasingStep:
    """One part of an erasure. `blank(customer, after, limit)` goes on after a number and returns the last one it did.

    None means that there is nothing left. Each call is made in a transaction of its own, and may be made again.
    """

    name: str
    blank: Callable[[User, int, int], int | None]
    covers: tuple[type[Model], ...]


def columns_of(rows: QuerySet[Any], *columns: str) -> Iterator[Row]:
    """Read these columns a piece at a time, so that a long history needs no more memory than a short one."""
    yield from rows.values_list(*columns).iterator(chunk_size=ROWS_AT_A_TIME)


def blank(rows: QuerySet[Any], after: int, limit: int, **values: Any) -> int | None:
    """Give at most so many of the rows after this number these values. Returns the last number, None at the end."""
    numbers = _next(rows, after, limit)
    rows.model._base_manager.filter(pk__in=numbers).update(**values)
    return numbers[-1] if len(numbers) == limit else None


def remove(rows: QuerySet[Any], after: int, limit: int) -> int | None:
    """Delete at most so many of the rows after this number. Returns the last number, None at the end."""
    numbers = _next(rows, after, limit)
    rows.model._base_manager.filter(pk__in=numbers).delete()
    return numbers[-1] if len(numbers) == limit else None


def _next(rows: QuerySet[Any], after: int, limit: int) -> list[int]:
    return list(rows.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:limit])
