"""Why an order ended as it did, in words for its customer: the same in the order's course, in notices and in mails."""

from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as translate
from django.utils.translation import gettext_lazy as _

from catalog.platforms import Metric
from orders.models import Order, SightingSource
from orders.models.drips import RUN_NEVER_BEGUN
from orders.states import OrderState

# The count was there, whoever delivered it.
TARGET_REACHED = "target_reached"
# Staff have seen what it is for, and it may not be promoted.
PROHIBITED_CONTENT = "prohibited_content"
# Staff have confirmed that nothing was there any more to deliver to (K-24).
CONTENT_UNAVAILABLE = "content_unavailable"
# A payment is disputed, and a person has decided that the orders end.
ENDED_BY_DISPUTE = "ended_by_dispute"
# Why an order ended without a delivery, and what its customer can do about it.
REASONS: dict[str, str | Promise] = {
    "cancelled_by_customer": _("You cancelled it before it was handed over."),
    PROHIBITED_CONTENT: _("This kind of content cannot be ordered for."),
    ENDED_BY_DISPUTE: _("It was ended because a payment of yours is disputed."),
    "gave_up": _("It could not be handed over in time."),
    "refused_bad_link": _("The link was not accepted. Check that it is right and that everybody can see it."),
    "refused_bad_quantity": _("This quantity cannot be delivered at the moment."),
    "refused_bad_comments": _("The comments were not accepted."),
    "refused_service_gone": _("This service cannot be delivered at the moment."),
    # An odd answer to an order: the word belongs to refills.
    "refused_no_refill": _("This service cannot be delivered at the moment."),
    "not_placed": _("It could not be handed over."),
    "written_off": _("It could not be confirmed that delivery would begin."),
    RUN_NEVER_BEGUN: _("The drip-feed was stopped before this run began."),
}
NOT_DELIVERED = _("It could not be delivered.")

# Who saw a count, in the customer's eyes.
SEEN_BY: dict[str, str | Promise] = {
    SightingSource.PROVIDER: _("the delivery's report"),
    SightingSource.CHECK: _("our own check"),
    SightingSource.STAFF: _("our staff"),
    SightingSource.CUSTOMER: _("you"),
}


def words_of_ending(order: Order, state: OrderState, *, why: str, remains: int) -> str:
    """Say how an ending left the order, with the number of units that were not delivered."""
    if state == OrderState.COMPLETED and why == TARGET_REACHED:
        return _words_of_target(order)
    if why == CONTENT_UNAVAILABLE:
        return _words_of_gone(order, state, remains)
    if state == OrderState.COMPLETED:
        return translate("Everything was delivered.")
    if state == OrderState.CANCELLED:
        return str(REASONS.get(why, NOT_DELIVERED))
    return translate("%(delivered)s of %(quantity)s were delivered; the rest could not be.") % {
        "delivered": number_format(order.quantity - remains),
        "quantity": number_format(order.quantity),
    }


def _words_of_gone(order: Order, state: OrderState, remains: int) -> str:
    """Say since when the link was private or deleted, and how much was delivered before (K-24)."""
    found = order.findings.filter(fault=order.fault).order_by("pk").first()
    since = found.at if found else order.closed_at
    assert since is not None
    facts = {
        "state": state.label,
        "at": date_format(timezone.localtime(since), "DATETIME_FORMAT"),
        "delivered": number_format(order.quantity - remains),
        "quantity": number_format(order.quantity),
    }
    words = translate(
        "%(state)s: the link was private or deleted on %(at)s; %(delivered)s of %(quantity)s were delivered."
    )
    return words % facts


def _words_of_target(order: Order) -> str:
    """Say which count completed the order, who saw it and when (K-63)."""
    reached, sighting = order.reached, order.reached.sighting
    facts = {
        "count": number_format(sighting.count or 0),
        "start": number_format(reached.target - order.quantity),
        "quantity": number_format(order.quantity),
        "at": date_format(timezone.localtime(sighting.seen_at), "DATETIME_FORMAT"),
        "source": SEEN_BY[sighting.source],
    }
    if order.metric == Metric.WATCH_HOURS:
        words = translate("%(count)s of %(quantity)s were reached on %(at)s (seen by: %(source)s).")
    else:
        words = translate(
            "The count %(count)s reached start %(start)s + ordered %(quantity)s on %(at)s (seen by: %(source)s)."
        )
    return words % facts
