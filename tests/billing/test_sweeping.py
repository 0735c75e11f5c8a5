from datetime import timedelta
from decimal import Decimal

import pytest

from billing.ledger import balance_of, house_balance
from billing.models import Dispute, Payment, PaymentState, Transfer
from billing.routes import AccountKind
from billing.sweeping import compare_with_stripe, last_comparison, sweep_payments
from billing.verification import verify_books
from tests.billing.deposits import fresh, opened, start, today

pytestmark = pytest.mark.django_db


@pytest.fixture
def paid(stripe_here, alice):
    payment = opened(alice)
    stripe_here.control("pay", session=payment.session_id)
    return payment


def later(**duration):
    return lambda: today() + timedelta(**duration)


def test_payments_that_nobody_told_of_are_found(paid, stripe_here, alice):
    expired, waiting = opened(alice), opened(alice)
    stripe_here.control("expire", session=expired.session_id)

    assert sweep_payments(clock=today) == 3

    assert balance_of(alice) == 60
    assert fresh(paid).state == PaymentState.PAID
    assert fresh(expired).state == PaymentState.EXPIRED
    assert fresh(waiting).state == PaymentState.STARTED
    assert verify_books().differences == []


def test_money_that_goes_back_unseen_leaves_the_balance_and_comes_again_when_the_refund_fails(
    paid, stripe_here, alice
):
    sweep_payments(clock=today)
    stripe_here.control("refund", payment=paid.session_id, amount=2000)
    sweep_payments(clock=today)
    assert balance_of(alice) == 40
    assert fresh(paid).refunded == Decimal(20)

    stripe_here.control("advance", seconds=3 * 86_400 - 600)
    stripe_here.control("refund_fails", payment=paid.session_id)
    sweep_payments(clock=today)

    assert balance_of(alice) == 60
    assert fresh(paid).refunded == 0


@pytest.mark.clause("A-26", "K-76")
def test_a_dispute_unseen_is_found_and_its_end_as_well(paid, stripe_here, alice):
    sweep_payments(clock=today)
    stripe_here.control("dispute", payment=paid.session_id, amount=5000)
    sweep_payments(clock=today)
    assert balance_of(alice) == 10
    assert Dispute.objects.get().state == "open"

    stripe_here.control("dispute_lost", payment=paid.session_id)
    sweep_payments(clock=later(minutes=11))

    assert Dispute.objects.get().state == "lost"
    assert balance_of(alice) == 10


def test_a_warning_unseen_is_found(paid, stripe_here):
    sweep_payments(clock=today)
    stripe_here.control("early_fraud_warning", payment=paid.session_id)

    sweep_payments(clock=today)

    assert fresh(paid).warned_at is not None


def test_a_refund_that_pays_out_a_withdrawal_is_no_loss(paid, stripe_here, alice):
    from billing.stripe_gateway import stripe_gateway

    sweep_payments(clock=today)
    stripe_gateway().refund(
        fresh(paid).intent_id, Decimal(20), currency="USD", idempotency_key="w:1", metadata={"payout": "1"}
    )

    sweep_payments(clock=today)

    assert fresh(paid).refunded == 0
    assert balance_of(alice) == 60


def test_a_page_that_was_opened_but_not_stored_is_found_and_one_that_never_was_is_given_up(
    stripe_here, alice
):
    lost = opened(alice)
    session_id = lost.session_id
    Payment.objects.filter(pk=lost.pk).update(
        session_id=None, page_url="", started_at=today() - timedelta(hours=1)
    )
    stripe_here.control("pay", session=session_id)
    never = start(alice, now=today() - timedelta(hours=25))

    sweep_payments(clock=today)
    assert fresh(lost).state == PaymentState.PAID
    assert fresh(never).state == PaymentState.STARTED
    sweep_payments(clock=later(hours=2))

    assert fresh(never).state == PaymentState.EXPIRED


def test_one_silence_is_not_the_end(paid, stripe_here, alice):
    stripe_here.control("set_fault", fault="error", times=1000)
    assert sweep_payments(clock=today) == 0
    assert compare_with_stripe(clock=today) is None

    stripe_here.control("clear_faults")
    sweep_payments(clock=today)
    assert balance_of(alice) == 60


def test_what_lies_at_stripe_is_what_our_books_say_with_fees_payouts_and_disputes(
    paid, stripe_here, settings
):
    sweep_payments(clock=today)
    stripe_here.control("advance", seconds=60)
    stripe_here.control("stripe_fee", amount=250)
    stripe_here.control("dispute", payment=paid.session_id, amount=1000)
    stripe_here.control("payout", amount=500)

    for _time in range(2):
        compared = compare_with_stripe(clock=later(minutes=11))

    # 50 paid, 1.75 fee, 2.50 for Radar, 10 disputed and 15 for that, 5 sent to the bank.
    assert (compared.ours, compared.theirs) == (Decimal("15.75"), Decimal("15.75"))
    assert house_balance(AccountKind.PROCESSOR_FEE) == Decimal("-19.25")
    assert last_comparison() == compared
    assert verify_books().differences == []


def test_a_difference_is_said_loudly_and_an_opening_balance_is_counted(paid, stripe_here, settings, caplog):
    session = stripe_here.open_session(1000)
    stripe_here.control("pay", session=session.id)
    stripe_here.control("advance", seconds=60)

    compared = compare_with_stripe(clock=today)
    # 10 of somebody else's payment; its fee is seen and booked.
    assert compared.difference == Decimal(10)
    assert "Stripe holds" in caplog.text

    settings.PANEL_STRIPE_OPENING = Decimal(10)
    assert compare_with_stripe(clock=today).difference == 0


def test_a_panel_without_cards_sweeps_nothing(alice, settings):
    settings.STRIPE_SECRET_KEY = ""

    assert sweep_payments(clock=today) == 0
    assert compare_with_stripe(clock=today) is None
    assert not Transfer.objects.filter(kind="processor_fee").exists()
