"""A customer's fundings one by one: what each gave, what is left of it, where the rest went, and what leaving costs.

Nothing of this is stored: what is left follows from the balance (R-6), what a withdrawal would cost from the terms that
the funding itself was given under.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Q, QuerySet

from accounts.models import User
from billing.composition import Rest, composition_for, lot_of
from billing.models import Funding
from billing.money import ZERO
from billing.quoting import governing_terms
from terms.catalogue import Withdrawal

PAGE_FUNDINGS = 20


@dataclass(frozen=True)
class Leaving:
    """Until when this funding's cash may leave without a fee, and the percentage taken from it afterwards."""

    free_until: datetime
    late_percent: Decimal
    is_late: bool


@dataclass(frozen=True)
class FundingShown:
    """A funding as its customer sees it. `leaving` is None where there is no cash left, or no way out for it."""

    funding: Funding
    cash_left: Decimal
    bonus_left: Decimal
    leaving: Leaving | None

    @property
    def given(self) -> Decimal:
        given: Decimal = self.funding.cash + self.funding.bonus
        return given

    @property
    def left(self) -> Decimal:
        return self.cash_left + self.bonus_left

    @property
    def withdrawn(self) -> Decimal:
        withdrawn: Decimal = self.funding.cash_withdrawn + self.funding.bonus_withdrawn
        return withdrawn

    @property
    def reversed(self) -> Decimal:
        taken_back: Decimal = self.funding.cash_reversed + self.funding.bonus_reversed
        return taken_back

    @property
    def spent(self) -> Decimal:
        """What orders have used of it. What was withdrawn may be taken back as well: then more has left than came."""
        gone: Decimal = self.withdrawn + self.reversed + self.funding.bonus_forfeited
        return max(self.given - self.left - gone, ZERO)

    @property
    def has_receipt(self) -> bool:
        return is_receipted(self.funding)


@dataclass(frozen=True)
class FundingPage:
    fundings: list[FundingShown]
    has_older: bool
    has_newer: bool


@dataclass(frozen=True)
class Holdings:
    """What a balance consists of. A balance below zero consists of nothing and is a debt (F-21)."""

    cash: Decimal
    bonus: Decimal
    debt: Decimal
    rests: Mapping[int, Rest]


def holdings_of(customer: User, balance: Decimal) -> Holdings:
    rests = {rest.lot.funding: rest for rest in composition_for(customer)}
    return Holdings(
        cash=sum((rest.cash for rest in rests.values()), ZERO),
        bonus=sum((rest.bonus for rest in rests.values()), ZERO),
        debt=max(-balance, ZERO),
        rests=rests,
    )


def funding_page(
    customer: User,
    holdings: Holdings,
    *,
    in_force: Withdrawal | None,
    now: datetime,
    before: int | None = None,
    after: int | None = None,
    length: int = PAGE_FUNDINGS,
) -> FundingPage:
    """Return the newest fundings, or those before or after the one with this number (F-17)."""
    fundings = _fundings(customer)
    if after is not None:
        older_first = _beyond(fundings, customer, after, newer=True).order_by("credited_at", "pk")
        found = list(older_first[: length + 1])
        has_newer, has_older = len(found) > length, True
        found = found[:length][::-1]
    else:
        if before is not None:
            fundings = _beyond(fundings, customer, before, newer=False)
        found = list(fundings.order_by("-credited_at", "-pk")[: length + 1])
        has_newer, has_older = before is not None, len(found) > length
        found = found[:length]
    return FundingPage(
        [_shown(each, holdings.rests.get(each.pk), in_force=in_force, now=now) for each in found],
        has_older=has_older,
        has_newer=has_newer,
    )


def is_receipted(funding: Funding) -> bool:
    """A receipt is for money that was paid; a gift has none."""
    return funding.kind == Funding.Kind.DEPOSIT and funding.cash > ZERO


def leaving_of(rest: Rest | None, *, in_force: Withdrawal | None, now: datetime) -> Leaving | None:
    """Return what withdrawing this rest would cost, by its own terms (W-18, K-71, K-73, V-3).

    Exactly as old as the free window is still free. None where nothing can leave, or where it never costs anything.
    """
    if rest is None or rest.cash == ZERO:
        return None
    terms = governing_terms(rest.lot, in_force) if in_force else rest.lot.terms
    if not terms.enabled or terms.late_fee_percent == ZERO:
        return None
    free_until = rest.lot.credited_at + timedelta(hours=terms.free_window_hours)
    return Leaving(free_until, terms.late_fee_percent, is_late=now > free_until)


def _fundings(customer: User) -> QuerySet[Funding]:
    light = Funding.objects.filter(customer=customer).select_related("terms_version", "payment")
    return light.defer("terms_version__text", "terms_version__wording")


def _beyond(fundings: QuerySet[Funding], customer: User, number: int, *, newer: bool) -> QuerySet[Funding]:
    """The fundings on one side of the one with this number; all of them when it is not the customer's."""
    at = Funding.objects.filter(customer=customer, pk=number).values_list("credited_at", flat=True).first()
    if at is None:
        return fundings
    side = "gt" if newer else "lt"
    return fundings.filter(Q(**{f"credited_at__{side}": at}) | Q(credited_at=at, **{f"pk__{side}": number}))


def _shown(
    funding: Funding, rest: Rest | None, *, in_force: Withdrawal | None, now: datetime
) -> FundingShown:
    lot = rest or Rest(lot_of(funding), cash=ZERO, bonus=ZERO)
    return FundingShown(funding, lot.cash, lot.bonus, leaving=leaving_of(rest, in_force=in_force, now=now))
