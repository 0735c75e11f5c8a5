"""Nobody leaves while money is on its way out: it may still come back, and somebody has to know where it goes."""

from accounts.models import User
from accounts.refusals import Refusal
from billing.models import PayoutState, Withdrawal
from billing.withdrawing import WithdrawalOpen, open_withdrawal


def unfinished_withdrawal(customer: User) -> Refusal | None:
    """Return why the account may not be closed yet, or None (K-18)."""
    returned = Withdrawal.objects.filter(customer=customer, payouts__state=PayoutState.DUE).first()
    unfinished = open_withdrawal(customer) or returned
    return WithdrawalOpen(number=unfinished.pk) if unfinished else None
