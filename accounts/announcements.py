"""Telling all customers something: a banner until it is read, and a list of what was said.

One row for everybody, however many they are; only who has read it leaves a row. Customers who joined later are not
troubled with it. It is mailed to those who asked for such mail, and is never advertising (A-05, A-37, K-49).
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import Announcement, AnnouncementRead, Notice, NoticeKind, User
from accounts.switches import MAIL, switched_on


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
        webhook_cursor=None if terms_number is None else 0,
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
    return told_to(customer).filter(standing).exclude(reads__customer=customer).order_by("level", "-pk")


def put_away(customer: User, number: int, *, now: datetime) -> None:
    """The customer has read it. Repeating it, or naming one that was not told, changes nothing."""
    if told_to(customer).filter(pk=number).exists():
        AnnouncementRead.objects.bulk_create(
            [AnnouncementRead(customer=customer, announcement_id=number, read_at=now)], ignore_conflicts=True
        )


@transaction.atomic(durable=True)
def owe_mail(*, now: datetime, limit: int = 500) -> bool:
    """Write down the mails owed to the next customers who asked for announcements by mail; False when all are (F-03).

    The cursor moves in the same transaction, so that nobody is left out or mailed twice.
    """
    owing = Announcement.objects.filter(mail_cursor__isnull=False).order_by("pk")
    announcement = owing.select_for_update(skip_locked=True).first()
    if announcement is None:
        return False
    asked = switched_on(NoticeKind.TERMS, MAIL).filter(
        pk__gt=announcement.mail_cursor, date_joined__lte=announcement.published_at
    )
    customers = list(asked.order_by("pk")[:limit])
    Notice.objects.bulk_create(
        Notice(
            customer=customer,
            kind=NoticeKind.TERMS,
            title=announcement.title,
            text=announcement.text,
            url=announcement.url,
            created_at=now,
            in_panel=False,
            mail_due_at=now,
        )
        for customer in customers
    )
    announcement.mail_cursor = customers[-1].pk if len(customers) == limit else None
    announcement.save(update_fields=["mail_cursor"])
    return True
