"""Orders with a coupon: its sum is off the charge, refunds are of what was debited, and a full cancel gives it back."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import connections, transaction
from django.db.utils import IntegrityError

from accounts.models import User
from billing.coupons import CouponCoversAll, CouponUnknown, CouponUsed, CouponUsedUp
from billing.ledger import InsufficientBalance, balance_of
from billing.models import Coupon, CouponUse
from orders.asking import RequestReused
from orders.couponing import CouponChanged, coupon_shares, take_for_order
from orders.dripping import Plan, whole_of
from orders.models import Order
from orders.placing import PriceChanged, place_order
from providers.gateway import Accepted, Rejected, RejectionKind, ReportedState
from tests.factories import LINK, NOW, make_customer, make_order, make_service, order_request, publish_terms
from tests.orders.stories import answered, at_once, differences, report, taken

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]


def make_coupon(value: str = "1.00", **fields: Any) -> Coupon:
    return Coupon.objects.create(
        code="WELCOME", kind=Coupon.Kind.ORDER_AMOUNT, value=Decimal(value), **fields
    )


def for_five(customer: User, **fields: Any) -> Order:
    """2500 units at 2.00: 5.00 without the coupon."""
    return taken(
        customer, make_service(rate_per_1000="2.00"), **{"quantity": 2500, "coupon": "welcome"} | fields
    )


def in_ten_runs(customer: User, rate: str = "1.20") -> Order:
    service = make_service(rate_per_1000=rate, allows_runs=True)
    return make_order(customer, service, quantity=100, runs=10, interval_minutes=60, coupon="WELCOME")


def is_used() -> bool:
    use = CouponUse.objects.get()
    assert Coupon.objects.get().uses == (use.returned_at is None)
    return use.returned_at is None


@pytest.mark.worked("W-07")
def test_a_coupon_is_off_the_charge_and_a_partial_order_gives_back_what_was_debited(alice):
    """W-07: 1.00 off 5.00; 1000 of 2500 undelivered give back 1.60, so it cost 2.40."""
    make_coupon("1.00")
    before = balance_of(alice)

    order = for_five(alice)
    assert (order.charge, order.coupon_code, order.coupon_amount) == (4, "WELCOME", 1)
    assert balance_of(alice) == before - 4

    order = report(order, ReportedState.PARTIAL, 1000)
    assert (order.refunded, order.final_charge) == (Decimal("1.60"), Decimal("2.40"))
    assert is_used()


def test_a_cancelled_order_gives_its_coupon_back_and_it_can_be_used_again(alice):
    make_coupon()
    before = balance_of(alice)

    order = report(for_five(alice), ReportedState.CANCELLED, 2500)

    assert (order.refunded, balance_of(alice)) == (4, before)
    assert not is_used()
    assert for_five(alice).charge == 4


def test_an_order_that_its_provider_refuses_gives_its_coupon_back(alice):
    make_coupon()
    order = make_order(alice, make_service(rate_per_1000="2.00"), quantity=2500, coupon="WELCOME")

    answered(order, Rejected(RejectionKind.BAD_LINK, "bad link"))

    assert not is_used()


def test_a_completed_order_keeps_its_coupon(alice):
    make_coupon()

    report(for_five(alice), ReportedState.COMPLETED, 0)

    assert is_used()


@pytest.mark.parametrize(("value", "charge"), [("4.99999999", "0.00000001"), ("5", None), ("7", None)])
def test_an_order_always_costs_something(alice, value, charge):
    make_coupon(value)

    if charge:
        assert for_five(alice).charge == Decimal(charge)
    else:
        with pytest.raises(CouponCoversAll):
            for_five(alice)
        assert not Order.objects.exists()
        assert not CouponUse.objects.exists()


def test_the_coupon_may_make_an_order_affordable(terms):
    make_coupon("1.00")
    poor = make_customer("poor@example.com", balance="4")

    with pytest.raises(InsufficientBalance):
        for_five(poor, coupon="")
    assert for_five(poor).charge == 4
    assert balance_of(poor) == 0


def test_the_price_that_was_shown_is_with_the_coupon_off(alice):
    coupon = make_coupon("1.00")

    with pytest.raises(PriceChanged):
        for_five(alice, max_charge=Decimal("3.99"))
    assert for_five(alice, max_charge=Decimal("4.00")).charge == 4
    assert coupon.taken.count() == 1


def test_an_unknown_word_is_refused_and_leaves_no_trace(alice):
    with pytest.raises(CouponUnknown):
        for_five(alice)

    assert not Order.objects.exists()


def test_the_same_request_is_the_same_order_and_takes_the_coupon_once(alice):
    make_coupon()
    request = order_request(make_service(rate_per_1000="2.00"), quantity=2500, coupon="WELCOME")

    first = place_order(customer=alice, request=request, now=NOW)

    assert place_order(customer=alice, request=request, now=NOW) == first
    assert is_used()
    with pytest.raises(RequestReused):
        place_order(
            customer=alice,
            request=order_request(first.service, quantity=2500, request_id=first.request_id),
            now=NOW,
        )


def test_each_run_carries_its_share(alice):
    make_coupon("1.00")

    order = in_ten_runs(alice)

    assert (order.charge, order.coupon_amount) == (Decimal("0.02"), Decimal("0.10"))
    whole = whole_of(order)
    assert (whole.charge, whole.coupon_amount) == (Decimal("0.20"), 1)
    assert CouponUse.objects.get().subject == f"order:{order.pk}"


@pytest.mark.parametrize(
    ("worth", "runs", "shares"),
    [
        ("1", 3, ["0.33333334", "0.33333333", "0.33333333"]),
        ("0.00000005", 3, ["0.00000002", "0.00000002", "0.00000001"]),
        ("1", 1, ["1"]),
        ("0", 2, ["0", "0"]),
    ],
)
def test_shares_add_up_exactly(worth, runs, shares):
    plan = Plan(runs, 60) if runs > 1 else None

    assert coupon_shares(Decimal(worth), plan) == [Decimal(share) for share in shares]
    assert sum(map(Decimal, shares)) == Decimal(worth)


def test_a_drip_feed_that_never_began_gives_its_coupon_back(alice):
    make_coupon()
    before = balance_of(alice)

    answered(in_ten_runs(alice), Rejected(RejectionKind.BAD_LINK, "bad link"))

    assert balance_of(alice) == before
    assert not is_used()


def test_a_drip_feed_of_which_one_run_was_delivered_keeps_its_coupon(alice):
    make_coupon()
    order = in_ten_runs(alice)
    report(taken_run(order), ReportedState.COMPLETED, 0)

    second = Order.objects.get(drip_feed=order.drip_feed_id, run=2)
    answered(second, Rejected(RejectionKind.BAD_LINK, "bad link"), now=second.run_at)

    assert whole_of(order).state == "partial"
    assert is_used()


def taken_run(order: Order) -> Order:
    return answered(order, Accepted("77", ""))


def test_what_was_taken_off_is_never_changed(alice):
    make_coupon()
    order = for_five(alice)

    with pytest.raises(IntegrityError), transaction.atomic():
        Order.objects.filter(pk=order.pk).update(coupon_amount=2)


def test_a_coupon_that_staff_changed_meanwhile_charges_nothing_else_than_was_shown(alice):
    make_coupon("2.00")
    priced = Order(pk=17, customer=alice, charge=Decimal(4), coupon_amount=Decimal(1))

    with pytest.raises(CouponChanged), transaction.atomic():
        take_for_order([priced], code="WELCOME", now=NOW)

    assert not CouponUse.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_sixty_four_orders_at_once_take_one_coupon_exactly_as_often_as_it_may_be(django_db_setup):
    publish_terms()
    make_coupon("1.00", most_uses=10)
    service = make_service(rate_per_1000="2.00")
    people = [make_customer(f"customer{number}@example.com", balance="5") for number in range(64)]

    def order(number: int) -> Order:
        return place_order(
            customer=people[number],
            request=order_request(service, quantity=2500, coupon="welcome"),
            now=NOW,
        )

    outcomes = at_once(64, order)

    assert sum(isinstance(outcome, Order) for outcome in outcomes) == 10
    assert sum(isinstance(outcome, CouponUsedUp) for outcome in outcomes) == 54
    assert Coupon.objects.get().uses == CouponUse.objects.count() == Order.objects.count() == 10
    assert {balance_of(person) for person in people} == {1, 5}
    assert differences() == []
    connections.close_all()


@pytest.mark.django_db(transaction=True)
def test_orders_and_cancels_of_one_customer_at_once_never_wait_for_each_other():
    publish_terms()
    make_coupon("1.00")
    alice = make_customer(balance="100")
    service = make_service(rate_per_1000="2.00")
    first = taken(alice, service, quantity=2500, coupon="WELCOME")

    def work(number: int) -> object:
        if number == 0:
            return report(first, ReportedState.CANCELLED, 2500)
        link = LINK.replace("alice", f"alice{number}")
        request = order_request(service, link=link, quantity=2500, coupon="WELCOME")
        return place_order(customer=alice, request=request, now=NOW)

    outcomes = at_once(16, work)

    assert all(isinstance(outcome, Order | CouponUsed) for outcome in outcomes), outcomes
    assert Coupon.objects.get().uses == CouponUse.objects.filter(returned_at=None).count() <= 1
    assert differences() == []
