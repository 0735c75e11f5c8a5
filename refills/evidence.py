"""Showing what a counter says: each request has pictures of its own, fresh ones, and starts when they are there.

What a customer types is the customer's word; staff look at the pictures and set the count. Pictures are private,
sealed, and gone after the days that the terms keep them. One that was sent once is never proof of anything again.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext_lazy as _

from accounts.looking import record_look
from accounts.models import Look, User
from accounts.refusals import Refusal
from accounts.standing import require_may
from accounts.states import Deed
from orders.models import Order, SightingSource, SpeedUp, SpeedUpState
from orders.sightings import record_sighting
from refills import vault
from refills.ending import record
from refills.hastening import ASKED, has_open_wish
from refills.judging import information_given, locked
from refills.models import Evidence, EvidenceImage, Refill
from refills.pictures import Picture
from refills.promising import is_watched
from refills.states import RefillState

MOST_PICTURES = 5
LOOKED_ALREADY = timedelta(minutes=10)


class EvidenceNotWanted(Refusal):
    code = "evidence_not_wanted"
    sentence = _("Nothing is asked of you here at the moment.")


class PictureMissing(Refusal):
    code = "needs_info"
    clause = "K-64"
    sentence = _("Add at least one screenshot. The request starts when it is complete.")


class TooManyPictures(Refusal):
    code = "too_many_pictures"
    clause = "K-64"
    sentence = _("At most %(most)s screenshots.")


class PictureUsedBefore(Refusal):
    code = "picture_used_before"
    clause = "K-64"
    sentence = _("One of these screenshots was sent before. Each request needs a new one.")


class PictureTooOld(Refusal):
    code = "picture_too_old"
    clause = "K-64"
    sentence = _("“%(name)s” was taken on %(day)s. A screenshot may be %(hours)s hours old.")


class CountMissing(Refusal):
    code = "count_missing"
    clause = "K-64"
    sentence = _("Say what the counter shows.")


class WrongPeriod(Refusal):
    code = "wrong_period"
    clause = "K-44, K-45"
    sentence = _("Count the hours from %(day)s until today; a total over any other time does not help.")


class PictureGone(Refusal):
    code = "picture_gone"
    sentence = _("This screenshot was deleted, as the terms promise.")


def wants_count(refill: Refill) -> bool:
    """Return whether the customer was asked to show the counter; else pictures only speak for more speed (K-64)."""
    return refill.state == RefillState.NEEDS_INFO


def evidence_refusal(request: Refill | SpeedUp) -> Refusal | None:
    """Return why nothing can be added to this request now, or None (K-60, K-64)."""
    if isinstance(request, Refill):
        is_asked = wants_count(request) or has_open_wish(request)
    else:
        is_asked = request.state == SpeedUpState.OPEN
    return None if is_asked else EvidenceNotWanted()


def answer_refusal(
    order: Order,
    pictures: Sequence[Picture],
    *,
    now: datetime,
    count: Decimal | None = None,
    hours_since: date | None = None,
    is_counted: bool = True,
) -> Refusal | None:
    """Return what is wrong with such an answer, or None (R-9, R-15, K-44, K-45, K-64).

    One to five pictures, none older by its own file's word than `refill.evidence_max_age_hours`, exactly that old
    included. A count in units; hours with tenths, from the whole day of the order on.
    """
    if not pictures:
        return PictureMissing()
    if len(pictures) > MOST_PICTURES:
        return TooManyPictures(most=MOST_PICTURES)
    hours = order.terms_version.rules.refill.evidence_max_age_hours
    for picture in pictures:
        if picture.taken_at is not None and picture.taken_at < now - timedelta(hours=hours):
            return PictureTooOld(
                name=picture.name,
                day=date_format(picture.taken_at, "DATE_FORMAT"),
                hours=number_format(hours),
            )
    if is_counted and count is None:
        return CountMissing()
    if is_counted and is_watched(order) and hours_since != order.placed_at.date():
        return WrongPeriod(day=date_format(order.placed_at, "DATE_FORMAT"))
    return None


def answer_refill(
    refill: Refill,
    pictures: Sequence[Picture],
    *,
    now: datetime,
    count: Decimal | None = None,
    hours_since: date | None = None,
) -> Evidence:
    """Add what was asked for: from now on the request counts as added, and staff look at it (K-59, K-64).

    While staff are asked for more speed, pictures alone are added, and nothing else changes (K-60). Raises
    EvidenceNotWanted, the refusals of `answer_refusal`, or PictureUsedBefore; then nothing is kept.
    """
    _require(refill, pictures, count=count, hours_since=hours_since, now=now)
    with _on_the_shelf(pictures, now=now) as files, transaction.atomic(durable=True):
        refill = locked(refill.pk)
        require_may(refill.customer, Deed.REFILL)
        _require(refill, pictures, count=count, hours_since=hours_since, now=now)
        is_counted = wants_count(refill)
        evidence = Evidence.objects.create(
            refill=refill,
            customer=refill.customer,
            count=count if is_counted else None,
            hours_since=hours_since if is_counted and is_watched(refill.order) else None,
            added_at=now,
        )
        _keep(evidence, pictures, files)
        if is_counted:
            _added(refill, evidence)
        else:
            record(refill, "pictures_added", by=refill.customer, now=now)
        return evidence


def answer_speed_up(speed_up: SpeedUp, pictures: Sequence[Picture], *, now: datetime) -> Evidence:
    """Add pictures to an open wish for more speed, five in all (K-60, K-64). Raises as `answer_refill` does."""
    _require(speed_up, pictures, now=now)
    with _on_the_shelf(pictures, now=now) as files, transaction.atomic(durable=True):
        wishes = SpeedUp.objects.select_for_update(of=("self",))
        speed_up = wishes.select_related("order__terms_version", "order__customer").get(pk=speed_up.pk)
        customer = speed_up.order.customer
        require_may(customer, Deed.SIGN_IN)
        _require(speed_up, pictures, now=now)
        evidence = Evidence.objects.create(speed_up=speed_up, customer=customer, added_at=now)
        _keep(evidence, pictures, files)
        return evidence


def content_of(image: EvidenceImage, *, by: User, now: datetime) -> bytes:
    """Return the picture, a JPEG, and write down when one of staff looks at it (R-16, A-36).

    Raises PictureGone when it was deleted, vault.PictureLost or SealBroken when the shelf was touched by hand.
    """
    if image.erased_at is not None:
        raise PictureGone
    content = vault.get(image.file)
    if not Look.objects.filter(staff=by, customer=image.customer, at__gt=now - LOOKED_ALREADY).exists():
        record_look(staff=by, customer=image.customer, now=now)
    return content


def _require(
    request: Refill | SpeedUp,
    pictures: Sequence[Picture],
    *,
    now: datetime,
    count: Decimal | None = None,
    hours_since: date | None = None,
) -> None:
    is_counted = isinstance(request, Refill) and wants_count(request)
    refusal = evidence_refusal(request) or answer_refusal(
        request.order, pictures, now=now, count=count, hours_since=hours_since, is_counted=is_counted
    )
    if refusal is None and not is_counted and _already(request) + len(pictures) > MOST_PICTURES:
        refusal = TooManyPictures(most=MOST_PICTURES)
    if refusal:
        raise refusal


def _already(request: Refill | SpeedUp) -> int:
    """How many pictures an open wish for more speed has."""
    if isinstance(request, SpeedUp):
        return EvidenceImage.objects.filter(evidence__speed_up=request).count()
    wished = request.events.filter(what=ASKED).order_by("-pk").first()
    since = wished.at if wished else request.asked_at
    return EvidenceImage.objects.filter(evidence__refill=request, added_at__gte=since).count()


@contextmanager
def _on_the_shelf(pictures: Sequence[Picture], *, now: datetime) -> Iterator[list[str]]:
    """Files first: a row never speaks of a file that is not there. What an accident leaves behind is swept later."""
    files = [vault.put(picture.content, now=now) for picture in pictures]
    try:
        yield files
    except Refusal:
        for file in files:
            vault.drop(file)
        raise


def _keep(evidence: Evidence, pictures: Sequence[Picture], files: Sequence[str]) -> None:
    rows = [
        EvidenceImage(
            evidence=evidence,
            customer=evidence.customer,
            digest=picture.digest,
            file=file,
            width=picture.width,
            height=picture.height,
            taken_at=picture.taken_at,
            added_at=evidence.added_at,
        )
        for picture, file in zip(pictures, files, strict=True)
    ]
    try:
        with transaction.atomic():
            EvidenceImage.objects.bulk_create(rows)
    except IntegrityError:
        raise PictureUsedBefore from None


def _added(refill: Refill, evidence: Evidence) -> None:
    if evidence.count is not None and not is_watched(refill.order):
        record_sighting(
            counter_key=refill.counter_key,
            order=refill.order,
            source=SightingSource.CUSTOMER,
            count=int(evidence.count),
            by=refill.customer,
            now=evidence.added_at,
        )
    information_given(refill, stated_count=evidence.count, now=evidence.added_at)
