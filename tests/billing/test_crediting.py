from dataclasses import replace
from decimal import Decimal

import pytest

from accounts.models import Notice
from billing.crediting import credit_payment
from billing.ending import fail_payment
from billing.ledger import balance_of, house_balance
from billing.methods import Receipt
from billing.models import BonusTier, Coupon, Funding, Payment, PaymentState, Transfer
from billing.routes import AccountKind
from billing.verification import verify_books
from tests.billing.deposits import fresh, start
from tests.factories import NOW, after, publish_terms

pytestmark = pytest.mark.django_db
RECEIPT = Receipt(
    amount=Decimal(50),
    currency="USD",
    intent_id="pi_1",
    charge_id="ch_1",
    card="visa 4242",
    fingerprint="finger",
)


@pytest.fixture(autouse=True)
def cards(settings):
    settings.STRIPE_SECRET_KEY = "sk_test_key"


def test_what_was_paid_is_on_the_balance_with_its_bonus_and_the_customer_is_told(alice):
    BonusTier.objects.create(at_least=Decimal(50), percent=Decimal(10))
    payment = start(alice)

    credit_payment(payment, RECEIPT, now=after(minutes=5))

    payment = fresh(payment)
    assert balance_of(alice) == Decimal(10) + 50 + 5
    assert (payment.state, payment.received, payment.card) == (PaymentState.PAID, Decimal(50), "visa 4242")
    assert (payment.funding.cash, payment.funding.bonus) == (Decimal(50), Decimal(5))
    assert set(Transfer.objects.filter(funding=payment.funding).values_list("reference", flat=True)) == {
        "stripe:pi_1:credit",
        "stripe:pi_1:bonus",
    }
    assert house_balance(AccountKind.STRIPE) == Decimal(-50)
    assert "arrived" in Notice.objects.get(customer=alice).title
    assert verify_books().differences == []


@pytest.mark.worked("V-6")
@pytest.mark.clause("K-71", "K-75")
def test_terms_that_came_after_the_start_do_not_govern_the_payment(alice, terms):
    payment = start(alice, now=NOW)
    publish_terms(changes={"withdrawal.late_fee_percent": "30"})

    credit_payment(payment, RECEIPT, now=after(minutes=5))

    funding = fresh(payment).funding
    assert funding.terms_version == terms
    assert funding.credited_at == after(minutes=5)


def test_news_that_comes_five_times_credits_once_and_a_later_fee_is_booked_once(alice):
    payment = start(alice)

    for _time in range(5):
        credit_payment(payment, RECEIPT, now=NOW)
    for _time in range(2):
        credit_payment(payment, replace(RECEIPT, line_id="txn_1", fee=Decimal("1.75")), now=NOW)

    assert balance_of(alice) == Decimal(60)
    assert fresh(payment).fee == Decimal("1.75")
    assert house_balance(AccountKind.STRIPE) == Decimal("-48.25")
    assert Funding.objects.filter(payment=payment).count() == 1


@pytest.mark.parametrize(
    "receipt",
    [
        replace(RECEIPT, amount=Decimal("49.99")),
        replace(RECEIPT, amount=Decimal("50.01")),
        replace(RECEIPT, currency="EUR"),
    ],
    ids=["less", "more", "another currency"],
)
def test_what_does_not_match_the_row_waits_for_a_person(alice, receipt):
    payment = start(alice)

    credit_payment(payment, receipt, now=NOW)

    payment = fresh(payment)
    assert payment.state == PaymentState.REVIEW
    assert payment.why
    assert balance_of(alice) == Decimal(10)


def test_one_receipt_pays_for_one_payment(alice, bob):
    credit_payment(start(alice), RECEIPT, now=NOW)
    second = start(bob)

    credit_payment(second, RECEIPT, now=NOW)

    assert fresh(second).state == PaymentState.REVIEW
    assert balance_of(bob) == 0


@pytest.mark.parametrize("end", [PaymentState.EXPIRED, PaymentState.FAILED])
def test_money_that_comes_after_all_is_credited_and_takes_the_coupon_again(alice, end):
    Coupon.objects.create(code="WELCOME", kind=Coupon.Kind.DEPOSIT_PERCENT, value=Decimal(20), most_uses=1)
    payment = start(alice, coupon_code="WELCOME")
    fail_payment(payment, to=end, why="", now=NOW)
    assert Coupon.objects.get().uses == 0

    credit_payment(payment, RECEIPT, now=after(hours=30))

    assert fresh(payment).funding.bonus == Decimal(10)
    assert Coupon.objects.get().uses == 1


def test_a_late_payment_whose_coupon_another_has_taken_gets_the_tier_and_is_told(alice, bob):
    BonusTier.objects.create(at_least=Decimal(50), percent=Decimal(5))
    Coupon.objects.create(code="WELCOME", kind=Coupon.Kind.DEPOSIT_PERCENT, value=Decimal(20), most_uses=1)
    payment = start(alice, coupon_code="WELCOME")
    fail_payment(payment, to=PaymentState.EXPIRED, why="", now=NOW)
    start(bob, coupon_code="WELCOME")

    credit_payment(payment, RECEIPT, now=after(hours=30))

    payment = fresh(payment)
    assert (payment.state, payment.funding.bonus) == (PaymentState.PAID, Decimal("2.50"))
    assert "coupon" in payment.why
    assert "coupon" in Notice.objects.get(customer=alice, title__contains="arrived").text


def test_an_ended_payment_is_not_ended_again_and_a_paid_one_not_at_all(alice):
    payment = start(alice)
    fail_payment(payment, to=PaymentState.EXPIRED, why="", now=NOW)
    fail_payment(payment, to=PaymentState.FAILED, why="later", now=NOW)
    assert fresh(payment).state == PaymentState.EXPIRED

    credit_payment(payment, RECEIPT, now=NOW)
    fail_payment(payment, to=PaymentState.FAILED, why="later", now=NOW)

    assert fresh(payment).state == PaymentState.PAID
    assert Payment.objects.get().why == ""
