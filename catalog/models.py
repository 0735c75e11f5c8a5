"""What is on sale and for how much. A service is bought from a provider and sold under our own number and rate."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from billing.money import ExactDecimalField
from catalog.platforms import Metric, Platform
from providers.models import Provider


class RateField(ExactDecimalField):
    """Money per 1000 units, at most 5 places, so that every charge is exact (R-1)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["max_digits"] = 17
        kwargs["decimal_places"] = 5
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        del kwargs["max_digits"], kwargs["decimal_places"]
        return name, path, args, kwargs


class ServiceKind(models.TextChoices):
    """What an order of the service is made of; the trade's type names are the labels (API v2)."""

    DEFAULT = "default", "Default"
    PACKAGE = "package", "Package"
    CUSTOM_COMMENTS = "custom_comments", "Custom Comments"


class HeldBack(models.TextChoices):
    """Why an import keeps a service off sale; it returns by itself when the reason is gone."""

    GONE = "gone", _("no longer offered by the provider")
    NO_RATE = "no_rate", _("the provider names no price")
    DOUBTFUL_RATE = "doubtful_rate", _("a rate that cannot be right")


class Plain(models.Func):
    """A text with the look-alike letters of other alphabets made plain, so that it can be found by typing."""

    function = "NORMALIZE"
    template = "%(function)s(%(expressions)s, NFKC)"
    output_field = models.TextField()


class Category(models.Model):
    name = models.CharField(_("name"), max_length=300, unique=True)
    plain_name = models.GeneratedField(
        expression=Plain("name"), output_field=models.TextField(), db_persist=True, editable=False
    )
    position = models.PositiveIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")

    def __str__(self) -> str:
        return self.name


class ServiceQuerySet(models.QuerySet["Service"]):
    def on_sale(self) -> Self:
        return self.filter(is_on_sale=True, provider__is_active=True)


