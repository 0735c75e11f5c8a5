from __future__ import annotations

import base64
import json
import threading

import pytest
import stripe

from .local_stripe import KEY, LocalStripe


def paid(local_stripe: LocalStripe):
    session = local_stripe.open_session()
    local_stripe.control("pay", session=session.id)
    [charge] = local_stripe.client.v1.charges.list(params={"limit": 1}).data
    return charge


def refund(client: stripe.StripeClient, charge: str, amount: int, key: str = "withdrawal:5"):
    return client.v1.refunds.create(
        params={"charge": charge, "amount": amount}, options={"idempotency_key": key}
    )


def refunds_made(local_stripe: LocalStripe) -> int:
    return len(local_stripe.client.v1.refunds.list().data)


def test_a_wrong_key_is_refused_without_being_repeated_in_full(local_stripe):
    with pytest.raises(stripe.AuthenticationError) as refused:
        local_stripe.client_with("sk_test_somebody_elses_key").v1.charges.list()

    assert refused.value.http_status == 401
    assert "somebody" not in str(refused.value)


def test_the_key_is_taken_as_basic_and_as_bearer(local_stripe):
    basic = base64.b64encode(f"{KEY}:".encode()).decode()
    for header in (f"Bearer {KEY}", f"Basic {basic}"):
        assert local_stripe.exchange("GET", "/v1/account", headers={"Authorization": header})[0] == 200
    for header in ("", "Bearer", "Basic ####", f"Digest {KEY}"):
        assert local_stripe.exchange("GET", "/v1/account", headers={"Authorization": header})[0] == 401


def test_an_answer_bears_a_request_id_and_the_version_asked_for(local_stripe):
    headers = {"Authorization": f"Bearer {KEY}", "Stripe-Version": "2025-03-31.basil"}
    _, body, answered = local_stripe.exchange("GET", "/v1/account", headers=headers)

    assert answered["Request-Id"].startswith("req_")
    assert answered["Stripe-Version"] == "2025-03-31.basil"
    assert json.loads(body)["object"] == "account"


def test_what_is_not_there_is_a_404(local_stripe):
    client = local_stripe.client.v1
    for retrieve in (
        client.checkout.sessions.retrieve,
        client.payment_intents.retrieve,
        client.charges.retrieve,
        client.refunds.retrieve,
        client.disputes.retrieve,
        client.events.retrieve,
        client.balance_transactions.retrieve,
        client.payouts.retrieve,
        client.radar.early_fraud_warnings.retrieve,
    ):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            retrieve("nobody_knows")
        assert (refused.value.http_status, refused.value.code) == (404, "resource_missing")
    # The right name of another kind of thing.
    charge = paid(local_stripe)
    with pytest.raises(stripe.InvalidRequestError):
        client.payment_intents.retrieve(charge.id)
    with pytest.raises(stripe.InvalidRequestError, match="Unrecognized request URL"):
        client.customers.list()


def test_what_cannot_be_written_out_is_refused(local_stripe):
    charge = paid(local_stripe)
    charges = local_stripe.client.v1.charges

    shown = charges.list(params={"expand": ["data.payment_intent", "data.refunds"]}).data[0]
    assert shown.payment_intent.object == "payment_intent"
    assert shown.refunds.data == []
    with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
        charges.retrieve(charge.id, params={"expand": ["colour"]})


# Idempotency


def test_the_same_key_is_done_once_and_answered_the_same(local_stripe):
    charge = paid(local_stripe)
    first = refund(local_stripe.client, charge.id, 1000)
    again = refund(local_stripe.client, charge.id, 1000)

    assert again.id == first.id
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert refund(local_stripe.client, charge.id, 1000, key="withdrawal:6").id != first.id
    assert refunds_made(local_stripe) == 2


def test_the_same_key_with_something_else_is_refused(local_stripe):
    charge = paid(local_stripe)
    refund(local_stripe.client, charge.id, 1000)

    with pytest.raises(stripe.IdempotencyError):
        refund(local_stripe.client, charge.id, 1001)
    assert refunds_made(local_stripe) == 1


