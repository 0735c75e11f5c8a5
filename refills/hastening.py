"""Asking to speed a refill up: strictly after it should have begun, one wish at a time, and staff answer (K-60).

It is a wish, not a claim: a slow refill moves no money.
"""

from datetime import datetime

from django.db import transaction
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as translate
from django.utils.translation import gettext_lazy as _

from accounts.models import NoticeKind, User
from accounts.notices import notify
from accounts.refusals import Refusal
from orders.hastening import SpeedUpNotOffered, SpeedUpTextTooLong
from refills.ending import record
from refills.models import Refill, RefillEvent
from refills.states import RUNNING_STATES

ASKED = "speed_up_asked"
ANSWERED = "speed_up_answered"
LONGEST_TEXT = 300


class NothingToSpeedUp(Refusal):
    code = "nothing_to_speed_up"
    clause = "K-60"
    sentence = _("Refill #%(refill)s is not on its way.")


class TooEarly(Refusal):
    code = "too_early"
    clause = "K-59, K-60"
    sentence = _("It should begin by %(time)s. Afterwards you can ask to speed it up.")


class SpeedUpOpen(Refusal):
    code = "speed_up_open"
    clause = "K-60"
    sentence = _("You have asked to speed this refill up already; our staff are at it.")


class NoOpenWish(Refusal):
    code = "speed_up_answered"
    sentence = _("Nobody waits for an answer here.")


def speed_up_refusal(refill: Refill, *, now: datetime) -> Refusal | None:
    """Return why this refill cannot be sped up now, or None; strictly after its start was due it can (K-59, K-60)."""
    if not refill.order.terms_version.rules.delivery.speedup:
        return SpeedUpNotOffered()
    if refill.state not in RUNNING_STATES or refill.start_due_at is None:
        return NothingToSpeedUp(refill=refill.pk)
    if now <= refill.start_due_at:
        return TooEarly(time=date_format(localtime(refill.start_due_at), "DATETIME_FORMAT"))
    return SpeedUpOpen() if has_open_wish(refill) else None


def has_open_wish(refill: Refill) -> bool:
    """Tell whether the customer waits for staff's answer about more speed (K-60)."""
    wishes = RefillEvent.objects.filter(refill=refill, what__in=[ASKED, ANSWERED])
    last = wishes.order_by("-pk").values_list("what", flat=True).first()
    return last == ASKED


@transaction.atomic(durable=True)
def ask_to_speed_up(refill: Refill, *, text: str, now: datetime) -> None:
    """Keep the customer's wish for staff (K-60).

    Raises SpeedUpNotOffered, NothingToSpeedUp, TooEarly, SpeedUpOpen or SpeedUpTextTooLong.
    """
    if len(text) > LONGEST_TEXT:
        raise SpeedUpTextTooLong(most=LONGEST_TEXT)
    refill = _locked(refill)
    refusal = speed_up_refusal(refill, now=now)
    if refusal:
        raise refusal
    record(refill, ASKED, by=refill.customer, note=text.strip(), now=now)


@transaction.atomic(durable=True)
def answer_speed_up(refill: Refill, *, answer: str, by: User, now: datetime) -> None:
    """Tell the customer what staff could do about more speed, in a sentence (K-60). Raises NoOpenWish."""
    refill = _locked(refill)
    if not has_open_wish(refill):
        raise NoOpenWish
    record(refill, ANSWERED, by=by, note=answer[:LONGEST_TEXT], now=now)
    notify(
        customer=refill.customer,
        kind=NoticeKind.REFILL,
        title=translate("Refill of order #%(order)s: your wish for more speed") % {"order": refill.order_id},
        text=answer,
        url=reverse("refill_detail", args=[refill.pk]),
        now=now,
    )


def _locked(refill: Refill) -> Refill:
    locked = Refill.objects.select_for_update(of=("self",)).select_related("order__terms_version", "customer")
    return locked.get(pk=refill.pk)
