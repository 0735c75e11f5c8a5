"""The merchant's money at this Stripe: every movement is a balance transaction, and the balance is their sum.

A charge costs 2.9 % and 30 of the smallest unit, which no refund gives back. A dispute costs 1500 of the smallest unit.
"""

from collections import defaultdict

from sandbox.stripe.office import Office
from sandbox.stripe.store import Thing

FEE_PER_MILLE = 29
FIXED_FEE = 30
DISPUTE_FEE = 1500
REPORTED_AS = {
    "charge": "charge",
    "payment": "charge",
    "refund": "refund",
    "payment_refund": "refund",
    "refund_failure": "refund_failure",
    "payment_failure_refund": "refund_failure",
    "payout": "payout",
    "stripe_fee": "fee",
}


def fee_of(amount: int) -> int:
    """What a charge costs, in the smallest unit, half up."""
    return (amount * FEE_PER_MILLE + 500) // 1000 + FIXED_FEE


def move(
    office: Office,
    kind: str,
    amount: int,
    currency: str,
    *,
    source: str | None,
    fee: int = 0,
    description: str | None = None,
    reported_as: str = "",
) -> Thing:
    """Write one movement: the amount as it changes the balance, and the fee that is taken besides."""
    parts = [
        {"amount": fee, "application": None, "currency": currency, "description": "Stripe processing fees",
         "type": "stripe_fee"}
    ] if fee else []  # fmt: skip
    return office.store.add(
        {
            "id": office.store.new_id("txn"),
            "object": "balance_transaction",
            "amount": amount,
            "available_on": office.now,
            "balance_type": "payments",
            "created": office.now,
            "currency": currency,
            "description": description,
            "exchange_rate": None,
            "fee": fee,
            "fee_details": parts,
            "net": amount - fee,
            "reporting_category": reported_as or REPORTED_AS[kind],
            "source": source,
            "status": "available",
            "type": kind,
        }
    )


def sums(office: Office) -> dict[str, int]:
    """What is on the balance, in each currency's smallest unit."""
    held: dict[str, int] = defaultdict(int, {office.currency: 0})
    for row in office.store.rows(
        "SELECT json_extract(body, '$.currency') AS currency, sum(json_extract(body, '$.net')) AS net "
        "FROM objects WHERE kind = 'balance_transaction' GROUP BY 1"
    ):
        held[row["currency"]] += int(row["net"])
    return dict(held)


def balance(office: Office) -> Thing:
    def part(amounts: dict[str, int]) -> list[Thing]:
        return [
            {"amount": amount, "currency": currency, "source_types": {"card": amount}}
            for currency, amount in amounts.items()
        ]

    held = sums(office)
    return {
        "object": "balance",
        "available": part(held),
        "pending": part(dict.fromkeys(held, 0)),
        "livemode": False,
    }


def pay_out(office: Office, *, amount: int | None = None, currency: str = "") -> Thing:
    """Send money of the balance to the merchant's bank: all of it, or this much."""
    currency = currency or office.currency
    sent = sums(office).get(currency, 0) if amount is None else amount
    payout: Thing = {
        "id": office.store.new_id("po"),
        "object": "payout",
        "amount": sent,
        "application_fee": None,
        "application_fee_amount": None,
        "arrival_date": office.now,
        "automatic": True,
        "balance_transaction": None,
        "created": office.now,
        "currency": currency,
        "description": "STRIPE PAYOUT",
        "destination": f"ba_{office.store.letters('bank', 24)}",
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "livemode": False,
        "metadata": {},
        "method": "standard",
        "original_payout": None,
        "payout_method": None,
        "reconciliation_status": "completed",
        "reversed_by": None,
        "source_type": "card",
        "statement_descriptor": None,
        "status": "paid",
        "trace_id": None,
        "type": "bank_account",
    }
    paid = move(office, "payout", -sent, currency, source=payout["id"], description="STRIPE PAYOUT")
    payout["balance_transaction"] = paid["id"]
    office.store.add(payout)
    office.tell("payout.created", payout)
    office.tell("payout.paid", payout)
    return payout


def take_fee(office: Office, *, amount: int, currency: str = "", description: str = "Radar") -> Thing:
    """Take a fee of Stripe's own that belongs to no payment."""
    return move(
        office, "stripe_fee", -amount, currency or office.currency, source=None, description=description
    )
