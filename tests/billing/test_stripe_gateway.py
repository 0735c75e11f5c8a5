import json
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import transaction

from billing.stripe_gateway import (
    CheckoutWish,
    GatewayAway,
    GatewayRefused,
    StripeGateway,
    WebhookForged,
    read_webhook,
)
from sandbox.stripe.webhooks import signature

SECRET = "whsec_secret_of_the_tests"


@pytest.fixture
def gateway(local_stripe, db):
    return StripeGateway(local_stripe.key, api_base=local_stripe.url)


def wish(amount="50", currency="USD", reference="PAY1"):
    return CheckoutWish(
        amount=Decimal(amount),
        currency=currency,
        title="Balance",
        reference=reference,
        email="alice@example.com",
        success_url="http://testserver/funds/PAY1/",
        cancel_url="http://testserver/funds/PAY1/",
        expires_at=datetime.now(UTC) + timedelta(hours=1),
    )


def test_a_page_to_pay_on_is_opened_for_the_amount(gateway):
    page = gateway.create_checkout(wish(), idempotency_key="payment:1")

    assert page.url
    assert page.amount == Decimal(50)
    assert (page.currency, page.status, page.payment_status) == ("USD", "open", "unpaid")
    assert page.reference == "PAY1"


def test_the_same_key_answers_with_the_same_page(gateway):
    wanted = wish()

    pages = {gateway.create_checkout(wanted, idempotency_key="payment:1").id for _time in range(3)}

    assert len(pages) == 1
    assert len(list(gateway.sessions(datetime.now(UTC) - timedelta(hours=1)))) == 1


@pytest.mark.parametrize(("amount", "currency"), [("5000", "JPY"), ("50000", "UGX"), ("12.34", "KWD")])
def test_what_was_paid_comes_back_as_the_amount_that_was_asked(gateway, local_stripe, amount, currency):
    page = gateway.create_checkout(wish(amount, currency), idempotency_key="payment:1")
    local_stripe.control("pay", session=page.id)

    page = gateway.session(page.id)
    intent = gateway.intent(page.intent_id)

    assert page.is_paid
    assert (intent.received, intent.currency) == (Decimal(amount), currency)
    assert intent.charge.amount == Decimal(amount)
    assert intent.charge.card == "visa 4242"
    assert intent.charge.fingerprint
    assert gateway.session_of_intent(page.intent_id) == page


def test_a_payment_with_its_fee_refunds_dispute_and_the_balance(gateway, local_stripe):
    page = gateway.create_checkout(wish(), idempotency_key="payment:1")
    local_stripe.control("pay", session=page.id)
    intent_id = gateway.session(page.id).intent_id
    for _time in range(2):
        gateway.refund(
            intent_id, Decimal(20), currency="USD", idempotency_key="payout:7", metadata={"payout": "7"}
        )
    local_stripe.control("advance", seconds=60)

    charge = gateway.intent(intent_id).charge
    [refund] = gateway.refunds_of(intent_id)
    lines = list(gateway.balance_lines(datetime.now(UTC) - timedelta(hours=1)))

    assert charge.fee == Decimal("1.75")
    assert charge.refunded == Decimal(20)
    assert refund.metadata == {"payout": "7"}
    assert refund.counts
    assert gateway.refund_now(refund.id) == refund
    assert gateway.balance("USD") == sum(line.net for line in lines) == Decimal("28.25")


def test_a_dispute_says_what_it_has_drawn_and_nothing_once_it_is_won(gateway, local_stripe):
    page = gateway.create_checkout(wish(), idempotency_key="payment:1")
    local_stripe.control("pay", session=page.id)
    intent_id = gateway.session(page.id).intent_id
    local_stripe.control("dispute", payment=intent_id, amount=3000)

    [dispute] = gateway.disputes_of(intent_id)
    assert (dispute.drawn, dispute.fee, dispute.is_inquiry) == (Decimal(30), Decimal(15), False)

    local_stripe.control("dispute_won", dispute=dispute.id)
    assert gateway.dispute(dispute.id).drawn == 0


