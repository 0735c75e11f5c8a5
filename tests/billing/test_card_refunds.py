"""Money that came from a card goes back to it: with the Stripe that is played on this machine, over HTTP."""

from datetime import timedelta
from decimal import Decimal

import pytest

from accounts.models import User
from billing.approving import approve
from billing.card_refunds import StripeRefunds
from billing.ledger import balance_of, house_balance
from billing.models import Payment, Withdrawal
from billing.paying_out import due_by_hand, send_next
from billing.routes import AccountKind
from billing.stripe_gateway import StripeGateway
from tests.billing.deposits import events_of, fresh, opened, settle_all, tell, today
from tests.billing.withdrawals import asks, assert_books_are_right
from tests.factories import make_customer

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice(terms) -> User:
    return make_customer("alice@example.com")


@pytest.fixture
def refunds(local_stripe) -> StripeRefunds:
    return StripeRefunds(StripeGateway(local_stripe.key, api_base=local_stripe.url))


@pytest.fixture
def payment(alice, local_stripe, stripe_here, client) -> Payment:
    """50 by card, credited."""
    page = opened(alice, "50")
    local_stripe.control("pay", session=page.session_id)
    hear(client, local_stripe)
    return fresh(page)


def hear(client, local_stripe) -> None:
    for event in events_of(local_stripe):
        tell(client, event)
    settle_all()


def approved(alice: User, sam: User, gross: str = "30") -> Withdrawal:
    return approve(asks(alice, gross, when=today()).pk, by=sam, now=today())


def refunded_there(local_stripe) -> list[int]:
    return [refund.amount for refund in local_stripe.client.v1.refunds.list({"limit": 100}).data]


def test_what_goes_back_to_the_card_is_paid_and_no_loss(alice, sam, payment, refunds, local_stripe, client):
    withdrawal = approved(alice, sam)

    assert send_next(refunds=refunds, clock=today)
    hear(client, local_stripe)

    withdrawal.refresh_from_db()
    assert withdrawal.state == "paid"
    assert withdrawal.payouts.get().external_id.startswith("re_")
    assert refunded_there(local_stripe) == [3000]
    assert balance_of(alice) == 20
    assert fresh(payment).lost == 0
    assert_books_are_right()


def test_an_answer_that_was_lost_is_found_again_and_nothing_is_paid_twice(
    alice, sam, payment, refunds, local_stripe, client
):
    withdrawal = approved(alice, sam)
    fault = {"fault": "lost", "when": "after", "method": "POST", "path": "/v1/refunds", "times": 9}
    local_stripe.control("set_fault", **fault)
    assert send_next(refunds=refunds, clock=today)
    withdrawal.refresh_from_db()
    assert withdrawal.state == "paying"
    assert refunded_there(local_stripe) == [3000]
    # Stripe's own message may come before we have asked again.
    hear(client, local_stripe)
    assert balance_of(alice) == 20

    local_stripe.control("clear_faults")
    assert send_next(refunds=refunds, clock=lambda: today() + timedelta(hours=30))

    withdrawal.refresh_from_db()
    assert withdrawal.state == "paid"
    assert refunded_there(local_stripe) == [3000]
    assert house_balance(AccountKind.WITHDRAWAL) == 0
    assert_books_are_right()


def test_a_refund_that_the_bank_sends_back_is_owed_by_hand(
    alice, sam, payment, refunds, local_stripe, client
):
    withdrawal = approved(alice, sam)
    assert send_next(refunds=refunds, clock=today)
    local_stripe.control("refund_fails", refund=withdrawal.payouts.get().external_id)

    hear(client, local_stripe)

    assert due_by_hand(withdrawal) == 30
    assert balance_of(alice) == 20
    assert house_balance(AccountKind.WITHDRAWAL) == Decimal(30)
    assert_books_are_right()


def test_what_stripe_refuses_is_paid_by_hand(alice, sam, payment, refunds, local_stripe):
    withdrawal = approved(alice, sam)
    # In the dashboard somebody was quicker.
    local_stripe.control("refund", payment=payment.intent_id, amount=5000)

    assert send_next(refunds=refunds, clock=today)

    assert due_by_hand(withdrawal) == 30
    assert withdrawal.payouts.get(way="card_refund").words.startswith("The payment processor refused")
