"""Telling a customer what changed about the way in: password, addresses, keys. It cannot be switched off.

Whoever reads it and did not do it oneself, knows that somebody else can come in (A-38, R-16). So that there is time
to read it, no money leaves for some hours after a change of the password, an address, or a key that may
move money.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as translate
from django.utils.translation import gettext_lazy as _

from accounts.models import NoticeKind, User
from accounts.notices import notify

EMAIL_ADDED = "email_added"
KEY_MADE = "key_made"
KEY_REPLACED = "key_replaced"
WEBHOOK_MADE = "webhook_made"

# What changed, as its title, and the page where it can be undone.
CHANGES: dict[str, tuple[str | Promise, str]] = {
    "password_changed": (_("Your password was changed"), "account_change_password"),
    "password_set": (_("Your password was changed"), "account_change_password"),
    "password_reset": (_("Your password was set anew by mail"), "account_change_password"),
    "email_changed": (_("Your e-mail address was changed"), "account_email"),
    "email_deleted": (_("An e-mail address was removed"), "account_email"),
    EMAIL_ADDED: (_("An e-mail address was added"), "account_email"),
    KEY_MADE: (_("A new API key was made"), "api_key_list"),
    KEY_REPLACED: (_("An API key was replaced by a new one"), "api_key_list"),
    WEBHOOK_MADE: (_("A new webhook was made"), "webhook_list"),
}


@transaction.atomic
def tell_change(customer: User, change: str, *, now: datetime, pauses: bool = True) -> None:
    """Tell that the way in was changed, and let no money leave for a while where it `pauses` (A-38, R-16).

    What is not in CHANGES is not told.
    """
    if change not in CHANGES:
        return
    title, page = CHANGES[change]
    text = translate("If this was not you, change your password at once and revoke the keys you do not know.")
    if pauses:
        User.objects.filter(pk=customer.pk).update(credentials_changed_at=now)
        customer.credentials_changed_at = now
        text = f"{text} {_pause_told()}".strip()
    notify(
        customer=customer,
        kind=NoticeKind.SECURITY,
        title=str(title),
        text=text,
        url=reverse(page),
        now=now,
    )


def paused_until(customer: User, *, now: datetime) -> datetime | None:
    """Return until when nothing is withdrawn, or None; the last second of the pause is before it (A-38, R-16)."""
    changed = customer.credentials_changed_at
    until = changed + _pause() if changed else None
    return until if until and now < until else None


def _pause() -> timedelta:
    return timedelta(hours=settings.PANEL_WITHDRAWAL_PAUSE_HOURS)


def _pause_told() -> str:
    hours = settings.PANEL_WITHDRAWAL_PAUSE_HOURS
    said = translate("No money leaves your account for the next %(hours)d hours.")
    return said % {"hours": hours} if hours else ""
