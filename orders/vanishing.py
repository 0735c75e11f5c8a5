"""Content that went private or disappeared while its order was delivered: nothing more can be delivered.

Words and checks only propose it. A person confirms, and the order ends by its own terms: completed with its rest kept
and nothing refunded, or short, with a refund that waits in a case. A provider's own "Completed" needs nobody.
"""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.refusals import Refusal
from orders.deciding import OutcomeUnknown, ReasonMissing
from orders.faults import GONE_FAULTS
from orders.models import Fault, Order
from orders.reasons import CONTENT_UNAVAILABLE
from orders.settling import Ending, settle
from orders.states import OrderState
from orders.timing import next_check_after_end
from orders.withholding import Fate
from providers.dispatch import DispatchState


class NotGone(Refusal):
    code = "not_gone"
    clause = "A-12, K-24"
    sentence = _(
        "Nothing says that the content of order #%(order)s is gone: mark it as private or removed first."
    )


class HasEnded(Refusal):
    code = "has_ended"
    sentence = _("Order #%(order)s has ended meanwhile.")


class RestUnclear(Refusal):
    code = "rest_unclear"
    sentence = _("The rest of order #%(order)s is between 1 and %(most)s; say how many units are missing.")


@transaction.atomic(durable=True)
def confirm_gone(order_number: int, *, remains: int | None, by: User, note: str, now: datetime) -> Order:
    """Confirm that the content of an open order is gone, and end the order by its terms (A-12, K-24, K-65).

    `remains` is the rest in units; without it the provider's last word counts. What is kept back under terms that
    complete the order is denied for good; under terms that hold it, it is under review. Raises ReasonMissing, HasEnded,
    OutcomeUnknown, NotGone or RestUnclear; then nothing is stored.
    """
    if not note.strip():
        raise ReasonMissing
    orders = Order.objects.select_for_update(of=("self",)).select_related(
        "customer", "submission", "terms_version"
    )
    order = orders.get(pk=order_number)
    _require_gone(order)
    rest = order.remains if remains is None else remains
    if rest is None or not 1 <= rest <= order.quantity:
        raise RestUnclear(order=order.pk, most=order.quantity)
    settle(order, _ending(order, rest, by=by, note=note), now=now)
    assert order.closed_at is not None
    later = next_check_after_end(closed_at=order.closed_at, now=now)
    Order.objects.filter(pk=order.pk).update(check_at=later)
    return order


def _require_gone(order: Order) -> None:
    if not order.is_open:
        raise HasEnded(order=order.pk)
    if order.submission.state != DispatchState.ACCEPTED:
        raise OutcomeUnknown(order=order.pk)
    if Fault(order.fault) not in GONE_FAULTS:
        raise NotGone(order=order.pk)


def _ending(order: Order, rest: int, *, by: User, note: str) -> Ending:
    if order.terms_version.rules.delivery.content_gone_action == "complete":
        state, fate = OrderState.COMPLETED, Fate.DENIED
    else:
        state = OrderState.CANCELLED if rest == order.quantity else OrderState.PARTIAL
        fate = Fate.REVIEWED
    return Ending(state, rest, CONTENT_UNAVAILABLE, actor=by, note=note, fate=fate)
