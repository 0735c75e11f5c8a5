"""Refills and what happened to them."""

from typing import Any, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.triggers import refuse
from orders.models import Channel, Condition, Order, SightingSource
from refills.states import FINAL_STATES, NEXT_STATES, OPEN_STATES, RUNNING_STATES, RefillState, WaitsFor


class StaleRefill(Exception):
    """Another worker moved the refill first; whoever lost the race drops its work."""


class RefillQuerySet(models.QuerySet["Refill"]):
    def of(self, customer: User) -> Self:
        return self.filter(customer=customer)

    def open(self) -> Self:
        return self.filter(state__in=OPEN_STATES)

    def running(self) -> Self:
        return self.filter(state__in=RUNNING_STATES)

    def newest_first(self) -> Self:
        return self.order_by("-pk")


class Refill(models.Model):
    """One request to bring back what dropped of one order, with the numbers it was decided by."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="refills")
    customer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="refills")
    counter_key = models.CharField(_("counter"), max_length=2150)
    channel = models.CharField(_("asked by"), max_length=8, choices=Channel.choices)
    state = models.CharField(
        _("state"), max_length=11, choices=RefillState.choices, default=RefillState.REQUESTED
    )
    waits_for = models.CharField(
        _("waits for"), max_length=8, choices=WaitsFor.choices, blank=True, default=WaitsFor.NOBODY
    )
    asked_at = models.DateTimeField(_("asked"))
    # When everything was there that is needed to decide: from here its start is reckoned (K-59, K-64).
    added_at = models.DateTimeField(_("added"), null=True, blank=True)
    start_due_at = models.DateTimeField(_("starts by"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    # When the sweep looks at it next.
    check_at = models.DateTimeField(_("next look"), null=True, blank=True)

    # Only a count seen since then is fresh enough to decide by: what was in the way may have moved the counter.
    counts_from = models.DateTimeField(_("counts from"))
    # Until then a provider who was asked anew may still say what the counter shows.
    patience_until = models.DateTimeField(_("patience until"), null=True, blank=True)

    # What the customer says the counter shows, or the hours since the day of the order: their word (K-44).
    stated_count = models.DecimalField(
        _("stated by the customer"), max_digits=15, decimal_places=1, null=True, blank=True
    )

    # What it was decided by (K-30).
    count = models.DecimalField(_("count"), max_digits=15, decimal_places=1, null=True, blank=True)
    condition = models.CharField(
        _("condition"), max_length=9, choices=Condition.choices, blank=True, default=""
    )
    counted_at = models.DateTimeField(_("counted"), null=True, blank=True)
    counted_by = models.CharField(
        _("counted by"), max_length=8, choices=SightingSource.choices, blank=True, default=""
    )
    guaranteed = models.BigIntegerField(_("guaranteed count"), null=True, blank=True)
    amount = models.PositiveBigIntegerField(_("units"), null=True, blank=True)
    target = models.BigIntegerField(_("count when whole"), null=True, blank=True)

    # Why it was refused, rejected, or what is asked of the customer.
    reason = models.CharField(_("reason"), max_length=40, blank=True, default="")
    answer = models.TextField(_("answer"), blank=True, default="")
    clause = models.CharField(_("clause"), max_length=60, blank=True, default="")
    behind_order = models.ForeignKey(
        Order,
        verbose_name=_("behind order"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    behind_refill = models.ForeignKey(
        "self",
        verbose_name=_("behind refill"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("assigned to"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )

    objects = RefillQuerySet.as_manager()

    class Meta:
        verbose_name = _("refill")
        verbose_name_plural = _("refills")
        default_permissions = ["view"]
        permissions = [("decide_refill", _("Can decide about refills"))]
        indexes = [
            models.Index(fields=["customer", "-id"], name="refill_by_customer"),
            models.Index(fields=["customer", "counter_key"], name="refill_by_customer_and_counter"),
            models.Index(fields=["order", "-id"], name="refill_by_order"),
            models.Index(fields=["check_at"], name="refill_to_look_at", condition=Q(check_at__isnull=False)),
            models.Index(fields=["waits_for", "id"], name="refill_waiting", condition=~Q(waits_for="")),
        ]
        constraints = [
            models.CheckConstraint(name="refill_state_is_known", condition=Q(state__in=RefillState.values)),
            models.CheckConstraint(
                name="refill_waits_for_a_known_one", condition=Q(waits_for__in=WaitsFor.values)
            ),
            models.UniqueConstraint(
                fields=["order"], name="refill_one_open_for_an_order", condition=Q(state__in=OPEN_STATES)
            ),
            models.UniqueConstraint(
                fields=["customer", "counter_key"],
                name="refill_one_running_on_a_counter",
                condition=Q(state__in=RUNNING_STATES),
            ),
            models.CheckConstraint(
                name="refill_final_has_a_closing_time",
                condition=Q(state__in=OPEN_STATES, closed_at__isnull=True)
                | Q(state__in=FINAL_STATES, closed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="refill_granted_says_how_much",
                condition=~Q(state__in=RUNNING_STATES | {RefillState.COMPLETED})
                | Q(amount__gte=1, added_at__isnull=False),
            ),
            models.CheckConstraint(
                name="refill_count_not_negative",
                condition=(Q(count__isnull=True) | Q(count__gte=0))
                & (Q(stated_count__isnull=True) | Q(stated_count__gte=0)),
            ),
            models.CheckConstraint(
                name="refill_refused_says_why",
                condition=~Q(state__in=["refused", "rejected"]) | ~Q(reason=""),
            ),
            models.CheckConstraint(
                name="refill_final_waits_for_nobody", condition=Q(state__in=OPEN_STATES) | Q(waits_for="")
            ),
        ]
        triggers = [refuse("refill_is_never_deleted", pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"#{self.pk}"

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES

    def move_to(self, state: RefillState, **facts: Any) -> None:
        """Change the state, with the facts that belong to it, or raise StaleRefill when another worker was first."""
        assert state in NEXT_STATES[RefillState(self.state)], f"{self.state} -> {state}"
        if not Refill.objects.filter(pk=self.pk, state=self.state).update(state=state, **facts):
            raise StaleRefill(self)
        self.state = state
        for name, value in facts.items():
            setattr(self, name, value)


class RefillEvent(models.Model):
    """One thing that happened to a refill. The provider's words are for staff only."""

    refill = models.ForeignKey(Refill, on_delete=models.CASCADE, related_name="events")
    what = models.CharField(_("what"), max_length=40)
    from_state = models.CharField(max_length=11, choices=RefillState.choices, blank=True, default="")
    to_state = models.CharField(max_length=11, choices=RefillState.choices, blank=True, default="")
    count = models.DecimalField(_("count"), max_digits=15, decimal_places=1, null=True, blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    note = models.CharField(_("note"), max_length=300, blank=True, default="")
    words = models.TextField(_("provider's words"), blank=True, default="")
    at = models.DateTimeField(_("time"))

    class Meta:
        verbose_name = _("refill event")
        verbose_name_plural = _("refill events")
        default_permissions = ()
        indexes = [models.Index(fields=["refill", "id"], name="refill_event_by_refill")]

    def __str__(self) -> str:
        return f"{self.refill_id} {self.what}"
