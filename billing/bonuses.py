"""What a deposit earns beside its amount: the percentage of the highest tier that it reaches, while that is offered.

A coupon takes the place of the tier. One that is worth less than the tier is not taken, and stays with its customer.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.refusals import Refusal
from billing.coupons import CouponFor, coupon_worth
from billing.currencies import smallest_payable
from billing.models import BonusTier
from billing.money import ZERO, shown_amount

HUNDRED = Decimal(100)


class CouponNotBetter(Refusal):
    code = "coupon_not_better"
    sentence = _(
        "Without the coupon this payment earns %(bonus)s, which is not less. Keep the coupon for another one."
    )


@dataclass(frozen=True)
class Bonus:
    """What is earned in all, and whether a coupon earns it."""

    amount: Decimal
    percent: Decimal | None = None
    by_coupon: bool = False


def bonus_for(amount: Decimal, tiers: Iterable[BonusTier], now: datetime) -> Bonus:
    """Return the bonus of the highest tier reached, in the panel's currency, half up (R-1, F-18, K-72).

    Both ends of a tier's time belong to it. Of two tiers from the same amount, the better one counts.
    """
    reached = [tier for tier in tiers if tier.at_least <= amount and _is_offered(tier, now)]
    if not reached:
        return Bonus(ZERO)
    best = max(reached, key=lambda tier: (tier.at_least, tier.percent))
    earned = (amount * best.percent / HUNDRED).quantize(smallest_payable(), ROUND_HALF_UP)
    return Bonus(earned, best.percent)


def promised_bonus(*, customer: User, amount: Decimal, coupon_code: str, now: datetime) -> Bonus:
    """Return what a deposit of this amount would earn, with this coupon if any; nothing is stored.

    Raises CouponNotBetter and what coupons.coupon_worth raises.
    """
    tier = bonus_for(amount, offered_tiers(now), now)
    if not coupon_code.strip():
        return tier
    worth = coupon_worth(customer=customer, code=coupon_code, kind=CouponFor.DEPOSIT, amount=amount, now=now)
    if worth <= tier.amount:
        raise CouponNotBetter(bonus=shown_amount(tier.amount))
    return Bonus(worth, by_coupon=True)


def offered_tiers(now: datetime) -> list[BonusTier]:
    """The tiers that are offered now, lowest amount first."""
    begun = Q(starts_at__isnull=True) | Q(starts_at__lte=now)
    going = Q(ends_at__isnull=True) | Q(ends_at__gte=now)
    return list(BonusTier.objects.filter(begun & going).order_by("at_least", "percent"))


def _is_offered(tier: BonusTier, now: datetime) -> bool:
    return (tier.starts_at is None or tier.starts_at <= now) and (tier.ends_at is None or now <= tier.ends_at)
