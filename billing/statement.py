"""A customer's statement: every line of the books that moved the balance, with what it left there, newest first."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import User
from billing.fundings import is_receipted
from billing.models import Funding, Transfer
from billing.money import ZERO
from billing.routes import ROUTES, AccountKind, TransferKind
from billing.statement_words import GIVING, WHY

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
    # Why money was given, or what a line of this kind means. A note on a refund is for staff only.
    reason: str
    change: Decimal
    balance: Decimal
    # What it belongs to, beside an order: the number of a funding or of a withdrawal, the code of a payment.
    funding: int | None = None
    payment_code: str = ""
    has_receipt: bool = False
    withdrawal: int | None = None

    @property
    def is_named(self) -> bool:
        """Whether its reason only says once more which payment it belongs to."""
        return bool(self.payment_code) and self.kind in GIVING


@dataclass(frozen=True)
class Wanted:
    """Which lines to show; the days are whole days, both included."""

    kinds: frozenset[TransferKind] = frozenset()
    order_number: int | None = None
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
    if after is not None:
        found = _read(customer, wanted, Q(sequence__gt=after), "sequence", length + 1)
        return Page(
            [_line(each) for each in reversed(found[:length])], has_older=True, has_newer=len(found) > length
        )
    older = Q() if before is None else Q(sequence__lt=before)
    found = _read(customer, wanted, older, "-sequence", length + 1)
    return Page(
        [_line(each) for each in found[:length]], has_older=len(found) > length, has_newer=before is not None
    )


def whole_statement(customer: User) -> Iterator[Line]:
    """Yield every line, oldest first, however many there are; read in pieces, so nothing stays locked or open."""
    last = 0
    while True:
        transfers = _read(customer, Wanted(), Q(sequence__gt=last), "sequence", CHUNK_LINES)
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


def _read(customer: User, wanted: Wanted, side: Q, order: str, length: int) -> list[Transfer]:
    """Each kind is read from the end of its own index, so that rare kinds are found as fast as common ones."""
    transfers = _transfers(customer, wanted).filter(side).order_by(order)
    if not wanted.kinds:
        return list(transfers[:length])
    each = [transfers.filter(kind=kind)[:length] for kind in sorted(wanted.kinds)]
    found = sorted((line for lines in each for line in lines), key=_sequence, reverse=order.startswith("-"))
    return found[:length]


def _sequence(transfer: Transfer) -> int:
    assert transfer.sequence is not None
    sequence: int = transfer.sequence
    return sequence


def _transfers(customer: User, wanted: Wanted) -> QuerySet[Transfer]:
    transfers = Transfer.objects.filter(customer=customer).select_related("funding__payment")
    if wanted.order_number is not None:
        transfers = transfers.filter(order_number=wanted.order_number)
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
        reason=transfer.note if kind in GIVING else str(WHY.get(kind, "")),
        change=transfer.amount if kind in INCOMING else -transfer.amount,
        balance=transfer.balance_after,
        funding=transfer.funding_id,
        payment_code=_payment_code(transfer.funding),
        has_receipt=transfer.funding is not None and is_receipted(transfer.funding),
        withdrawal=transfer.withdrawal_id,
    )


def _payment_code(funding: Funding | None) -> str:
    payment = getattr(funding, "payment", None)
    return payment.code if payment else ""
