"""What every page shows: the panel's name, the terms in force, a customer's balance, and what is news."""

from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from accounts.announcements import banners_for
from accounts.models import User
from accounts.notices import unread_count
from accounts.standing import contact, refusal_of
from accounts.states import Deed
from billing.ledger import balance_of
from billing.offering import has_door
from terms.models import TermsVersion
from terms.versions import newest_version

MOST_BANNERS = 2


def customer(request: HttpRequest) -> dict[str, Any]:
    # Templates call what is callable, so a page asks the database only for what it shows, and once.
    version = cache(newest_version)
    facts: dict[str, Any] = {
        "panel_name": settings.PANEL_NAME,
        "currency": settings.PANEL_CURRENCY,
        "contact": contact(),
        "contact_url": settings.PANEL_CONTACT,
        "terms_version": version,
        "disclaimer": lambda: (in_force := version()) and in_force.rules.ui.disclaimer,
    }
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        facts["standing"] = refusal_of(user, Deed.ORDER)
        facts["balance"] = cache(lambda: balance_of(user))
        # No link where the terms know no withdrawals and nothing is left from others.
        facts["withdraws"] = cache(lambda: _withdraws(user, version()))
        facts["unread_notices"] = cache(lambda: unread_count(user))
        facts["banners"] = cache(lambda: list(banners_for(user, now=timezone.now())[:MOST_BANNERS]))
    return facts


def _withdraws(user: User, version: TermsVersion | None) -> bool:
    in_force = version is not None and version.rules.withdrawal.enabled
    return in_force or has_door(user, now=timezone.now())
