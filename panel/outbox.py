"""The demo's mails: nothing leaves this machine, every mail becomes a file, and the owner can read them here.

There is no such page where mails are really sent: they are nobody's business but the recipient's.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from itertools import islice
from pathlib import Path

from django.conf import settings

FILE_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
MOST_SHOWN = 100
BETWEEN = b"\n" + b"-" * 79 + b"\n"


@dataclass(frozen=True)
class WrittenMail:
    at: datetime | None
    to: str
    subject: str
    text: str


def has_outbox() -> bool:
    """Whether mails are written to files here instead of being sent."""
    return bool(settings.EMAIL_BACKEND == FILE_BACKEND)


def newest_mails() -> list[WrittenMail]:
    """Return the mails written last, newest first."""
    return list(islice(_mails(Path(getattr(settings, "EMAIL_FILE_PATH", ""))), MOST_SHOWN))


def _mails(folder: Path) -> Iterator[WrittenMail]:
    # The files are named after the moment at which they were begun.
    for path in sorted(folder.glob("*.log"), reverse=True):
        for written in reversed(path.read_bytes().split(BETWEEN)):
            if written.strip():
                yield _read(written)


def _read(written: bytes) -> WrittenMail:
    mail = message_from_bytes(written.lstrip(), _class=EmailMessage, policy=policy.default)
    body = mail.get_body(preferencelist=("plain",))
    date = mail["Date"]
    return WrittenMail(
        at=parsedate_to_datetime(str(date)) if date else None,
        to=str(mail["To"] or ""),
        subject=str(mail["Subject"] or ""),
        text=body.get_content() if body else "",
    )
