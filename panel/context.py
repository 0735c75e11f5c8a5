"""What every page shows: the panel's name, the terms in force, and a signed-in customer's balance."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from billing.ledger import balance_of
from terms.models import TermsVersion


def customer(request: HttpRequest) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "panel_name": settings.PANEL_NAME,
        "currency": settings.PANEL_CURRENCY,
        "terms_version": SimpleLazyObject(lambda: TermsVersion.objects.order_by("-number").first()),
    }
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        facts["balance"] = SimpleLazyObject(lambda: balance_of(user))
    return facts
