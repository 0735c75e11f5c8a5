"""Asking to speed up: what is later than estimated may be hurried, once at a time, and staff answer (K-11, K-60).

It is a wish, not a claim: being late moves no money. Programs ask support instead; API v2 has no word for it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import NoticeKind, User
from accounts.notices import notify
from accounts.refusals import Refusal
from orders.lateness import expected_start
from orders.models import Order, OrderEvent, SpeedUp, SpeedUpState
from providers.dispatch import DispatchState

LONGEST_TEXT = 1000
ASKED = "speed_up_asked"
WAITS_LONG_AFTER = timedelta(hours=72)


class SpeedUpNotOffered(Refusal):
    code = "speed_up_not_offered"
    clause = "K-11, K-60"
    sentence = _("Orders under these terms cannot be sped up.")


class NothingToSpeedUp(Refusal):
    code = "nothing_to_speed_up"
    clause = "K-11"
    sentence = _("Order #%(order)s is not being delivered.")


class TooEarly(Refusal):
    code = "too_early"
    clause = "K-11, K-59"
    sentence = _("Expected start by %(time)s. Afterwards you can ask to speed it up.")


class SpeedUpOpen(Refusal):
    code = "speed_up_open"
    clause = "K-60"
    sentence = _("You have asked to speed this order up already; our staff are at it.")


class SpeedUpTextTooLong(Refusal):
    code = "speed_up_text_too_long"
    clause = "K-64"
    sentence = _("At most %(most)s letters.")


class SpeedUpAnswered(Refusal):
    code = "speed_up_answered"
    sentence = _("This request is answered already.")


@dataclass(frozen=True)
class Wish:
    """How an order's page tells about more speed: what was asked, and whether it can be asked now."""

    asked: list[SpeedUp]
    may_ask: bool


def speed_up_from(order: Order) -> datetime:
    """Return the moment after which an order may be sped up: its expected start, else the end of the usual time.

    Where nothing was estimated or stated, that is its beginning (K-05, K-11, K-35).
    """
    usual = order.terms_version.rules.delivery.usual_hours
    fallback = order.begins_at + timedelta(hours=usual[1] if usual else 0)
    return expected_start(order) or fallback


def speed_up_refusal(order: Order, *, now: datetime) -> Refusal | None:
    """Return why this order cannot be sped up now, or None; strictly after the expected start it can (K-11, K-60)."""
    if not order.terms_version.rules.delivery.speedup:
        return SpeedUpNotOffered()
    if not order.is_open or order.submission.state == DispatchState.HELD:
        return NothingToSpeedUp(order=order.pk)
    begins = speed_up_from(order)
    if now <= begins:
        return TooEarly(time=date_format(timezone.localtime(begins), "DATETIME_FORMAT"))
    if order.speed_ups.filter(state=SpeedUpState.OPEN).exists():
        return SpeedUpOpen()
    return None


def wish_of(order: Order, *, now: datetime) -> Wish | None:
    """Return what the page of an order tells about more speed; None while there is nothing to tell (K-11)."""
    asked = list(order.speed_ups.order_by("-pk"))
    may_ask = speed_up_refusal(order, now=now) is None
    return Wish(asked, may_ask) if asked or may_ask else None


@transaction.atomic
def ask_to_speed_up(order: Order, *, text: str, now: datetime) -> SpeedUp:
    """Keep the customer's wish for staff (K-11, K-60, K-64).

    Raises SpeedUpNotOffered, NothingToSpeedUp, TooEarly, SpeedUpOpen or SpeedUpTextTooLong.
    """
    refusal = speed_up_refusal(order, now=now)
    if refusal:
        raise refusal
    if len(text) > LONGEST_TEXT:
        raise SpeedUpTextTooLong(most=LONGEST_TEXT)
    try:
        with transaction.atomic():
            asked = SpeedUp.objects.create(order=order, text=text.strip(), asked_at=now)
    except IntegrityError:
        raise SpeedUpOpen from None
    OrderEvent.objects.create(order=order, what=ASKED, at=now)
    return asked


@transaction.atomic(durable=True)
def answer_speed_up(number: int, *, state: SpeedUpState, answer: str, by: User, now: datetime) -> SpeedUp:
    """Tell the customer what staff could do: done, or declined, with a sentence (K-60). Raises SpeedUpAnswered."""
    assert state is not SpeedUpState.OPEN
    asked = SpeedUp.objects.select_for_update(of=("self",)).select_related("order__customer").get(pk=number)
    if asked.state != SpeedUpState.OPEN:
        raise SpeedUpAnswered
    asked.state, asked.answer, asked.answered_by, asked.answered_at = state, answer, by, now
    asked.save(update_fields=["state", "answer", "answered_by", "answered_at"])
    _tell(asked, now=now)
    return asked


def waiting_long(now: datetime) -> QuerySet[SpeedUp]:
    """Return the wishes that have waited for more than three days; at exactly three they have not (K-35)."""
    return SpeedUp.objects.filter(state=SpeedUpState.OPEN, asked_at__lt=now - WAITS_LONG_AFTER)


def _tell(asked: SpeedUp, *, now: datetime) -> None:
    order = asked.order
    said = {
        SpeedUpState.DONE: gettext("We have asked for more speed."),
        SpeedUpState.DECLINED: gettext("It cannot be sped up."),
    }[SpeedUpState(asked.state)]
    notify(
        customer=order.customer,
        kind=NoticeKind.SUPPORT,
        title=gettext("Order #%(number)s: your wish for more speed") % {"number": order.pk},
        text=f"{said} {asked.answer}".strip(),
        url=reverse("order_detail", args=[order.pk]),
        now=now,
    )
