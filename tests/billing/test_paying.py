from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from accounts.models import AccountState
from accounts.standing import AccountFrozen, change_state
from billing.bonuses import CouponNotBetter
from billing.coupons import CouponUsed
from billing.currencies import AmountNotPayable
from billing.methods import MethodUnknown
from billing.models import BonusTier, Coupon, CouponUse, Payment, PaymentState
from billing.paying import (
    AmountTooLarge,
    AmountTooSmall,
    NewAccountLimit,
    PaymentRequestReused,
    PromiseNeeded,
    TooManyUnfinished,
    open_payment,
)
from billing.stripe_gateway import GatewayAway, GatewayRefused
from terms.acceptance import TermsChanged
from terms.models import Acceptance, Channel
from tests.billing.deposits import fresh, opened, start, today
from tests.factories import NOW, after, publish_terms

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def limits(settings):
    settings.STRIPE_SECRET_KEY = "sk_test_key"
    settings.PANEL_DEPOSIT_LEAST = Decimal(5)
    settings.PANEL_DEPOSIT_MOST = Decimal(2000)
    settings.PANEL_DEPOSIT_NEW_DAYS = 7
    settings.PANEL_DEPOSIT_NEW_MOST = Decimal(500)
    settings.PANEL_BANK_DETAILS = "Bank of Nowhere"


@pytest.mark.clause("A-25", "K-75")
def test_a_payment_keeps_the_promise_the_terms_and_who_made_it(alice, terms):
    payment = start(alice, "50", ip="192.0.2.7", user_agent="Firefox")

    accepted = Acceptance.objects.get(subject=f"payment:{payment.code}")
    assert payment.state == PaymentState.STARTED
    assert payment.terms_version == terms == accepted.version
    assert (accepted.customer, accepted.channel, accepted.explicit) == (alice, Channel.DEPOSIT, True)


@pytest.mark.clause("A-25", "K-75")
def test_without_the_promise_nothing_is_started(alice):
    with pytest.raises(PromiseNeeded) as refusal:
        start(alice, ticked=False)

    assert "K-75" in refusal.value.clauses
    assert not Payment.objects.exists()
    assert not Acceptance.objects.filter(channel=Channel.DEPOSIT).exists()


def test_terms_that_ask_for_no_promise_start_without_one(alice):
    publish_terms(changes={"accept.deposit_no_dispute": False})

    start(alice, ticked=False)

    assert not Acceptance.objects.get(channel=Channel.DEPOSIT).explicit


@pytest.mark.clause("A-06", "K-50")
def test_terms_that_changed_since_the_form_was_opened_are_read_first(alice, terms):
    publish_terms(changes={"withdrawal.late_fee_percent": "30"})

    with pytest.raises(TermsChanged):
        start(alice, terms_number=terms.number)


@pytest.mark.parametrize(
    ("amount", "refusal"),
    [
        ("4.99", AmountTooSmall),
        ("2000.01", AmountTooLarge),
        ("5.001", AmountNotPayable),
        ("0", AmountTooSmall),
    ],
)
def test_an_amount_outside_the_limits_is_refused(alice, amount, refusal):
    with pytest.raises(refusal):
        start(alice, amount)


@pytest.mark.parametrize("amount", ["5", "500"])
def test_the_limits_themselves_are_within(alice, amount):
    assert start(alice, amount).amount == Decimal(amount)


def test_what_the_panel_does_not_offer_is_refused(alice, settings):
    with pytest.raises(MethodUnknown):
        start(alice, method="pigeon")
    settings.PANEL_BANK_DETAILS = ""
    with pytest.raises(MethodUnknown):
        start(alice, method="bank")
    settings.STRIPE_SECRET_KEY = ""
    with pytest.raises(MethodUnknown):
        start(alice)


@pytest.mark.clause("A-26", "K-76")
def test_a_frozen_account_adds_nothing(alice):
    change_state(customer=alice, to=AccountState.FROZEN, why="a dispute", by=None, now=NOW)

    with pytest.raises(AccountFrozen):
        start(alice)


