"""Staff look at people: who looked at whom is kept, and what was taken out of the panel as a list.

The log answers the question of a customer who asks who has seen their data. Nobody changes it.
"""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import QuerySet

from accounts.models import Look, User
from accounts.spreadsheets import safe_text

LONGEST_FILTER = 500


def record_look(*, staff: User, customer: User, now: datetime) -> Look | None:
    """Write down that somebody opened a person's page; looking at oneself is no look (A-36, R-16)."""
    if staff.pk == customer.pk:
        return None
    return Look.objects.create(staff=staff, customer=customer, page=Look.Page.PERSON, at=now)


def record_export(*, staff: User, filter: str, count: int, now: datetime) -> Look:
    """Write down who took a list of people, chosen how, and how many it held (A-38)."""
    return Look.objects.create(
        staff=staff, page=Look.Page.EXPORT, filter=filter[:LONGEST_FILTER], count=count, at=now
    )


def people_rows(people: QuerySet[User]) -> Iterator[tuple[str, ...]]:
    """The list of people as it leaves the panel, with its headings."""
    yield ("email", "state", "works_here", "discount_percent", "joined", "last_sign_in")
    for person in people.order_by("pk").iterator():
        yield (
            safe_text(person.email),
            person.state,
            "yes" if person.is_staff else "no",
            str(person.discount_percent),
            person.date_joined.isoformat(),
            person.last_login.isoformat() if person.last_login else "",
        )
