"""Drafts: working copies of the terms, begun from a ready profile or from a version, saved however unfinished.

Saving never judges more than one value at a time, so that nothing typed is lost; what still stands between a draft
and publishing is listed beside it. Two people at the same draft cannot overwrite each other unseen.
"""

from collections.abc import Mapping
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.refusals import Refusal
from terms.models import TermsDraft, TermsVersion
from terms.policy import Policy
from terms.profiles import profile_named
from terms.publishing import named, text_of
from terms.wording_language import WordingInvalid

WORDING = "wording"


class DraftChanged(Refusal):
    code = "draft_changed"
    sentence = _(
        "%(who)s saved this draft while you were typing. What you typed is still here: "
        "save again to put it in place of theirs."
    )


def begin_from_profile(profile: str, *, name: str, by: User, now: datetime) -> TermsDraft:
    """Begin a draft with a ready profile's values and wording; raises NoSuchProfile (A-05, K-49)."""
    ready = profile_named(profile)
    return TermsDraft.objects.create(
        name=name,
        profile=ready.name,
        wording=ready.wording,
        policy=named(ready.policy).to_json(),
        edited_at=now,
        edited_by=by,
    )


def begin_from_version(version: TermsVersion, *, name: str, by: User, now: datetime) -> TermsDraft:
    """Begin a draft with everything that a published version says (A-05, K-49)."""
    return TermsDraft.objects.create(
        name=name,
        profile=version.profile,
        begun_from=version,
        wording=version.wording or profile_named(version.profile).wording,
        policy=version.rules.to_json(),
        edited_at=now,
        edited_by=by,
    )


def save_draft(
    draft: TermsDraft,
    *,
    name: str,
    wording: str,
    values: Mapping[str, object],
    revision: int,
    by: User,
    now: datetime,
) -> TermsDraft:
    """Store what was typed over `revision`, whether or not it could be published.

    `values` maps every parameter to its JSON value. Raises PolicyInvalid when one of them is of no right kind, and
    DraftChanged when somebody else saved since that revision; then nothing is stored.
    """
    policy = Policy.typed(in_groups(values))
    saved = TermsDraft.objects.filter(pk=draft.pk, revision=revision).update(
        name=name,
        wording=wording,
        policy=policy.to_json(),
        revision=revision + 1,
        edited_at=now,
        edited_by=by,
    )
    draft.refresh_from_db()
    if not saved:
        raise DraftChanged(who=draft.edited_by)
    return draft


def problems_of(policy: Policy, *, wording: str) -> dict[str, str]:
    """Return why these values and this wording cannot be published, by parameter or as WORDING; empty when they can."""
    problems: dict[str, str | Promise] = dict(policy.contradictions())
    try:
        text_of(wording, policy=policy)
    except WordingInvalid as refusal:
        problems[WORDING] = refusal.text
    return {name: str(problem) for name, problem in problems.items()}


def in_groups(values: Mapping[str, object]) -> dict[str, dict[str, object]]:
    """Turn `{"refill.min_drop": 1}` into the form in which policies are stored."""
    groups: dict[str, dict[str, object]] = {}
    for name, value in values.items():
        group, _dot, parameter_name = name.partition(".")
        groups.setdefault(group, {})[parameter_name] = value
    return groups
