from __future__ import annotations

import time

import pytest
import stripe

from .local_stripe import LocalStripe


def paid(local_stripe: LocalStripe, amount: int = 5000, **pay):
    """A paid charge, and its payment intent's name."""
    session = local_stripe.open_session(amount)
    local_stripe.control("pay", session=session.id, **pay)
    [charge] = local_stripe.client.v1.charges.list(params={"limit": 1}).data
    return charge


def movements(local_stripe: LocalStripe):
    return [
        (moved.type, moved.amount, moved.fee)
        for moved in reversed(local_stripe.client.v1.balance_transactions.list().data)
    ]


def told(local_stripe: LocalStripe, *, after: int = 0) -> list[str]:
    """The types of the events since then, oldest first."""
    events = local_stripe.client.v1.events.list(params={"limit": 100}).data
    return [event.type for event in reversed(events)][after:]


def available(local_stripe: LocalStripe) -> int:
    [part] = local_stripe.client.v1.balance.retrieve().available
    return part.amount


# Refunds


def test_a_refund_gives_a_part_back_and_keeps_the_fee(local_stripe):
    charge = paid(local_stripe)
    before = len(told(local_stripe))

    refund = local_stripe.client.v1.refunds.create(
        params={
            "payment_intent": charge.payment_intent,
            "amount": 1250,
            "metadata": {"withdrawal": "5"},
        }
    )

    assert (refund.status, refund.amount, refund.charge) == ("succeeded", 1250, charge.id)
    assert refund.metadata["withdrawal"] == "5"
    assert movements(local_stripe) == [("charge", 5000, 175), ("refund", -1250, 0)]
    assert told(local_stripe, after=before) == ["refund.created", "charge.refunded"]
    charge = local_stripe.client.v1.charges.retrieve(charge.id)
    assert (charge.amount_refunded, charge.refunded) == (1250, False)


def test_what_is_left_can_be_refunded_and_not_more(local_stripe):
    charge = paid(local_stripe)
    refunds = local_stripe.client.v1.refunds
    refunds.create(params={"charge": charge.id, "amount": 1})

    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded"):
        refunds.create(params={"charge": charge.id, "amount": 5000})
    assert refunds.create(params={"charge": charge.id}).amount == 4999
    with pytest.raises(stripe.InvalidRequestError) as refused:
        refunds.create(params={"charge": charge.id})
    assert refused.value.code == "charge_already_refunded"
    assert len(refunds.list(params={"charge": charge.id}).data) == 2


def test_a_refund_that_fails_days_later_comes_back(local_stripe):
    charge = paid(local_stripe)
    refund = local_stripe.client.v1.refunds.create(params={"charge": charge.id, "amount": 1000})
    before = len(told(local_stripe))

    local_stripe.control("refund_fails", refund=refund.id)

    refund = local_stripe.client.v1.refunds.retrieve(refund.id)
    assert (refund.status, refund.failure_reason) == ("failed", "lost_or_stolen_card")
    assert movements(local_stripe)[-1] == ("refund_failure", 1000, 0)
    assert told(local_stripe, after=before) == ["refund.updated", "refund.failed", "charge.updated"]
    assert local_stripe.client.v1.charges.retrieve(charge.id).amount_refunded == 0
    local_stripe.control("refund_fails", refund=refund.id, expect=400)


def test_a_refund_may_wait_before_it_arrives(local_stripe):
    local_stripe.control("set", refunds_wait=True)
    charge = paid(local_stripe)
    refund = local_stripe.client.v1.refunds.create(params={"charge": charge.id})

    assert refund.status == "pending"
    local_stripe.control("refund_settles", refund=refund.id)
    assert local_stripe.client.v1.refunds.retrieve(refund.id).status == "succeeded"


@pytest.mark.parametrize(
    ("card", "first", "last"),
    [("4000000000007726", "pending", "succeeded"), ("4000000000005126", "succeeded", "failed")],
)
def test_refunds_to_some_cards_end_by_themselves(local_stripe, card, first, last):
    charge = paid(local_stripe, card=card)
    refund = local_stripe.client.v1.refunds.create(params={"charge": charge.id})
    local_stripe.control("advance", seconds=19)
    assert local_stripe.client.v1.refunds.retrieve(refund.id).status == first

    local_stripe.control("advance", seconds=2)
    assert local_stripe.client.v1.refunds.retrieve(refund.id).status == last


def test_what_was_not_paid_cannot_be_refunded(local_stripe):
    session = local_stripe.open_session()
    local_stripe.control("decline", session=session.id)
    [intent] = local_stripe.client.v1.payment_intents.list().data

    with pytest.raises(stripe.InvalidRequestError, match="does not have a successful charge"):
        local_stripe.client.v1.refunds.create(params={"payment_intent": intent.id})
    with pytest.raises(stripe.InvalidRequestError) as refused:
        local_stripe.client.v1.refunds.create(params={"payment_intent": "pi_unknown"})
    assert (refused.value.http_status, refused.value.code) == (404, "resource_missing")


