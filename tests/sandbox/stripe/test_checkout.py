from __future__ import annotations

import time

import pytest
import stripe

from .local_stripe import LocalStripe


def paid(local_stripe: LocalStripe, amount: int = 5000, **params):
    session = local_stripe.open_session(amount, **params)
    local_stripe.control("pay", session=session.id)
    return local_stripe.client.v1.checkout.sessions.retrieve(session.id)


def test_a_session_is_opened_with_what_was_asked_for(local_stripe):
    session = local_stripe.open_session(
        1250,
        client_reference_id="topup-7",
        metadata={"customer": "7"},
        customer_email="alice@example.com",
        payment_intent_data={"metadata": {"topup": "7"}, "description": "Balance of alice"},
    )

    assert (session.object, session.status, session.payment_status) == ("checkout.session", "open", "unpaid")
    assert (session.amount_total, session.currency, session.mode) == (1250, "usd", "payment")
    assert (session.client_reference_id, session.metadata["customer"]) == ("topup-7", "7")
    assert session.url == f"{local_stripe.url}/c/pay/{session.id}"
    assert session.expires_at - session.created == 24 * 3600
    assert session.payment_intent is None


def test_a_paid_session_leads_to_its_intent_charge_and_fee(local_stripe):
    session = paid(local_stripe, payment_intent_data={"metadata": {"topup": "7"}})
    intent = local_stripe.client.v1.payment_intents.retrieve(
        session.payment_intent, params={"expand": ["latest_charge.balance_transaction"]}
    )
    charge = intent.latest_charge
    booked = charge.balance_transaction

    assert (session.status, session.payment_status, session.url) == ("complete", "paid", None)
    assert (intent.status, intent.amount_received, intent.metadata["topup"]) == ("succeeded", 5000, "7")
    assert (charge.paid, charge.status, charge.metadata["topup"]) == (True, "succeeded", "7")
    assert charge.payment_method_details.card.last4 == "4242"
    # 2.9 % of 50.00 and 0.30.
    assert (booked.type, booked.amount, booked.fee, booked.net) == ("charge", 5000, 175, 4825)
    assert booked.source == charge.id


def test_the_same_card_has_the_same_fingerprint_and_another_card_another(local_stripe):
    prints = []
    for card in ("4242424242424242", "4242 4242 4242 4242", "5555555555554444"):
        session = local_stripe.open_session()
        local_stripe.control("pay", session=session.id, card=card)
        [charge] = local_stripe.client.v1.charges.list(params={"limit": 1}).data
        prints.append(charge.payment_method_details.card.fingerprint)

    assert prints[0] == prints[1] != prints[2]


@pytest.mark.parametrize(
    ("amount", "currency", "code"),
    [
        (49, "usd", "amount_too_small"),
        (49, "jpy", "amount_too_small"),
        (100_000_000, "usd", "amount_too_large"),
        (12_345, "ugx", "parameter_invalid_integer"),
        (12_345, "isk", "parameter_invalid_integer"),
        (12_345, "kwd", "parameter_invalid_integer"),
    ],
)
def test_amounts_that_stripe_would_not_take_are_refused(local_stripe, amount, currency, code):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        local_stripe.open_session(amount, currency)

    assert (refused.value.http_status, refused.value.code) == (400, code)


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        (50, "usd", "0.50 USD"),
        (50, "jpy", "50 JPY"),
        (12_300, "ugx", "123 UGX"),
        (12_340, "kwd", "12.340 KWD"),
        (99_999_999, "usd", "999,999.99 USD"),
    ],
)
def test_amounts_at_the_border_are_taken_and_shown_in_their_own_decimals(
    local_stripe, amount, currency, shown
):
    session = local_stripe.open_session(amount, currency)

    assert session.amount_total == amount
    assert f"<h1>{shown}</h1>" in local_stripe.exchange("GET", f"/c/pay/{session.id}")[1]


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({"mode": "subscription"}, "mode"),
        ({"success_url": "panel/back"}, "success_url"),
        ({"client_reference": "7"}, "client_reference"),
        ({"line_items": [{"amount": 500, "currency": "usd", "quantity": 1}]}, "line_items[0][price_data]"),
        ({"metadata": {"k": "v" * 501}}, "metadata[k]"),
        ({"payment_intent_data": {"metdata": {}, "description": "x", "x": "y"}}, "payment_intent_data[x]"),
        ({"expires_at": 1_000}, "expires_at"),
    ],
)
def test_parameters_that_stripe_does_not_know_or_take_are_refused_by_name(local_stripe, params, param):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        local_stripe.open_session(**params)

    assert refused.value.param == param


def test_an_open_session_can_be_expired_once(local_stripe):
    session = local_stripe.open_session()
    sessions = local_stripe.client.v1.checkout.sessions

    assert sessions.expire(session.id).status == "expired"
    with pytest.raises(stripe.InvalidRequestError, match="can be expired"):
        sessions.expire(session.id)
    assert local_stripe.control("pay", session=session.id, expect=400)["error"]["message"]


def test_a_session_expires_by_itself_when_its_time_is_over(local_stripe):
    session = local_stripe.open_session(expires_at=int(time.time()) + 1800)
    sessions = local_stripe.client.v1.checkout.sessions

    local_stripe.control("advance", seconds=1700)
    assert sessions.retrieve(session.id).status == "open"
    local_stripe.control("advance", seconds=101)
    assert sessions.retrieve(session.id).status == "expired"
    [event] = local_stripe.client.v1.events.list(params={"type": "checkout.session.expired"}).data
    assert event.data.object.id == session.id


def test_line_items_come_when_asked_for(local_stripe):
    session = local_stripe.open_session(1250)
    sessions = local_stripe.client.v1.checkout.sessions
    shown = sessions.retrieve(session.id, params={"expand": ["line_items"]})

    assert "line_items" not in sessions.retrieve(session.id)
    assert [(item.description, item.amount_total) for item in shown.line_items.data] == [("Balance", 1250)]
    assert sessions.line_items.list(session.id).data[0].quantity == 1
