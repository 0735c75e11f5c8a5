"""A customer's statement: every line of the books that moved the balance, with what it left there, newest first."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from billing.models import Transfer
from billing.money import ZERO
from billing.routes import ROUTES, AccountKind, TransferKind

PAGE_LINES = 50
CHUNK_LINES = 2000

# A kind of transfer either always pays in to a balance or always out of it.
INCOMING = frozenset(
    kind for kind, ways in ROUTES.items() if all(credit == AccountKind.CUSTOMER for _debit, credit in ways)
)
STATEMENT_KINDS = [kind for kind, ways in ROUTES.items() if any(AccountKind.CUSTOMER in way for way in ways)]


@dataclass(frozen=True)
class Line:
    """One movement as its customer sees it."""

    sequence: int
    created_at: datetime
    kind: TransferKind
    order_number: int | None
    # Why money was given. A note on a refund is for staff only.
    reason: str
    change: Decimal
    balance: Decimal


@dataclass(frozen=True)
class Wanted:
    """Which lines to show; the days are whole days, both included."""

    kind: TransferKind | None = None
    first_day: date | None = None
    last_day: date | None = None


@dataclass(frozen=True)
class Page:
    lines: list[Line]
    has_older: bool
    has_newer: bool


def statement_page(
    customer: User,
    wanted: Wanted,
    *,
    before: int | None = None,
    after: int | None = None,
    length: int = PAGE_LINES,
) -> Page:
    """Return the newest lines, or the ones before or after the line with this sequence number."""
    transfers = _transfers(customer, wanted)
    if after is not None:
        found = list(transfers.filter(sequence__gt=after).order_by("sequence")[: length + 1])
        return Page(
            [_line(each) for each in reversed(found[:length])], has_older=True, has_newer=len(found) > length
        )
    if before is not None:
        transfers = transfers.filter(sequence__lt=before)
    found = list(transfers.order_by("-sequence")[: length + 1])
    return Page(
        [_line(each) for each in found[:length]], has_older=len(found) > length, has_newer=before is not None
    )


def whole_statement(customer: User) -> Iterator[Line]:
    """Yield every line, oldest first, however many there are; read in pieces, so nothing stays locked or open."""
    last = 0
    while True:
        transfers = (
            _transfers(customer, Wanted()).filter(sequence__gt=last).order_by("sequence")[:CHUNK_LINES]
        )
        lines = [_line(each) for each in transfers]
        yield from lines
        if len(lines) < CHUNK_LINES:
            return
        last = lines[-1].sequence


def daily_balances(customer: User, *, days: int, today: date) -> list[tuple[date, Decimal]]:
    """Return the balance at the end of each of the last days, today included."""
    calendar = [today - timedelta(days=ago) for ago in reversed(range(days))]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT (SELECT balance_after FROM billing_transfer
                     WHERE customer_id = %s AND created_at < ending.at
                     ORDER BY created_at DESC, sequence DESC LIMIT 1)
              FROM unnest(%s::timestamptz[]) WITH ORDINALITY AS ending (at, day) ORDER BY ending.day
            """,
            [customer.pk, [_start_of(day + timedelta(days=1)) for day in calendar]],
        )
        balances = [balance or ZERO for (balance,) in cursor.fetchall()]
    return list(zip(calendar, balances, strict=True))


def _transfers(customer: User, wanted: Wanted) -> QuerySet[Transfer]:
    transfers = Transfer.objects.filter(customer=customer)
    if wanted.kind:
        transfers = transfers.filter(kind=wanted.kind)
    if wanted.first_day:
        transfers = transfers.filter(created_at__gte=_start_of(wanted.first_day))
    if wanted.last_day:
        last_moment = timezone.make_aware(datetime.combine(wanted.last_day, time.max))
        transfers = transfers.filter(created_at__lte=last_moment)
    return transfers


def _start_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _line(transfer: Transfer) -> Line:
    assert transfer.sequence is not None
    assert transfer.balance_after is not None
    kind = TransferKind(transfer.kind)
    return Line(
        sequence=transfer.sequence,
        created_at=transfer.created_at,
        kind=kind,
        order_number=transfer.order_number,
        reason=transfer.note if transfer.funding_id else "",
        change=transfer.amount if kind in INCOMING else -transfer.amount,
        balance=transfer.balance_after,
    )
