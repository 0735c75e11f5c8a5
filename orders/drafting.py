"""What an order would be: checked link, quantity and exact charge, before anything is stored.

The order form's live price, the confirm step and placing itself all look here, so that what was shown is what is done.
"""

from dataclasses import dataclass
from decimal import Decimal

from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from accounts.refusals import Refusal
from catalog.models import Service, ServiceKind
from catalog.platforms import Kind, Metric
from catalog.pricing import customer_rate, package_price, price_of
from orders.links import BadLink, Target, normalise_link

MAX_COMMENT_LINES = 10_000
MAX_COMMENTS_LENGTH = 200_000


class ServiceNotOnSale(Refusal):
    code = "service_not_on_sale"
    clause = "A-05"
    sentence = _("This service is not on sale at the moment.")


class QuantityTooLow(Refusal):
    code = "quantity_range"
    clause = "A-31, K-23"
    sentence = _("Between %(min)s and %(max)s; %(quantity)s is too few.")


class QuantityTooHigh(Refusal):
    code = "quantity_range"
    clause = "A-31, K-23"
    sentence = _("Between %(min)s and %(max)s; %(quantity)s is too many.")


class QuantityOutOfStep(Refusal):
    code = "quantity_step"
    clause = "A-31, K-23"
    sentence = _("This service is sold in steps of %(step)s.")


class QuantityMissing(Refusal):
    code = "quantity_missing"
    clause = "A-31, K-23"
    sentence = _("A whole number between %(min)s and %(max)s is needed.")


class CommentsMissing(Refusal):
    code = "comments_missing"
    clause = "A-31, K-23"
    sentence = _("Write the comments, one on each line.")


class CommentsTooLong(Refusal):
    code = "comments_too_long"
    clause = "A-31, K-23"
    sentence = _("At most %(lines)s comments and %(letters)s letters in one order.")


class ChannelMissing(Refusal):
    code = "channel_missing"
    clause = "K-43"
    sentence = _("Watch hours of a video count for its channel: name the channel, too.")


class BadChannel(Refusal):
    code = "bad_channel"
    clause = "A-22, K-43"
    sentence = _("%(problem)s")


@dataclass(frozen=True)
class Draft:
    service: Service
    target: Target
    quantity: int
    comments: tuple[str, ...]
    rate_per_1000: Decimal
    charge: Decimal
    # The channel of a video with watch hours, where it was named.
    channel: Target | None = None


def draft_order(
    *,
    service: Service,
    link: str,
    quantity: int | None,
    comments: str,
    discount_percent: Decimal,
    channel: str = "",
) -> Draft:
    """Return the order that these words would make, with its exact charge (R-2, A-22, K-23).

    Raises BadLink, BadChannel, ServiceNotOnSale, CommentsMissing, CommentsTooLong, QuantityMissing, QuantityTooLow,
    QuantityTooHigh or QuantityOutOfStep.
    """
    if not service.is_on_sale or not service.provider.is_active:
        raise ServiceNotOnSale
    target = normalise_link(link, platform=service.platform, metric=service.metric)
    lines = comment_lines(comments) if service.kind == ServiceKind.CUSTOM_COMMENTS else ()
    units = ordered_units(service, quantity=quantity, lines=lines)
    rate = rate_for(service, discount_percent=discount_percent)
    charge = charge_of(service, rate=rate, units=units)
    return Draft(service, target, units, lines, rate, charge, read_channel(service, target, channel))


def has_channel(service: Service, target: Target) -> bool:
    """Whether the hours watched here count for a channel that is not the link itself (R-10, K-43)."""
    return service.metric == Metric.WATCH_HOURS and target.kind != Kind.PROFILE


def read_channel(service: Service, target: Target, text: str) -> Target | None:
    """Return the channel that was named for a video with watch hours, or None. Raises BadChannel (K-43)."""
    if not text.strip() or not has_channel(service, target):
        return None
    try:
        return normalise_link(text, platform=service.platform, metric=Metric.SUBSCRIBERS)
    except BadLink as refusal:
        raise BadChannel(problem=refusal.text) from None


def rate_for(service: Service, *, discount_percent: Decimal) -> Decimal:
    """Return what a customer with this discount pays per 1000, or for a package (R-1, R-2)."""
    return customer_rate(service.rate_per_1000, discount_percent)


def charge_of(service: Service, *, rate: Decimal, units: int) -> Decimal:
    """Return the charge: rate x units / 1000, or the rate itself for a package (R-2)."""
    if service.kind == ServiceKind.PACKAGE:
        return package_price(rate)
    return price_of(rate_per_1000=rate, quantity=units)


def ordered_units(service: Service, *, quantity: int | None, lines: tuple[str, ...]) -> int:
    """Return how many units are ordered: one package, as many as there are comments, or the quantity (R-2)."""
    if service.kind == ServiceKind.PACKAGE:
        return 1
    units = len(lines) if service.kind == ServiceKind.CUSTOM_COMMENTS else quantity
    _require_in_range(service, units)
    assert units is not None
    return units


def comment_lines(comments: str) -> tuple[str, ...]:
    """Return the comments, one per line that is not empty."""
    lines = tuple(line.strip() for line in comments.splitlines() if line.strip())
    if not lines:
        raise CommentsMissing
    if len(lines) > MAX_COMMENT_LINES or len(comments) > MAX_COMMENTS_LENGTH:
        raise CommentsTooLong(
            lines=number_format(MAX_COMMENT_LINES), letters=number_format(MAX_COMMENTS_LENGTH)
        )
    return lines


def _require_in_range(service: Service, units: int | None) -> None:
    limits = {
        "min": number_format(service.min_quantity),
        "max": number_format(service.max_quantity),
        # For programs, whose error strings carry plain digits.
        "min_quantity": service.min_quantity,
        "max_quantity": service.max_quantity,
    }
    if units is None:
        raise QuantityMissing(**limits)
    if units < service.min_quantity:
        raise QuantityTooLow(**limits, quantity=number_format(units))
    if units > service.max_quantity:
        raise QuantityTooHigh(**limits, quantity=number_format(units))
    if units % service.step:
        raise QuantityOutOfStep(step=number_format(service.step))