# Disputes


def test_a_dispute_takes_the_money_and_a_fee_and_blocks_refunds(local_stripe):
    charge = paid(local_stripe)
    before = len(told(local_stripe))

    local_stripe.control("dispute", payment=charge.payment_intent, reason="product_not_received")

    [dispute] = local_stripe.client.v1.disputes.list(params={"charge": charge.id}).data
    assert (dispute.status, dispute.amount) == ("needs_response", 5000)
    assert dispute.reason == "product_not_received"
    assert [moved.net for moved in dispute.balance_transactions] == [-6500]
    assert movements(local_stripe)[-1] == ("adjustment", -5000, 1500)
    assert told(local_stripe, after=before) == ["charge.dispute.created", "charge.dispute.funds_withdrawn"]
    with pytest.raises(stripe.InvalidRequestError) as refused:
        local_stripe.client.v1.refunds.create(params={"charge": charge.id})
    assert refused.value.code == "charge_disputed"


def test_a_dispute_that_is_won_brings_the_money_back_without_the_fee(local_stripe):
    charge = paid(local_stripe)
    local_stripe.control("dispute", payment=charge.id, amount=2000)
    before = len(told(local_stripe))

    local_stripe.control("dispute_won", payment=charge.id)

    assert movements(local_stripe)[-2:] == [("adjustment", -2000, 1500), ("adjustment", 2000, 0)]
    assert told(local_stripe, after=before) == ["charge.dispute.closed", "charge.dispute.funds_reinstated"]
    assert available(local_stripe) == 5000 - 175 - 1500


def test_a_dispute_that_is_lost_moves_nothing_more(local_stripe):
    charge = paid(local_stripe)
    local_stripe.control("dispute", payment=charge.id)
    [dispute] = local_stripe.client.v1.disputes.list().data
    before = movements(local_stripe)

    assert local_stripe.client.v1.disputes.close(dispute.id).status == "lost"
    assert movements(local_stripe) == before
    assert told(local_stripe)[-1] == "charge.dispute.closed"
    local_stripe.control("dispute_won", payment=charge.id, expect=400)


def test_an_inquiry_moves_no_money_until_it_becomes_a_dispute(local_stripe):
    charge = paid(local_stripe)
    local_stripe.control("inquiry", payment=charge.id)
    [dispute] = local_stripe.client.v1.disputes.list().data

    assert dispute.status == "warning_needs_response"
    assert (dispute.balance_transactions, dispute.is_charge_refundable) == ([], True)
    assert movements(local_stripe) == [("charge", 5000, 175)]

    local_stripe.control("escalate", payment=charge.id)
    assert local_stripe.client.v1.disputes.retrieve(dispute.id).status == "needs_response"
    assert told(local_stripe)[-2:] == ["charge.dispute.updated", "charge.dispute.funds_withdrawn"]
    assert movements(local_stripe)[-1] == ("adjustment", -5000, 1500)


def test_an_inquiry_may_simply_be_closed_and_its_charge_refunded(local_stripe):
    charge = paid(local_stripe)
    local_stripe.control("inquiry", payment=charge.id)
    local_stripe.client.v1.refunds.create(params={"charge": charge.id})
    local_stripe.control("dispute_lost", payment=charge.id)

    [dispute] = local_stripe.client.v1.disputes.list(params={"payment_intent": charge.payment_intent}).data
    assert dispute.status == "warning_closed"


def test_evidence_is_taken_and_sent_to_the_bank(local_stripe):
    paid(local_stripe, card="4000000000000259")
    [dispute] = local_stripe.client.v1.disputes.list().data
    disputes = local_stripe.client.v1.disputes

    kept = disputes.update(
        dispute.id, params={"evidence": {"uncategorized_text": "Delivered."}, "submit": False}
    )
    assert (kept.status, kept.evidence.uncategorized_text) == ("needs_response", "Delivered.")
    sent = disputes.update(dispute.id, params={"evidence": {"customer_name": "Alice"}})
    assert (sent.status, sent.evidence_details.submission_count) == ("under_review", 1)
    with pytest.raises(stripe.InvalidRequestError):
        disputes.update(dispute.id, params={"evidence": {"poem": "Roses are red"}})


def test_a_charge_cannot_be_disputed_for_more_than_it_was(local_stripe):
    charge = paid(local_stripe)
    local_stripe.control("dispute", payment=charge.id, amount=5001, expect=400)
    local_stripe.control("dispute", payment=charge.id, amount=3000)
    local_stripe.control("dispute", payment=charge.id, amount=2001, expect=400)
    local_stripe.control("dispute", payment=charge.id, amount=2000)


# What comes later, and warnings


