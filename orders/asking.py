"""What a customer asks for, and whether exactly this was asked before: the same request is placed once."""

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.refusals import Refusal
from catalog.models import ServiceKind
from catalog.platforms import Metric
from orders.drafting import comment_lines
from orders.links import BadLink, normalise_link
from orders.models import Channel, Order


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
    # The channel of a video, asked for with watch hours.
    channel_link: str = ""
    # Both or neither; the quantity is then that of one run.
    runs: int | None = None
    interval_minutes: int | None = None
    # The code of a coupon, in any case.
    coupon: str = ""
    # No more than this is charged; None means whatever the price is.
    max_charge: Decimal | None = None
    terms_number: int | None = None
    terms_ticked: bool = False
    public_ticked: bool = False
    overlap_ticked: bool = False
    ip: str | None = None
    user_agent: str = ""


def earlier_order(customer: User, request: OrderRequest) -> Order | None:
    """Return the order that this request has already made.

    Raises RequestReused when it was another one: a client's mistake that must not look like success.
    """
    orders = Order.objects.of(customer).select_related("service", "drip_feed")
    earlier = orders.filter(request_id=request.request_id).first()
    if earlier is None:
        return None
    if not _asks_for(earlier, request):
        raise RequestReused(order=earlier.pk)
    return earlier


def _asks_for(order: Order, request: OrderRequest) -> bool:
    """Whether a request asks for what this order is, whatever has become of the service since."""
    if order.service_id != request.service_id or not _same_link(order, request.link):
        return False
    if not _same_channel(order, request.channel_link):
        return False
    if order.coupon_code.casefold() != request.coupon.strip().casefold():
        return False
    planned = (order.drip_feed.runs, order.drip_feed.interval_minutes) if order.drip_feed else (None, None)
    if planned != (request.runs, request.interval_minutes):
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


def _same_channel(order: Order, text: str) -> bool:
    if not text.strip() or not order.channel_link:
        return not order.channel_link
    try:
        target = normalise_link(text, platform=order.service.platform, metric=Metric.SUBSCRIBERS)
    except BadLink:
        return False
    return target.url == order.channel_link
