"""What a customer types into the order form, checked by the rules that placing will use.

Each refusal stands beside the field it concerns. A form that only asks for the price may be half empty.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.refusals import Refusal
from billing.ledger import InsufficientBalance, balance_of
from billing.money import shown_amount
from catalog.models import Service, ServiceKind
from catalog.platforms import Metric
from catalog.pricing import customer_rate
from orders.asking import OrderRequest
from orders.claims import require_free, require_no_refill
from orders.coupon_field import CouponField
from orders.drafting import (
    ChannelMissing,
    Draft,
    charge_of,
    comment_lines,
    draft_order,
    has_channel,
    ordered_units,
)
from orders.dripping import planned_charge
from orders.drops import require_no_drop
from orders.links import Target, expected_link, normalise_link
from orders.models import Channel, Order
from orders.placing import place_of
from orders.quantities import read_quantity
from orders.refusal_fields import ASKS_FOR_TICK, FIELD_OF_CODE, MENDED_BY_CONFIRMING
from orders.run_fields import RUN_FIELDS, RunFields
from orders.states import OrderState
from orders.watchwords import watched_words
from terms.acceptance import tick_needed
from terms.models import TermsVersion

TYPED = ("link", "channel", "quantity", "comments", "coupon", *RUN_FIELDS)
# An order that taught its customer something about the service.
ENDED = (OrderState.COMPLETED, OrderState.PARTIAL)


class OrderForm(RunFields, CouponField):
    """The order as typed, and what was shown and ticked on the confirming page."""

    link = forms.CharField(
        label=_("Link"),
        required=False,
        strip=False,
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off", "spellcheck": "false"}),
    )
    quantity = forms.CharField(
        label=_("Quantity"),
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    comments = forms.CharField(
        label=_("Comments, one on each line"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 8}),
    )
    channel = forms.CharField(
        label=_("Channel of the video"),
        required=False,
        strip=False,
        help_text=_("Watch hours count for the channel: one order at a time for each channel and video."),
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off", "spellcheck": "false"}),
    )
    request_id = forms.UUIDField(required=False)
    shown_version = forms.IntegerField(required=False)
    shown_charge = forms.DecimalField(required=False, max_digits=20, decimal_places=8)
    accept_terms = forms.BooleanField(required=False)
    public = forms.BooleanField(required=False)
    overlap = forms.BooleanField(required=False)

    target: Target | None = None
    units: int | None = None
    draft: Draft | None = None

    def __init__(
        self,
        *args: Any,
        customer: User,
        service: Service,
        version: TermsVersion,
        now: datetime,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.customer, self.service, self.version, self.now = customer, service, version, now
        self.fields["link"].help_text = expected_link(service.platform, service.metric)

    @property
    def unit_field(self) -> str:
        """The field that says how much; a package has none."""
        names = {ServiceKind.DEFAULT: "quantity", ServiceKind.CUSTOM_COMMENTS: "comments"}
        return names.get(ServiceKind(self.service.kind), "")

    @property
    def asks_for_channel(self) -> bool:
        """Whether a link of this service may be a video whose channel counts, too (K-43)."""
        return self.service.metric == Metric.WATCH_HOURS

    @property
    def unused_fields(self) -> list[forms.BoundField]:
        """Fields that this kind of service has not, kept in case another one has them."""
        unused = [self[name] for name in ("quantity", "comments") if name != self.unit_field]
        unused += [] if self.asks_for_channel else [self["channel"]]
        return unused if self.service.is_sold_in_runs else [*unused, *(self[name] for name in RUN_FIELDS)]

    @property
    def typed_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in TYPED]

    def unsaid(self) -> "OrderForm":
        """Return the same typed words in a form that says nothing about them yet."""
        typed = {name: self.data.get(name, "") for name in TYPED}
        return OrderForm(
            initial=typed, customer=self.customer, service=self.service, version=self.version, now=self.now
        )

    @property
    def rate(self) -> Decimal:
        return customer_rate(self.service.rate_per_1000, self.customer.discount_percent)

    @property
    def charge(self) -> Decimal | None:
        """What the units typed so far would cost, in all runs, with the coupon off."""
        full = self.full_charge
        return None if full is None else full - self.off

    @property
    def full_charge(self) -> Decimal | None:
        one = self.run_charge
        wrong = self.has_error("runs") or self.has_error("interval")
        return None if one is None or wrong else planned_charge(one, self.plan)

    @property
    def run_charge(self) -> Decimal | None:
        return None if self.units is None else charge_of(self.service, rate=self.rate, units=self.units)

    @property
    def all_units(self) -> int | None:
        return self.units and self.units * (self.plan.runs if self.plan else 1)

    @property
    def is_typed(self) -> bool:
        """Whether anything would be lost with this form."""
        return any(self.data.get(name, "").strip() for name in TYPED)

    def clean_link(self) -> str:
        typed: str = self.cleaned_data["link"]
        self.target = normalise_link(typed, platform=self.service.platform, metric=self.service.metric)
        return typed

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        try:
            self.read_plan()
        except Refusal as refusal:
            self.refuse(refusal)
        try:
            self.units = self._units(cleaned)
            if self.run_charge is not None and self.full_charge is not None:
                self._read_coupon(self.run_charge)
            if self.target:
                self.draft = draft_order(
                    service=self.service,
                    link=cleaned["link"],
                    quantity=read_quantity(cleaned.get("quantity", "")),
                    comments=cleaned.get("comments", ""),
                    discount_percent=self.customer.discount_percent,
                    channel=cleaned.get("channel", ""),
                )
                if self.draft.channel is None and has_channel(self.service, self.target):
                    raise ChannelMissing
        except Refusal as refusal:
            self.refuse(refusal)
        return cleaned

    def _read_coupon(self, run_charge: Decimal) -> None:
        try:
            self.read_coupon(run_charge, self.plan)
        except Refusal as refusal:
            self.refuse(refusal)

    def refuse(self, refusal: Refusal) -> None:
        """Show a refusal beside what it concerns; what was typed stays."""
        field = FIELD_OF_CODE.get(refusal.code)
        if field == "quantity":
            field = self.unit_field
        if not self.has_error(field or NON_FIELD_ERRORS, refusal.code):
            self.add_error(field or None, refusal)

    @property
    def is_mended_by_confirming(self) -> bool:
        """Whether what is refused can be put right on the confirming page: by a tick, or by looking again."""
        codes = {error.code for errors in self.errors.as_data().values() for error in errors}
        return bool(codes) and codes <= MENDED_BY_CONFIRMING

    def require_placeable(self, *, now: datetime) -> None:
        """Refuse early what placing would refuse, as far as a tick cannot mend it.

        Raises LinkBusy, SimilarBusy, RefillRunning, UnrefilledDrop or InsufficientBalance.
        """
        assert self.draft is not None
        self._look_for_others(confirmed=True, now=now)
        charge, balance = self.charge, balance_of(self.customer)
        assert charge is not None
        if charge > balance:
            raise InsufficientBalance(needed=shown_amount(charge), available=shown_amount(balance))

    def warning_to_tick(self, *, now: datetime) -> Refusal | None:
        """Return what the customer has to tick before ordering all the same: the first thing that is in the way."""
        try:
            self._look_for_others(confirmed=False, now=now)
        except Refusal as refusal:
            return refusal if refusal.code in ASKS_FOR_TICK else None
        return None

    def _look_for_others(self, *, confirmed: bool, now: datetime) -> None:
        assert self.draft is not None
        customer, place, overlap = self.customer, place_of(self.draft), self.version.rules.overlap
        require_free(customer=customer, place=place, overlap=overlap, confirmed=confirmed)
        require_no_refill(customer=customer, place=place, overlap=overlap, confirmed=confirmed)
        require_no_drop(customer=customer, place=place, overlap=overlap, confirmed=confirmed, now=now)

    def watched_words(self) -> tuple[str, ...]:
        """Return what staff will look at before the order is sent (A-19, K-25)."""
        assert self.draft is not None
        return watched_words(link=self.draft.target.url, comments=self.draft.comments)

    def terms_tick_needed(self) -> bool:
        return tick_needed(customer=self.customer, version=self.version)

    def is_first_and_large(self) -> bool:
        """Whether nothing of this service has ended yet, and more than the smallest quantity is asked for (K-14)."""
        if self.unit_field != "quantity" or (self.units or 0) <= self.service.min_quantity:
            return False
        return not Order.objects.of(self.customer).filter(service=self.service, state__in=ENDED).exists()

    def order_request(self, *, ip: str | None, user_agent: str) -> OrderRequest:
        """Return what was asked for, word for word; placing checks it itself."""
        cleaned = self.cleaned_data
        runs, interval = self.numbers_of_runs
        return OrderRequest(
            service_id=self.service.pk,
            link=self.data.get("link", ""),
            request_id=str(cleaned["request_id"]),
            channel=Channel.BROWSER,
            quantity=read_quantity(self.data.get("quantity", "")),
            comments=self.data.get("comments", ""),
            channel_link=self.data.get("channel", ""),
            coupon=self.data.get("coupon", ""),
            runs=runs,
            interval_minutes=interval,
            max_charge=cleaned["shown_charge"],
            terms_number=cleaned["shown_version"],
            terms_ticked=cleaned["accept_terms"],
            public_ticked=cleaned["public"],
            overlap_ticked=cleaned["overlap"],
            ip=ip,
            user_agent=user_agent,
        )

    def was_confirmed(self) -> bool:
        """Whether this comes from a page that showed price and terms."""
        shown = ("request_id", "shown_version", "shown_charge")
        return all(self.cleaned_data.get(name) is not None for name in shown)

    def _units(self, cleaned: dict[str, Any]) -> int:
        lines = comment_lines(cleaned.get("comments", "")) if self.unit_field == "comments" else ()
        return ordered_units(self.service, quantity=read_quantity(cleaned.get("quantity", "")), lines=lines)
