"""Checkout sessions: what is to be paid, by when, and where the customer goes afterwards."""

from sandbox.stripe import currencies
from sandbox.stripe.cards import bank_method
from sandbox.stripe.office import Office
from sandbox.stripe.params import Params
from sandbox.stripe.refusals import Refused, out_of_turn
from sandbox.stripe.store import Thing

DAY = 86_400
LEAST_OPEN_SECONDS = 1800
# Understood at Stripe; they change nothing here.
ACCEPTED = frozenset(
    """adaptive_pricing allow_promotion_codes automatic_tax billing_address_collection branding_settings
    consent_collection custom_fields custom_text customer_creation invoice_creation locale name_collection
    origin_context payment_method_collection payment_method_options phone_number_collection submit_type
    wallet_options expand""".split()  # noqa: SIM905
)
INTENT_ACCEPTED = frozenset(
    """capture_method description receipt_email setup_future_usage shipping statement_descriptor
    statement_descriptor_suffix transfer_group""".split()  # noqa: SIM905
)
PRODUCT_ACCEPTED = frozenset("description images tax_code unit_label metadata".split())  # noqa: SIM905
METHODS = (
    "card", "us_bank_account", "sepa_debit", "bacs_debit", "au_becs_debit", "konbini", "acss_debit", "link",
)  # fmt: skip


def create_session(office: Office, params: Params) -> Thing:
    """Open a session of mode `payment`. Raises Refused for what Stripe would not take."""
    if not params.has("mode"):
        params.text("mode", required=True)
    params.choice("mode", "payment")
    ui_mode = params.choice("ui_mode", "hosted_page", "hosted")
    items = _line_items(office, params.rows("line_items"))
    currency = items[0]["currency"]
    total = sum(item["amount_total"] for item in items)
    currencies.require_chargeable(total, currency)
    expires_at = _expires_at(office, params.number("expires_at"))
    intent = params.inner("payment_intent_data")
    intent_data = {
        "metadata": intent.metadata(),
        "description": intent.text("description") or None,
        "receipt_email": intent.text("receipt_email") or None,
        "statement_descriptor_suffix": intent.text("statement_descriptor_suffix", longest=22) or None,
    }
    intent.finish(accepted=INTENT_ACCEPTED)
    email = params.text("customer_email", longest=800)
    session_id = office.store.new_id("cs_test", length=58)
    session = {
        "id": session_id,
        "object": "checkout.session",
        "amount_subtotal": total,
        "amount_total": total,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "cancel_url": params.text("cancel_url") or None,
        "client_reference_id": params.text("client_reference_id", longest=200) or None,
        "client_secret": None,
        "created": office.now,
        "currency": currency,
        "custom_fields": [],
        "custom_text": dict.fromkeys(
            ("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")
        ),
        "customer": None,
        "customer_account": None,
        "customer_creation": "if_required",
        "customer_details": _nobody(email) if email else None,
        "customer_email": email or None,
        "expires_at": expires_at,
        "invoice": None,
        "livemode": False,
        "locale": None,
        "metadata": params.metadata(),
        "mode": "payment",
        "payment_intent": None,
        "payment_link": None,
        "payment_method_types": _methods(params, currency),
        "payment_status": "unpaid",
        "setup_intent": None,
        "shipping_options": [],
        "status": "open",
        "subscription": None,
        "success_url": params.text("success_url", required=True),
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": ui_mode,
        "url": f"{office.url}/c/pay/{session_id}",
        "_line_items": items,
        "_intent": intent_data,
    }
    for name in ("success_url", "cancel_url"):
        _require_address(session[name], name)
    params.finish(accepted=ACCEPTED)
    return office.store.add(session)


def expire_session(office: Office, session: Thing) -> Thing:
    """Close an open session. Raises Refused for one that is not open."""
    if session["status"] != "open":
        raise out_of_turn(
            'Only Checkout Sessions with a status in ["open"] can be expired. '
            f"This Checkout Session has a status of `{session['status']}`."
        )
    return office.change(session, "checkout.session.expired", status="expired", url=None)


def expire_sessions(office: Office) -> None:
    """Close what has been open for too long."""
    for session in office.store.where("checkout.session", status="open"):
        if session["expires_at"] <= office.now:
            expire_session(office, session)


def return_address(session: Thing) -> str:
    return str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", session["id"])


def _line_items(office: Office, rows: list[Params]) -> list[Thing]:
    if not rows:
        raise Refused(
            "You must provide `line_items` in `payment` mode.", code="parameter_missing", param="line_items"
        )
    items = [_line_item(office, row) for row in rows]
    if len({item["currency"] for item in items}) > 1:
        raise Refused("All line items must have the same currency.", param="line_items")
    return items


def _line_item(office: Office, row: Params) -> Thing:
    price = row.inner("price_data", required=True)
    currency = currencies.require_currency(
        price.text("currency", required=True), param=price.name("currency")
    )
    unit = price.number("unit_amount", required=True) or 0
    if unit < 0:
        raise Refused(
            "Invalid non-negative integer",
            code="parameter_invalid_integer",
            param=price.name("unit_amount"),
        )
    currencies.require_countable(unit, currency, param=price.name("unit_amount"))
    product = price.inner("product_data", required=True)
    name = product.text("name", required=True)
    product.finish(accepted=PRODUCT_ACCEPTED)
    price.finish(accepted=frozenset({"tax_behavior"}))
    quantity = row.number("quantity", required=True) or 0
    if quantity < 1:
        raise Refused("This value must be greater than or equal to 1.", param=row.name("quantity"))
    row.finish()
    return {
        "id": office.store.new_id("li"),
        "object": "item",
        "amount_discount": 0,
        "amount_subtotal": unit * quantity,
        "amount_tax": 0,
        "amount_total": unit * quantity,
        "currency": currency,
        "description": name,
        "price": {
            "id": office.store.new_id("price"),
            "object": "price",
            "currency": currency,
            "unit_amount": unit,
            "type": "one_time",
        },
        "quantity": quantity,
    }


def _expires_at(office: Office, wanted: int | None) -> int:
    if wanted is None:
        return office.now + DAY
    # A minute of grace for what passed between asking and answering.
    if not office.now + LEAST_OPEN_SECONDS - 60 <= wanted <= office.now + DAY + 60:
        raise Refused(
            "The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout Session creation.",
            param="expires_at",
        )
    return wanted


def _methods(params: Params, currency: str) -> list[str]:
    wanted = params.many("payment_method_types")
    for method in wanted:
        if method not in METHODS:
            raise Refused(
                f"Invalid payment_method_types: {method} is not played here.", param="payment_method_types"
            )
    return wanted or ["card", bank_method(currency)]


def _require_address(address: object, param: str) -> None:
    if address is not None and not str(address).startswith(("http://", "https://")):
        raise Refused("Not a valid URL", code="url_invalid", param=param)


def _nobody(email: str) -> Thing:
    return {
        "address": None,
        "email": email,
        "name": None,
        "phone": None,
        "tax_exempt": "none",
        "tax_ids": None,
    }
