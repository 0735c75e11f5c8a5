"""The way of a withdrawal as its customer sees it: the steps behind it, the one it is at, and those before it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from billing.models import Withdrawal, WithdrawalState


@dataclass(frozen=True)
class Step:
    """One step; without a time it has not happened yet."""

    label: str | Promise
    state: WithdrawalState
    at: datetime | None


def steps_of(withdrawal: Withdrawal) -> list[Step]:
    return list(_steps(withdrawal))


def _steps(withdrawal: Withdrawal) -> Iterator[Step]:
    yield Step(_("Requested"), WithdrawalState.REQUESTED, withdrawal.requested_at)
    match withdrawal.state:
        case WithdrawalState.CANCELLED:
            yield Step(_("Taken back by you"), WithdrawalState.CANCELLED, withdrawal.closed_at)
            return
        case WithdrawalState.REJECTED:
            if withdrawal.approved_at:
                yield Step(_("Approved"), WithdrawalState.APPROVED, withdrawal.approved_at)
            yield Step(_("Rejected"), WithdrawalState.REJECTED, withdrawal.closed_at)
            return
    yield Step(_("Approved"), WithdrawalState.APPROVED, withdrawal.approved_at)
    yield Step(_("Paid"), WithdrawalState.PAID, withdrawal.closed_at)
