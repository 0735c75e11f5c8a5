"""What every page shows: the panel's name, the terms in force, and a signed-in customer's balance."""

from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from billing.ledger import balance_of
from terms.versions import newest_version


def customer(request: HttpRequest) -> dict[str, Any]:
    # Templates call what is callable, so a page asks the database only for what it shows, and once.
    version = cache(newest_version)
    facts: dict[str, Any] = {
        "panel_name": settings.PANEL_NAME,
        "currency": settings.PANEL_CURRENCY,
        "terms_version": version,
        "disclaimer": lambda: (in_force := version()) and in_force.rules.ui.disclaimer,
    }
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        facts["balance"] = cache(lambda: balance_of(user))
    return facts
