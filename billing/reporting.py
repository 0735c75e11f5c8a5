"""The money of each day: what came in, was spent, given back and lost, and what was held and owed at the day's end.

Every kind of transfer is in one column at least, so the days add up to the books. One statement reads them all, so the
report shows one moment; a day begins and ends in the panel's own time zone.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.db import connection, transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from billing.money import ZERO
from billing.routes import ROUTES, AccountKind, TransferKind

LONGEST = timedelta(days=366)
BY_HAND = "by_hand"


@dataclass(frozen=True)
class Column:
    """What a figure of a day is made of: kinds of transfers that count for it, and those that count against it."""

    name: str
    label: str | Promise
    plus: tuple[TransferKind, ...]
    minus: tuple[TransferKind, ...] = ()

    def of(self, amounts: Mapping[TransferKind, Decimal]) -> Decimal:
        return sum((amounts[kind] for kind in self.plus), ZERO) - sum(
            (amounts[kind] for kind in self.minus), ZERO
        )


COLUMNS = (
    Column("deposits", _("paid in"), (TransferKind.DEPOSIT,)),
    Column("bonus", _("bonus"), (TransferKind.BONUS,)),
    Column("goodwill", _("goodwill"), (TransferKind.GOODWILL,)),
    Column("charged", _("charged"), (TransferKind.CHARGE,)),
    Column("refunded", _("refunded"), (TransferKind.REFUND, TransferKind.LATE_REFUND)),
    Column("earned", _("earned"), (TransferKind.EARNING,), (TransferKind.LATE_REFUND,)),
    Column("withdrawn", _("withdrawals, gross"), (TransferKind.WITHDRAWAL,), (TransferKind.WITHDRAWAL_BACK,)),
    Column("paid_out", _("paid out"), (TransferKind.PAYOUT,), (TransferKind.PAYOUT_RETURNED,)),
    Column("withdrawal_fees", _("withdrawal fees"), (TransferKind.WITHDRAWAL_FEE,)),
    Column("bonus_lost", _("bonus lost"), (TransferKind.BONUS_LOST,), (TransferKind.BONUS_BACK,)),
    Column("bonus_kept", _("lost bonus kept"), (TransferKind.BONUS_KEPT,)),
    Column("chargebacks", _("chargebacks"), (TransferKind.CHARGEBACK,)),
    Column("payments_refunded", _("payments refunded"), (TransferKind.PAYMENT_REFUND,)),
    Column("reinstated", _("reinstated"), (TransferKind.REINSTATEMENT,)),
    Column(
        "bonus_taken_back",
        _("bonus taken back"),
        (TransferKind.BONUS_REVERSAL,),
        (TransferKind.BONUS_RETURN,),
    ),
    Column("dispute_fees", _("dispute fees"), (TransferKind.DISPUTE_FEE,)),
    Column("written_off", _("debts written off"), (TransferKind.WRITE_OFF,)),
    Column("unknown_losses", _("lost to unknown outcomes"), (TransferKind.UNKNOWN_LOSS,)),
    Column("processor_fees", _("processors' fees"), (TransferKind.PROCESSOR_FEE,)),
    Column("to_the_bank", _("to our bank"), (TransferKind.BANK_TRANSFER,)),
)
# What the house gives away and loses, each by its name in the books.
LOSSES = (
    AccountKind.BONUS_COST,
    AccountKind.GOODWILL,
    AccountKind.CHARGEBACK_LOSS,
    AccountKind.UNKNOWN_LOSS,
    AccountKind.PROCESSOR_FEE,
)


@dataclass
class DayMoney:
    """One day: its movements, and what was held for orders, on hold for withdrawals and on balances at its end."""

    on: date
    amounts: dict[TransferKind, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    by_method: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    held: Decimal = ZERO
    on_hold: Decimal = ZERO
    balances: Decimal = ZERO

    def figures(self) -> list[Decimal]:
        return [column.of(self.amounts) for column in COLUMNS]

    def figure(self, name: str) -> Decimal:
        return next(column for column in COLUMNS if column.name == name).of(self.amounts)


@dataclass(frozen=True)
class Report:
    days: list[DayMoney]
    # How deposits came in, in these days; the methods' own words.
    methods: list[str]

    def totals(self) -> list[Decimal]:
        return [sum(column, ZERO) for column in zip(*(day.figures() for day in self.days), strict=True)]

    def losses(self) -> dict[AccountKind, Decimal]:
        """Return what was lost in these days, by name, less what came back; not what was lost before."""
        return {kind: -sum((net(day.amounts, kind) for day in self.days), ZERO) for kind in LOSSES}


def money_report(first: date, last: date) -> Report:
    """Return the money of the days from `first` to `last`, both included, in the panel's currency (F-28)."""
    assert timedelta(0) <= last - first < LONGEST
    before = DayMoney(first - timedelta(days=1))
    days = [DayMoney(first + timedelta(days=ahead)) for ahead in range((last - first).days + 1)]
    by_day = {day.on: day for day in days}
    for on, kind, method, amount in _sums(first, last):
        day = before if on is None else by_day[on]
        day.amounts[kind] += amount
        if kind == TransferKind.DEPOSIT:
            day.by_method[method or BY_HAND] += amount
    _carry(before, days)
    return Report(days, sorted({method for day in days for method in day.by_method}))


