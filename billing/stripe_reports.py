"""What Stripe says about a payment, as plain values in our words: amounts are money, times are times.

Nothing of Stripe's library is known here. What a report does not say stays None.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from billing.minor_units import from_units
from billing.money import ZERO

Said = dict[str, Any]
# A refund that is only asked for may still come to nothing; these have taken the money, or will.
REFUNDS_THAT_COUNT = frozenset({"pending", "succeeded", "requires_action"})
INQUIRY_STATES = frozenset({"warning_needs_response", "warning_under_review", "warning_closed"})


@dataclass(frozen=True)
class SessionReport:
    """A checkout page: `open`, `complete` or `expired`; and `paid` or `unpaid`."""

    id: str
    url: str
    status: str
    payment_status: str
    amount: Decimal
    currency: str
    intent_id: str
    reference: str
    expires_at: datetime

    @property
    def is_paid(self) -> bool:
        return self.payment_status == "paid"


@dataclass(frozen=True)
class ChargeReport:
    """The attempt that was taken. `line_id` and `fee` are None until Stripe has booked it."""

    id: str
    intent_id: str
    status: str
    amount: Decimal
    currency: str
    refunded: Decimal
    is_disputed: bool
    card: str
    fingerprint: str
    line_id: str | None
    fee: Decimal | None


@dataclass(frozen=True)
class IntentReport:
    """A payment at Stripe, with its newest attempt. `words` say why the last attempt failed."""

    id: str
    status: str
    received: Decimal
    currency: str
    charge: ChargeReport | None
    words: str


@dataclass(frozen=True)
class RefundReport:
    """Money given back: `pending`, `requires_action`, `succeeded`, `failed` or `canceled`."""

    id: str
    intent_id: str
    amount: Decimal
    currency: str
    status: str
    created_at: datetime
    words: str = ""
    metadata: dict[str, str] = field(default_factory=dict)

    @property
    def counts(self) -> bool:
        return self.status in REFUNDS_THAT_COUNT


@dataclass(frozen=True)
class DisputeReport:
    """A dispute. `drawn` is what it has taken from us at this moment, `fee` what Stripe took for it."""

    id: str
    intent_id: str
    charge_id: str
    amount: Decimal
    currency: str
    status: str
    reason: str
    drawn: Decimal
    fee: Decimal
    opened_at: datetime
    evidence_due_at: datetime | None

    @property
    def is_inquiry(self) -> bool:
        return self.status in INQUIRY_STATES


@dataclass(frozen=True)
class WarningReport:
    """The card's bank believes a payment to be fraud, before anybody has disputed it."""

    id: str
    intent_id: str
    charge_id: str
    created_at: datetime


@dataclass(frozen=True)
class BalanceLine:
    """One movement of our money at Stripe: `amount` without and `net` with the fee, positive when it comes to us."""

    id: str
    type: str
    amount: Decimal
    fee: Decimal
    net: Decimal
    currency: str
    # The payment it belongs to; empty for what belongs to none.
    intent_id: str
    created_at: datetime


@dataclass(frozen=True)
class EventReport:
    """A message about something that may have changed; `about` is the session, the intent, or the thing itself."""

    id: str
    type: str
    about: str
    happened_at: datetime
    livemode: bool


def session_of(said: Said) -> SessionReport:
    currency = str(said["currency"]).upper()
    return SessionReport(
        id=said["id"],
        url=said.get("url") or "",
        status=said["status"],
        payment_status=said["payment_status"],
        amount=from_units(said["amount_total"], currency),
        currency=currency,
        intent_id=_id(said.get("payment_intent")),
        reference=said.get("client_reference_id") or "",
        expires_at=_time(said["expires_at"]),
    )


def intent_of(said: Said) -> IntentReport:
    charge = said.get("latest_charge")
    currency = str(said["currency"]).upper()
    return IntentReport(
        id=said["id"],
        status=said["status"],
        received=from_units(said["amount_received"], currency),
        currency=currency,
        charge=charge_of(charge) if isinstance(charge, dict) else None,
        words=str((said.get("last_payment_error") or {}).get("message") or "")[:300],
    )


def charge_of(said: Said) -> ChargeReport:
    currency = str(said["currency"]).upper()
    how = said.get("payment_method_details") or {}
    means = how.get(how.get("type", "")) or {}
    brand = str(means.get("brand") or means.get("bank_name") or how.get("type") or "").replace("_", " ")
    line = said.get("balance_transaction")
    booked = line if isinstance(line, dict) else None
    return ChargeReport(
        id=said["id"],
        intent_id=_id(said.get("payment_intent")),
        status=said["status"],
        amount=from_units(said["amount"], currency),
        currency=currency,
        refunded=from_units(said.get("amount_refunded") or 0, currency),
        is_disputed=bool(said.get("disputed")),
        card=f"{brand} {means.get('last4') or ''}".strip()[:60],
        fingerprint=str(means.get("fingerprint") or "")[:120],
        line_id=booked["id"] if booked else None,
        fee=from_units(booked["fee"], str(booked["currency"]).upper()) if booked else None,
    )


def refund_of(said: Said) -> RefundReport:
    currency = str(said["currency"]).upper()
    return RefundReport(
        id=said["id"],
        intent_id=_id(said.get("payment_intent")),
        amount=from_units(said["amount"], currency),
        currency=currency,
        status=said.get("status") or "pending",
        created_at=_time(said["created"]),
        words=str(said.get("failure_reason") or "")[:300],
        metadata=dict(said.get("metadata") or {}),
    )


def dispute_of(said: Said) -> DisputeReport:
    currency = str(said["currency"]).upper()
    lines = said.get("balance_transactions") or []
    due = (said.get("evidence_details") or {}).get("due_by")
    return DisputeReport(
        id=said["id"],
        intent_id=_id(said.get("payment_intent")),
        charge_id=_id(said.get("charge")),
        amount=from_units(said["amount"], currency),
        currency=currency,
        status=said["status"],
        reason=str(said.get("reason") or "")[:80],
        drawn=max(ZERO, -sum((from_units(line["amount"], currency) for line in lines), ZERO)),
        fee=sum((from_units(line["fee"], currency) for line in lines), ZERO),
        opened_at=_time(said["created"]),
        evidence_due_at=_time(due) if due else None,
    )


def warning_of(said: Said) -> WarningReport:
    return WarningReport(
        id=said["id"],
        intent_id=_id(said.get("payment_intent")),
        charge_id=_id(said.get("charge")),
        created_at=_time(said["created"]),
    )


def line_of(said: Said) -> BalanceLine:
    currency = str(said["currency"]).upper()
    source = said.get("source")
    return BalanceLine(
        id=said["id"],
        type=said["type"],
        amount=from_units(said["amount"], currency),
        fee=from_units(said["fee"], currency),
        net=from_units(said["net"], currency),
        currency=currency,
        intent_id=_id(source.get("payment_intent")) if isinstance(source, dict) else "",
        created_at=_time(said["created"]),
    )


def event_of(said: Said) -> EventReport:
    thing = said["data"]["object"]
    about = thing["id"] if thing.get("object") == "checkout.session" else _id(thing.get("payment_intent"))
    return EventReport(
        id=said["id"],
        type=said["type"],
        about=about or str(thing.get("id") or ""),
        happened_at=_time(said["created"]),
        livemode=bool(said.get("livemode")),
    )


def _id(value: Any) -> str:
    """The id of a thing that is named or written out."""
    if isinstance(value, dict):
        return str(value.get("id") or "")
    return str(value or "")


def _time(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, tz=UTC)
