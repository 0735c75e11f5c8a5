"""Placing an order: it is charged, owed to a provider and recorded under the terms in force, or nothing happened.

The same request placed twice is one order. A customer is never charged more than the price that was shown.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.refusals import Refusal
from billing import ledger
from billing.money import shown_amount
from catalog.models import Service, ServiceKind
from orders.claims import Place, require_free, take_claims
from orders.drafting import Draft, ServiceNotOnSale, comment_lines, draft_order
from orders.links import BadLink, normalise_link
from orders.models import Channel, Order, OrderEvent, Submission
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


class RequestReused(Refusal):
    code = "request_reused"
    clause = ""
    sentence = _("This request was used before for another order (#%(order)s). Nothing was charged.")


@dataclass(frozen=True)
class OrderRequest:
    """What a customer asks for, and what the customer was shown and ticked before asking."""

    service_id: int
    link: str
    request_id: str
    channel: Channel
    quantity: int | None = None
    comments: str = ""
    # No more than this is charged; None means whatever the price is.
    max_charge: Decimal | None = None
    terms_number: int | None = None
    terms_ticked: bool = False
    public_ticked: bool = False
    overlap_ticked: bool = False
    ip: str | None = None
    user_agent: str = ""


def place_order(*, customer: User, request: OrderRequest, now: datetime) -> Order:
    """Charge the customer and queue the order for its provider; a repeated request returns the first order.

    Raises a refusal: of the terms (TermsChanged, TermsNotAccepted, TermsNotPinned), of the draft (see draft_order),
    PriceChanged, PublicNotConfirmed, of the claims (LinkBusy, SimilarBusy, OverlapNotConfirmed), InsufficientBalance
    or RequestReused. Then nothing is stored (A-04, A-06, A-08, A-31, K-21, K-50, K-51).
    """
    earlier = _earlier_order(customer, request)
    if earlier:
        return earlier
    try:
        return _place(customer=customer, request=request, now=now)
    except (IntegrityError, Refusal):
        # A twin of this request may have been placed meanwhile, and now be what is in the way.
        twin = _earlier_order(customer, request)
        if twin:
            return twin
        raise


@transaction.atomic(durable=True)
def _place(*, customer: User, request: OrderRequest, now: datetime) -> Order:
    version = version_in_force()
    service = _service(request.service_id)
    draft = draft_order(
        service=service,
        link=request.link,
        quantity=request.quantity,
        comments=request.comments,
        discount_percent=customer.discount_percent,
    )
    _require_agreement(customer=customer, request=request, version=version, draft=draft)
    place = place_of(draft)
    other = require_free(
        customer=customer,
        place=place,
        overlap=version.rules.overlap,
        confirmed=request.overlap_ticked or request.channel == Channel.API,
    )
    _require_affordable(customer, draft.charge)

    order = _store(
        customer=customer, request=request, draft=draft, version=version, overlaps=bool(other), now=now
    )
    if other and not other.overlaps:
        Order.objects.filter(pk=other.pk).update(overlaps=True)
    take_claims(order=order, place=place, overlap=version.rules.overlap)
    _record_acceptance(order, request=request, now=now)
    Submission.objects.create(order=order, provider=service.provider, due_at=now)
    OrderEvent.objects.create(order=order, what="placed", to_state=order.state, at=now)
    # Last, because it holds the lock on the customer's balance until the commit.
    ledger.charge_order(customer=customer, order_number=order.pk, amount=draft.charge, now=now)
    return order


def place_of(draft: Draft) -> Place:
    metric = draft.service.metric
    return Place(draft.target.key, draft.target.counter_key(metric), metric)


def _service(service_id: int) -> Service:
    service = Service.objects.select_related("provider").filter(pk=service_id).first()
    if service is None:
        raise ServiceNotOnSale
    return service


def _require_agreement(*, customer: User, request: OrderRequest, version: TermsVersion, draft: Draft) -> None:
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
        and draft.charge > request.max_charge
        and _asks_first(version.rules, in_browser)
    ):
        raise PriceChanged(new=shown_amount(draft.charge), old=shown_amount(request.max_charge))


def _asks_first(policy: Policy, in_browser: bool) -> bool:
    """A program that names a limit always means it; the browser names what it showed."""
    return policy.price.confirm_if_changed or not in_browser


def _require_affordable(customer: User, charge: Decimal) -> None:
    """Say no early and kindly; the database has the last word when two orders race for the same money."""
    available = ledger.balance_of(customer)
    if charge > available:
        raise ledger.InsufficientBalance(needed=shown_amount(charge), available=shown_amount(available))


def _store(
    *,
    customer: User,
    request: OrderRequest,
    draft: Draft,
    version: TermsVersion,
    overlaps: bool,
    now: datetime,
) -> Order:
    service = draft.service
    return Order.objects.create(
        customer=customer,
        service=service,
        terms_version=version,
        channel=request.channel,
        request_id=request.request_id,
        link=draft.target.url,
        target_key=draft.target.key,
        counter_key=draft.target.counter_key(service.metric),
        quantity=draft.quantity,
        comments="\n".join(draft.comments),
        service_kind=service.kind,
        service_name=service.name,
        service_description=service.description,
        guarantee_days=service.guarantee_days,
        stated_start=service.stated_start,
        stated_speed=service.stated_speed,
        list_rate=service.rate_per_1000,
        discount_percent=customer.discount_percent,
        rate_per_1000=draft.rate_per_1000,
        charge=draft.charge,
        overlaps=overlaps,
        placed_at=now,
    )


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


def _earlier_order(customer: User, request: OrderRequest) -> Order | None:
    """Return the order that this request has already made.

    Raises RequestReused when it was another one: a client's mistake that must not look like success.
    """
    earlier = (
        Order.objects.of(customer).filter(request_id=request.request_id).select_related("service").first()
    )
    if earlier is None:
        return None
    if not _asks_for(earlier, request):
        raise RequestReused(order=earlier.pk)
    return earlier


def _asks_for(order: Order, request: OrderRequest) -> bool:
    """Whether a request asks for what this order is, whatever has become of the service since."""
    if order.service_id != request.service_id or not _same_link(order, request.link):
        return False
    match order.service_kind:
        case ServiceKind.PACKAGE:
            return True
        case ServiceKind.CUSTOM_COMMENTS:
            return order.comments == "\n".join(comment_lines(request.comments))
        case _:
            return order.quantity == request.quantity


def _same_link(order: Order, link: str) -> bool:
    try:
        target = normalise_link(link, platform=order.service.platform, metric=order.service.metric)
    except BadLink:
        return False
    return target.key == order.target_key
