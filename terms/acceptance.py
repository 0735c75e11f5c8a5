"""Who has agreed to which terms.

Using the panel is agreement, so every order and every deposit leaves a record of the version it was made
under. A person at a browser is asked for a tick when the terms are new to them; a program agrees by calling.
"""

from dataclasses import dataclass
from datetime import datetime

from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.refusals import Refusal
from accounts.signing_in import ip_digest
from terms.comparing import changes_between, summary_of
from terms.models import Acceptance, Channel, TermsVersion


class TermsChanged(Refusal):
    code = "terms_changed"
    clause = "A-06, K-50"
    sentence = _(
        "The terms changed on %(date)s: version %(number)s is in force now. Please read it and confirm. "
        "Nothing was charged."
    )


class TermsNotAccepted(Refusal):
    code = "terms_not_accepted"
    clause = "A-06, K-50"
    sentence = _(
        "Please read version %(number)s of the terms and tick that you accept it. Nothing was charged."
    )


class TermsNotPinned(Refusal):
    code = "terms_not_pinned"
    clause = "A-06, K-50"
    sentence = _(
        "Name the version of the terms you order under; in force is terms_version=%(number)s. "
        "Nothing was charged."
    )


def require_acceptable(
    *,
    customer: User,
    version: TermsVersion,
    shown_number: int | None,
    ticked: bool,
    channel: Channel,
) -> None:
    """Refuse to go on unless the customer agrees to the version in force (R-12, A-04, A-06, K-50).

    `shown_number` is the version that the form showed or the program named, if any. Raises TermsChanged when
    it is no longer in force, TermsNotPinned when a program must name one, TermsNotAccepted when a tick is
    missing.
    """
    require_current(version=version, shown_number=shown_number)
    if channel == Channel.API:
        if shown_number is None and version.rules.accept.order_api == "pinned_required":
            raise TermsNotPinned(number=version.number)
    elif not ticked and tick_needed(customer=customer, version=version, channel=channel):
        raise TermsNotAccepted(number=version.number)


def require_current(*, version: TermsVersion, shown_number: int | None) -> None:
    """Raise TermsChanged when another version than the one in force was shown (A-06, K-50, V-5)."""
    if shown_number is not None and shown_number != version.number:
        raise TermsChanged(date=date_format(version.published_at), number=version.number)


def tick_needed(*, customer: User, version: TermsVersion, channel: Channel = Channel.ORDER) -> bool:
    """Whether the customer must tick the terms in this form (A-02, A-06, A-25, K-03, K-50, K-75)."""
    accept = version.rules.accept
    if channel == Channel.REGISTER:
        return True
    if channel == Channel.DEPOSIT:
        return accept.deposit_no_dispute
    if accept.order_browser == "tick_always":
        return True
    newest = newest_accepted(customer)
    # An account that staff made has not met the terms at registering; its first order is where it does.
    return newest is None or (accept.order_browser == "tick_if_changed" and newest != version.number)


@dataclass(frozen=True)
class TermsNews:
    """What a customer who agreed to `old` should know before agreeing to `new`."""

    acceptance: Acceptance
    old: TermsVersion
    new: TermsVersion
    lines: tuple[str, ...]


def news_for(customer: User, version: TermsVersion) -> TermsNews | None:
    """Return what changed since the customer last agreed, or None when nothing did (A-06, K-50, R-12)."""
    acceptance = (
        Acceptance.objects.filter(customer=customer, version__lt=version)
        .select_related("version")
        .order_by("-version_id", "-pk")
        .first()
    )
    if acceptance is None or newest_accepted(customer) == version.number:
        return None
    old = acceptance.version
    changes = changes_between(old.rules, old.text, version.rules, version.text)
    return TermsNews(acceptance, old, version, tuple(summary_of(changes)))


def record_acceptance(
    *,
    customer: User,
    version: TermsVersion,
    channel: Channel,
    explicit: bool,
    subject: str,
    now: datetime,
    ip: str | None = None,
    user_agent: str = "",
) -> Acceptance:
    """Write down that the customer agreed, `subject` being what for: `order:17`.

    Whatever the terms call use is agreement; looking at pages is none (A-01, A-02, A-04, A-25, K-02, K-50).
    """
    return Acceptance.objects.create(
        customer=customer,
        version=version,
        channel=channel,
        explicit=explicit,
        subject=subject,
        accepted_at=now,
        ip_digest=ip_digest(ip),
        user_agent=user_agent[:200],
    )


def newest_accepted(customer: User) -> int | None:
    """The number of the newest version that the customer has agreed to, in whatever way."""
    numbers = Acceptance.objects.filter(customer=customer).order_by("-version_id")
    newest: int | None = numbers.values_list("version_id", flat=True).first()
    return newest
