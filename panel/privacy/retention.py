"""What has been kept long enough is forgotten, as the terms promise.

How long traces of a network address are kept is `privacy.ip_log_days`: the smallest number among the version in force
and every version that anybody accepted, so that a new version never weakens what was promised before.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models import Exists, Max, OuterRef, Q, QuerySet

from accounts.keeping import blank, remove
from accounts.models import (
    AnnouncementRead,
    ApiKey,
    Notice,
    SignIn,
    WebhookEndpoint,
    WebhookMessage,
    WebhookState,
)
from orders.models import Sighting, TargetReached
from panel.outbox import has_outbox
from panel.privacy.erasing import begin_again
from terms.models import Acceptance, TermsVersion
from terms.personal import NO_TRACES, WITH_TRACES

NOTICES_KEPT = timedelta(days=365)
MAILS_KEPT = timedelta(days=30)
# Delivered or not: what a program did not take for so long it can read from the API.
WEBHOOKS_KEPT = timedelta(days=30)
ROWS = 1000
"""Of each kind in one go; the next go takes the next."""


def keep_retention(*, now: datetime, most: int = 100) -> dict[str, int]:
    """Forget what is old, in pieces. Returns what was forgotten, and how much of it (R-16, A-36, K-83).

    At most so many pieces of each kind, so that one run does not take all night; tomorrow's goes on.
    """
    traces = now - timedelta(days=address_days())
    notices = now - NOTICES_KEPT
    seen_networks = ApiKey.objects.filter(last_used_at__lt=traces).exclude(last_used_network="")
    old_acceptances = Acceptance.objects.filter(WITH_TRACES, accepted_at__lt=traces)
    completed_by_it = Exists(TargetReached.objects.filter(sighting=OuterRef("pk")))
    looks_for_nothing = Sighting.objects.filter(~completed_by_it, order=None, seen_at__lt=traces)
    return {
        "sign_ins": _in_pieces(SignIn.objects.filter(at__lt=traces), most),
        "api_key_networks": _in_pieces(seen_networks, most, last_used_network=""),
        "acceptances": _in_pieces(old_acceptances, most, **NO_TRACES),
        "sightings_without_order": _in_pieces(looks_for_nothing, most),
        "notices": _in_pieces(Notice.objects.filter(read_at__lt=notices), most),
        "announcements_read": _in_pieces(
            AnnouncementRead.objects.filter(read_at__lt=notices, announcement__ends_at__lt=notices), most
        ),
        "webhook_messages": _in_pieces(
            WebhookMessage.objects.filter(created_at__lt=now - WEBHOOKS_KEPT), most
        ),
        "webhooks_removed": _in_pieces(
            WebhookEndpoint.objects.filter(state=WebhookState.REMOVED, messages=None), most
        ),
        "sessions": _old_sessions(now),
        "mail_files": _old_mail_files(now - MAILS_KEPT),
        "erasures_again": begin_again(now=now),
    }


def address_days() -> int:
    """How many days traces of network addresses are kept (A-36, A-37, K-83, K-84)."""
    accepted = Exists(Acceptance.objects.filter(version=OuterRef("pk")))
    newest = TermsVersion.objects.aggregate(number=Max("number"))["number"]
    promised = TermsVersion.objects.filter(accepted | Q(pk=newest)).defer("text", "wording")
    return min((version.rules.privacy.ip_log_days for version in promised), default=90)


def _in_pieces(rows: QuerySet[Any], most: int, **values: str) -> int:
    """Blank the rows where there are values to give them, else delete them; returns how many."""
    after: int | None = 0
    done = 0
    for _piece in range(most):
        if after is None:
            break
        done += rows.filter(pk__gt=after).order_by("pk")[:ROWS].count()
        after = blank(rows, after, ROWS, **values) if values else remove(rows, after, ROWS)
    return done


def _old_sessions(now: datetime) -> int:
    old = Session.objects.filter(expire_date__lt=now)
    return old.delete()[0]


def _old_mail_files(before: datetime) -> int:
    """Where mails are written to files, these hold addresses and links."""
    files = list(_mail_files(before)) if has_outbox() else []
    for file in files:
        file.unlink(missing_ok=True)
    return len(files)


def _mail_files(before: datetime) -> Iterator[Path]:
    for file in Path(getattr(settings, "EMAIL_FILE_PATH", "")).glob("*.log"):
        if file.is_file() and file.stat().st_mtime < before.timestamp():
            yield file
