"""Sending the mails that are owed: each at least once, none forgotten, none to an address that nobody confirmed.

Claiming a mail moves its due time onwards, and is committed before anything is sent: when the worker dies, the mail
is due again later. Mails about orders that ended become one, and there is not more than one in an hour.
"""

import logging
import smtplib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import F, Max, QuerySet

from accounts.letters import Letter, compose
from accounts.models import Notice, User
from accounts.notices import GATHERED
from accounts.states import AccountState

# Longer than a call to a mail server may last.
FIRST_WAIT = timedelta(minutes=2)
LONGEST_WAIT = timedelta(hours=1)
GIVE_UP_AFTER = timedelta(days=5)
# However many orders of a reseller end.
DIGEST_EVERY = timedelta(hours=1)
FINAL_NO = 500

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Claimed:
    """What one mail will tell, taken by this worker."""

    customer: User
    numbers: tuple[int, ...]
    first: Notice


def send_next(server: BaseEmailBackend, *, clock: Callable[[], datetime]) -> bool:
    """Send the mail that has waited longest; False when none is due, or the mail server is away (F-24).

    Calls the outside, so no transaction may be open. The final no of a recipient's server ends a mail at once; what
    else goes wrong is tried again, later each time, for five days.
    """
    assert not transaction.get_connection().in_atomic_block
    claimed = claim_next(now=clock())
    if claimed is None:
        return False
    address = address_of(claimed.customer)
    if not address:
        _give_up(claimed, "no confirmed address", now=clock())
        return True
    try:
        server.open()
        server.send_messages([compose(_letter(claimed), to=address)])
    except smtplib.SMTPRecipientsRefused as refused:
        code, words = next(iter(refused.recipients.values()))
        _failed(claimed, f"{code} {words!r}", final=code >= FINAL_NO, now=clock())
    except (smtplib.SMTPDataError, smtplib.SMTPSenderRefused) as refused:
        _failed(claimed, str(refused), final=False, now=clock())
    except (smtplib.SMTPException, OSError) as failure:
        log.warning("The mail server takes no mail: %s", failure)
        _failed(claimed, str(failure), final=False, now=clock())
        return False
    else:
        _owed(claimed).update(mail_due_at=None, mailed_at=clock(), mail_words="")
    return True


def mail_again(numbers: list[int], *, now: datetime) -> int:
    """Owe the mails of these notices once more, where they were given up. Returns how many."""
    given_up = Notice.objects.filter(pk__in=numbers, mail_gave_up_at__isnull=False)
    return given_up.update(mail_gave_up_at=None, mail_due_at=now, mail_attempts=0)


def address_of(customer: User) -> str:
    """Return where the customer confirmed to get mail; nothing for whoever has left (A-37)."""
    if customer.state == AccountState.CLOSED:
        return ""
    confirmed = EmailAddress.objects.filter(user=customer, verified=True).order_by("-primary")
    return confirmed.values_list("email", flat=True).first() or ""


@transaction.atomic(durable=True)
def claim_next(*, now: datetime) -> Claimed | None:
    """Take the mail that has waited longest, with all that goes into it, and commit that it is being sent."""
    while first := _due(now).select_related("customer").first():
        gathered = _gathered(first, now=now)
        quiet_until = _quiet_until(first)
        if first.kind in GATHERED and quiet_until > now:
            Notice.objects.filter(pk__in=gathered).update(mail_due_at=quiet_until)
            continue
        wait = min(FIRST_WAIT * 2 ** min(first.mail_attempts, 16), LONGEST_WAIT)
        Notice.objects.filter(pk__in=gathered).update(
            mail_due_at=now + wait, mail_attempts=F("mail_attempts") + 1
        )
        return Claimed(first.customer, gathered, first)
    return None


def _due(now: datetime) -> QuerySet[Notice]:
    due = Notice.objects.filter(mail_due_at__lte=now).order_by("mail_due_at", "pk")
    return due.select_for_update(skip_locked=True, of=("self",))


def _gathered(first: Notice, *, now: datetime) -> tuple[int, ...]:
    """The numbers of what goes into one mail; what another worker holds goes into another one."""
    if first.kind not in GATHERED:
        return (first.pk,)
    others = Notice.objects.filter(customer=first.customer_id, kind__in=GATHERED, mail_due_at__isnull=False)
    # What was tried before and failed waits for its own turn: it may be on the wire just now.
    fresh = others.filter(mail_attempts=0) | others.filter(mail_due_at__lte=now)
    return tuple(fresh.select_for_update(skip_locked=True).order_by("pk").values_list("pk", flat=True))


def _quiet_until(first: Notice) -> datetime:
    """Until when this customer gets no further mail about orders."""
    mailed = Notice.objects.filter(
        customer=first.customer_id, kind__in=GATHERED, mailed_at__isnull=False
    ).aggregate(last=Max("mailed_at"))
    last: datetime | None = mailed["last"]
    return last + DIGEST_EVERY if last else first.created_at


def _letter(claimed: Claimed) -> Letter:
    listed = Notice.objects.filter(pk__in=claimed.numbers[: Letter.MOST_LISTED]).order_by("pk")
    return Letter(claimed.customer, tuple(listed), len(claimed.numbers))


def _owed(claimed: Claimed) -> QuerySet[Notice]:
    return Notice.objects.filter(pk__in=claimed.numbers, mail_due_at__isnull=False)


def _failed(claimed: Claimed, words: str, *, final: bool, now: datetime) -> None:
    if final or (claimed.first.mail_attempts and now - claimed.first.created_at > GIVE_UP_AFTER):
        _give_up(claimed, words, now=now)
    else:
        _owed(claimed).update(mail_words=words[:300])


def _give_up(claimed: Claimed, words: str, *, now: datetime) -> None:
    _owed(claimed).update(mail_due_at=None, mail_gave_up_at=now, mail_words=words[:300])
