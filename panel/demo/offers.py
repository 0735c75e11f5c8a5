"""What the demo gives beside what is paid: bonus tiers, a coupon for a deposit and one for an order."""

from decimal import Decimal

from billing.models import BonusTier, Coupon

TIERS = ((Decimal(25), Decimal(5)), (Decimal(200), Decimal(10)))
COUPONS = (
    ("WELCOME5", Coupon.Kind.DEPOSIT_AMOUNT, Decimal(5), Decimal(20)),
    ("FIRST1", Coupon.Kind.ORDER_AMOUNT, Decimal(1), Decimal(2)),
)


def make_offers() -> None:
    """Make what is missing of them; they are offered from the panel's first day on."""
    for at_least, percent in TIERS:
        BonusTier.objects.get_or_create(at_least=at_least, percent=percent)
    for code, kind, value, at_least in COUPONS:
        Coupon.objects.get_or_create(code=code, defaults={"kind": kind, "value": value, "at_least": at_least})
