"""What customers are told about withdrawals: notices, written with what they tell. Not told is what one did oneself
and can see."""

from datetime import datetime

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import NoticeKind
from accounts.notices import notify
from billing.models import Withdrawal, WithdrawalState
from billing.money import ZERO
from billing.templatetags.money import money_text


def tell_requested(withdrawal: Withdrawal, *, now: datetime) -> None:
    """Tell that a withdrawal was asked for: whoever did not do it, learns of it at once (F-24, K-74)."""
    text = _("Our staff decide about it, as a rule until %(due)s; it may take longer.")
    said = text % {"due": date_format(withdrawal.due_on, "DATE_FORMAT")}
    _tell(withdrawal, _("You asked to withdraw %(amount)s"), said, now=now)


def tell_approved(withdrawal: Withdrawal, *, now: datetime) -> None:
    """Tell that the money is on its way out (F-24, K-70)."""
    _tell(withdrawal, _("Your withdrawal of %(amount)s was approved"), _("It is being paid out."), now=now)


def tell_paid(withdrawal: Withdrawal, *, now: datetime) -> None:
    """Tell that all of it was sent (F-24)."""
    text = _("It was sent to you. Banks may take some days until they show it.")
    if withdrawal.payment_reference:
        text += " " + _("Reference: %(reference)s") % {"reference": withdrawal.payment_reference}
    _tell(withdrawal, _("Your withdrawal of %(amount)s was paid"), text, now=now)


def tell_given_back(withdrawal: Withdrawal, *, now: datetime) -> None:
    """Tell that a withdrawal will not be paid, why, and what went back to the balance (F-24, K-70)."""
    if withdrawal.state == WithdrawalState.CANCELLED:
        title = _("You took your withdrawal of %(amount)s back")
    else:
        title = _("Your withdrawal of %(amount)s was rejected")
    text = _("%(gross)s went back to your balance.") % {"gross": money_text(withdrawal.gross)}
    if withdrawal.bonus_lost > ZERO:
        bonus = _("So did the bonus of %(bonus)s.") % {"bonus": money_text(withdrawal.bonus_lost)}
        text = f"{text} {bonus}"
    _tell(withdrawal, title, f"{withdrawal.note}\n\n{text}".strip(), now=now)


def _tell(withdrawal: Withdrawal, title: str, text: str, *, now: datetime) -> None:
    notify(
        customer=withdrawal.customer,
        kind=NoticeKind.MONEY,
        title=title % {"amount": money_text(withdrawal.payout)},
        text=text,
        url=reverse("withdrawal_detail", args=[withdrawal.pk]),
        now=now,
    )
