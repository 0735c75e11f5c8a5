"""What a withdrawal would cost and bring, before anybody asks for it.

Each payment is judged by the terms that it was made under: whether it may leave, for how long without a fee, and
what becomes of its bonus. The panel never pays out more than was paid in; a gift is never paid out.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from accounts.refusals import Refusal
from billing.composition import Lot, Rest
from billing.currencies import require_currency_decimals, smallest_payable
from billing.money import SMALLEST, ZERO, shown_amount
from terms.catalogue import Withdrawal

HUNDRED = Decimal(100)
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class WithdrawalsDisabled(Refusal):
    code = "withdrawals_disabled"
    clause = "A-24"
    sentence = _("The balance can only be used for orders.")


class AmountTooHigh(Refusal):
    code = "amount_too_high"
    clause = "K-71, K-72"
    sentence = _("At most %(most)s can be withdrawn.")


class AmountTooLow(Refusal):
    code = "amount_too_low"
    clause = "K-70"
    sentence = _("At least %(least)s must be withdrawn.")


@dataclass(frozen=True)
class Part:
    """What is taken from one lot. Fee and net are exact; only the whole withdrawal is rounded."""

    lot: Lot
    age: timedelta
    fee_percent: Decimal
    cash: Decimal
    bonus: Decimal
    bonus_lost: Decimal = ZERO

    @property
    def taken(self) -> Decimal:
        return self.cash + self.bonus

    @property
    def fee(self) -> Decimal:
        return self.taken * self.fee_percent / HUNDRED

    @property
    def net(self) -> Decimal:
        return self.taken - self.fee


@dataclass(frozen=True)
class Quote:
    """The balance falls by `gross` and `bonus_lost`; the customer receives `payout`."""

    gross: Decimal
    fee: Decimal
    parts: tuple[Part, ...]
    due_on: date

    @property
    def payout(self) -> Decimal:
        return self.gross - self.fee

    @property
    def bonus_lost(self) -> Decimal:
        return sum((part.bonus_lost for part in self.parts), ZERO)


def quote_withdrawal(
    rests: Iterable[Rest], *, gross: Decimal, in_force: Withdrawal, requested_at: datetime
) -> Quote:
    """Return what withdrawing `gross`, in the panel's currency, takes and brings (R-7, K-71, K-72, K-73).

    `rests` is what the balance consists of. The fee comes out of the amount and is rounded half up once. Raises
    AmountNotPayable, WithdrawalsDisabled, AmountTooLow or AmountTooHigh.
    """
    require_currency_decimals(gross)
    offers = _offers(rests, in_force=in_force, requested_at=requested_at)
    if not offers and not in_force.enabled:
        raise WithdrawalsDisabled
    if gross < in_force.min_amount:
        raise AmountTooLow(least=shown_amount(in_force.min_amount))
    most = _most(offers)
    if gross > most:
        raise AmountTooHigh(most=shown_amount(most))
    parts = tuple(_taken(offers, gross))
    return Quote(gross, _fee(parts), parts, due_on=due_day(requested_at, in_force))


def most_withdrawable(rests: Iterable[Rest], *, in_force: Withdrawal, requested_at: datetime) -> Decimal:
    """Return the most that can be asked for, in the currency's own decimals, rounded down (R-1, R-7)."""
    return _most(_offers(rests, in_force=in_force, requested_at=requested_at))


def due_day(requested_at: datetime, in_force: Withdrawal) -> date:
    """Return the day at whose end the withdrawal should be done: so many working days after its own (K-74)."""
    day = requested_at.astimezone(ZoneInfo(in_force.time_zone)).date()
    waited = 0
    while waited < in_force.working_days:
        day += timedelta(days=1)
        waited += DAYS[day.weekday()] in in_force.weekdays and day not in in_force.holidays
    return day


@dataclass(frozen=True)
class _Offer:
    """What one lot offers, if all of it is taken."""

    rest: Rest
    terms: Withdrawal
    part: Part


def _offers(rests: Iterable[Rest], *, in_force: Withdrawal, requested_at: datetime) -> list[_Offer]:
    """What may leave, in the order in which it does: free of a fee before late, and the oldest of each first."""
    offers = []
    for rest in rests:
        terms = governing_terms(rest.lot, in_force)
        if terms.enabled and rest.cash > ZERO:
            age = requested_at - rest.lot.credited_at
            is_late = age > timedelta(hours=terms.free_window_hours)
            part = Part(
                rest.lot,
                age,
                fee_percent=terms.late_fee_percent if is_late else ZERO,
                cash=rest.cash,
                bonus=_bonus_beside(rest, terms) if is_late else ZERO,
            )
            offers.append(_Offer(rest, terms, part))
    return sorted(
        offers,
        key=lambda offer: (offer.part.fee_percent > ZERO, offer.rest.lot.credited_at, offer.rest.lot.funding),
    )


def governing_terms(lot: Lot, in_force: Withdrawal) -> Withdrawal:
    """The lot's own terms, unless they know no withdrawals and those in force give the better right (V-3)."""
    better = not lot.terms.enabled and in_force.enabled and in_force.applies_to_older_deposits
    return in_force if better else lot.terms


def _bonus_beside(rest: Rest, terms: Withdrawal) -> Decimal:
    """How much bonus may leave together with late cash: as much as makes up for the fee, so that nothing is won by
    waiting, however large the bonus was (K-72, K-73)."""
    kept = HUNDRED - terms.late_fee_percent
    if terms.bonus_policy == "excluded" or kept == ZERO:
        return ZERO
    making_up = (rest.cash * terms.late_fee_percent / kept).quantize(SMALLEST, ROUND_DOWN)
    return min(rest.bonus, making_up)


def _most(offers: Iterable[_Offer]) -> Decimal:
    total = sum((offer.part.taken for offer in offers), ZERO)
    return total.quantize(smallest_payable(), ROUND_FLOOR)


def _taken(offers: Iterable[_Offer], gross: Decimal) -> Iterable[Part]:
    """Take the amount from one lot after the other, the cash of each before its bonus."""
    for offer in offers:
        if gross == ZERO:
            return
        cash = min(offer.part.cash, gross)
        bonus = min(offer.part.bonus, gross - cash)
        gross -= cash + bonus
        part = replace(offer.part, cash=cash, bonus=bonus)
        yield replace(part, bonus_lost=_bonus_lost(offer, part))


def _bonus_lost(offer: _Offer, part: Part) -> Decimal:
    """A lot that is touched loses all of its bonus, or the same share of it as of its cash (K-72)."""
    left = offer.rest.bonus - part.bonus
    if offer.terms.bonus_forfeit == "full":
        return left
    share = part.lot.bonus * part.cash / part.lot.cash
    return min(left, share.quantize(SMALLEST, ROUND_HALF_UP))


def _fee(parts: Iterable[Part]) -> Decimal:
    """Half up; where a bonus leaves, up, so that not even many small requests bring more than was paid."""
    fee = sum((part.fee for part in parts), ZERO)
    rounding = ROUND_CEILING if any(part.bonus for part in parts) else ROUND_HALF_UP
    return fee.quantize(smallest_payable(), rounding)
