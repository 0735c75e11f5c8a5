"""Telling a customer what changed about the way in: password, addresses, keys. It cannot be switched off.

Whoever reads it and did not do it oneself, knows that somebody else can come in (A-38, R-16).
"""

from datetime import datetime

from django.db import transaction
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as translate
from django.utils.translation import gettext_lazy as _

from accounts.models import NoticeKind, User
from accounts.notices import notify

KEY_MADE = "key_made"
KEY_REPLACED = "key_replaced"

# What changed, as its title, and the page where it can be undone.
CHANGES: dict[str, tuple[str | Promise, str]] = {
    "password_changed": (_("Your password was changed"), "account_change_password"),
    "password_set": (_("Your password was changed"), "account_change_password"),
    "password_reset": (_("Your password was set anew by mail"), "account_change_password"),
    "email_changed": (_("Your e-mail address was changed"), "account_email"),
    "email_deleted": (_("An e-mail address was removed"), "account_email"),
    KEY_MADE: (_("A new API key was made"), "api_key_list"),
    KEY_REPLACED: (_("An API key was replaced by a new one"), "api_key_list"),
}


@transaction.atomic
def tell_change(customer: User, change: str, *, now: datetime) -> None:
    """Tell that the way in was changed; what is not in CHANGES is not told."""
    if change not in CHANGES:
        return
    title, page = CHANGES[change]
    notify(
        customer=customer,
        kind=NoticeKind.SECURITY,
        title=str(title),
        text=translate(
            "If this was not you, change your password at once and revoke the keys you do not know."
        ),
        url=reverse(page),
        now=now,
    )
