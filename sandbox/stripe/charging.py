"""What a payment begins with: its payment intent, and the charge that is tried on it."""

from dataclasses import dataclass

from sandbox.stripe.cards import GOOD
from sandbox.stripe.office import Office
from sandbox.stripe.refusals import out_of_turn
from sandbox.stripe.store import Thing


@dataclass(frozen=True)
class Payer:
    """What a person typed on the pay page."""

    email: str = ""
    name: str = "Alice Example"
    card: str = GOOD


def intent_for(office: Office, session: Thing) -> Thing:
    """The payment intent of an open session, made at the first try. Raises Refused when it is not open."""
    if session["status"] != "open":
        raise out_of_turn(f"This Checkout Session is {session['status']}.")
    if session["payment_intent"]:
        return office.store.the(session["payment_intent"])
    told = session["_intent"]
    intent_id = office.store.new_id("pi")
    intent = office.store.add(
        {
            "id": intent_id,
            "object": "payment_intent",
            "amount": session["amount_total"],
            "amount_capturable": 0,
            "amount_details": {"tip": {}},
            "amount_received": 0,
            "application": None,
            "application_fee_amount": None,
            "automatic_payment_methods": None,
            "canceled_at": None,
            "cancellation_reason": None,
            "capture_method": "automatic_async",
            "client_secret": f"{intent_id}_secret_{office.store.letters(intent_id, 25)}",
            "confirmation_method": "automatic",
            "created": office.now,
            "currency": session["currency"],
            "customer": None,
            "description": told["description"],
            "last_payment_error": None,
            "latest_charge": None,
            "livemode": False,
            "metadata": told["metadata"],
            "next_action": None,
            "on_behalf_of": None,
            "payment_method": None,
            "payment_method_options": {},
            "payment_method_types": session["payment_method_types"],
            "processing": None,
            "receipt_email": told["receipt_email"],
            "review": None,
            "setup_future_usage": None,
            "shipping": None,
            "source": None,
            "statement_descriptor": None,
            "statement_descriptor_suffix": told["statement_descriptor_suffix"],
            "status": "requires_payment_method",
            "transfer_data": None,
            "transfer_group": None,
            "_session": session["id"],
        }
    )
    office.change(session, payment_intent=intent_id)
    office.tell("payment_intent.created", intent)
    return intent


def charge_of(office: Office, session: Thing, intent: Thing, payer: Payer, details: Thing) -> Thing:
    """A try to pay, not stored yet: failed until it succeeds."""
    charge_id = office.store.new_id("ch" if details["type"] == "card" else "py")
    return {
        "id": charge_id,
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": 0,
        "amount_refunded": 0,
        "application": None,
        "application_fee": None,
        "application_fee_amount": None,
        "balance_transaction": None,
        "billing_details": {
            "address": {"city": None, "country": "US", "line1": None, "line2": None, "postal_code": None,
                        "state": None},
            "email": payer.email or session["customer_email"],
            "name": payer.name,
            "phone": None,
            "tax_id": None,
        },
        "calculated_statement_descriptor": office.merchant.upper()[:22],
        "captured": False,
        "created": office.now,
        "currency": intent["currency"],
        "customer": None,
        "description": intent["description"],
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "fraud_details": {},
        "livemode": False,
        "metadata": intent["metadata"],
        "on_behalf_of": None,
        "outcome": {
            "advice_code": None,
            "network_advice_code": None,
            "network_decline_code": None,
            "network_status": "approved_by_network",
            "reason": None,
            "risk_level": "normal",
            "risk_score": 17,
            "seller_message": "Payment complete.",
            "type": "authorized",
        },
        "paid": False,
        "payment_intent": intent["id"],
        "payment_method": office.store.new_id("pm"),
        "payment_method_details": details,
        "receipt_email": None,
        "receipt_number": None,
        "receipt_url": None,
        "refunded": False,
        "review": None,
        "shipping": None,
        "source": None,
        "source_transfer": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": "failed",
        "transfer_data": None,
        "transfer_group": None,
        "_awaits": None,
    }  # fmt: skip
