"""How a mail looks: one notice, or many about orders in one; as plain text and as simple HTML.

Each says where the customer chooses what is mailed, and lets a mail program switch its kind off by one click.
"""

from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import urlsplit

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Notice, NoticeKind, User
from accounts.switches import HABITS, MAIL

_STOP = signing.Signer(salt="accounts.letters.stop")


@dataclass(frozen=True)
class Letter:
    """The notices of one mail: so many of them are listed, the count says how many there are."""

    MOST_LISTED: ClassVar = 20
    customer: User
    notices: tuple[Notice, ...]
    count: int


def compose(letter: Letter, *, to: str) -> EmailMultiAlternatives:
    """Write the mail. The same notices give the same Message-ID, so that a mail sent twice can be seen as one."""
    first = letter.notices[0]
    title = first.title if letter.count == 1 else _("%(count)d orders have ended") % {"count": letter.count}
    words = {
        "title": title,
        "notices": [(notice, _absolute(notice.url)) for notice in letter.notices],
        "more": letter.count - len(letter.notices),
        "all_url": _absolute(reverse("notice_list")),
        "switches_url": _absolute(reverse("notice_switches")),
        "panel_name": settings.PANEL_NAME,
        "panel_url": settings.PANEL_URL,
    }
    host = urlsplit(settings.PANEL_URL).hostname or "localhost"
    headers = {
        "Message-ID": f"<notice-{first.pk}-{letter.count}@{host}>",
        "Auto-Submitted": "auto-generated",
    }
    if not any(MAIL in HABITS[NoticeKind(notice.kind)].fixed for notice in letter.notices):
        headers["List-Unsubscribe"] = f"<{_absolute(_stop_page(letter))}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail = EmailMultiAlternatives(
        subject=settings.ACCOUNT_EMAIL_SUBJECT_PREFIX + " ".join(title.split()),
        body=render_to_string("accounts/mail/notices.txt", words),
        to=[to],
        headers=headers,
    )
    mail.attach_alternative(render_to_string("accounts/mail/notices.html", words), "text/html")
    return mail


def stopped_by(token: str) -> tuple[User, set[NoticeKind]] | None:
    """Read whose mails of which kinds a mail's token switches off; None when it is no token of ours."""
    try:
        number, *kinds = _STOP.unsign(token).split("-")
    except signing.BadSignature:
        return None
    customer = User.objects.filter(pk=number).first()
    return (customer, {NoticeKind(kind) for kind in kinds}) if customer else None


def _stop_page(letter: Letter) -> str:
    kinds = sorted({notice.kind for notice in letter.notices})
    return reverse("notice_mail_stop", args=[_STOP.sign("-".join([str(letter.customer.pk), *kinds]))])


def _absolute(path: str) -> str:
    return settings.PANEL_URL.rstrip("/") + path if path else ""