def net(amounts: Mapping[TransferKind, Decimal], account: AccountKind) -> Decimal:
    """Return by how much these sums raise the accounts of this kind.

    For an account that each kind of transfer always, or never, debits or credits.
    """
    total = ZERO
    for kind, amount in amounts.items():
        ways = ROUTES[kind]
        comes, goes = ({way[side] for way in ways} == {account} for side in (1, 0))
        total += amount * (comes - goes)
    return total


def report_rows(report: Report) -> Iterator[list[str]]:
    """Yield a table for programs: one row a day, names first, amounts with all their places."""
    methods = [f"deposits_{method}" for method in report.methods]
    names = [column.name for column in COLUMNS]
    yield ["day", *methods, *names, "held_at_end", "on_hold_at_end", "balances_at_end"]
    for day in report.days:
        amounts = [*(day.by_method[method] for method in report.methods), *day.figures()]
        yield [day.on.isoformat(), *_plain([*amounts, day.held, day.on_hold, day.balances])]


def _plain(amounts: Iterable[Decimal]) -> list[str]:
    return [f"{amount:.8f}" for amount in amounts]


def _carry(before: DayMoney, days: list[DayMoney]) -> None:
    """Carry what is held and owed from each day's end to the next."""
    held, on_hold, balances = ZERO, ZERO, ZERO
    for day in (before, *days):
        held += net(day.amounts, AccountKind.HELD)
        on_hold += net(day.amounts, AccountKind.WITHDRAWAL)
        balances += net(day.amounts, AccountKind.CUSTOMER)
        day.held, day.on_hold, day.balances = held, on_hold, balances


def _sums(first: date, last: date) -> Iterator[tuple[date | None, TransferKind, str, Decimal]]:
    """Yield the sums of each day, kind and method; everything before the first day has no day."""
    begins, ends = _start_of(first), _start_of(last + timedelta(days=1))
    with transaction.atomic(), connection.cursor() as cursor:
        # Big books take longer than a page may.
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute(
            """
            SELECT CASE WHEN transfer.created_at >= %s THEN (transfer.created_at AT TIME ZONE %s)::date END AS day,
                   transfer.kind, coalesce(payment.method, ''), sum(transfer.amount)
              FROM billing_transfer AS transfer
              LEFT JOIN billing_payment AS payment
                ON transfer.kind = 'deposit' AND payment.funding_id = transfer.funding_id
             WHERE transfer.created_at < %s
             GROUP BY 1, 2, 3
            """,
            [begins, timezone.get_default_timezone_name(), ends],
        )
        for day, kind, method, amount in cursor.fetchall():
            yield day, TransferKind(kind), method, amount


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=timezone.get_default_timezone())
