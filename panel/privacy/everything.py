"""What all packages keep about people, put together, and why some of it is not taken out or not erased."""

from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType

import accounts.personal
import api.personal
import billing.personal
import orders.personal
import refills.personal
import terms.personal
from accounts.keeping import ABOUT_STAFF, ErasingStep, Portion, blank
from accounts.models import User
from catalog.models import RateChange

PACKAGES = (
    accounts.personal,
    terms.personal,
    billing.personal,
    orders.personal,
    refills.personal,
    api.personal,
)

PORTIONS: tuple[Portion, ...] = tuple(portion for package in PACKAGES for portion in package.PORTIONS)


def _erase_from_log(person: User, after: int, limit: int) -> int | None:
    """What staff changed about the person stays in their log, under a number."""
    entries = LogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(User), object_id=str(person.pk)
    )
    return blank(entries, after, limit, object_repr=person.email)


STEPS: tuple[ErasingStep, ...] = (
    *(step for package in PACKAGES for step in package.ERASING),
    ErasingStep("staff_log", _erase_from_log, (LogEntry,)),
)

NOT_TAKEN_OUT: dict[Any, Any] = {LogEntry: ABOUT_STAFF, RateChange: ABOUT_STAFF}
STAYS: dict[Any, Any] = {RateChange: ABOUT_STAFF}
for _package in PACKAGES:
    NOT_TAKEN_OUT |= _package.NOT_TAKEN_OUT
    STAYS |= _package.STAYS
