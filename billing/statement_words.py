"""What the lines of a statement are called together, and why each kind of line came about, in a customer's words."""

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from billing.routes import TransferKind


class Group(models.TextChoices):
    """Lines that are asked for together."""

    PAID_IN = "paid_in", _("Paid in and given")
    ORDERS = "orders", _("Orders and refunds")
    WITHDRAWALS = "withdrawals", _("Withdrawals")
    TAKEN_BACK = "taken_back", _("Payments taken back")


KINDS_OF: dict[Group, frozenset[TransferKind]] = {
    Group.PAID_IN: frozenset({TransferKind.DEPOSIT, TransferKind.BONUS, TransferKind.GOODWILL}),
    Group.ORDERS: frozenset({TransferKind.CHARGE, TransferKind.REFUND, TransferKind.LATE_REFUND}),
    Group.WITHDRAWALS: frozenset(
        {
            TransferKind.WITHDRAWAL,
            TransferKind.BONUS_LOST,
            TransferKind.WITHDRAWAL_BACK,
            TransferKind.BONUS_BACK,
        }
    ),
    Group.TAKEN_BACK: frozenset(
        {
            TransferKind.CHARGEBACK,
            TransferKind.PAYMENT_REFUND,
            TransferKind.REINSTATEMENT,
            TransferKind.BONUS_REVERSAL,
            TransferKind.BONUS_RETURN,
            TransferKind.DISPUTE_FEE,
            TransferKind.WRITE_OFF,
        }
    ),
}

# Why it was given is said by whoever gave it; notes on other lines are for staff, and these words for customers.
GIVING = KINDS_OF[Group.PAID_IN]
WHY: dict[TransferKind, str | Promise] = {
    TransferKind.LATE_REFUND: _("An order that had ended was corrected in your favour."),
    TransferKind.WITHDRAWAL: _("Taken from the balance when it was asked for."),
    TransferKind.BONUS_LOST: _("The bonus of a payment is lost when the payment is withdrawn."),
    TransferKind.WITHDRAWAL_BACK: _("The withdrawal was not paid out."),
    TransferKind.BONUS_BACK: _("The withdrawal was not paid out, so its bonus is back."),
    TransferKind.CHARGEBACK: _("The payer's bank has taken this payment back."),
    TransferKind.PAYMENT_REFUND: _("This payment went back to where it came from."),
    TransferKind.REINSTATEMENT: _("What had been taken back of this payment was returned to us."),
    TransferKind.BONUS_REVERSAL: _("The bonus of a payment goes with it when it is taken back."),
    TransferKind.BONUS_RETURN: _("The payment was returned to us, so its bonus is back."),
    TransferKind.DISPUTE_FEE: _("What a lost dispute costs by the terms."),
    TransferKind.WRITE_OFF: _("The panel bears this debt."),
}
