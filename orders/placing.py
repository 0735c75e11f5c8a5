"""Placing an order: it is charged, owed to a provider and recorded under the terms in force, or nothing happened.

The same request placed twice is one order. A customer is never charged more than the price that was shown. An order in
runs is as many orders, placed and charged together.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import uuid4

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.refusals import Refusal
from accounts.standing import require_may
from accounts.states import Deed
from billing import ledger
from billing.money import ZERO, shown_amount
from catalog.expecting import expected_of
from catalog.models import Service
from orders.asking import OrderRequest, earlier_order
from orders.claims import Place, require_free, require_no_refill, stand_in_line, take_claims
from orders.counting import Look, count_sources, keep_look, look_first
from orders.couponing import coupon_off, coupon_shares, take_for_order
from orders.drafting import ChannelMissing, Draft, ServiceNotOnSale, draft_order, has_channel
from orders.dripping import Plan, plan_of, planned_charge
from orders.drops import OVER_A_DROP, Drop, require_no_drop
from orders.lateness import estimated_for
from orders.models import Channel, DripFeed, Order, OrderEvent, Submission
from orders.watchwords import hold, watched_words
from orders.webhooks import owe_created
from terms import acceptance
from terms.models import Channel as AcceptanceChannel
from terms.models import TermsVersion
from terms.policy import Policy
from terms.versions import version_in_force


class PriceChanged(Refusal):
    code = "price_changed"
    clause = "A-08, K-51"
    sentence = _("The price is now %(new)s instead of %(old)s. Nothing was charged.")


class PublicNotConfirmed(Refusal):
    code = "public_not_confirmed"
    clause = "A-21, K-20, K-22"
    sentence = _("Please confirm that the account and its counter are public.")


@dataclass(frozen=True)
class Examined:
    """A request that nothing speaks against; the other order is the open one that it would overlap with."""

    version: TermsVersion
    draft: Draft
    plan: Plan | None
    # What a coupon takes off all runs together.
    coupon_off: Decimal
    other: Order | None
    beside_refill: bool = False
    drop: Drop | None = None
    # What staff have to see before it is sent.
    watched: tuple[str, ...] = ()

    @property
    def overlaps(self) -> bool:
        """Whether nobody can tell later whose units arrived."""
        return self.other is not None or self.beside_refill

    @property
    def charge(self) -> Decimal:
        return planned_charge(self.draft.charge, self.plan) - self.coupon_off


def place_order(*, customer: User, request: OrderRequest, now: datetime) -> Order:
    """Charge the customer and queue the order for its provider; a repeated request returns the first order.

    Of an order in runs, the first run is returned; all of them are charged (R-2). Raises a refusal: of the terms
    (TermsChanged, TermsNotAccepted, TermsNotPinned), of the draft (see draft_order), ChannelMissing, of the runs (see
    plan_of), of the coupon (see coupon_off), PriceChanged, PublicNotConfirmed, of the claims (LinkBusy, SimilarBusy,
    OverlapNotConfirmed), of refills (RefillRunning, RefillNotConfirmed, UnrefilledDrop, DropNotConfirmed),
    InsufficientBalance or RequestReused. Then nothing is stored (A-04, A-06, A-08, A-31, K-21, K-32, K-42, K-50,
    K-51).
    """
    earlier = earlier_order(customer, request)
    if earlier:
        return earlier
    try:
        look = _look_first(customer=customer, request=request, now=now)
        return _place(customer=customer, request=request, look=look, now=now)
    except (IntegrityError, Refusal):
        # A twin of this request may have been placed meanwhile, and now be what is in the way.
        twin = earlier_order(customer, request)
        if twin:
            return twin
        # Frozen at this very moment: the database was the first to know.
        customer.refresh_from_db(fields=["state"])
        require_may(customer, Deed.ORDER)
        raise


def examine(
    *, customer: User, request: OrderRequest, now: datetime, spent: Decimal = ZERO, in_line: bool = False
) -> Examined:
    """Return what would be ordered, or raise what place_order would refuse it with; nothing is stored.

    `spent` is what orders that are to be placed before this one will take from the balance. An order that is placed
    stands in line for its place.
    """
    require_may(customer, Deed.ORDER)
    version = version_in_force()
    service = _service(request.service_id)
    draft = draft_order(
        service=service,
        link=request.link,
        quantity=request.quantity,
        comments=request.comments,
        discount_percent=customer.discount_percent,
        channel=request.channel_link,
    )
    if request.channel == Channel.BROWSER and draft.channel is None and has_channel(service, draft.target):
        raise ChannelMissing
    plan = plan_of(service, runs=request.runs, interval_minutes=request.interval_minutes)
    off = coupon_off(customer=customer, code=request.coupon, run_charge=draft.charge, plan=plan, now=now)
    charge = planned_charge(draft.charge, plan) - off
    _require_agreement(customer=customer, request=request, version=version, charge=charge)
    place, overlap = place_of(draft), version.rules.overlap
    if in_line:
        stand_in_line(customer=customer, place=place, overlap=overlap)
    confirmed = request.overlap_ticked or request.channel == Channel.API
    other = require_free(customer=customer, place=place, overlap=overlap, confirmed=confirmed)
    beside = require_no_refill(customer=customer, place=place, overlap=overlap, confirmed=confirmed)
    drop = require_no_drop(customer=customer, place=place, overlap=overlap, confirmed=confirmed, now=now)
    _require_affordable(customer, charge, spent)
    watched = watched_words(link=draft.target.url, comments=draft.comments)
    return Examined(version, draft, plan, off, other, beside, drop, watched)


def _look_first(*, customer: User, request: OrderRequest, now: datetime) -> Look | None:
    """Look at the counter, where there is a way to, of what nothing else speaks against."""
    if not count_sources():
        return None
    seen = examine(customer=customer, request=request, now=now)
    return look_first(seen.draft.service, seen.draft.target, policy=seen.version.rules, now=now)


@transaction.atomic(durable=True)
def _place(*, customer: User, request: OrderRequest, look: Look | None, now: datetime) -> Order:
    seen = examine(customer=customer, request=request, in_line=True, now=now)
    runs = _store(customer=customer, request=request, seen=seen, now=now)
    order = runs[0]
    if seen.other and not seen.other.overlaps:
        Order.objects.filter(pk=seen.other.pk).update(overlaps=True)
    take_claims(order=order, place=place_of(seen.draft), overlap=seen.version.rules.overlap)
    _record_acceptance(order, request=request, now=now)
    keep_look(look, counter_key=order.counter_key, order=order, now=now)
    _queue(runs, now=now)
    if seen.drop:
        note = seen.drop.refusal(blocks=False).text[:300]
        OrderEvent.objects.create(order=order, what=OVER_A_DROP, note=note, at=now)
    if seen.watched:
        hold(order, words=seen.watched, now=now)
    # Last, because from here on the customer's balance, and then the coupon, are locked until the commit.
    take_for_order(runs, code=request.coupon, now=now)
    for run in runs:
        ledger.charge_order(customer=customer, order_number=run.pk, amount=run.charge, now=now)
    return order


def place_of(draft: Draft) -> Place:
    metric = draft.service.metric
    channel = draft.channel.counter_key(metric) if draft.channel else ""
    return Place(draft.target.key, draft.target.counter_key(metric), metric, channel)


def _service(service_id: int) -> Service:
    service = Service.objects.select_related("provider", "estimate").filter(pk=service_id).first()
    if service is None:
        raise ServiceNotOnSale
    return service


def _require_agreement(
    *, customer: User, request: OrderRequest, version: TermsVersion, charge: Decimal
) -> None:
    """Refuse unless terms, price and the public account are as the customer agreed to."""
    acceptance.require_acceptable(
        customer=customer,
        version=version,
        shown_number=request.terms_number,
        ticked=request.terms_ticked,
        channel=_acceptance_channel(request.channel),
    )
    in_browser = request.channel == Channel.BROWSER
    if in_browser and version.rules.order.public_ack and not request.public_ticked:
        raise PublicNotConfirmed
    if (
        request.max_charge is not None
        and charge > request.max_charge
        and _asks_first(version.rules, in_browser)
    ):
        raise PriceChanged(new=shown_amount(charge), old=shown_amount(request.max_charge))


def _asks_first(policy: Policy, in_browser: bool) -> bool:
    """A program that names a limit always means it; the browser names what it showed."""
    return policy.price.confirm_if_changed or not in_browser


def _require_affordable(customer: User, charge: Decimal, spent: Decimal) -> None:
    """Say no early and kindly; the database has the last word when two orders race for the same money."""
    available = ledger.balance_of(customer) - spent
    if charge > available:
        raise ledger.InsufficientBalance(needed=shown_amount(charge), available=shown_amount(available))


def _store(*, customer: User, request: OrderRequest, seen: Examined, now: datetime) -> list[Order]:
    """Store the order, or each of its runs."""
    draft = seen.draft
    service = draft.service
    facts = {
        "customer": customer,
        "service": service,
        "terms_version": seen.version,
        "channel": request.channel,
        "link": draft.target.url,
        "target_key": draft.target.key,
        "counter_key": draft.target.counter_key(service.metric),
        "channel_link": draft.channel.url if draft.channel else "",
        "channel_counter_key": place_of(draft).channel_counter_key,
        "quantity": draft.quantity,
        "comments": "\n".join(draft.comments),
        "service_kind": service.kind,
        "service_name": service.name,
        "service_description": service.description,
        "guarantee_days": service.guarantee_days,
        "stated_start": service.stated_start,
        "stated_speed": service.stated_speed,
        **estimated_for(expected_of(service, seen.version.rules.estimate), units=draft.quantity),
        "list_rate": service.rate_per_1000,
        "discount_percent": customer.discount_percent,
        "rate_per_1000": draft.rate_per_1000,
        "coupon_code": request.coupon.strip().upper(),
        "overlaps": seen.overlaps,
        "placed_at": now,
    }
    if seen.plan is None:
        money = {"charge": seen.charge, "coupon_amount": seen.coupon_off}
        return [Order.objects.create(request_id=request.request_id, **facts, **money)]
    drip_feed = DripFeed.objects.create(
        customer=customer, runs=seen.plan.runs, interval_minutes=seen.plan.interval_minutes, placed_at=now
    )
    runs = [
        Order(
            request_id=request.request_id if run == 1 else uuid4().hex,
            drip_feed=drip_feed,
            run=run,
            run_at=drip_feed.planned_start(run),
            charge=draft.charge - share,
            coupon_amount=share,
            **facts,
        )
        for run, share in enumerate(coupon_shares(seen.coupon_off, seen.plan), start=1)
    ]
    return Order.objects.bulk_create(runs)


def _queue(runs: list[Order], *, now: datetime) -> None:
    """Write down that they are owed, each after the one before it."""
    Submission.objects.bulk_create(
        Submission(order=run, provider=run.service.provider, due_at=run.run_at or now, after=earlier)
        for earlier, run in zip([None, *runs], runs, strict=False)
    )
    OrderEvent.objects.bulk_create(
        OrderEvent(order=run, what="placed", to_state=run.state, at=now) for run in runs
    )
    owe_created(runs, now=now)


def _record_acceptance(order: Order, *, request: OrderRequest, now: datetime) -> None:
    acceptance.record_acceptance(
        customer=order.customer,
        version=order.terms_version,
        channel=_acceptance_channel(request.channel),
        explicit=request.terms_ticked,
        subject=f"order:{order.pk}",
        now=now,
        ip=request.ip,
        user_agent=request.user_agent,
    )


def _acceptance_channel(channel: Channel) -> AcceptanceChannel:
    return AcceptanceChannel.API if channel == Channel.API else AcceptanceChannel.ORDER
