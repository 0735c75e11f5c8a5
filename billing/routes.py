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
    MANUAL_DEPOSITS = "manual_deposits", _("deposits taken by staff")
    BONUS_COST = "bonus_cost", _("bonuses given")
    GOODWILL = "goodwill", _("goodwill given")
    WITHDRAWAL = "withdrawal", _("withdrawals on hold")
    WITHDRAWAL_FEE = "withdrawal_fee", _("withdrawal fees")
    CHARGEBACK_LOSS = "chargeback_loss", _("lost to chargebacks")
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
    BONUS_REVERSAL = "bonus_reversal", _("bonus taken back")
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
    TransferKind.BONUS_REVERSAL: ((AccountKind.CUSTOMER, AccountKind.BONUS_COST),),
    TransferKind.UNKNOWN_LOSS: ((AccountKind.UNKNOWN_LOSS, AccountKind.PROVIDER),),
}

# Only what was paid for with money that turned out not to be there may push a balance below zero.
MAY_OVERDRAW = frozenset({TransferKind.CHARGEBACK, TransferKind.BONUS_REVERSAL})
