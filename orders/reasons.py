"""Why an order ended as it did, in words for its customer: the same in the order's course, in notices and in mails."""

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as translate
from django.utils.translation import gettext_lazy as _

from orders.models import Order
from orders.states import OrderState

# Why an order ended without a delivery, and what its customer can do about it.
REASONS: dict[str, str | Promise] = {
    "cancelled_by_customer": _("You cancelled it before it was handed over."),
    "gave_up": _("It could not be handed over in time."),
    "refused_bad_link": _("The link was not accepted. Check that it is right and that everybody can see it."),
    "refused_bad_quantity": _("This quantity cannot be delivered at the moment."),
    "refused_bad_comments": _("The comments were not accepted."),
    "refused_service_gone": _("This service cannot be delivered at the moment."),
    "not_placed": _("It could not be handed over."),
    "written_off": _("It could not be confirmed that delivery would begin."),
}
NOT_DELIVERED = _("It could not be delivered.")


def words_of_ending(order: Order, state: OrderState, *, why: str, remains: int) -> str:
    """Say how an ending left the order, with the number of units that were not delivered."""
    if state == OrderState.COMPLETED:
        return translate("Everything was delivered.")
    if state == OrderState.CANCELLED:
        return str(REASONS.get(why, NOT_DELIVERED))
    return translate("%(delivered)s of %(quantity)s were delivered; the rest could not be.") % {
        "delivered": number_format(order.quantity - remains),
        "quantity": number_format(order.quantity),
    }
