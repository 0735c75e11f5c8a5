"""Publishing terms: a new version, in force at once and never changed afterwards.

Its text is rendered from the same values that the rules will read. What exists already keeps the version it
was made under (A-05, K-49). Everybody is told what changed, by the same act.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.announcements import announce
from accounts.models import User
from accounts.refusals import Refusal
from terms.comparing import changes_between, summary_of
from terms.models import TermsDraft, TermsVersion
from terms.policy import Policy
from terms.profiles import profile_named
from terms.versions import newest_version
from terms.wording import render


class NumberChanged(Refusal):
    code = "number_changed"
    sentence = _(
        "The next version has the number %(number)s, not %(typed)s. Look at the differences and type it again."
    )


@transaction.atomic(durable=True)
def publish_profile(
    profile: str,
    *,
    by: User | None,
    now: datetime,
    changes: Mapping[str, object] | None = None,
    highest_bonus_percent: Decimal = Decimal(0),
) -> TermsVersion:
    """Publish a profile as the next version, with other values where `changes` names some (A-05, K-49).

    `changes` maps names to JSON values, `{"refill.min_share_percent": "15"}`; `highest_bonus_percent` is the
    largest bonus a deposit can get. Raises NoSuchProfile, PolicyInvalid or WordingInvalid; then
    nothing is stored.
    """
    ready = profile_named(profile)
    policy = named(ready.policy.changed(changes or {}))
    policy.require_bonus_bounded(highest_bonus_percent=highest_bonus_percent)
    _let_nobody_publish()
    return _publish(ready.name, policy, ready.wording, by=by, now=now)


@transaction.atomic(durable=True)
def publish_draft(
    draft_id: int,
    *,
    number: int,
    by: User,
    now: datetime,
    highest_bonus_percent: Decimal = Decimal(0),
) -> TermsVersion:
    """Publish a draft as version `number`, in force at once; the draft is used up by it (A-05, K-49).

    Raises NumberChanged when somebody else published meanwhile, PolicyInvalid or WordingInvalid; then nothing is
    stored and the draft stays. Raises TermsDraft.DoesNotExist when it was published or deleted meanwhile.
    """
    draft = TermsDraft.objects.select_for_update().get(pk=draft_id)
    policy = named(Policy.from_json(draft.policy))
    policy.require_bonus_bounded(highest_bonus_percent=highest_bonus_percent)
    _let_nobody_publish()
    if number != next_number():
        raise NumberChanged(number=next_number(), typed=number)
    version = _publish(draft.profile, policy, draft.wording, by=by, now=now)
    draft.delete()
    return version


def text_of(wording: str, *, policy: Policy) -> str:
    """Return the text that this wording and these values make here (R-12); raises WordingInvalid."""
    return render(wording, policy=policy, panel=settings.PANEL_NAME, currency=settings.PANEL_CURRENCY)


def digest_of(*, text: str, policy: Mapping[str, object]) -> str:
    """The SHA-256 that stands for a version: change a letter or a number, and it is another one (R-12)."""
    return hashlib.sha256(digested(text=text, policy=policy)).hexdigest()


def digested(*, text: str, policy: Mapping[str, object]) -> bytes:
    """What the digest is made of: the text, a line feed, and the policy as compact JSON with sorted keys."""
    values = json.dumps(policy, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return f"{text}\n{values}".encode()


def named(policy: Policy) -> Policy:
    """Put the panel's name into the disclaimer, which profiles write as `{panel}`."""
    disclaimer = policy.ui.disclaimer.replace("{panel}", settings.PANEL_NAME)
    return policy.changed({"ui.disclaimer": disclaimer})


def next_number() -> int:
    """The number after the last: certain only while nobody else can publish."""
    last: int | None = TermsVersion.objects.aggregate(last=Max("number"))["last"]
    return (last or 0) + 1


def _let_nobody_publish() -> None:
    """Lock the table until the commit, so that two publishers get two numbers in a row."""
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE terms_termsversion IN SHARE ROW EXCLUSIVE MODE")


def _publish(profile: str, policy: Policy, wording: str, *, by: User | None, now: datetime) -> TermsVersion:
    text, values = text_of(wording, policy=policy), policy.to_json()
    former = newest_version()
    version = TermsVersion.objects.create(
        number=next_number(),
        profile=profile,
        text=text,
        wording=wording,
        policy=values,
        digest=digest_of(text=text, policy=values),
        published_at=now,
        published_by=by,
    )
    if former:
        _announce(former, version, by=by, now=now)
    return version


def _announce(former: TermsVersion, version: TermsVersion, *, by: User | None, now: datetime) -> None:
    """Tell everybody what changed. The first version has nobody to tell: without terms nobody can join."""
    changes = changes_between(former.rules, former.text, version.rules, version.text)
    lines = summary_of(changes) or [gettext("Nothing in them is different.")]
    lead = gettext(
        "Version %(number)s of the terms is in force for everything that begins from now on. "
        "Orders and payments made before keep the version they were made under."
    )
    announce(
        title=gettext("The terms changed: version %(number)s is in force") % {"number": version.number},
        text="\n".join([lead % {"number": version.number}, "", *(f"- {line}" for line in lines)]),
        url=reverse("terms_changes", args=[former.number, version.number]),
        terms_number=version.number,
        by=by,
        now=now,
    )
