"""Disputes: the customer's bank takes the money back and asks; an inquiry asks and takes nothing yet.

A dispute takes its amount and a fee at once. Won, the amount comes back, the fee does not.
"""

from sandbox.stripe import balance, fraud_warnings
from sandbox.stripe.office import Office
from sandbox.stripe.refusals import out_of_turn
from sandbox.stripe.store import Thing

WEEK = 7 * 86_400
REASONS = (
    "fraudulent", "product_not_received", "product_unacceptable", "duplicate", "credit_not_processed",
    "subscription_canceled", "unrecognized", "general",
)  # fmt: skip
OPEN = frozenset({"needs_response", "under_review"})
ASKING = frozenset({"warning_needs_response", "warning_under_review"})
EVIDENCE = frozenset(
    """access_activity_log billing_address cancellation_policy cancellation_policy_disclosure
    cancellation_rebuttal customer_communication customer_email_address customer_name customer_purchase_ip
    customer_signature duplicate_charge_documentation duplicate_charge_explanation duplicate_charge_id
    product_description receipt refund_policy refund_policy_disclosure refund_refusal_explanation service_date
    service_documentation shipping_address shipping_carrier shipping_date shipping_documentation
    shipping_tracking_number uncategorized_file uncategorized_text""".split()  # noqa: SIM905
)


def open_dispute(
    office: Office,
    charge: Thing,
    *,
    amount: int | None = None,
    reason: str = "fraudulent",
    is_inquiry: bool = False,
) -> Thing:
    """Dispute this much of the charge, or all of it. Raises Refused when the charge has not that much."""
    disputed = sum(
        dispute["amount"]
        for dispute in office.store.where("dispute", charge=charge["id"])
        if dispute["status"] in OPEN | ASKING | {"lost"}
    )
    amount = charge["amount"] - disputed if amount is None else amount
    if charge["status"] != "succeeded" or not 0 < amount <= charge["amount"] - disputed:
        raise out_of_turn("There is not so much left to dispute in this charge.")
    dispute = office.store.add(
        {
            "id": office.store.new_id("du"),
            "object": "dispute",
            "amount": amount,
            "balance_transactions": [],
            "charge": charge["id"],
            "created": office.now,
            "currency": charge["currency"],
            "enhanced_eligibility_types": [],
            "evidence": dict.fromkeys(sorted(EVIDENCE)),
            "evidence_details": {
                "due_by": office.now + WEEK,
                "enhanced_eligibility": {},
                "has_evidence": False,
                "past_due": False,
                "submission_count": 0,
            },
            "is_charge_refundable": is_inquiry,
            "livemode": False,
            "metadata": {},
            "network_reason_code": "10.4" if reason == "fraudulent" else "13.1",
            "payment_intent": charge["payment_intent"],
            "payment_method_details": {
                "card": {"brand": "visa", "case_type": "inquiry" if is_inquiry else "chargeback",
                         "network_reason_code": "10.4"},
                "type": "card",
            },
            "reason": reason,
            "status": "warning_needs_response" if is_inquiry else "needs_response",
        }
    )  # fmt: skip
    office.change(charge, disputed=True)
    if is_inquiry:
        office.tell("charge.dispute.created", dispute)
    else:
        _withdraw(office, dispute, first_told="charge.dispute.created")
    fraud_warnings.settle_warnings(office, charge)
    return dispute


def escalate(office: Office, dispute: Thing) -> Thing:
    """An inquiry becomes a dispute: now the money goes. Raises Refused when it is none."""
    _require(dispute, ASKING)
    before = dict(dispute)
    dispute |= {"status": "needs_response", "is_charge_refundable": False}
    dispute["payment_method_details"]["card"]["case_type"] = "chargeback"
    office.store.save(dispute)
    office.tell("charge.dispute.updated", dispute, before=before)
    _withdraw(office, dispute)
    return dispute


def close(office: Office, dispute: Thing, *, won: bool) -> Thing:
    """The bank decides; an inquiry is only closed. Raises Refused for what is closed already."""
    if dispute["status"] in ASKING:
        return office.change(dispute, "charge.dispute.closed", status="warning_closed")
    _require(dispute, OPEN)
    if not won:
        return office.change(dispute, "charge.dispute.closed", status="lost")
    back = balance.move(
        office,
        "adjustment",
        dispute["amount"],
        dispute["currency"],
        source=dispute["id"],
        description=f"Chargeback reversal for {dispute['charge']}",
        reported_as="dispute_reversal",
    )
    moves = [*dispute["balance_transactions"], back]
    office.change(dispute, "charge.dispute.closed", status="won", balance_transactions=moves)
    office.tell("charge.dispute.funds_reinstated", dispute)
    return dispute


def update(
    office: Office, dispute: Thing, *, evidence: dict[str, str], metadata: dict[str, str] | None, submit: bool
) -> Thing:
    """Take the merchant's evidence, and send it to the bank unless told to keep it."""
    _require(dispute, OPEN | ASKING)
    fields: Thing = {}
    if metadata is not None:
        fields["metadata"] = dispute["metadata"] | metadata
    if evidence:
        fields["evidence"] = dispute["evidence"] | evidence
        counted = dispute["evidence_details"]["submission_count"] + submit
        fields["evidence_details"] = dispute["evidence_details"] | {
            "has_evidence": True,
            "submission_count": counted,
        }
        if submit:
            is_asking = dispute["status"] in ASKING
            fields["status"] = "warning_under_review" if is_asking else "under_review"
    return office.change(dispute, "charge.dispute.updated", **fields)


def _withdraw(office: Office, dispute: Thing, *, first_told: str = "") -> None:
    taken = balance.move(
        office,
        "adjustment",
        -dispute["amount"],
        dispute["currency"],
        source=dispute["id"],
        fee=balance.DISPUTE_FEE,
        description=f"Chargeback withdrawal for {dispute['charge']}",
        reported_as="dispute",
    )
    office.change(dispute, balance_transactions=[*dispute["balance_transactions"], taken])
    if first_told:
        office.tell(first_told, dispute)
    office.tell("charge.dispute.funds_withdrawn", dispute)


def _require(dispute: Thing, states: frozenset[str]) -> None:
    if dispute["status"] not in states:
        raise out_of_turn(f"This dispute is {dispute['status']}.", "dispute_not_open")
