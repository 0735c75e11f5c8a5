"""Early fraud warnings: the card's bank says that its customer knows nothing of a payment."""

from sandbox.stripe.office import Office
from sandbox.stripe.store import Thing


def warn(office: Office, charge: Thing, *, fraud_type: str = "made_with_stolen_card") -> Thing:
    warning = office.store.add(
        {
            "id": office.store.new_id("issfr"),
            "object": "radar.early_fraud_warning",
            "actionable": not (charge["refunded"] or charge["disputed"]),
            "charge": charge["id"],
            "created": office.now,
            "fraud_type": fraud_type,
            "livemode": False,
            "payment_intent": charge["payment_intent"],
        }
    )
    office.tell("radar.early_fraud_warning.created", warning)
    return warning


def settle_warnings(office: Office, charge: Thing) -> None:
    """Nothing is left to be done about the warnings of a charge that was refunded or disputed."""
    for warning in office.store.where("radar.early_fraud_warning", charge=charge["id"]):
        if warning["actionable"]:
            office.change(warning, "radar.early_fraud_warning.updated", actionable=False)
