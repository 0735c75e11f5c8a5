"""Which movements of money exist: each kind of transfer has its own ways from one kind of account to another.

A movement that is not in this table is refused by the database.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _


class AccountKind(models.TextChoices):
    CUSTOMER = "customer", _("customer")
    HELD = "held", _("held for open orders")
    REVENUE = "revenue", _("revenue")
    STRIPE = "stripe", _("money at Stripe")
    MANUAL_DEPOSITS = "manual_deposits", _("money taken and paid by hand")
    BONUS_COST = "bonus_cost", _("bonuses given")
    GOODWILL = "goodwill", _("goodwill given")
    WITHDRAWAL = "withdrawal", _("withdrawals on hold")
    WITHDRAWAL_FEE = "withdrawal_fee", _("withdrawal fees")
    CHARGEBACK_LOSS = "chargeback_loss", _("lost to chargebacks")
    PROCESSOR_FEE = "processor_fee", _("fees of processors")
    DISPUTE_FEE = "dispute_fee", _("dispute fees")
    BANK = "bank", _("paid out to our bank")
    UNKNOWN_LOSS = "unknown_loss", _("lost to orders of unknown outcome")
    PROVIDER = "provider", _("a provider")


class TransferKind(models.TextChoices):
    DEPOSIT = "deposit", _("deposit")
    BONUS = "bonus", _("bonus")
    GOODWILL = "goodwill", _("goodwill")
    CHARGE = "charge", _("order")
    REFUND = "refund", _("refund")
    LATE_REFUND = "late_refund", _("late refund")
    EARNING = "earning", _("earned")
    CHARGEBACK = "chargeback", _("chargeback")
    PAYMENT_REFUND = "payment_refund", _("payment refunded")
    REINSTATEMENT = "reinstatement", _("payment returned to us")
    BONUS_REVERSAL = "bonus_reversal", _("bonus taken back")
    BONUS_RETURN = "bonus_return", _("bonus given again")
    DISPUTE_FEE = "dispute_fee", _("dispute fee")
    WRITE_OFF = "write_off", _("debt written off")
    WITHDRAWAL = "withdrawal", _("withdrawal")
    BONUS_LOST = "bonus_lost", _("bonus lost by withdrawing")
    WITHDRAWAL_BACK = "withdrawal_back", _("withdrawal given back")
    BONUS_BACK = "bonus_back", _("bonus given back")
    PAYOUT = "payout", _("paid out")
    PAYOUT_RETURNED = "payout_returned", _("paid out and came back")
    WITHDRAWAL_FEE = "withdrawal_fee", _("fee of a withdrawal")
    BONUS_KEPT = "bonus_kept", _("lost bonus kept")
    PROCESSOR_FEE = "processor_fee", _("fee of a processor")
    BANK_TRANSFER = "bank_transfer", _("from a processor to our bank")
    UNKNOWN_LOSS = "unknown_loss", _("loss by unknown outcome")


ROUTES: dict[TransferKind, tuple[tuple[AccountKind, AccountKind], ...]] = {
    TransferKind.DEPOSIT: (
        (AccountKind.STRIPE, AccountKind.CUSTOMER),
        (AccountKind.MANUAL_DEPOSITS, AccountKind.CUSTOMER),
    ),
    TransferKind.BONUS: ((AccountKind.BONUS_COST, AccountKind.CUSTOMER),),
    TransferKind.GOODWILL: ((AccountKind.GOODWILL, AccountKind.CUSTOMER),),
    TransferKind.CHARGE: ((AccountKind.CUSTOMER, AccountKind.HELD),),
    TransferKind.REFUND: ((AccountKind.HELD, AccountKind.CUSTOMER),),
    TransferKind.LATE_REFUND: ((AccountKind.REVENUE, AccountKind.CUSTOMER),),
    TransferKind.EARNING: ((AccountKind.HELD, AccountKind.REVENUE),),
    TransferKind.CHARGEBACK: (
        (AccountKind.CUSTOMER, AccountKind.STRIPE),
        (AccountKind.CUSTOMER, AccountKind.MANUAL_DEPOSITS),
    ),
    TransferKind.PAYMENT_REFUND: (
        (AccountKind.CUSTOMER, AccountKind.STRIPE),
        (AccountKind.CUSTOMER, AccountKind.MANUAL_DEPOSITS),
    ),
    TransferKind.REINSTATEMENT: (
        (AccountKind.STRIPE, AccountKind.CUSTOMER),
        (AccountKind.MANUAL_DEPOSITS, AccountKind.CUSTOMER),
    ),
    TransferKind.BONUS_REVERSAL: ((AccountKind.CUSTOMER, AccountKind.BONUS_COST),),
    TransferKind.BONUS_RETURN: ((AccountKind.BONUS_COST, AccountKind.CUSTOMER),),
    TransferKind.DISPUTE_FEE: ((AccountKind.CUSTOMER, AccountKind.DISPUTE_FEE),),
    TransferKind.WRITE_OFF: ((AccountKind.CHARGEBACK_LOSS, AccountKind.CUSTOMER),),
    # Held at once, gross and bonus apart; then either both go back, or the payout, the fee and the bonus go their ways.
    TransferKind.WITHDRAWAL: ((AccountKind.CUSTOMER, AccountKind.WITHDRAWAL),),
    TransferKind.BONUS_LOST: ((AccountKind.CUSTOMER, AccountKind.WITHDRAWAL),),
    TransferKind.WITHDRAWAL_BACK: ((AccountKind.WITHDRAWAL, AccountKind.CUSTOMER),),
    TransferKind.BONUS_BACK: ((AccountKind.WITHDRAWAL, AccountKind.CUSTOMER),),
    TransferKind.PAYOUT: (
        (AccountKind.WITHDRAWAL, AccountKind.STRIPE),
        (AccountKind.WITHDRAWAL, AccountKind.MANUAL_DEPOSITS),
    ),
    # A refund that the customer's bank did not take: it is still owed.
    TransferKind.PAYOUT_RETURNED: ((AccountKind.STRIPE, AccountKind.WITHDRAWAL),),
    TransferKind.WITHDRAWAL_FEE: ((AccountKind.WITHDRAWAL, AccountKind.WITHDRAWAL_FEE),),
    TransferKind.BONUS_KEPT: ((AccountKind.WITHDRAWAL, AccountKind.BONUS_COST),),
    TransferKind.PROCESSOR_FEE: ((AccountKind.PROCESSOR_FEE, AccountKind.STRIPE),),
    TransferKind.BANK_TRANSFER: ((AccountKind.BANK, AccountKind.STRIPE),),
    TransferKind.UNKNOWN_LOSS: ((AccountKind.UNKNOWN_LOSS, AccountKind.PROVIDER),),
}

# Only what was paid for with money that turned out not to be there may push a balance below zero.
MAY_OVERDRAW = frozenset(
    {
        TransferKind.CHARGEBACK,
        TransferKind.PAYMENT_REFUND,
        TransferKind.BONUS_REVERSAL,
        TransferKind.DISPUTE_FEE,
    }
)
