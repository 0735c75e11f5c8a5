"""What staff decide about an order."""

from decimal import Decimal

import pytest

from billing.ledger import balance_of, house_balance
from billing.routes import AccountKind
from orders import brakes, deciding, submitting
from orders.models import Claim, Review
from orders.states import OrderState
from providers import health
from providers.gateway import ReportedState, Unknown
from tests.factories import NOW, after, make_order
from tests.orders.stories import answered, events, gateway_for, hand_over, report, started, taken

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]

CHARGE = Decimal("1.52337300")


def settled(order, state, remains=None, *, by, now=None, note="the provider wrote to us"):
    refund = deciding.settle_by_staff(
        order.pk, state=state, remains=remains, by=by, note=note, now=now or after(hours=1)
    )
    order.refresh_from_db()
    return refund


def test_staff_end_an_order_as_partial_and_the_rest_goes_back(alice, sam):
    order = started(alice)

    refund = settled(order, OrderState.PARTIAL, 567, by=sam)

    assert refund == Decimal("0.69996150")
    assert (order.state, order.remains, order.refunded, order.held) == ("partial", 567, refund, 0)
    assert balance_of(alice) == 100 - CHARGE + refund
    event = order.events.latest("pk")
    assert (event.what, event.actor, event.note) == ("settled_by_staff", sam, "the provider wrote to us")
    assert not order.claims.exists()
    assert order.check_at is not None


def test_staff_complete_an_order_and_everything_is_earned(alice, sam):
    order = started(alice)

    assert settled(order, OrderState.COMPLETED, by=sam) == 0

    assert (order.state, order.remains, order.earned) == ("completed", 0, CHARGE)
    assert house_balance(AccountKind.REVENUE) == CHARGE


def test_an_order_that_still_waits_is_cancelled_and_never_sent(alice, sam):
    order = make_order(alice)

    assert settled(order, OrderState.CANCELLED, by=sam) == CHARGE

    assert order.state == OrderState.CANCELLED
    assert order.submission.state == "rejected"
    assert not hand_over(gateway_for(order.service), now=after(days=1))


@pytest.mark.parametrize("state", [OrderState.COMPLETED, OrderState.PARTIAL])
def test_an_order_that_was_never_handed_over_can_only_be_cancelled(alice, sam, state):
    order = make_order(alice)

    with pytest.raises(deciding.NeverHandedOver):
        settled(order, state, 5, by=sam)

    order.refresh_from_db()
    assert order.state == OrderState.PENDING


@pytest.mark.parametrize("state", [OrderState.COMPLETED, OrderState.CANCELLED])
def test_an_order_on_the_wire_is_left_alone(alice, sam, state):
    order = make_order(alice)
    assert submitting.claim_next(now=NOW)

    with pytest.raises(deciding.OutcomeUnknown):
        settled(order, state, by=sam)

    assert balance_of(alice) == 100 - CHARGE


def test_an_order_of_unknown_outcome_is_decided_at_its_submission(alice, sam):
    order = answered(make_order(alice), Unknown("no answer", ""))

    with pytest.raises(deciding.OutcomeUnknown):
        settled(order, OrderState.CANCELLED, by=sam)

    assert balance_of(alice) == 100 - CHARGE


@pytest.mark.parametrize("remains", [None, 0, -1, 1234, 1235])
def test_the_rest_of_a_partial_order_is_less_than_the_whole_and_more_than_nothing(alice, sam, remains):
    order = started(alice)

    with pytest.raises(deciding.RestOutOfRange):
        settled(order, OrderState.PARTIAL, remains, by=sam)

    order.refresh_from_db()
    assert order.state == OrderState.IN_PROGRESS


@pytest.mark.parametrize("remains", [1, 1233])
def test_the_smallest_and_the_largest_rest_are_settled(alice, sam, remains):
    order = started(alice)

    settled(order, OrderState.PARTIAL, remains, by=sam)

    assert (order.state, order.remains) == (OrderState.PARTIAL, remains)


@pytest.mark.parametrize("note", ["", "   "])
def test_nothing_is_decided_without_a_reason(alice, sam, note):
    order = started(alice)

    with pytest.raises(deciding.ReasonMissing):
        settled(order, OrderState.COMPLETED, by=sam, note=note)

    order.refresh_from_db()
    assert order.is_open