class Service(models.Model):
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="services")
    platform = models.CharField(_("platform"), max_length=20, choices=Platform.choices)
    metric = models.CharField(_("metric"), max_length=20, choices=Metric.choices)
    kind = models.CharField(
        _("type"), max_length=20, choices=ServiceKind.choices, default=ServiceKind.DEFAULT
    )
    name = models.CharField(_("name"), max_length=600)
    plain_name = models.GeneratedField(
        expression=Plain("name"), output_field=models.TextField(), db_persist=True, editable=False
    )
    description = models.TextField(_("description"), blank=True, default="")
    rate_per_1000 = RateField(_("rate per 1000"))
    min_quantity = models.PositiveBigIntegerField(_("smallest order"))
    max_quantity = models.PositiveBigIntegerField(_("largest order"))
    step = models.PositiveIntegerField(_("in steps of"), default=1)
    # None is "no guarantee"; naming.LIFETIME_DAYS stands for "as long as the account lives".
    guarantee_days = models.PositiveIntegerField(_("guarantee, days"), null=True, blank=True)
    stated_start = models.CharField(_("stated start"), max_length=120, blank=True, default="")
    stated_speed = models.CharField(_("stated speed"), max_length=120, blank=True, default="")
    allows_runs = models.BooleanField(
        _("may be delivered in runs"),
        default=True,
        help_text=_("Drip-feed: several orders of the same, begun one after the other."),
    )
    is_on_sale = models.BooleanField(_("on sale"), default=True)
    # Empty when staff took it off sale: then no import puts it back.
    held_back = models.CharField(
        _("held back because"),
        max_length=13,
        choices=HeldBack.choices,
        blank=True,
        default="",
        editable=False,
    )
    position = models.PositiveIntegerField(_("position"), default=0)

    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="services")
    provider_service = models.CharField(_("provider's service number"), max_length=64)
    provider_rate = models.DecimalField(_("provider's rate"), max_digits=20, decimal_places=8)
    markup_percent = models.DecimalField(_("mark-up, percent"), max_digits=8, decimal_places=2)
    provider_refills = models.BooleanField(_("provider refills"), default=False)
    provider_cancels = models.BooleanField(_("provider cancels"), default=False)
    seen_at = models.DateTimeField(_("last seen at the provider"))
    own_wording = models.BooleanField(
        _("in our own words"),
        default=False,
        help_text=_("Imports leave the category, the texts, the guarantee and the estimates as they are."),
    )

    objects = ServiceQuerySet.as_manager()

    class Meta:
        verbose_name = _("service")
        verbose_name_plural = _("services")
        indexes = [
            models.Index(fields=["platform", "metric"], name="service_by_kind", condition=Q(is_on_sale=True))
        ]
        constraints = [
            models.CheckConstraint(
                name="service_on_sale_costs_something", condition=Q(is_on_sale=False) | Q(rate_per_1000__gt=0)
            ),
            models.CheckConstraint(
                name="service_quantities_in_order",
                condition=Q(min_quantity__gte=1, max_quantity__gte=F("min_quantity"), step__gte=1),
            ),
            models.CheckConstraint(name="service_kind_is_known", condition=Q(kind__in=ServiceKind.values)),
            models.CheckConstraint(
                name="service_held_back_is_not_on_sale", condition=Q(held_back="") | Q(is_on_sale=False)
            ),
            models.CheckConstraint(
                name="service_held_back_for_a_known_reason", condition=Q(held_back__in=["", *HeldBack.values])
            ),
            models.UniqueConstraint(
                fields=["provider", "provider_service"], name="service_bought_under_one_number_each"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.name}"

    @property
    def is_sold_in_runs(self) -> bool:
        return self.allows_runs and self.kind == ServiceKind.DEFAULT


class RateChange(models.Model):
    """The price history: one row each time a service's rate moves."""

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="rate_changes")
    old_rate = RateField(_("old rate"), null=True, blank=True)
    new_rate = RateField(_("new rate"))
    changed_at = models.DateTimeField(_("changed"))
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("rate change")
        verbose_name_plural = _("rate changes")
        indexes = [models.Index(fields=["service", "changed_at"], name="rate_change_by_service_and_age")]

    def __str__(self) -> str:
        return f"{self.service_id}: {self.old_rate} → {self.new_rate}"


class Estimate(models.Model):
    """What the last orders of a service were like; a figure is empty when none of them could tell it (R-14)."""

    service = models.OneToOneField(
        Service, on_delete=models.CASCADE, primary_key=True, related_name="estimate"
    )
    # How the orders of the sample ended, and when the newest of them did.
    completed = models.PositiveIntegerField(_("completed"), default=0)
    partial = models.PositiveIntegerField(_("partial"), default=0)
    cancelled = models.PositiveIntegerField(_("cancelled"), default=0)
    newest_at = models.DateTimeField(_("newest order closed"), null=True, blank=True)
    # From how many of them each figure is made.
    starts = models.PositiveIntegerField(_("starts measured"), default=0)
    start_median = models.DurationField(_("typical start"), null=True, blank=True)
    start_nine_of_ten = models.DurationField(_("9 of 10 start within"), null=True, blank=True)
    speeds = models.PositiveIntegerField(_("speeds measured"), default=0)
    speed_per_day = models.DecimalField(
        _("typical speed per day"), max_digits=20, decimal_places=4, null=True, blank=True
    )
    # Units lost again, of the units delivered by orders that were looked at a day or more after their end.
    drop_checks = models.PositiveIntegerField(_("drops checked"), default=0)
    dropped = models.PositiveBigIntegerField(_("units dropped"), default=0)
    checked = models.PositiveBigIntegerField(_("units checked"), default=0)
    refreshed_at = models.DateTimeField(_("computed"), null=True, blank=True)

    class Meta:
        verbose_name = _("estimate")
        verbose_name_plural = _("estimates")
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                name="estimate_drops_what_was_checked", condition=Q(dropped__lte=F("checked"))
            )
        ]

    def __str__(self) -> str:
        return f"{self.service_id}"

    @property
    def sample(self) -> int:
        return self.completed + self.partial + self.cancelled
