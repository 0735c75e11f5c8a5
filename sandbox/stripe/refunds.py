"""Refunds: money goes back from a charge, at once or after a while, and may come back days later.

The fee of the charge stays with Stripe. A refund that failed gives its amount back to the merchant.
"""

from sandbox.stripe import balance, currencies, fraud_warnings
from sandbox.stripe.office import SETTLE_SECONDS, Office
from sandbox.stripe.refusals import Refused, out_of_turn
from sandbox.stripe.store import Thing

REASONS = ("", "duplicate", "fraudulent", "requested_by_customer")
# Of a dispute that has not taken the money.
HARMLESS = frozenset({"warning_needs_response", "warning_under_review", "warning_closed", "won", "prevented"})


def refund(
    office: Office,
    charge: Thing,
    *,
    amount: int | None = None,
    metadata: dict[str, str] | None = None,
    reason: str | None = None,
) -> Thing:
    """Refund this much of the charge, or all that is left. Raises Refused for what cannot be given back."""
    amount = _require_refundable(office, charge, amount)
    awaits = {"refund_waits": "arrival", "refund_fails": "failure"}.get(charge.get("_then", ""))
    is_pending = awaits == "arrival" or office.store.setting("refunds_wait", False)
    wait = office.store.setting("settle_seconds", SETTLE_SECONDS)
    number = office.store.letters(f"reference:{charge['id']}:{charge['amount_refunded']}", 16)
    created = {
        "id": office.store.new_id("re"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": charge["id"],
        "created": office.now,
        "currency": charge["currency"],
        "destination_details": {
            "card": {"reference": number, "reference_status": "available",
                     "reference_type": "acquirer_reference_number", "type": "refund"},
            "type": "card",
        },
        "metadata": metadata or {},
        "payment_intent": charge["payment_intent"],
        "reason": reason,
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "pending" if is_pending else "succeeded",
        "transfer_reversal": None,
        "_awaits": awaits,
        "_awaits_until": office.store.now() + wait,
    }  # fmt: skip
    moved = balance.move(
        office,
        "refund" if charge["payment_method_details"]["type"] == "card" else "payment_refund",
        -amount,
        charge["currency"],
        source=created["id"],
        description="REFUND FOR CHARGE",
    )
    created["balance_transaction"] = moved["id"]
    office.store.add(created)
    office.tell("refund.created", created)
    _count_refunded(office, charge, amount)
    fraud_warnings.settle_warnings(office, charge)
    return created


def fail_refund(office: Office, refunded: Thing, *, reason: str = "lost_or_stolen_card") -> Thing:
    """The refund cannot reach the customer: its amount comes back. Raises Refused when it failed already."""
    if refunded["status"] not in ("pending", "succeeded"):
        raise out_of_turn(f"This refund is {refunded['status']}.")
    back = balance.move(
        office,
        "refund_failure",
        refunded["amount"],
        refunded["currency"],
        source=refunded["id"],
        description="REFUND FAILURE",
    )
    before = dict(refunded)
    office.change(
        refunded,
        status="failed",
        _awaits=None,
        failure_reason=reason,
        failure_balance_transaction=back["id"],
    )
    office.tell("refund.updated", refunded, before=before)
    office.tell("refund.failed", refunded)
    charge = office.store.the(refunded["charge"])
    left = charge["amount_refunded"] - refunded["amount"]
    office.change(charge, "charge.updated", amount_refunded=left, refunded=False)
    return refunded


def settle_refund(office: Office, refunded: Thing) -> Thing:
    """A refund that waited has reached the customer."""
    if refunded["status"] != "pending":
        raise out_of_turn(f"This refund is {refunded['status']}, not pending.")
    return office.change(refunded, "refund.updated", status="succeeded", _awaits=None)


def pass_time(office: Office) -> None:
    """Refunds to some cards arrive, or fail, by themselves after a while."""
    now = office.store.now()
    for awaits, ends in (("arrival", settle_refund), ("failure", fail_refund)):
        for refunded in office.store.where("refund", _awaits=awaits):
            if refunded["_awaits_until"] <= now:
                ends(office, refunded)


def refunds_of(office: Office, charge: Thing) -> list[Thing]:
    return office.store.where("refund", charge=charge["id"])


def _require_refundable(office: Office, charge: Thing, amount: int | None) -> int:
    if charge["status"] != "succeeded":
        raise out_of_turn(f"Charge {charge['id']} has not been paid; it cannot be refunded.")
    if any(
        dispute["status"] not in HARMLESS for dispute in office.store.where("dispute", charge=charge["id"])
    ):
        raise out_of_turn(
            f"Charge {charge['id']} has been charged back; cannot issue a refund.", "charge_disputed"
        )
    left = charge["amount"] - charge["amount_refunded"]
    if left == 0:
        raise out_of_turn(f"Charge {charge['id']} has already been refunded.", "charge_already_refunded")
    amount = left if amount is None else amount
    if amount < 1:
        raise Refused(
            "This value must be greater than or equal to 1.", code="parameter_invalid_integer", param="amount"
        )
    currencies.require_countable(amount, charge["currency"], param="amount")
    if amount > left:
        raise Refused(
            f"Refund amount ({currencies.spoken(amount, charge['currency'])}) is greater than unrefunded amount "
            f"on charge ({currencies.spoken(left, charge['currency'])})",
            param="amount",
            is_kept=True,
        )
    return amount


def _count_refunded(office: Office, charge: Thing, amount: int) -> None:
    total = charge["amount_refunded"] + amount
    office.change(charge, "charge.refunded", amount_refunded=total, refunded=total == charge["amount"])