def test_a_new_account_adds_only_so_much_a_day(alice):
    alice.date_joined = NOW - timedelta(days=6)
    alice.save()
    start(alice, "300")

    with pytest.raises(NewAccountLimit):
        start(alice, "200.01")
    start(alice, "200")
    start(alice, "500", now=after(hours=24))


def test_an_account_that_is_not_new_any_more_adds_up_to_the_limit(alice):
    alice.date_joined = NOW - timedelta(days=7)
    alice.save()

    start(alice, "2000")
    start(alice, "2000")


def test_ten_unfinished_payments_are_enough(alice):
    for _number in range(10):
        start(alice, "5")

    with pytest.raises(TooManyUnfinished):
        start(alice, "5")


def test_the_same_form_sent_twice_starts_one_payment_and_another_amount_none(alice, bob):
    request_id = uuid4()

    assert start(alice, request_id=request_id) == start(alice, request_id=request_id)
    with pytest.raises(PaymentRequestReused):
        start(alice, "51", request_id=request_id)
    with pytest.raises(PaymentRequestReused):
        start(bob, request_id=request_id)


def test_the_highest_tier_reached_is_promised_and_a_coupon_takes_its_place(alice):
    BonusTier.objects.create(at_least=Decimal(50), percent=Decimal(5))
    BonusTier.objects.create(at_least=Decimal(100), percent=Decimal(10))
    Coupon.objects.create(code="WELCOME", kind=Coupon.Kind.DEPOSIT_PERCENT, value=Decimal(20))

    assert start(alice, "49.99").bonus == 0
    assert start(alice, "50").bonus == Decimal("2.50")
    assert start(alice, "100").bonus == Decimal(10)
    with_coupon = start(alice, "100", coupon_code="welcome")
    assert with_coupon.bonus == Decimal(20)
    assert CouponUse.objects.get().subject == f"payment:{with_coupon.code}"
    with pytest.raises(CouponUsed):
        start(alice, "100", coupon_code="WELCOME")


def test_a_coupon_that_is_worth_no_more_than_the_tier_is_kept(alice):
    BonusTier.objects.create(at_least=Decimal(50), percent=Decimal(10))
    Coupon.objects.create(code="FIVE", kind=Coupon.Kind.DEPOSIT_AMOUNT, value=Decimal(5))

    with pytest.raises(CouponNotBetter):
        start(alice, "50", coupon_code="FIVE")
    assert not CouponUse.objects.exists()
    assert not Payment.objects.exists()


def test_the_page_to_pay_on_is_opened_once(alice, stripe_here):
    first = opened(alice)
    again = open_payment(fresh(first), url="http://testserver/funds/", now=today())

    assert first.page_url.startswith(stripe_here.url)
    assert again.session_id == first.session_id
    assert len(stripe_here.client.v1.checkout.sessions.list().data) == 1


def test_a_processor_that_does_not_answer_leaves_a_payment_that_can_be_opened_later(alice, stripe_here):
    payment = start(alice, now=today())
    stripe_here.control("set_fault", fault="error", times=5)

    with pytest.raises(GatewayAway):
        open_payment(payment, url="http://testserver/funds/", now=today())
    assert fresh(payment).state == PaymentState.STARTED

    stripe_here.control("clear_faults")
    assert open_payment(fresh(payment), url="http://testserver/funds/", now=today()).page_url


def test_a_processor_that_says_no_ends_the_payment_and_gives_the_coupon_back(alice, stripe_here, settings):
    Coupon.objects.create(code="WELCOME", kind=Coupon.Kind.DEPOSIT_PERCENT, value=Decimal(20), most_uses=1)
    payment = start(alice, coupon_code="WELCOME", now=today())
    settings.STRIPE_SECRET_KEY = "sk_test_of_somebody_else"

    with pytest.raises(GatewayRefused):
        open_payment(payment, url="http://testserver/funds/", now=today())

    assert fresh(payment).state == PaymentState.FAILED
    assert Coupon.objects.get().uses == 0
    settings.STRIPE_SECRET_KEY = stripe_here.key
    assert opened(alice, coupon_code="WELCOME").bonus == Decimal(10)
