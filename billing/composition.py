"""What a balance consists of: which part of it is cash, which bonus, and from which fundings it comes (R-6).

Money is spent oldest funding first and, inside a funding, cash before bonus; a refund goes the same way back. So a
balance is always the newest fundings, the last of them in part, with its bonus left last. Nothing of this is stored.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from accounts.models import User
from billing.ledger import balance_of
from billing.models import Funding
from billing.money import ZERO
from terms.catalogue import Withdrawal


@dataclass(frozen=True)
class Lot:
    """What one funding could hold: its cash and bonus, less whatever has left it for good, under its own terms."""

    funding: int
    credited_at: datetime
    cash: Decimal
    bonus: Decimal
    terms: Withdrawal


@dataclass(frozen=True)
class Rest:
    """What is left of one lot."""

    lot: Lot
    cash: Decimal
    bonus: Decimal


def composition_of(balance: Decimal, newest_first: Iterable[Lot]) -> Iterator[Rest]:
    """Yield what is left of each lot, newest first, until the balance is covered (R-6, K-72, W-13).

    Both amounts are in the panel's currency. A balance of zero or less consists of nothing. No more lots are read
    than are needed.
    """
    uncovered = balance
    if uncovered <= ZERO:
        return
    for lot in newest_first:
        bonus = min(lot.bonus, uncovered)
        cash = min(lot.cash, uncovered - bonus)
        uncovered -= bonus + cash
        if bonus or cash:
            yield Rest(lot, cash=cash, bonus=bonus)
        if uncovered == ZERO:
            return


def composition_for(customer: User) -> list[Rest]:
    """Return what the customer's balance consists of now, newest funding first."""
    fundings = (
        Funding.objects.filter(customer=customer)
        .select_related("terms_version")
        .defer("terms_version__text")
        .order_by("-credited_at", "-pk")
    )
    return list(composition_of(balance_of(customer), map(lot_of, fundings.iterator(chunk_size=100))))


def lot_of(funding: Funding) -> Lot:
    """What a funding can still hold: what was withdrawn, forfeited or taken back is gone for good (R-6, R-7, R-13)."""
    return Lot(
        funding.pk,
        funding.credited_at,
        # Cash that was withdrawn and then charged back as well is a debt of the balance, not of the lot.
        max(funding.cash - funding.cash_withdrawn - funding.cash_reversed, ZERO),
        funding.bonus - funding.bonus_withdrawn - funding.bonus_forfeited - funding.bonus_reversed,
        funding.terms_version.rules.withdrawal,
    )