def test_staff_correct_an_end_in_the_customers_favour_even_after_the_window(alice, sam):
    order = report(started(alice), ReportedState.COMPLETED, 0)

    refund = settled(order, OrderState.PARTIAL, 567, by=sam, now=after(days=60))

    assert refund == Decimal("0.69996150")
    assert order.state == OrderState.PARTIAL
    assert settled(order, OrderState.PARTIAL, 568, by=sam, now=after(days=61)) > 0


@pytest.mark.parametrize(
    ("state", "remains"),
    [(OrderState.COMPLETED, None), (OrderState.PARTIAL, 567), (OrderState.PARTIAL, 566)],
)
def test_what_a_customer_was_given_is_not_taken_back(alice, sam, state, remains):
    order = report(started(alice), ReportedState.PARTIAL, 567)
    before = balance_of(alice)

    with pytest.raises(deciding.CannotTakeBack):
        settled(order, state, remains, by=sam)

    order.refresh_from_db()
    assert (order.state, order.review, balance_of(alice)) == ("partial", "", before)


def test_a_cancelled_order_stays_cancelled(alice, sam):
    order = report(started(alice), ReportedState.CANCELLED, 1234)

    for state, remains in ((OrderState.CANCELLED, None), (OrderState.PARTIAL, 5)):
        with pytest.raises(deciding.CannotTakeBack):
            settled(order, state, remains, by=sam)


def test_asking_now_makes_the_check_due(alice):
    order = taken(alice)
    assert order.check_at > after(minutes=0)

    deciding.ask_now(order.pk, now=after(seconds=1))

    order.refresh_from_db()
    assert order.check_at == after(seconds=1)


def test_there_is_nothing_to_ask_before_the_provider_has_it(alice):
    order = make_order(alice)

    with pytest.raises(deciding.NothingToAsk, match="the provider does not have it"):
        deciding.ask_now(order.pk, now=NOW)


def test_a_cleared_flag_names_who_looked(alice, sam):
    order = report(started(alice), None)
    assert order.review == Review.UNKNOWN_WORD
    check_at = order.check_at

    deciding.clear_flag(order.pk, by=sam, note="harmless", now=after(hours=1))

    order.refresh_from_db()
    assert (order.review, order.check_at) == ("", check_at)
    assert order.events.latest("pk").actor == sam
    with pytest.raises(deciding.NothingToClear):
        deciding.clear_flag(order.pk, by=sam, note="again", now=after(hours=1))


def held(alice):
    order = started(alice)
    health.trip_brake(order.submission.provider, now=NOW)
    order = report(order, ReportedState.CANCELLED, 1234)
    assert (order.review, order.check_at) == (Review.BRAKE, None)
    return order


def test_clearing_a_held_refund_drops_it_and_asks_again(alice, sam):
    order = held(alice)
    with pytest.raises(deciding.NothingToAsk):
        deciding.ask_now(order.pk, now=after(hours=1))

    deciding.clear_flag(order.pk, by=sam, note="their mistake", now=after(hours=1))

    order.refresh_from_db()
    assert (order.review, order.check_at) == ("", after(hours=1))
    assert brakes.release_brake(order.submission.provider, by=sam, note="over", now=after(hours=2)) == 0
    assert report(order, ReportedState.COMPLETED, 0).state == OrderState.COMPLETED


def test_a_held_refund_that_is_released_is_looked_at_again_later(alice, sam):
    order = held(alice)

    assert brakes.release_brake(order.submission.provider, by=sam, note="true", now=after(hours=2)) == 1

    order.refresh_from_db()
    assert order.state == OrderState.CANCELLED
    assert order.check_at == after(hours=3)


def test_a_freed_link_can_be_ordered_for_again(alice, sam):
    order = started(alice)
    with pytest.raises(deciding.Refusal):
        make_order(alice, order.service)

    deciding.free_link(order.pk, by=sam, note="the customer wants to go on", now=after(hours=1))

    assert not Claim.objects.filter(order=order).exists()
    assert events(order)[-1] == "claims_released"
    make_order(alice, order.service)
    with pytest.raises(deciding.NothingHeld):
        deciding.free_link(order.pk, by=sam, note="again", now=after(hours=1))
