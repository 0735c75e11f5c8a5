"""Where money goes that leaves by hand: sealed at rest, opened for whoever pays, each look kept (A-36, A-38)."""

from datetime import datetime

from django.db import transaction

from accounts.looking import record_look
from accounts.models import User
from accounts.sealing import reseal, unseal
from billing.models import Withdrawal


@transaction.atomic
def open_destination(withdrawal: Withdrawal, *, by: User, now: datetime) -> str:
    """Return where the customer wants the money, and keep who read it; empty when nothing was said.

    Raises SealBroken when no configured key opens it.
    """
    if not withdrawal.destination_sealed:
        return ""
    record_look(staff=by, customer=withdrawal.customer, now=now)
    return unseal(withdrawal.destination_sealed)


@transaction.atomic
def seal_anew(withdrawal_id: int) -> bool:
    """Seal a destination again with the first key; False when there is none. Raises SealBroken."""
    withdrawal = Withdrawal.objects.select_for_update(of=("self",), no_key=True).get(pk=withdrawal_id)
    if not withdrawal.destination_sealed:
        return False
    withdrawal.destination_sealed = reseal(withdrawal.destination_sealed)
    withdrawal.save(update_fields=["destination_sealed"])
    return True