def test_a_list_longer_than_a_page_is_read_to_its_end(gateway, local_stripe):
    for _number in range(103):
        local_stripe.open_session()

    assert len({page.id for page in gateway.sessions(datetime.now(UTC) - timedelta(hours=1))}) == 103


@pytest.mark.parametrize("fault", ["error", "rate_limit", "lost"])
def test_no_answer_is_not_a_no(gateway, local_stripe, fault):
    page = gateway.create_checkout(wish(), idempotency_key="payment:1")
    local_stripe.control("set_fault", fault=fault, times=5)

    with pytest.raises(GatewayAway):
        gateway.session(page.id)


def test_an_opening_that_was_done_but_not_answered_is_found_under_its_key(gateway, local_stripe):
    wanted = wish()
    local_stripe.control("set_fault", fault="lost", when="after", method="POST", times=1)

    page = gateway.create_checkout(wanted, idempotency_key="payment:1")

    assert [page.id] == [found.id for found in gateway.sessions(datetime.now(UTC) - timedelta(hours=1))]


def test_a_no_is_told_in_the_processors_words(gateway):
    with pytest.raises(GatewayRefused, match="at least"):
        gateway.create_checkout(wish("0.10"), idempotency_key="payment:1")


@pytest.mark.django_db(transaction=True)
def test_nothing_is_asked_inside_a_transaction(local_stripe):
    gateway = StripeGateway(local_stripe.key, api_base=local_stripe.url)

    with transaction.atomic(), pytest.raises(AssertionError, match="inside a transaction"):
        gateway.session("cs_test_1")


def event(**changes):
    said = {
        "id": "evt_1",
        "object": "event",
        "type": "checkout.session.completed",
        "created": 1_770_000_000,
        "livemode": False,
        "data": {"object": {"id": "cs_test_1", "object": "checkout.session", "payment_intent": "pi_1"}},
    }
    return json.dumps(said | changes)


@pytest.fixture
def secrets(settings):
    settings.STRIPE_SECRET_KEY = "sk_test_key_of_the_tests"
    settings.STRIPE_WEBHOOK_SECRETS = ["whsec_old", SECRET]


@pytest.mark.parametrize("secret", ["whsec_old", SECRET])
def test_a_webhook_signed_by_any_of_our_secrets_is_read(secrets, secret):
    body = event()

    read = read_webhook(body.encode(), signature((secret,), body, int(time.time())))

    assert (read.id, read.type, read.about) == ("evt_1", "checkout.session.completed", "cs_test_1")


@pytest.mark.parametrize(
    ("body", "signed", "secret", "age"),
    [
        (event(), event(), "whsec_of_a_forger", 0),
        (event(id="evt_2"), event(), SECRET, 0),
        (event(), event(), SECRET, 301),
        (event(livemode=True), event(livemode=True), SECRET, 0),
        ("{}", "{}", SECRET, 0),
        ("not json", "not json", SECRET, 0),
    ],
    ids=["forged", "changed", "old", "of another mode", "empty", "not json"],
)
def test_a_webhook_that_is_not_ours_is_not_read(secrets, body, signed, secret, age):
    with pytest.raises(WebhookForged):
        read_webhook(body.encode(), signature((secret,), signed, int(time.time()) - age))


def test_a_webhook_just_within_its_time_is_read_and_one_without_a_signature_is_not(secrets):
    body = event()

    assert read_webhook(body.encode(), signature((SECRET,), body, int(time.time()) - 298))
    for header in ("", "t=,v1=", "nonsense", "t=1"):
        with pytest.raises(WebhookForged):
            read_webhook(body.encode(), header)
    with pytest.raises(WebhookForged):
        read_webhook(b"\xff\xfe", "t=1,v1=aa")
