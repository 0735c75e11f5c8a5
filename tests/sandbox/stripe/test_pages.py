from __future__ import annotations

import re
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from .local_stripe import LocalStripe


def page(local_stripe: LocalStripe, path: str) -> str:
    status, body, headers = local_stripe.exchange("GET", path)
    assert status == 200
    assert "script" not in body
    assert "style=" not in body
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    return body


def work(local_stripe: LocalStripe, **form: str) -> str:
    """Press a button of the back office; answers what it says."""
    status, _, headers = local_stripe.exchange("POST", "/dashboard", urlencode(form))
    assert status == 303
    return parse_qs(urlsplit(headers["Location"]).query)["said"][0]


def state(local_stripe: LocalStripe, session):
    session = local_stripe.client.v1.checkout.sessions.retrieve(session.id)
    return session.status, session.payment_status


def test_the_pay_page_shows_what_is_to_be_paid_and_every_button(local_stripe):
    session = local_stripe.open_session(
        1250, customer_email="a&b@example.com", cancel_url="http://127.0.0.1/back?x=1&y=2"
    )
    body = page(local_stripe, f"/c/pay/{session.id}")

    assert "<h1>12.50 USD</h1>" in body
    assert "Fairpanel" in body
    assert 'value="a&amp;b@example.com"' in body
    assert 'href="http://127.0.0.1/back?x=1&amp;y=2"' in body
    assert re.findall(r'name="do" value="(\w+)"', body) == [
        "pay",
        "decline",
        "later",
        "later_fails",
        "stolen",
    ]
    assert local_stripe.exchange("GET", "/style.css")[2]["Content-Type"].startswith("text/css")


def test_paying_leads_back_to_the_shop_with_the_session_s_name(local_stripe):
    session = local_stripe.open_session()

    assert local_stripe.press(session.id, "pay", email="alice@example.com", name="Alice") == (
        303,
        f"http://127.0.0.1/back?session={session.id}",
    )
    assert state(local_stripe, session) == ("complete", "paid")
    [charge] = local_stripe.client.v1.charges.list().data
    assert (charge.billing_details.email, charge.billing_details.name) == ("alice@example.com", "Alice")
    assert "This session is paid" in page(local_stripe, f"/c/pay/{session.id}")


@pytest.mark.parametrize(
    ("button", "fields", "said"),
    [
        ("decline", {}, "Your card was declined."),
        ("pay", {"card": "4000 0000 0000 9995"}, "Your card has insufficient funds."),
    ],
)
def test_a_declined_card_leaves_the_session_open_for_another(local_stripe, button, fields, said):
    session = local_stripe.open_session()
    status, back = local_stripe.press(session.id, button, **fields)

    assert status == 303
    assert said in page(local_stripe, back)
    assert state(local_stripe, session) == ("open", "unpaid")
    [intent] = local_stripe.client.v1.payment_intents.list().data
    assert intent.last_payment_error.code == "card_declined"
    local_stripe.press(session.id, "pay")
    assert state(local_stripe, session) == ("complete", "paid")
    assert [intent.id for intent in local_stripe.client.v1.payment_intents.list().data] == [intent.id]


def test_pressing_twice_pays_once(local_stripe):
    session = local_stripe.open_session()
    local_stripe.press(session.id, "pay")
    status, back = local_stripe.press(session.id, "pay")

    assert (status, back.partition("?")[0]) == (303, f"/c/pay/{session.id}")
    assert len(local_stripe.client.v1.charges.list().data) == 1


@pytest.mark.parametrize(("button", "ends"), [("settle", "paid"), ("fail", "unpaid")])
def test_a_payment_under_way_is_settled_or_failed_on_its_page(local_stripe, button, ends):
    session = local_stripe.open_session()
    assert local_stripe.press(session.id, "later")[1].startswith("http://127.0.0.1/back")
    assert state(local_stripe, session) == ("complete", "unpaid")
    assert "It settles now" in page(local_stripe, f"/c/pay/{session.id}")

    local_stripe.press(session.id, button)
    assert state(local_stripe, session) == ("complete", ends)


def test_an_expired_session_and_an_unknown_one_cannot_be_paid(local_stripe):
    session = local_stripe.open_session()
    local_stripe.control("expire", session=session.id)

    assert "has expired" in page(local_stripe, f"/c/pay/{session.id}")
    local_stripe.press(session.id, "pay")
    assert state(local_stripe, session) == ("expired", "unpaid")
    for path in ("/c/pay/cs_test_unknown", "/c/pay/", "/elsewhere"):
        assert local_stripe.exchange("GET", path)[0] == 404


def test_the_back_office_does_what_its_buttons_say(local_stripe):
    session = local_stripe.open_session(client_reference_id="<topup>", customer_email="alice@example.com")
    assert "&lt;topup&gt;" in page(local_stripe, "/dashboard")
    local_stripe.press(session.id, "pay")
    [charge] = local_stripe.client.v1.charges.list().data
    about = {"payment": charge.id, "currency": "usd"}

    assert work(local_stripe, do="refund", amount="12.50", **about) == "Done: refund"
    assert local_stripe.client.v1.refunds.list().data[0].amount == 1250
    assert work(local_stripe, do="refund_fails", **about) == "Done: refund fails"
    assert work(local_stripe, do="early_fraud_warning", **about) == "Done: early fraud warning"
    assert work(local_stripe, do="inquiry", reason="unrecognized", amount="", **about) == "Done: inquiry"
    assert "Inquiry becomes a dispute" in page(local_stripe, "/dashboard")
    assert work(local_stripe, do="escalate", **about) == "Done: escalate"
    assert "dispute needs response" in page(local_stripe, "/dashboard")
    assert work(local_stripe, do="dispute_won", **about) == "Done: dispute won"
    [dispute] = local_stripe.client.v1.disputes.list().data
    assert (dispute.status, dispute.reason) == ("won", "unrecognized")


@pytest.mark.parametrize("amount", ["a lot", "1.234", "NaN", "-5", "51"])
def test_an_amount_that_is_none_is_said_and_changes_nothing(local_stripe, amount):
    session = local_stripe.open_session()
    local_stripe.press(session.id, "pay")
    [charge] = local_stripe.client.v1.charges.list().data

    assert "Done" not in work(local_stripe, do="refund", payment=charge.id, currency="usd", amount=amount)
    assert local_stripe.client.v1.refunds.list().data == []


def test_webhooks_are_held_back_and_let_go_in_the_back_office(local_stripe):
    work(local_stripe, do="set_webhooks", paused="1")
    assert local_stripe.books()["webhooks"] == {"paused": True}
    assert "Deliver webhooks again" in page(local_stripe, "/dashboard")
    work(local_stripe, do="set_webhooks")
    assert local_stripe.books()["webhooks"] == {"paused": False}
