"""Telling all customers something: a banner until it is read, and a list of what was said.

One row for everybody, however many they are; only who has read it leaves a row. Customers who joined later are not
troubled with it. It is mailed to those who asked for such mail, and is never advertising (A-05, A-37, K-49).
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import Announcement, AnnouncementRead, User


def announce(
    *,
    title: str,
    text: str,
    url: str = "",
    by: User | None,
    now: datetime,
    level: str = Announcement.Level.INFO,
    terms_number: int | None = None,
    ends_at: datetime | None = None,
) -> Announcement:
    """Say something to every customer there is, at once (F-03, R-12). Needs a transaction; costs one insert.

    `url` is a path of this panel; `by` is None when the machine speaks.
    """
    assert transaction.get_connection().in_atomic_block
    return Announcement.objects.create(
        title=title[:160],
        text=text,
        url=url,
        level=level,
        terms_number=terms_number,
        published_at=now,
        published_by=by,
        ends_at=ends_at,
        mail_cursor=0,
    )


def end(announcement: Announcement, *, now: datetime) -> bool:
    """Take an announcement down. False when it has ended already."""
    going_on = Announcement.objects.filter(pk=announcement.pk).filter(Q(ends_at=None) | Q(ends_at__gt=now))
    return bool(going_on.update(ends_at=now, mail_cursor=None))


def told_to(customer: User) -> QuerySet[Announcement]:
    """Everything said to this customer since joining, newest first, each with `is_read`."""
    reads = AnnouncementRead.objects.filter(announcement=OuterRef("pk"), customer=customer)
    said = Announcement.objects.filter(published_at__gte=customer.date_joined)
    return said.annotate(is_read=Exists(reads)).order_by("-pk")


def banners_for(customer: User, *, now: datetime) -> QuerySet[Announcement]:
    """What still stands and was not put away, the newest of the important ones first."""
    standing = Q(ends_at=None) | Q(ends_at__gt=now)
    return told_to(customer).filter(standing, is_read=False).order_by("level", "-pk")


def put_away(customer: User, number: int, *, now: datetime) -> None:
    """The customer has read it. Repeating it, or naming one that was not told, changes nothing."""
    if told_to(customer).filter(pk=number).exists():
        AnnouncementRead.objects.bulk_create(
            [AnnouncementRead(customer=customer, announcement_id=number, read_at=now)], ignore_conflicts=True
        )
