"""Withdrawals that are not finished: open ones, and those whose payout came back from the bank."""

from django.db.models import Q, QuerySet

from billing.models import OPEN_WITHDRAWALS, PayoutState, Withdrawal


def unfinished() -> QuerySet[Withdrawal]:
    """What staff still have to decide about or to pay, or wait for."""
    came_back = Withdrawal.objects.filter(payouts__state=PayoutState.DUE).values("pk")
    return Withdrawal.objects.filter(Q(state__in=OPEN_WITHDRAWALS) | Q(pk__in=came_back))