def test_a_bank_payment_completes_unpaid_and_settles_by_itself(local_stripe):
    session = local_stripe.open_session()
    local_stripe.control("pay_later", session=session.id)
    session = local_stripe.client.v1.checkout.sessions.retrieve(
        session.id, params={"expand": ["payment_intent"]}
    )
    assert (session.status, session.payment_status) == ("complete", "unpaid")
    assert session.payment_intent.status == "processing"
    assert movements(local_stripe) == []

    local_stripe.control("advance", seconds=19)
    assert movements(local_stripe) == []
    local_stripe.control("advance", seconds=2)

    session = local_stripe.client.v1.checkout.sessions.retrieve(session.id)
    assert session.payment_status == "paid"
    assert movements(local_stripe) == [("payment", 5000, 175)]
    assert told(local_stripe) == [
        "payment_intent.created",
        "charge.pending",
        "payment_intent.processing",
        "checkout.session.completed",
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.async_payment_succeeded",
        "charge.updated",
    ]


def test_a_bank_payment_may_fail(local_stripe):
    session = local_stripe.open_session()
    local_stripe.control("pay_later", session=session.id, fails=True, seconds=5)
    local_stripe.control("advance", seconds=6)

    session = local_stripe.client.v1.checkout.sessions.retrieve(
        session.id, params={"expand": ["payment_intent.latest_charge"]}
    )
    assert (session.status, session.payment_status) == ("complete", "unpaid")
    assert session.payment_intent.status == "requires_payment_method"
    assert session.payment_intent.latest_charge.status == "failed"
    assert told(local_stripe)[-3:] == [
        "charge.failed",
        "payment_intent.payment_failed",
        "checkout.session.async_payment_failed",
    ]
    assert movements(local_stripe) == []


def test_a_session_for_cards_only_takes_nothing_that_pays_later(local_stripe):
    session = local_stripe.open_session(payment_method_types=["card"])

    local_stripe.control("pay_later", session=session.id, expect=400)
    assert "Pay later" not in local_stripe.exchange("GET", f"/c/pay/{session.id}")[1]


def test_a_stolen_card_pays_and_is_warned_about(local_stripe):
    session = local_stripe.open_session()
    local_stripe.control("pay_stolen", session=session.id)

    [warning] = local_stripe.client.v1.radar.early_fraud_warnings.list().data
    assert (warning.fraud_type, warning.actionable) == ("made_with_stolen_card", True)
    assert told(local_stripe)[-1] == "radar.early_fraud_warning.created"

    local_stripe.client.v1.refunds.create(params={"charge": warning.charge})
    assert not local_stripe.client.v1.radar.early_fraud_warnings.retrieve(warning.id).actionable


def test_the_fee_may_become_known_later_than_the_payment(local_stripe):
    local_stripe.control("set", fee_delay_seconds=5)
    charge = paid(local_stripe)
    assert charge.balance_transaction is None

    local_stripe.control("advance", seconds=6)
    charge = local_stripe.client.v1.charges.retrieve(charge.id, params={"expand": ["balance_transaction"]})
    assert charge.balance_transaction.fee == 175


# The balance


def test_every_movement_adds_up_to_the_balance_and_leaves_with_the_payout(local_stripe):
    charge = paid(local_stripe)
    local_stripe.client.v1.refunds.create(params={"charge": charge.id, "amount": 1000})
    local_stripe.control("stripe_fee", amount=7)
    assert available(local_stripe) == 5000 - 175 - 1000 - 7

    local_stripe.control("payout")

    assert available(local_stripe) == 0
    [payout] = local_stripe.client.v1.payouts.list().data
    assert (payout.amount, payout.status) == (3818, "paid")
    assert sorted(moved.type for moved in local_stripe.client.v1.balance_transactions.list().data) == [
        "charge",
        "payout",
        "refund",
        "stripe_fee",
    ]


def test_lists_are_paged_newest_first_and_narrowed(local_stripe):
    charges = [paid(local_stripe, 1000 + number) for number in range(5)]
    listed = local_stripe.client.v1.charges

    page = listed.list(params={"limit": 2})
    assert ([charge.amount for charge in page.data], page.has_more) == ([1004, 1003], True)
    page = listed.list(params={"limit": 3, "starting_after": page.data[-1].id})
    assert ([charge.amount for charge in page.data], page.has_more) == ([1002, 1001, 1000], False)
    page = listed.list(params={"limit": 2, "ending_before": charges[1].id})
    assert [charge.amount for charge in page.data] == [1003, 1002]
    everything = listed.list(params={"limit": 2}).auto_paging_iter()
    assert [charge.amount for charge in everything] == [1004, 1003, 1002, 1001, 1000]

    [only] = listed.list(params={"payment_intent": charges[2].payment_intent}).data
    assert only.id == charges[2].id
    assert len(listed.list(params={"created": {"gte": charges[0].created}}).data) == 5
    assert listed.list(params={"created": {"gt": int(time.time()) + 60}}).data == []
    moved = local_stripe.client.v1.balance_transactions.list(params={"source": charges[2].id}).data
    assert [part.amount for part in moved] == [1002]
    for wrong in ({"limit": 101}, {"starting_after": "ch_unknown"}, {"colour": "red"}):
        with pytest.raises(stripe.InvalidRequestError):
            listed.list(params=wrong)
