"""What a deposit earns beside its amount, and coupons: for a bonus on a deposit, or for a sum off an order."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from billing.money import MoneyField


class BonusTier(models.Model):
    """Deposits of at least this amount earn so many percent; of several, the highest amount reached counts."""

    at_least = MoneyField(_("from this amount"))
    percent = models.DecimalField(_("bonus, percent"), max_digits=5, decimal_places=2)
    starts_at = models.DateTimeField(_("from"), null=True, blank=True)
    ends_at = models.DateTimeField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("bonus tier")
        verbose_name_plural = _("bonus tiers")
        constraints = [
            models.CheckConstraint(
                name="bonus_tier_is_a_percentage", condition=Q(percent__gt=0, percent__lte=100)
            ),
            models.CheckConstraint(name="bonus_tier_amount_not_negative", condition=Q(at_least__gte=0)),
            models.CheckConstraint(
                name="bonus_tier_ends_after_it_starts",
                condition=Q(starts_at__isnull=True) | Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.at_least.normalize():f} → {self.percent.normalize():f} %"


class Coupon(models.Model):
    """A word that is worth something, once for each customer."""

    class Kind(models.TextChoices):
        DEPOSIT_PERCENT = "deposit_percent", _("percent of a deposit, as bonus")
        DEPOSIT_AMOUNT = "deposit_amount", _("a sum with a deposit, as bonus")
        ORDER_AMOUNT = "order_amount", _("a sum off an order")

    code = models.CharField(_("code"), max_length=40)
    kind = models.CharField(_("kind"), max_length=16, choices=Kind)
    value = MoneyField(_("percent or sum"))
    at_least = MoneyField(_("for amounts from"), default=0)
    most_uses = models.PositiveIntegerField(_("at most so many customers"), null=True, blank=True)
    uses = models.PositiveIntegerField(_("used by"), default=0, editable=False)
    starts_at = models.DateTimeField(_("from"), null=True, blank=True)
    ends_at = models.DateTimeField(_("until"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True, default="")

    class Meta:
        verbose_name = _("coupon")
        verbose_name_plural = _("coupons")
        constraints = [
            models.UniqueConstraint(Upper("code"), name="coupon_code_unique_in_any_case"),
            models.CheckConstraint(
                name="coupon_kind_is_known",
                condition=Q(kind__in=["deposit_percent", "deposit_amount", "order_amount"]),
            ),
            models.CheckConstraint(name="coupon_is_worth_something", condition=Q(value__gt=0)),
            models.CheckConstraint(
                name="coupon_percent_is_a_percentage",
                condition=~Q(kind="deposit_percent") | Q(value__lte=100),
            ),
            models.CheckConstraint(
                name="coupon_is_not_used_too_often",
                condition=Q(most_uses__isnull=True) | Q(uses__lte=F("most_uses")),
            ),
        ]

    def __str__(self) -> str:
        return self.code


class CouponUse(models.Model):
    """A customer has taken a coupon, for a payment or an order; what came to nothing gives it back."""

    coupon = models.ForeignKey(Coupon, on_delete=models.PROTECT, related_name="taken")
    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="coupon_uses"
    )
    # `payment:17` or `order:17`.
    subject = models.CharField(_("for"), max_length=40)
    amount = MoneyField(_("worth"))
    used_at = models.DateTimeField(_("used"))
    returned_at = models.DateTimeField(_("given back"), null=True, blank=True)

    class Meta:
        verbose_name = _("use of a coupon")
        verbose_name_plural = _("uses of coupons")
        default_permissions = ["view"]
        constraints = [
            models.UniqueConstraint(
                fields=["coupon", "customer"],
                condition=Q(returned_at__isnull=True),
                name="coupon_is_used_once_by_a_customer",
            ),
        ]
        indexes = [models.Index(fields=["subject"], name="coupon_use_by_subject")]

    def __str__(self) -> str:
        return f"{self.coupon} {self.subject}"
