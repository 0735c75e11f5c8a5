"""What the page of withdrawals offers: whether there is one at all, up to how much, and for which payments.

A panel whose terms know no withdrawals has no such page, except for whoever still has money from a payment that was
made under terms with them: what was agreed with a payment stays (V-4).
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from accounts.models import User
from billing.composition import composition_for
from billing.money import ZERO
from billing.quoting import most_withdrawable
from terms.catalogue import Withdrawal as Terms
from terms.models import TermsVersion
from terms.versions import newest_version


@dataclass(frozen=True)
class Offer:
    """At most this much, in the panel's currency; `ended_at` is since when new payments cannot be withdrawn."""

    terms: Terms
    most: Decimal
    ended_at: datetime | None


def offer_for(customer: User, *, now: datetime) -> Offer | None:
    """Return what the customer may withdraw, or None where there is no such thing (A-24, K-69, V-4)."""
    version = newest_version()
    if version is None:
        return None
    in_force = version.rules.withdrawal
    most = most_withdrawable(composition_for(customer), in_force=in_force, requested_at=now)
    if in_force.enabled:
        return Offer(in_force, most, ended_at=None)
    return Offer(in_force, most, ended_at=_ended_at()) if most > ZERO else None


def has_door(customer: User, *, now: datetime) -> bool:
    """Whether there is anything about withdrawals to show: an offer, or requests made before."""
    return customer.withdrawals.exists() or offer_for(customer, now=now) is not None


def _ended_at() -> datetime | None:
    """When the first of the versions in a row without withdrawals, up to the newest one, was published."""
    ended = None
    for version in TermsVersion.objects.defer("text").order_by("-number").iterator():
        if version.rules.withdrawal.enabled:
            return ended
        ended = version.published_at
    return None
