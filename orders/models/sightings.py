"""What a counter showed at a moment, as somebody or something saw it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from orders.models.orders import Order


class Condition(models.TextChoices):
    """What a look at a counter found, whether or not it could be read."""

    PUBLIC = "public", _("public")
    PRIVATE = "private", _("private")
    NOT_FOUND = "not_found", _("not found")
    HIDDEN = "hidden", _("the count is hidden")


class SightingSource(models.TextChoices):
    """Who saw it: a provider's answer, a program of the panel's own, staff, or the customer."""

    PROVIDER = "provider", _("provider")
    CHECK = "check", _("our own check")
    STAFF = "staff", _("staff")
    CUSTOMER = "customer", _("customer")


class Sighting(models.Model):
    """One look at a counter. Kept as evidence: the newest one is a row more, never another text in this one."""

    counter_key = models.CharField(_("counter"), max_length=2150)
    # The order on whose occasion it was seen. A look before an order that was then refused has none.
    order = models.ForeignKey(
        Order, on_delete=models.CASCADE, null=True, blank=True, related_name="sightings"
    )
    count = models.BigIntegerField(_("count"), null=True, blank=True)
    condition = models.CharField(
        _("condition"), max_length=9, choices=Condition.choices, default=Condition.PUBLIC
    )
    source = models.CharField(_("seen by"), max_length=8, choices=SightingSource.choices)
    seen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    note = models.CharField(_("note"), max_length=300, blank=True, default="")
    seen_at = models.DateTimeField(_("seen"))

    class Meta:
        verbose_name = _("sighting")
        verbose_name_plural = _("sightings")
        default_permissions = ()
        indexes = [
            models.Index(fields=["counter_key", "-seen_at"], name="sighting_by_counter"),
        ]
        constraints = [
            models.CheckConstraint(
                name="sighting_condition_is_known", condition=Q(condition__in=Condition.values)
            ),
            models.CheckConstraint(
                name="sighting_source_is_known", condition=Q(source__in=SightingSource.values)
            ),
            models.CheckConstraint(
                name="sighting_counts_only_what_is_public",
                condition=Q(count__isnull=True) | Q(condition=Condition.PUBLIC, count__gte=0),
            ),
            models.CheckConstraint(
                name="sighting_of_a_person_names_the_person",
                condition=~Q(source__in=[SightingSource.STAFF, SightingSource.CUSTOMER])
                | Q(seen_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.counter_key} {self.condition if self.count is None else self.count}"
