"""Fills a throwaway panel with very many orders of one customer, through the ledger's own triggers.

Rows are copies of one real order with other numbers, so they are as consistent as that; `verify_ledger` proves it.
"""
# The statements are put together from our own words and column names only.
# ruff: noqa: S608

from datetime import datetime
from decimal import Decimal
from uuid import uuid4

from django.db import connection, models, transaction

from accounts.models import User
from billing import ledger
from billing.funding import give_funding
from billing.models import Funding
from billing.routes import AccountKind
from catalog.models import Service
from orders.asking import OrderRequest
from orders.models import Channel, Order, Submission
from orders.placing import place_order

# Every transfer locks its order until the commit, and there is room for some thousands of locks.
BATCH = 1_000
# Shares of it are whole.
QUANTITY = 400
# Of a hundred orders.
PARTIAL, CANCELLED = 6, 3

_STATE = f"""CASE WHEN mod(n, 100) < {PARTIAL} THEN 'partial'
                  WHEN mod(n, 100) < {PARTIAL + CANCELLED} THEN 'cancelled' ELSE 'completed' END"""
_SHARE = f"""CASE WHEN mod(n, 100) < {PARTIAL} THEN 0.25
                  WHEN mod(n, 100) < {PARTIAL + CANCELLED} THEN 1 ELSE 0 END"""
_AT = "now() - (%(count)s - n + 600) * interval '40 seconds'"
_ORDER = {
    "request_id": "'bench-' || n",
    "link": "'https://www.instagram.com/bench_' || n",
    "target_key": "'instagram:profile:bench_' || n",
    "counter_key": "'instagram:profile:bench_' || n || ':followers'",
    "placed_at": _AT,
    "state": _STATE,
    "remains": f"(quantity * {_SHARE})::bigint",
    "refunded": f"charge * {_SHARE}",
    "earned": f"charge - charge * {_SHARE}",
    "ending": _STATE,
    "start_count": "mod(n, 5000)",
    "started_at": f"{_AT} + interval '10 minutes'",
    "closed_at": f"{_AT} + interval '3 hours'",
    "check_at": "NULL",
}
_SUBMISSION = {
    "order_id": "o.id",
    "state": "'accepted'",
    "due_at": "o.placed_at",
    "sent_at": "o.placed_at",
    "answered_at": "o.placed_at",
    "attempts": "1",
    "external_id": "'bench-' || o.id",
}
_MOVEMENTS = """
    SELECT o.id, 'charge' AS kind, 'order:' || o.id || ':charge' AS reference, o.charge AS amount,
           %(mine)s AS debit, %(held)s AS credit, o.placed_at AS at, 1 AS place
      FROM orders_order o WHERE o.id = ANY(%(ids)s)
    UNION ALL
    SELECT o.id, 'refund', 'order:' || o.id || ':refund:' || trim_scale(o.refunded), o.refunded,
           %(held)s, %(mine)s, o.closed_at, 2 FROM orders_order o WHERE o.id = ANY(%(ids)s) AND o.refunded > 0
    UNION ALL
    SELECT o.id, 'earning', 'order:' || o.id || ':earning:' || trim_scale(o.earned), o.earned,
           %(held)s, %(revenue)s, o.closed_at, 3 FROM orders_order o WHERE o.id = ANY(%(ids)s) AND o.earned > 0
"""


def fill(customer: User, service: Service, *, count: int, now: datetime) -> None:
    """Give the customer one real order, and so many ended ones like it with submissions and transfers."""
    give_funding(
        customer=customer,
        kind=Funding.Kind.DEPOSIT,
        cash=Decimal(10_000_000),
        bonus=Decimal(0),
        reason="for the bench",
        given_by=None,
        request_id=uuid4(),
        now=now,
    )
    template = _real_order(customer, service, now=now)
    accounts = {
        "mine": ledger.customer_account(customer).pk,
        "held": ledger.house_account(AccountKind.HELD).pk,
        "revenue": ledger.house_account(AccountKind.REVENUE).pk,
    }
    for first in range(1, count + 1, BATCH):
        _fill_batch(template, accounts, first=first, last=min(first + BATCH - 1, count), count=count)


def _real_order(customer: User, service: Service, *, now: datetime) -> Order:
    request = OrderRequest(
        service_id=service.pk,
        link=f"https://www.instagram.com/bench_{customer.pk}_template",
        request_id="bench-template",
        channel=Channel.API,
        quantity=QUANTITY,
    )
    return place_order(customer=customer, request=request, now=now)


@transaction.atomic
def _fill_batch(template: Order, accounts: dict[str, int], *, first: int, last: int, count: int) -> None:
    numbers = {"first": first, "last": last, "count": count, "template": template.pk}
    with connection.cursor() as cursor:
        cursor.execute(
            f"{_copy_of(Order, _ORDER)} FROM orders_order copied, generate_series(%(first)s, %(last)s) n "
            "WHERE copied.id = %(template)s ORDER BY n RETURNING id",
            numbers,
        )
        ids = [row[0] for row in cursor.fetchall()]
        cursor.execute(
            f"{_copy_of(Submission, _SUBMISSION)} FROM orders_submission copied, orders_order o "
            "WHERE copied.order_id = %(template)s AND o.id = ANY(%(ids)s)",
            {"template": template.pk, "ids": ids},
        )
        cursor.execute(
            "INSERT INTO billing_transfer "
            "(reference, kind, debit_id, credit_id, amount, order_number, note, created_at) "
            f"SELECT reference, kind, debit, credit, amount, id, '', at FROM ({_MOVEMENTS}) m ORDER BY id, place",
            {**accounts, "ids": ids},
        )


def _copy_of(model: type[models.Model], other: dict[str, str]) -> str:
    """INSERT … SELECT of every column but the number and what is computed: as it is, or as `other` says."""
    fields = [field for field in model._meta.concrete_fields if not field.primary_key and not field.generated]
    columns = [str(field.column) for field in fields]
    quoted = ", ".join(f'"{column}"' for column in columns)
    values = [other.get(column, f'copied."{column}"') for column in columns]
    return f"INSERT INTO {model._meta.db_table} ({quoted}) SELECT {', '.join(values)}"
