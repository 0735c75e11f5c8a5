"""Telling a customer something: a row in the panel, and a mail owed where the customer wants one.

A notice is written in the transaction of what it tells, so that neither exists without the other. Mails about orders
wait a little, so that many of them become one.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import Notice, NoticeKind, User
from accounts.switches import MAIL, PANEL, wants

# A reseller's orders end by the hundred: their mails wait for each other.
GATHERED = frozenset({NoticeKind.ORDER_FINISHED, NoticeKind.PROGRAM_ORDER_FINISHED, NoticeKind.ORDER_PARTIAL})
GATHER_FOR = timedelta(minutes=2)
MOST_COUNTED = 99


def notify(
    *, customer: User, kind: NoticeKind, title: str, text: str, url: str = "", now: datetime
) -> Notice | None:
    """Tell the customer, by the ways the customer wants; None when there is no such way (F-24, K-24).

    Needs the transaction of what is told. Costs one insert and no query. `url` is a path of this panel.
    """
    assert transaction.get_connection().in_atomic_block
    if customer.erased_at:
        return None
    in_panel, by_mail = wants(customer, kind, PANEL), wants(customer, kind, MAIL)
    if not in_panel and not by_mail:
        return None
    wait = GATHER_FOR if kind in GATHERED else timedelta(0)
    return Notice.objects.create(
        customer=customer,
        kind=kind,
        title=title[:160],
        text=text,
        url=url,
        created_at=now,
        in_panel=in_panel,
        mail_due_at=now + wait if by_mail else None,
    )


def notices_of(customer: User) -> QuerySet[Notice]:
    """The notices that the panel shows this customer, newest first."""
    return Notice.objects.filter(customer=customer, in_panel=True).order_by("-pk")


def unread_of(customer: User) -> QuerySet[Notice]:
    return notices_of(customer).filter(read_at=None)


def unread_count(customer: User) -> int:
    """How many notices wait to be read; one more than MOST_COUNTED stands for any larger number."""
    return unread_of(customer).order_by()[: MOST_COUNTED + 1].count()


def mark_read(customer: User, *, now: datetime, number: int | None = None, up_to: int | None = None) -> int:
    """Mark one notice read, or all up to a number. Returns how many were unread; others' notices stay as they are."""
    unread = Notice.objects.filter(customer=customer, in_panel=True, read_at=None)
    if number is not None:
        unread = unread.filter(pk=number)
    if up_to is not None:
        unread = unread.filter(pk__lte=up_to)
    return unread.update(read_at=now)
