"""Paying: a session's payment intent and its charges, at once, later, or not at all."""

from sandbox.stripe import balance, cards, disputes, fraud_warnings, refunds
from sandbox.stripe.charging import Payer, charge_of, intent_for
from sandbox.stripe.checkout import expire_sessions
from sandbox.stripe.office import FEE_DELAY_SECONDS, SETTLE_SECONDS, Office
from sandbox.stripe.refusals import Refused, out_of_turn
from sandbox.stripe.store import Thing


class Declined(Exception):
    """The card was declined; the session stays open."""


def pay(office: Office, session: Thing, payer: Payer, *, decline: str = "") -> Thing:
    """Pay by card now; answers the payment intent. Raises Declined, or Refused for a session that is not open."""
    number = cards.digits_of(payer.card) or cards.GOOD
    card = cards.card_of(number)
    decline = decline or card.decline
    intent = intent_for(office, session)
    charge = charge_of(
        office, session, intent, payer, cards.card_details(office.store, number, intent["amount"])
    )
    if decline:
        _refuse_card(office, intent, charge, decline)
        raise Declined(cards.DECLINE_WORDS.get(decline, "Your card was declined."))
    charge |= {"paid": True, "captured": True, "amount_captured": charge["amount"], "status": "succeeded"}
    charge["_then"] = card.then
    office.store.add(charge)
    office.tell("charge.succeeded", charge)
    _succeed(office, intent, charge)
    _complete(office, session, payer, payment_status="paid")
    _book(office, charge)
    _follow(office, charge, card.then)
    return intent


def pay_later(
    office: Office, session: Thing, payer: Payer, *, fails: bool = False, seconds: float | None = None
) -> Thing:
    """Pay from a bank account: the session completes unpaid, and the money comes or fails after a while."""
    method = next((name for name in session["payment_method_types"] if name not in ("card", "link")), "")
    if not method:
        raise Refused("This session takes no method that pays later.")
    intent = intent_for(office, session)
    details = cards.bank_details(office.store, method, "000123456789")
    charge = charge_of(office, session, intent, payer, details) | {"status": "pending", "captured": True}
    wait = office.store.setting("settle_seconds", SETTLE_SECONDS) if seconds is None else seconds
    charge |= {"_settles_at": office.store.now() + wait, "_fails": fails}
    office.store.add(charge)
    office.tell("charge.pending", charge)
    office.change(
        intent,
        "payment_intent.processing",
        status="processing",
        latest_charge=charge["id"],
        payment_method=charge["payment_method"],
    )
    _complete(office, session, payer, payment_status="unpaid")
    return intent


def settle(office: Office, charge: Thing, *, fails: bool | None = None) -> Thing:
    """What was to be paid later is paid, or fails. Raises Refused when it is not pending."""
    if charge["status"] != "pending":
        raise out_of_turn(f"This payment is {charge['status']}, not pending.")
    intent = office.store.the(charge["payment_intent"])
    session = _session_of(office, intent)
    if charge.get("_fails") if fails is None else fails:
        _refuse_debit(office, intent, charge)
        office.tell("checkout.session.async_payment_failed", session)
        return charge
    office.change(charge, "charge.succeeded", status="succeeded", paid=True, amount_captured=charge["amount"])
    _succeed(office, intent, charge)
    office.change(session, "checkout.session.async_payment_succeeded", payment_status="paid")
    _book(office, charge)
    return charge


def pass_time(office: Office) -> None:
    """Do what happens by itself: sessions expire, debits settle, fees become known, refunds arrive or fail."""
    expire_sessions(office)
    now = office.store.now()
    for charge in office.store.where("charge", status="pending"):
        if charge["_settles_at"] <= now:
            settle(office, charge)
    for charge in office.store.where("charge", _awaits="fee"):
        if charge["_awaits_until"] <= now:
            _book_now(office, charge)
    refunds.pass_time(office)


def _succeed(office: Office, intent: Thing, charge: Thing) -> None:
    office.change(
        intent,
        "payment_intent.succeeded",
        status="succeeded",
        amount_received=charge["amount"],
        latest_charge=charge["id"],
        payment_method=charge["payment_method"],
        last_payment_error=None,
    )


def _complete(office: Office, session: Thing, payer: Payer, *, payment_status: str) -> None:
    email = payer.email or session["customer_email"]
    details = {"address": None, "phone": None, "tax_exempt": "none", "tax_ids": None}
    office.change(
        session,
        status="complete",
        payment_status=payment_status,
        url=None,
        customer_details=details | {"email": email, "name": payer.name},
    )
    office.tell("checkout.session.completed", session)


def _refuse_card(office: Office, intent: Thing, charge: Thing, decline: str) -> None:
    words = cards.DECLINE_WORDS.get(decline, "Your card was declined.")
    charge |= {
        "failure_code": "card_declined",
        "failure_message": words,
        "outcome": charge["outcome"]
        | {
            "network_status": "declined_by_network",
            "reason": decline,
            "seller_message": "The bank did not return any further details with this decline.",
            "type": "issuer_declined",
        },
    }
    office.store.add(charge)
    office.tell("charge.failed", charge)
    _fail(office, intent, charge, kind="card_error", decline=decline)


def _refuse_debit(office: Office, intent: Thing, charge: Thing) -> None:
    words = "The customer's account has insufficient funds to cover this payment."
    office.change(
        charge,
        "charge.failed",
        status="failed",
        failure_code="payment_method_provider_decline",
        failure_message=words,
    )
    _fail(office, intent, charge, kind="invalid_request_error", decline="insufficient_funds")


def _fail(office: Office, intent: Thing, charge: Thing, *, kind: str, decline: str) -> None:
    office.change(
        intent,
        "payment_intent.payment_failed",
        status="requires_payment_method",
        latest_charge=charge["id"],
        payment_method=None,
        last_payment_error={
            "charge": charge["id"],
            "code": charge["failure_code"],
            "decline_code": decline,
            "message": charge["failure_message"],
            "type": kind,
        },
    )


def _book(office: Office, charge: Thing) -> None:
    """The fee of a charge is known at once, or a little later, as Stripe's own is."""
    wait = float(office.store.setting("fee_delay_seconds", FEE_DELAY_SECONDS))
    if wait:
        office.change(charge, _awaits="fee", _awaits_until=office.store.now() + wait)
    else:
        _book_now(office, charge)


def _book_now(office: Office, charge: Thing) -> None:
    amount = charge["amount"]
    is_card = charge["payment_method_details"]["type"] == "card"
    booked = balance.move(
        office,
        "charge" if is_card else "payment",
        amount,
        charge["currency"],
        source=charge["id"],
        fee=balance.fee_of(amount),
        description=charge["description"],
    )
    office.change(charge, "charge.updated", balance_transaction=booked["id"], _awaits=None)


def _follow(office: Office, charge: Thing, then: str) -> None:
    if then == "early_fraud_warning":
        fraud_warnings.warn(office, charge)
    elif then == "dispute":
        disputes.open_dispute(office, charge, reason="fraudulent")
    elif then == "inquiry":
        disputes.open_dispute(office, charge, reason="fraudulent", is_inquiry=True)


def _session_of(office: Office, intent: Thing) -> Thing:
    return office.store.the(intent["_session"])
