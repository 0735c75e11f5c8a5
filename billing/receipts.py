"""Receipts: what was paid, when and how, and what it was credited as. On a page to print, and as a file.

A receipt says what happened on its day, and adds what was taken back since: it is made anew each time from the books.
"""

from decimal import Decimal

from django.conf import settings
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from billing.methods import method_of
from billing.models import Funding
from billing.money import ZERO
from billing.pdf import Paper
from billing.templatetags.money import money_text


def receipt_number(funding: Funding) -> str:
    """A payment keeps the number that the customer knows it by; money confirmed by staff has its funding's."""
    payment = _payment_code(funding)
    return payment or f"F{funding.pk}"


def receipt_facts(funding: Funding) -> list[tuple[str, str]]:
    """Return what a receipt says, name by name, each amount in the panel's currency (F-18)."""
    at = localtime(funding.credited_at)
    facts = [
        (_("Number"), receipt_number(funding)),
        (_("Date"), date_format(at, "DATETIME_FORMAT")),
        (_("Customer"), funding.customer.email),
        (_("Paid by"), _method(funding)),
        (_("Amount paid"), _amount(funding.cash)),
    ]
    if funding.bonus > ZERO:
        facts.append((_("Bonus, a gift"), _amount(funding.bonus)))
    facts += [
        (_("Credited to the balance"), _amount(funding.cash + funding.bonus)),
        (_("Terms"), _("version %(number)s") % {"number": funding.terms_version_id}),
    ]
    if funding.cash_reversed > ZERO:
        facts.append((_("Taken back since"), _amount(funding.cash_reversed)))
    if funding.cash_withdrawn > ZERO:
        facts.append((_("Withdrawn since"), _amount(funding.cash_withdrawn)))
    return facts


def receipt_file(funding: Funding) -> bytes:
    """Return the receipt as a PDF. The same funding gives the same file as long as nothing was taken back."""
    paper = Paper(
        _("Receipt %(number)s") % {"number": receipt_number(funding)},
        at=localtime(funding.credited_at),
        lines=settings.PANEL_OPERATOR.splitlines(),
        foot=settings.PANEL_URL,
    )
    paper.facts(receipt_facts(funding))
    return paper.content()


def _amount(amount: Decimal) -> str:
    return f"{money_text(amount)} {settings.PANEL_CURRENCY}"


def _method(funding: Funding) -> str:
    payment = getattr(funding, "payment", None)
    if payment is None:
        return funding.reason
    way = method_of(payment)
    title = str(way.title) if way else payment.method
    return f"{title}, {payment.card}" if payment.card else title


def _payment_code(funding: Funding) -> str:
    payment = getattr(funding, "payment", None)
    return payment.code if payment else ""
