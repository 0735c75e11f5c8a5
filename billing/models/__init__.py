"""Everything about money that is a row: the books, payments, withdrawals, disputes, bonuses."""

from billing.models.bonuses import BonusTier, Coupon, CouponUse
from billing.models.books import Funding, LedgerAccount, Transfer
from billing.models.disputes import Dispute, DisputeState
from billing.models.payments import UNPAID_STATES, Payment, PaymentState, StripeEvent
from billing.models.withdrawals import (
    OPEN_WITHDRAWALS,
    Payout,
    PayoutState,
    PayoutWay,
    Withdrawal,
    WithdrawalPart,
    WithdrawalState,
)

__all__ = [
    "OPEN_WITHDRAWALS",
    "UNPAID_STATES",
    "BonusTier",
    "Coupon",
    "CouponUse",
    "Dispute",
    "DisputeState",
    "Funding",
    "LedgerAccount",
    "Payment",
    "PaymentState",
    "Payout",
    "PayoutState",
    "PayoutWay",
    "StripeEvent",
    "Transfer",
    "Withdrawal",
    "WithdrawalPart",
    "WithdrawalState",
]
