"""Orders and what happened to them."""

from decimal import Decimal
from typing import Any, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.triggers import refuse
from billing.money import MoneyField
from catalog.models import RateField, Service, ServiceKind
from orders.models.drips import DripFeed
from orders.models.marks import Fault, Review
from orders.states import FINAL_STATES, NEXT_STATES, OPEN_STATES, OrderState
from orders.triggers import keep_what_was_ordered, refuse_orders_of_shut_accounts
from terms.models import TermsVersion


class StaleOrder(Exception):
    """Another worker moved the order first; whoever lost the race drops its work."""


class Channel(models.TextChoices):
    BROWSER = "browser", _("browser")
    API = "api", _("API")


class OrderQuerySet(models.QuerySet["Order"]):
    def of(self, customer: User) -> Self:
        return self.filter(customer=customer)

    def open(self) -> Self:
        return self.filter(state__in=OPEN_STATES)

    def newest_first(self) -> Self:
        return self.order_by("-pk")


class Order(models.Model):
    customer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="orders")
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="orders")
    terms_version = models.ForeignKey(TermsVersion, on_delete=models.PROTECT, related_name="+")
    channel = models.CharField(_("ordered by"), max_length=8, choices=Channel.choices)
    # Made by the customer's form or program: sending the same request twice buys once.
    request_id = models.CharField(_("request"), max_length=100)

    # What was ordered and how it was sold. Never changed afterwards (K-23), whatever becomes of the service.
    link = models.CharField(_("link"), max_length=2048)
    target_key = models.CharField(_("target"), max_length=2100)
    counter_key = models.CharField(_("counter"), max_length=2150)
    # Watch hours of a video move the hours of its channel: the channel as the customer named it (K-43).
    channel_link = models.CharField(_("channel"), max_length=2048, blank=True, default="")
    channel_counter_key = models.CharField(max_length=2150, blank=True, default="")
    quantity = models.PositiveBigIntegerField(_("quantity"))
    comments = models.TextField(_("comments"), blank=True, default="")
    service_kind = models.CharField(max_length=20, choices=ServiceKind.choices)
    service_name = models.CharField(_("service"), max_length=600)
    service_description = models.TextField(_("description"), blank=True, default="")
    guarantee_days = models.PositiveIntegerField(_("guarantee, days"), null=True, blank=True)
    stated_start = models.CharField(_("stated start"), max_length=120, blank=True, default="")
    stated_speed = models.CharField(_("stated speed"), max_length=120, blank=True, default="")
    # What was estimated when it was ordered: from so many orders, or from what was stated when that is 0.
    start_within = models.DurationField(_("estimated to start within"), null=True, blank=True)
    finish_within = models.DurationField(_("estimated to finish within"), null=True, blank=True)
    estimated_from = models.PositiveIntegerField(_("orders estimated from"), default=0)
    list_rate = RateField(_("list rate"))
    discount_percent = models.DecimalField(_("discount"), max_digits=5, decimal_places=2)
    rate_per_1000 = RateField(_("rate"))
    # What is debited: a coupon is off already.
    charge = MoneyField(_("charge"))
    coupon_code = models.CharField(_("coupon"), max_length=40, blank=True, default="")
    coupon_amount = MoneyField(_("off by coupon"), default=0)
    overlaps = models.BooleanField(_("overlaps another order"), default=False)
    placed_at = models.DateTimeField(_("placed"))
    # One of several orders that are begun one after the other.
    drip_feed = models.ForeignKey(
        DripFeed, on_delete=models.PROTECT, null=True, blank=True, related_name="orders", db_index=False
    )
    run = models.PositiveSmallIntegerField(_("run"), null=True, blank=True)
    run_at = models.DateTimeField(_("run begins"), null=True, blank=True)
    # From here waiting, lateness and pace count: a later run has not kept anybody waiting before its turn.
    begins_at = models.GeneratedField(
        expression=Coalesce("run_at", "placed_at"), output_field=models.DateTimeField(), db_persist=True
    )

    # What became of it.
    state = models.CharField(
        _("state"), max_length=12, choices=OrderState.choices, default=OrderState.PENDING
    )
    start_count = models.BigIntegerField(_("start count"), null=True, blank=True)
    remains = models.PositiveBigIntegerField(_("remains"), null=True, blank=True)
    refunded = MoneyField(_("refunded"), default=0)
    earned = MoneyField(_("earned"), default=0)
    # What would have been refunded, but the customer may be at fault: waiting for a person, or refused by one.
    under_review = MoneyField(_("under review"), default=0)
    denied = MoneyField(_("refund denied"), default=0)
    fault = models.CharField(_("fault"), max_length=20, choices=Fault.choices, default=Fault.NONE)
    ending = models.CharField(_("how it ended"), max_length=40, blank=True, default="")
    review = models.CharField(_("to look at"), max_length=20, choices=Review.choices, blank=True, default="")
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    # How much of the delivery was gone when its counter was first seen a day or more after the end.
    dropped = models.PositiveBigIntegerField(_("dropped"), null=True, blank=True)
    check_at = models.DateTimeField(_("next check"), null=True, blank=True)
    checked_at = models.DateTimeField(_("last report"), null=True, blank=True)
    misses = models.PositiveIntegerField(_("answers without a status"), default=0)

    objects = OrderQuerySet.as_manager()

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        # Nobody adds, changes or deletes an order by hand; what staff may decide has rights of its own.
        default_permissions = ["view"]
        permissions = [
            ("handle_order", _("Can ask about orders, clear their flags and free their links")),
            ("settle_order", _("Can end orders and release refunds")),
        ]
        indexes = [
            models.Index(fields=["customer", "-id"], name="order_by_customer"),
            models.Index(fields=["customer", "state", "-id"], name="order_by_customer_and_state"),
            models.Index(fields=["customer", "target_key"], name="order_by_customer_and_target"),
            models.Index(fields=["customer", "placed_at"], name="order_by_customer_and_age"),
            models.Index(fields=["service", "-id"], name="order_by_service"),
            models.Index(
                fields=["service", "-closed_at"],
                name="order_by_service_and_end",
                condition=Q(closed_at__isnull=False),
            ),
            models.Index(
                fields=["service", "-closed_at"],
                name="order_by_service_and_drop",
                condition=Q(dropped__isnull=False),
            ),
            # Staff look for a link whoever ordered for it, also by its beginning.
            models.Index(fields=["target_key"], name="order_by_target", opclasses=["varchar_pattern_ops"]),
            models.Index(
                fields=["channel_counter_key"], name="order_by_channel", condition=~Q(channel_counter_key="")
            ),
            models.Index(fields=["check_at"], name="order_to_check", condition=Q(check_at__isnull=False)),
            models.Index(fields=["review", "-id"], name="order_to_look_at", condition=~Q(review="")),
        ]
        constraints = [
            models.UniqueConstraint(fields=["customer", "request_id"], name="order_request_buys_once"),
            models.UniqueConstraint(fields=["drip_feed", "run"], name="order_is_one_run_of_its_drip_feed"),
            models.CheckConstraint(
                name="order_run_belongs_to_a_drip_feed",
                condition=Q(drip_feed__isnull=True, run__isnull=True, run_at__isnull=True)
                | Q(drip_feed__isnull=False, run__gte=1, run_at__isnull=False),
            ),
            models.CheckConstraint(name="order_state_is_known", condition=Q(state__in=OrderState.values)),
            models.CheckConstraint(name="order_quantity_positive", condition=Q(quantity__gte=1)),
            models.CheckConstraint(name="order_charge_positive", condition=Q(charge__gt=0)),
            models.CheckConstraint(
                name="order_coupon_takes_something_off",
                condition=Q(coupon_code="", coupon_amount=0) | (~Q(coupon_code="") & Q(coupon_amount__gte=0)),
            ),
            models.CheckConstraint(
                name="order_refund_and_earning_within_charge",
                condition=Q(refunded__gte=0, earned__gte=0, charge__gte=F("refunded") + F("earned")),
            ),
            models.CheckConstraint(
                name="order_remains_within_quantity",
                condition=Q(remains__isnull=True) | Q(remains__lte=F("quantity")),
            ),
            models.CheckConstraint(
                name="order_drops_what_was_delivered",
                condition=Q(dropped__isnull=True) | Q(dropped__lte=F("quantity")),
            ),
            models.CheckConstraint(
                name="order_final_has_a_closing_time",
                condition=Q(state__in=OPEN_STATES, closed_at__isnull=True)
                | Q(state__in=FINAL_STATES, closed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="order_final_names_the_rest",
                condition=~Q(state__in=FINAL_STATES) | Q(remains__isnull=False),
            ),
            models.CheckConstraint(
                name="order_final_holds_only_what_is_under_review",
                condition=~Q(state__in=FINAL_STATES)
                | Q(charge__lte=F("refunded") + F("earned") + F("under_review")),
            ),
            models.CheckConstraint(
                name="order_review_and_denial_within_charge",
                condition=Q(
                    under_review__gte=0,
                    denied__gte=0,
                    charge__gte=F("refunded") + F("under_review") + F("denied"),
                ),
            ),
            models.CheckConstraint(name="order_fault_is_known", condition=Q(fault__in=Fault.values)),
        ]
        triggers = [
            keep_what_was_ordered(),
            refuse_orders_of_shut_accounts(),
            refuse("order_is_never_deleted", pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"

    @property
    def metric(self) -> str:
        """What it changes, as it was when it was ordered: the service may be described otherwise since."""
        return self.counter_key.rpartition(":")[2]

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES

    @property
    def delivered(self) -> int:
        """Units delivered so far, as far as the provider has said (D = Q - remains)."""
        return 0 if self.remains is None else self.quantity - self.remains

    @property
    def final_charge(self) -> Decimal:
        """What the order costs after what was refunded (K-12)."""
        final: Decimal = self.charge - self.refunded
        return final

    @property
    def held(self) -> Decimal:
        held: Decimal = self.charge - self.refunded - self.earned
        return held

    def move_to(self, state: OrderState, **facts: Any) -> None:
        """Change the state, with the facts that belong to it, or raise StaleOrder when another worker was first."""
        assert state in NEXT_STATES[OrderState(self.state)], f"{self.state} -> {state}"
        if not Order.objects.filter(pk=self.pk, state=self.state).update(state=state, **facts):
            raise StaleOrder(self)
        self.state = state
        for name, value in facts.items():
            setattr(self, name, value)


class OrderEvent(models.Model):
    """One thing that happened to an order. The provider's words are for staff only."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="events")
    what = models.CharField(_("what"), max_length=40)
    from_state = models.CharField(max_length=12, choices=OrderState.choices, blank=True, default="")
    to_state = models.CharField(max_length=12, choices=OrderState.choices, blank=True, default="")
    remains = models.PositiveBigIntegerField(null=True, blank=True)
    refund = MoneyField(null=True, blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    note = models.CharField(_("note"), max_length=300, blank=True, default="")
    words = models.TextField(_("provider's words"), blank=True, default="")
    at = models.DateTimeField(_("time"))

    class Meta:
        verbose_name = _("order event")
        verbose_name_plural = _("order events")
        default_permissions = ()
        indexes = [models.Index(fields=["order", "id"], name="order_event_by_order")]

    def __str__(self) -> str:
        return f"{self.order_id} {self.what}"


class Claim(models.Model):
    """An open order holds its target and its counter, a running refill its order's counter: one at a time (R-10)."""

    customer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=2150)
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="claims")
    # Set where a refill of the order is the holder, not the order itself.
    refill_number = models.BigIntegerField(_("refill"), null=True, blank=True)

    class Meta:
        verbose_name = _("claim")
        verbose_name_plural = _("claims")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["customer", "key"], name="claim_is_held_by_one_order"),
        ]

    def __str__(self) -> str:
        return self.key
