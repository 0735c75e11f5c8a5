"""Coupons: worth something once for each customer, never more often than they were made for, and given back."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from accounts.models import User
from accounts.refusals import Refusal
from billing.coupons import (
    CouponCoversAll,
    CouponExpired,
    CouponFor,
    CouponForDeposits,
    CouponForOrders,
    CouponNotYet,
    CouponTooSmall,
    CouponUnknown,
    CouponUsed,
    CouponUsedUp,
    coupon_worth,
    return_coupon,
    take_coupon,
)
from billing.models import Coupon, CouponUse
from tests.factories import NOW, make_customer, publish_terms
from tests.orders.stories import at_once

SECOND = timedelta(seconds=1)

pytestmark = pytest.mark.django_db


def make_coupon(
    kind: Coupon.Kind = Coupon.Kind.ORDER_AMOUNT, value: str = "1", code: str = "WELCOME", **fields: Any
) -> Coupon:
    return Coupon.objects.create(code=code, kind=kind, value=Decimal(value), **fields)


def worth(customer: User, amount: str, kind: CouponFor = CouponFor.ORDER, **asked: Any) -> Decimal:
    asked = {"code": "WELCOME", "now": NOW} | asked
    return coupon_worth(customer=customer, kind=kind, amount=Decimal(amount), **asked)


def take(
    customer: User,
    subject: str = "order:17",
    *,
    amount: str = "5",
    kind: CouponFor = CouponFor.ORDER,
    now: datetime = NOW,
    code: str = "WELCOME",
) -> CouponUse:
    with transaction.atomic():
        return take_coupon(
            customer=customer, code=code, kind=kind, amount=Decimal(amount), subject=subject, now=now
        )


def uses() -> int:
    return Coupon.objects.get().uses


def test_a_coupon_takes_its_sum_off_an_order(alice):
    make_coupon(value="1.00")

    use = take(alice, "order:17", amount="5.00")

    assert (use.amount, use.subject, use.used_at, use.returned_at) == (1, "order:17", NOW, None)
    assert uses() == 1


@pytest.mark.parametrize(("amount", "expected"), [("50", "5.00"), ("10.05", "1.01"), ("10.04", "1.00")])
def test_a_percentage_of_a_deposit_is_rounded_half_up_to_what_can_be_paid(alice, amount, expected):
    make_coupon(Coupon.Kind.DEPOSIT_PERCENT, "10")

    assert worth(alice, amount, CouponFor.DEPOSIT) == Decimal(expected)


def test_a_sum_with_a_deposit_may_be_more_than_the_deposit(alice):
    make_coupon(Coupon.Kind.DEPOSIT_AMOUNT, "5")

    assert worth(alice, "2", CouponFor.DEPOSIT) == 5


@pytest.mark.parametrize("typed", ["welcome", " WELCOME ", "Welcome"])
def test_a_code_is_read_in_any_case(alice, typed):
    make_coupon()

    assert worth(alice, "5", code=typed) == 1


@pytest.mark.parametrize("typed", ["", "WELCOM", "WELCOME%", "%"])
def test_another_word_is_no_coupon(alice, typed):
    make_coupon()

    with pytest.raises(CouponUnknown):
        worth(alice, "5", code=typed)


def test_a_coupon_is_only_for_what_it_was_made_for(alice):
    make_coupon(code="ORDERS")
    make_coupon(Coupon.Kind.DEPOSIT_PERCENT, code="DEPOSITS")

    with pytest.raises(CouponForOrders):
        worth(alice, "5", CouponFor.DEPOSIT, code="ORDERS")
    with pytest.raises(CouponForDeposits):
        worth(alice, "5", CouponFor.ORDER, code="DEPOSITS")


def test_both_ends_of_its_time_belong_to_it(alice):
    make_coupon(starts_at=NOW, ends_at=NOW + SECOND)

    assert worth(alice, "5", now=NOW) == worth(alice, "5", now=NOW + SECOND) == 1
    with pytest.raises(CouponNotYet):
        worth(alice, "5", now=NOW - SECOND)
    with pytest.raises(CouponExpired):
        worth(alice, "5", now=NOW + 2 * SECOND)


def test_it_is_for_amounts_from_a_least_one(alice):
    make_coupon(at_least=Decimal("5.00"))

    assert worth(alice, "5.00") == 1
    with pytest.raises(CouponTooSmall) as refused:
        worth(alice, "4.99999999")
    assert refused.value.text == "This coupon is for amounts from 5.00."


def test_a_percentage_that_comes_to_nothing_is_no_bonus(alice):
    make_coupon(Coupon.Kind.DEPOSIT_PERCENT, "1")

    with pytest.raises(CouponTooSmall):
        worth(alice, "0.49", CouponFor.DEPOSIT)


def test_a_coupon_that_would_pay_for_all_is_kept_for_a_larger_order(alice):
    make_coupon(value="1")

    assert worth(alice, "1.00000001") == 1
    with pytest.raises(CouponCoversAll) as refused:
        worth(alice, "1")
    assert refused.value.text == (
        "This coupon takes 1.00 off. Use it for an order that costs more than that."
    )


def test_each_customer_uses_it_once(alice, bob):
    make_coupon()
    take(alice)

    with pytest.raises(CouponUsed):
        take(alice, "order:18")
    take(bob, "order:19")
    assert uses() == 2


def test_it_is_used_no_more_often_than_it_was_made_for(alice, bob):
    make_coupon(most_uses=1)
    take(alice)

    with pytest.raises(CouponUsedUp):
        take(bob)


def test_a_coupon_given_back_can_be_used_again_by_anybody(alice, bob):
    make_coupon(most_uses=1)
    use = take(alice)

    with transaction.atomic():
        return_coupon("order:17", now=NOW + SECOND)
        return_coupon("order:17", now=NOW + 2 * SECOND)
        return_coupon("order:99", now=NOW)

    use.refresh_from_db()
    assert (use.returned_at, uses()) == (NOW + SECOND, 0)
    take(alice, "order:18")
    with pytest.raises(CouponUsedUp):
        take(bob)


@pytest.mark.django_db(transaction=True)
def test_sixty_four_customers_at_once_use_it_exactly_as_often_as_it_was_made_for():
    publish_terms()
    make_coupon(most_uses=10)
    people = [make_customer(f"customer{number}@example.com") for number in range(64)]

    outcomes = at_once(64, lambda number: take(people[number], f"order:{number}"))

    assert sum(isinstance(outcome, CouponUse) for outcome in outcomes) == 10
    assert sum(isinstance(outcome, CouponUsedUp) for outcome in outcomes) == 54
    assert uses() == CouponUse.objects.count() == 10


@pytest.mark.django_db(transaction=True)
def test_one_customer_who_asks_sixty_four_times_at_once_uses_it_once():
    publish_terms()
    make_coupon()
    alice = make_customer()

    outcomes = at_once(64, lambda number: take(alice, f"order:{number}"))

    assert sum(isinstance(outcome, CouponUse) for outcome in outcomes) == 1
    assert all(isinstance(outcome, CouponUse | Refusal) for outcome in outcomes)
    assert uses() == CouponUse.objects.count() == 1
