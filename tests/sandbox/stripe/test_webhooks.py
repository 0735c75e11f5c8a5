from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
import stripe

from .local_stripe import WEBHOOK_SECRET, LocalStripe
from .merchant import Merchant

ROOT = Path(__file__).parents[3]
OF_A_CARD_PAYMENT = [
    "payment_intent.created",
    "charge.succeeded",
    "payment_intent.succeeded",
    "checkout.session.completed",
    "charge.updated",
]


@pytest.fixture
def merchant(local_stripe):
    running = Merchant(WEBHOOK_SECRET)
    local_stripe.deliver_to(running.url)
    local_stripe.control("set_webhooks", retry_seconds=0.05)
    yield running
    running.close()


def pay(local_stripe: LocalStripe) -> None:
    session = local_stripe.open_session()
    local_stripe.control("pay", session=session.id)


def test_a_payment_is_told_in_signed_webhooks(local_stripe, merchant):
    session = local_stripe.open_session(client_reference_id="topup-7")
    local_stripe.control("pay", session=session.id)
    local_stripe.wait_until_delivered()

    assert merchant.told == OF_A_CARD_PAYMENT
    completed = merchant.events[3]
    assert (completed.object, completed.livemode) == ("event", False)
    assert completed.id.startswith("evt_")
    assert completed.api_version == stripe.api_version
    assert completed.data.object.client_reference_id == "topup-7"
    assert completed.data.object.payment_status == "paid"
    same = local_stripe.client.v1.events.retrieve(completed.id)
    assert (same.type, same.pending_webhooks) == (completed.type, 0)


def test_a_change_says_what_was_before(local_stripe, merchant):
    pay(local_stripe)
    local_stripe.control("refund", amount=100)
    local_stripe.wait_until_delivered()

    refunded = merchant.events[-1]
    assert refunded.type == "charge.refunded"
    assert refunded.data.object.amount_refunded == 100
    assert refunded.data.previous_attributes.to_dict() == {"amount_refunded": 0}


def test_an_event_names_the_call_that_caused_it(local_stripe, merchant):
    pay(local_stripe)
    [charge] = local_stripe.client.v1.charges.list().data
    local_stripe.client.v1.refunds.create(
        params={"charge": charge.id}, options={"idempotency_key": "withdrawal:5"}
    )
    local_stripe.wait_until_delivered()

    assert merchant.events[-1].request.idempotency_key == "withdrawal:5"
    assert merchant.events[0].request.idempotency_key is None


def test_a_webhook_is_repeated_until_it_is_taken(local_stripe, merchant):
    merchant.answers += [500, 302, 404]
    pay(local_stripe)
    local_stripe.wait_until_delivered()

    counted = Counter(event.id for event in merchant.events)
    assert sum(counted.values()) == len(OF_A_CARD_PAYMENT) + 3
    assert sorted(set(merchant.told)) == sorted(OF_A_CARD_PAYMENT)


def test_nothing_is_lost_while_the_merchant_is_away_and_this_stripe_restarts(tmp_path):
    merchant = Merchant(WEBHOOK_SECRET)
    first = LocalStripe(tmp_path / "books.sqlite3", webhook_url="http://127.0.0.1:9/nobody")
    first.control("set_webhooks", retry_seconds=0.05)
    session = first.open_session()
    first.control("pay", session=session.id)
    first.close()

    second = LocalStripe(tmp_path / "books.sqlite3", webhook_url=merchant.url)
    second.wait_until_delivered()
    try:
        assert sorted(merchant.told) == sorted(OF_A_CARD_PAYMENT)
        assert second.client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"
        assert second.open_session().id != session.id
    finally:
        second.close()
        merchant.close()


def test_webhooks_can_be_lost_doubled_and_sent_again(local_stripe, merchant):
    local_stripe.control("set_webhooks", drop_every=2)
    pay(local_stripe)
    local_stripe.wait_until_delivered()
    assert merchant.told == [OF_A_CARD_PAYMENT[place] for place in (0, 2, 4)]
    undelivered = local_stripe.client.v1.events.list(params={"delivery_success": False}).data
    assert {event.type for event in undelivered} == {OF_A_CARD_PAYMENT[1], OF_A_CARD_PAYMENT[3]}

    merchant.events.clear()
    local_stripe.control("set_webhooks", times=2)
    assert local_stripe.control("resend")["events"] == len(OF_A_CARD_PAYMENT)
    local_stripe.wait_until_delivered()
    assert Counter(merchant.told) == Counter(OF_A_CARD_PAYMENT * 2)