def test_a_refusal_is_repeated_but_a_mistake_in_the_parameters_may_be_mended(local_stripe):
    charge = paid(local_stripe)
    local_stripe.control("refund")
    for _ in range(2):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            refund(local_stripe.client, charge.id, 100)
        assert refused.value.code == "charge_already_refunded"
    other = paid(local_stripe)
    with pytest.raises(stripe.InvalidRequestError):
        refund(local_stripe.client, other.id, 0, key="mended")
    assert refund(local_stripe.client, other.id, 100, key="mended").amount == 100


def test_a_key_is_forgotten_after_a_day(local_stripe):
    charge = paid(local_stripe)
    first = refund(local_stripe.client, charge.id, 1000)
    local_stripe.control("advance", seconds=86_401)

    assert refund(local_stripe.client, charge.id, 1000).id != first.id


def test_the_same_key_sent_side_by_side_is_done_once(local_stripe):
    charge = paid(local_stripe)
    made = []
    start = threading.Barrier(8)

    def send() -> None:
        client = local_stripe.client_with(KEY)
        start.wait()
        made.append(refund(client, charge.id, 500).id)

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert len(made) == 8
    assert len(set(made)) == 1
    assert refunds_made(local_stripe) == 1


# Faults


@pytest.mark.parametrize(("when", "done"), [("before", 0), ("after", 1)])
@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"fault": "error", "status": 500}, stripe.APIError),
        ({"fault": "lost"}, stripe.APIConnectionError),
        ({"fault": "timeout", "seconds": 0.2}, stripe.APIConnectionError),
        ({"fault": "rate_limit"}, stripe.RateLimitError),
    ],
)
def test_a_call_breaks_before_or_after_it_is_done_and_the_same_key_heals_it(
    local_stripe, fault, error, when, done
):
    charge = paid(local_stripe)
    local_stripe.control("set_fault", when=when, method="POST", path="/v1/refunds", **fault)

    with pytest.raises(error):
        refund(local_stripe.client, charge.id, 1000)
    assert refunds_made(local_stripe) == done
    assert refund(local_stripe.client, charge.id, 1000).amount == 1000
    assert refunds_made(local_stripe) == 1


def test_the_library_s_own_repeating_gets_the_answer_that_was_lost(local_stripe):
    charge = paid(local_stripe)
    local_stripe.control("set_fault", fault="lost", when="after", path="/v1/refunds", method="POST")
    client = local_stripe.client_with(KEY, max_network_retries=2)

    made = client.v1.refunds.create(params={"charge": charge.id, "amount": 1000})

    assert made.status == "succeeded"
    assert refunds_made(local_stripe) == 1
    asked = [call for call in local_stripe.books()["requests"] if call["path"] == "/v1/refunds"]
    assert [call["method"] for call in asked][:2] == ["POST", "POST"]
    assert asked[0]["idempotency_key"] == asked[1]["idempotency_key"]


def test_faults_are_counted_and_can_be_ended(local_stripe):
    local_stripe.control("set_fault", fault="error", times=3)
    for _ in range(2):
        with pytest.raises(stripe.APIError):
            local_stripe.client.v1.balance.retrieve()
    local_stripe.control("clear_faults")
    assert local_stripe.client.v1.balance.retrieve().object == "balance"
    assert "fault is one of" in local_stripe.control("set_fault", fault="earthquake", expect=400)["error"]


# The control door


def test_control_needs_its_token(local_stripe):
    for headers in ({}, {"X-Sandbox-Control": "guess"}):
        assert local_stripe.exchange("POST", "/_control", '{"do": "reset"}', headers)[0] == 403
        assert local_stripe.exchange("GET", "/_control", headers=headers)[0] == 403


@pytest.mark.parametrize(
    "told",
    [
        {"do": "dance"},
        {"do": "pay"},
        {"do": "dispute_won"},
        {"do": "stripe_fee"},
        {"do": "set", "colour": 1},
        {"do": "set_webhooks", "colour": 1},
        {"do": "advance", "seconds": "soon"},
    ],
)
def test_what_cannot_be_done_is_refused(local_stripe, told):
    assert local_stripe.control(**told, expect=400)["error"]


def test_the_same_seed_and_the_same_deeds_give_the_same_names(tmp_path):
    names = []
    for book in ("one", "two"):
        running = LocalStripe(tmp_path / f"{book}.sqlite3")
        charge = paid(running)
        names.append((charge.id, charge.payment_intent, charge.payment_method_details.card.fingerprint))
        running.close()

    assert names[0] == names[1]
