"""What staff decide about an order: how it ends, that it is asked about now, that nothing more is to be looked at.

Every decision names a person and a reason. Money still moves by settling only: staff cannot give back more than the
charge, nor take back what a customer was given. What nobody knows yet is decided at the submission, not here.
"""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.refusals import Refusal
from billing.money import ZERO
from orders.claims import RELEASED_BY_STAFF
from orders.dripping import runs_of
from orders.models import Claim, Order, OrderEvent, Review, Submission
from orders.settling import Ending, refund_owed, settle
from orders.states import NEXT_STATES, OrderState
from orders.timing import next_check_after_end
from providers.dispatch import UNSENT, DispatchState

SETTLED_BY_STAFF = "settled_by_staff"
FLAG_CLEARED = "flag_cleared"


class ReasonMissing(Refusal):
    code = "reason_missing"
    sentence = _("Say why: it is kept with the order.")


class RestOutOfRange(Refusal):
    code = "rest_out_of_range"
    sentence = _("For a partial order the rest is between 1 and %(most)s.")


class OutcomeUnknown(Refusal):
    code = "outcome_unknown"
    sentence = _("Nobody knows yet whether the provider has order #%(order)s: decide that at its submission.")


class NeverHandedOver(Refusal):
    code = "never_handed_over"
    sentence = _("Order #%(order)s was never handed over: it can only be cancelled.")


class CannotTakeBack(Refusal):
    code = "cannot_take_back"
    sentence = _(
        "Order #%(order)s has ended as “%(state)s”: an end is corrected only in the customer's favour."
    )


class NothingToAsk(Refusal):
    code = "nothing_to_ask"
    sentence = _("There is nothing to ask about order #%(order)s: %(why)s.")


class NothingToClear(Refusal):
    code = "nothing_to_clear"
    sentence = _("Order #%(order)s is not marked.")


class StillHeld(Refusal):
    code = "still_held"
    clause = "A-19, K-25"
    sentence = _("Order #%(order)s waits for a decision: let it go or refuse it.")


class NothingHeld(Refusal):
    code = "nothing_held"
    sentence = _("Order #%(order)s holds no link.")


@transaction.atomic(durable=True)
def settle_by_staff(
    order_number: int, *, state: OrderState, remains: int | None, by: User, note: str, now: datetime
) -> Decimal:
    """End an order, or correct its end, by a person's hand; return what was credited to the balance (T10, T21).

    `remains` is the rest in units and counts for partial orders only: completed leaves none, cancelled leaves all.
    Raises ReasonMissing, RestOutOfRange, OutcomeUnknown, NeverHandedOver or CannotTakeBack; then nothing is stored.
    """
    _require_reason(note)
    _stop_sending(order_number, state, now=now)
    order = _locked(order_number)
    rest = _rest(order, state, remains)
    ending = Ending(state, rest, SETTLED_BY_STAFF, actor=by, note=note)
    if not order.is_open:
        _require_correction(order, ending)
    refund = settle(order, ending, now=now)
    if order.submission.state == DispatchState.ACCEPTED:
        assert order.closed_at is not None
        later = next_check_after_end(closed_at=order.closed_at, now=now)
        Order.objects.filter(pk=order.pk).update(check_at=later)
    return refund


@transaction.atomic(durable=True)
def ask_now(order_number: int, *, now: datetime) -> None:
    """Let the next sweep ask the provider about this order. Raises NothingToAsk."""
    order = _locked(order_number)
    why = _nothing_to_ask(order)
    if why:
        raise NothingToAsk(order=order.pk, why=why)
    Order.objects.filter(pk=order.pk).update(check_at=now)


@transaction.atomic(durable=True)
def clear_flag(order_number: int, *, by: User, note: str, now: datetime) -> None:
    """A person has looked: the order is no longer marked. Raises ReasonMissing, NothingToClear or StillHeld.

    Where a refund waited behind the brake, its report is no longer believed, and the provider is asked again.
    """
    _require_reason(note)
    order = _locked(order_number)
    if not order.review:
        raise NothingToClear(order=order.pk)
    if order.submission.state == DispatchState.HELD:
        raise StillHeld(order=order.pk)
    facts: dict[str, object] = {"review": Review.NONE}
    if order.review == Review.BRAKE:
        facts["check_at"] = now
    Order.objects.filter(pk=order.pk).update(**facts)
    _record(order, FLAG_CLEARED, by=by, note=note, now=now)


@transaction.atomic(durable=True)
def free_link(order_number: int, *, by: User, note: str, now: datetime) -> None:
    """Let the customer order for this link although the order has not ended. Raises ReasonMissing or NothingHeld."""
    _require_reason(note)
    order = _locked(order_number)
    # Runs of one drip-feed hold their link together.
    holders = list(runs_of(order).open()) if order.drip_feed_id else [order]
    released, _rows = Claim.objects.filter(order__in=holders).delete()
    if not released:
        raise NothingHeld(order=order.pk)
    for holder in holders:
        _record(holder, RELEASED_BY_STAFF, by=by, note=note, now=now)


def _require_reason(note: str) -> None:
    if not note.strip():
        raise ReasonMissing


def _stop_sending(order_number: int, state: OrderState, *, now: datetime) -> None:
    """Make sure that no worker is handing the order over, nor will, or refuse."""
    submission = Submission.objects.filter(order=order_number)
    if state == OrderState.CANCELLED:
        submission.filter(state__in=UNSENT).update(
            state=DispatchState.REJECTED, why=SETTLED_BY_STAFF, answered_at=now
        )
    match submission.values_list("state", flat=True).get():
        case DispatchState.SENDING | DispatchState.UNCERTAIN:
            raise OutcomeUnknown(order=order_number)
        case DispatchState.DUE | DispatchState.HELD:
            raise NeverHandedOver(order=order_number)


def _rest(order: Order, state: OrderState, remains: int | None) -> int:
    if state == OrderState.PARTIAL:
        if remains is None or not 1 <= remains < order.quantity:
            raise RestOutOfRange(most=order.quantity - 1)
        return remains
    return order.quantity if state == OrderState.CANCELLED else 0


def _require_correction(order: Order, ending: Ending) -> None:
    reachable = ending.state == order.state or ending.state in NEXT_STATES[OrderState(order.state)]
    if not reachable or refund_owed(order, ending) == ZERO:
        raise CannotTakeBack(order=order.pk, state=order.get_state_display())


def _nothing_to_ask(order: Order) -> str | Promise:
    if order.submission.state != DispatchState.ACCEPTED:
        return _("the provider does not have it")
    if order.review == Review.BRAKE:
        return _("a refund waits behind the brake")
    return ""


def _locked(order_number: int) -> Order:
    orders = Order.objects.select_for_update(of=("self",)).select_related("customer", "submission")
    return orders.get(pk=order_number)


def _record(order: Order, what: str, *, by: User, note: str, now: datetime) -> None:
    OrderEvent.objects.create(order=order, what=what, actor=by, note=note, at=now)
