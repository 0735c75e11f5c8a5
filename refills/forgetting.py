"""Pictures go when the terms say so: so many days after they came, but never while their request is still open.

The row stays: that a picture was there, when, and its fingerprint, so that it cannot be used again.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import User
from orders.models import SpeedUpState
from refills import vault
from refills.models import EvidenceImage
from refills.states import OPEN_STATES
from terms.models import Acceptance, TermsVersion
from terms.versions import version_in_force

STRAY_AFTER = timedelta(days=1)
OPEN = Q(evidence__refill__state__in=OPEN_STATES) | Q(evidence__speed_up__state=SpeedUpState.OPEN)


def days_kept() -> int:
    """Return for how many days pictures are kept (A-36, K-83).

    The least that the terms in force promise, or any that somebody accepted: nothing promised is weakened later.
    """
    accepted = Exists(Acceptance.objects.filter(version=OuterRef("pk")))
    promised = TermsVersion.objects.filter(accepted | Q(pk=version_in_force().pk)).defer("text", "wording")
    return min(version.rules.privacy.attachment_days for version in promised)


def forget_old_pictures(*, now: datetime, limit: int = 100) -> int:
    """Delete pictures older than `privacy.attachment_days` of the terms in force; return how many (A-36, K-83)."""
    due = kept().filter(added_at__lt=now - timedelta(days=days_kept())).exclude(OPEN).order_by("added_at")
    return sum(forget(number, now=now) for number in due.values_list("pk", flat=True)[:limit])


def forget_pictures_of(customer: User, *, now: datetime, limit: int = 100) -> int:
    """Delete a person's pictures, whatever they were for; return how many (A-36, K-83)."""
    mine = kept().filter(customer=customer).order_by("pk")
    return sum(forget(number, now=now) for number in mine.values_list("pk", flat=True)[:limit])


def forget_strays(*, now: datetime) -> int:
    """Delete files that no row speaks of, a day after they came: a program stopped between the two (R-15)."""
    lost = list(vault.strays(_known, before=now - STRAY_AFTER))
    for name in lost:
        vault.drop(name)
    return len(lost)


def kept() -> QuerySet[EvidenceImage]:
    """Return the pictures whose files are still there."""
    return EvidenceImage.objects.filter(erased_at__isnull=True)


def _known(names: list[str]) -> set[str]:
    return set(EvidenceImage.objects.filter(file__in=names).values_list("file", flat=True))


@transaction.atomic
def forget(number: int, *, now: datetime) -> bool:
    """Delete one picture; False when somebody else did. The file goes once the row says so."""
    image = kept().select_for_update().filter(pk=number).first()
    if image is None:
        return False
    file = image.file
    image.file, image.erased_at = "", now
    image.save(update_fields=["file", "erased_at"])
    transaction.on_commit(lambda: vault.drop(file))
    return True


@transaction.atomic
def seal_anew(number: int) -> bool:
    """Seal one picture with the first of the keys; False when it is gone. Raises vault.PictureLost or SealBroken."""
    image = kept().select_for_update().filter(pk=number).first()
    if image is None:
        return False
    old = image.file
    image.file = vault.turn_key(old)
    image.save(update_fields=["file"])
    transaction.on_commit(lambda: vault.drop(old))
    return True
