"""Publishing terms: a new version, in force at once and never changed afterwards.

Its text is rendered from the same values that the rules will read. What exists already keeps the version it
was made under (A-05, K-49).
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max

from accounts.models import User
from terms.models import TermsVersion
from terms.policy import Policy
from terms.profiles import profile_named
from terms.wording import render


@transaction.atomic(durable=True)
def publish_profile(
    profile: str,
    *,
    by: User | None,
    now: datetime,
    changes: Mapping[str, object] | None = None,
    highest_bonus_percent: Decimal = Decimal(0),
) -> TermsVersion:
    """Publish a profile as the next version, with other values where `changes` names some.

    `changes` maps names to JSON values, `{"refill.min_share_percent": "15"}`; `highest_bonus_percent` is the
    largest bonus a deposit can get. Raises NoSuchProfile, PolicyInvalid or WordingInvalid; then
    nothing is stored.
    """
    ready = profile_named(profile)
    policy = _named(ready.policy.changed(changes or {}), settings.PANEL_NAME)
    policy.require_bonus_bounded(highest_bonus_percent=highest_bonus_percent)
    text = render(ready.wording, policy=policy, panel=settings.PANEL_NAME, currency=settings.PANEL_CURRENCY)
    values = policy.to_json()
    return TermsVersion.objects.create(
        number=_next_number(),
        profile=ready.name,
        text=text,
        policy=values,
        digest=digest_of(text=text, policy=values),
        published_at=now,
        published_by=by,
    )


def digest_of(*, text: str, policy: Mapping[str, object]) -> str:
    """The SHA-256 of the text, a line feed, and the policy as compact JSON with sorted keys."""
    values = json.dumps(policy, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{text}\n{values}".encode()).hexdigest()


def _named(policy: Policy, panel: str) -> Policy:
    """Put the panel's name into the disclaimer, which profiles write as `{panel}`."""
    disclaimer = policy.ui.disclaimer.replace("{panel}", panel)
    return policy.changed({"ui.disclaimer": disclaimer})


def _next_number() -> int:
    """The number after the last, with the table locked, so that two publishers get two numbers in a row."""
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE terms_termsversion IN SHARE ROW EXCLUSIVE MODE")
    last: int | None = TermsVersion.objects.aggregate(last=Max("number"))["last"]
    return (last or 0) + 1