def test_webhooks_can_be_held_back_and_come_out_of_order(local_stripe, merchant):
    local_stripe.control("set_webhooks", paused=True, shuffle=0.5)
    pay(local_stripe)
    time.sleep(0.6)
    assert merchant.told == []

    local_stripe.control("set_webhooks")
    local_stripe.wait_until_delivered()
    assert sorted(merchant.told) == sorted(OF_A_CARD_PAYMENT)
    assert merchant.told != OF_A_CARD_PAYMENT


def test_webhooks_can_come_late_and_side_by_side(local_stripe, merchant):
    local_stripe.control("set_webhooks", delay=0.4, parallel=5)
    pay(local_stripe)
    assert merchant.told == []
    local_stripe.wait_until_delivered()
    assert sorted(merchant.told) == sorted(OF_A_CARD_PAYMENT)


def test_an_old_or_foreign_signature_is_refused_by_the_library(local_stripe, merchant):
    local_stripe.control("set_webhooks", signature_offset=-301, retry_seconds=60)
    pay(local_stripe)
    deadline = time.monotonic() + 5
    while len(merchant.refused) < len(OF_A_CARD_PAYMENT) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert "outside the tolerance" in merchant.refused[0]

    local_stripe.control("set_webhooks", secrets=["whsec_of_somebody_else"], retry_seconds=60)
    local_stripe.control("resend")
    while len(merchant.refused) < 2 * len(OF_A_CARD_PAYMENT) and time.monotonic() < deadline + 5:
        time.sleep(0.02)
    assert "No signatures found" in merchant.refused[-1]
    assert merchant.events == []


def test_while_a_secret_is_being_changed_webhooks_bear_both_signatures(local_stripe, merchant):
    local_stripe.control("set_webhooks", secrets=["whsec_new", WEBHOOK_SECRET])
    pay(local_stripe)
    local_stripe.wait_until_delivered()
    assert len(merchant.events) == len(OF_A_CARD_PAYMENT)


def started(state: Path, webhook_url: str) -> tuple[subprocess.Popen, str]:
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "sandbox.stripe", "--port", "0", "--state", str(state)),
            *("--webhook-url", webhook_url),
        ],
        cwd=ROOT,
        env={**os.environ, "STRIPE_SECRET_KEY": "sk_test_x", "STRIPE_WEBHOOK_SECRETS": WEBHOOK_SECRET},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    line = process.stdout.readline()
    assert line.startswith("Local Stripe ready: ")
    return process, line.split()[3].removesuffix("/dashboard")


def test_kill_9_between_payment_and_webhooks_loses_nothing(tmp_path):
    process, url = started(tmp_path / "books.sqlite3", "http://127.0.0.1:9/nobody")
    client = stripe.StripeClient("sk_test_x", base_addresses={"api": url})
    item = {
        "price_data": {"currency": "usd", "unit_amount": 700, "product_data": {"name": "Balance"}},
        "quantity": 1,
    }
    session = client.v1.checkout.sessions.create(
        params={"mode": "payment", "line_items": [item], "success_url": "http://127.0.0.1/"}
    )
    import requests

    requests.post(session.url, {"do": "pay"}, allow_redirects=False, timeout=5)
    process.kill()
    process.communicate(timeout=5)

    merchant = Merchant(WEBHOOK_SECRET)
    process, url = started(tmp_path / "books.sqlite3", merchant.url)
    try:
        deadline = time.monotonic() + 10
        while set(merchant.told) != set(OF_A_CARD_PAYMENT) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert sorted(set(merchant.told)) == sorted(OF_A_CARD_PAYMENT)
        client = stripe.StripeClient("sk_test_x", base_addresses={"api": url})
        assert client.v1.balance.retrieve().available[0].amount == 700 - 20 - 30
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=10)
        merchant.close()
    assert process.returncode == 0


def test_events_are_listed_by_type_and_delivery_through_every_page(local_stripe, merchant):
    local_stripe.control("set_webhooks", drop_every=len(OF_A_CARD_PAYMENT))
    for _ in range(3):
        pay(local_stripe)
    local_stripe.wait_until_delivered()
    events = local_stripe.client.v1.events

    lost = events.list(params={"delivery_success": False, "limit": 1}).auto_paging_iter()
    assert [event.type for event in lost] == [OF_A_CARD_PAYMENT[-1]] * 3
    kinds = ["charge.succeeded", "checkout.session.completed"]
    told = events.list(params={"types": kinds, "limit": 1}).auto_paging_iter()
    assert [event.type for event in told] == list(reversed(kinds)) * 3
