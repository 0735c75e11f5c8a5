"""The control door: everything that people, banks and networks do to a payment, on request; faults; the books."""

from collections.abc import Callable
from typing import Any

from sandbox.stripe import balance, checkout, disputes, fraud_warnings, payments, refunds, webhooks
from sandbox.stripe.cards import GOOD, STOLEN
from sandbox.stripe.charging import Payer
from sandbox.stripe.faults import Faults
from sandbox.stripe.office import Office, visible
from sandbox.stripe.payments import Declined
from sandbox.stripe.store import Thing

Instruction = dict[str, Any]
WEBHOOK_FAULTS = {
    "drop_every", "times", "delay", "shuffle", "paused", "parallel", "signature_offset", "retry_seconds",
    "secrets",
}  # fmt: skip


class ControlRefused(Exception):
    """The instruction cannot be carried out; nothing was changed."""


class Control:
    def __init__(self, office: Office, faults: Faults) -> None:
        self._office = office
        self._faults = faults
        self._instructions: dict[str, Callable[[Instruction], Thing]] = {
            "pay": self._pay,
            "pay_stolen": lambda told: self._pay({"card": STOLEN} | told),
            "decline": lambda told: self._pay({"code": "generic_decline"} | told),
            "pay_later": self._pay_later,
            "expire": lambda told: checkout.expire_session(office, self._session(told)),
            "settle": lambda told: payments.settle(office, self._charge(told), fails=False),
            "fail": lambda told: payments.settle(office, self._charge(told), fails=True),
            "refund": lambda told: refunds.refund(office, self._charge(told), amount=_amount(told)),
            "refund_fails": lambda told: refunds.fail_refund(office, self._refund(told)),
            "refund_settles": lambda told: refunds.settle_refund(office, self._refund(told)),
            "dispute": self._open_dispute,
            "inquiry": lambda told: self._open_dispute(told | {"is_inquiry": True}),
            "escalate": lambda told: disputes.escalate(office, self._dispute(told)),
            "dispute_won": lambda told: disputes.close(office, self._dispute(told), won=True),
            "dispute_lost": lambda told: disputes.close(office, self._dispute(told), won=False),
            "early_fraud_warning": self._warn,
            "payout": lambda told: balance.pay_out(
                office, amount=_amount(told), currency=str(told.get("currency", ""))
            ),
            "stripe_fee": lambda told: balance.take_fee(
                office, amount=int(told["amount"]), currency=str(told.get("currency", ""))
            ),
            "set_webhooks": self._set_webhooks,
            "resend": lambda told: {"events": webhooks.resend(office, event=str(told.get("event", "")))},
            "set": self._set,
            "advance": self._advance,
            "set_fault": lambda told: {"fault": faults.switch_on(told)},
            "clear_faults": self._clear_faults,
            "reset": self._reset,
        }

    def obey(self, told: Instruction) -> Instruction:
        """Carry out one instruction; answers with the thing it changed. Raises ControlRefused or Refused."""
        work = self._instructions.get(str(told.get("do")))
        if work is None:
            raise ControlRefused(f"unknown instruction; known: {', '.join(self._instructions)}")
        with self._office.store.transaction():
            payments.pass_time(self._office)
            try:
                return {"ok": True} | visible(work({k: v for k, v in told.items() if k != "do"}))
            except Declined as declined:
                return {"ok": True, "declined": str(declined)}

    def books(self) -> Instruction:
        """What happened so far: counts, webhooks owed and done, calls received."""
        rows = self._office.store.rows
        return {
            "now": self._office.store.now(),
            "objects": {
                row["kind"]: row["count"]
                for row in rows("SELECT kind, count(*) AS count FROM objects GROUP BY kind")
            },
            "balance": balance.sums(self._office),
            "deliveries": [
                dict(row)
                for row in rows(
                    "SELECT deliveries.*, json_extract(objects.body, '$.type') AS type FROM deliveries "
                    "JOIN objects ON objects.id = deliveries.event ORDER BY deliveries.id"
                )
            ],
            "waiting": rows("SELECT count(*) AS n FROM deliveries WHERE state = 'waiting'")[0]["n"],
            "requests": [dict(row) for row in rows("SELECT * FROM requests ORDER BY id")],
            "webhooks": self._office.store.setting("webhooks", {}),
            "faults": self._faults.listing(),
        }

    # What is meant

    def _session(self, told: Instruction) -> Thing:
        wanted = told.get("session") or told.get("payment")
        if wanted:
            return self._office.take("checkout.session", str(wanted))
        return _newest(self._office.store.where("checkout.session", newest=1))

    def _charge(self, told: Instruction) -> Thing:
        """The charge of a payment, named by a session, payment intent or charge; without a name, the newest."""
        wanted = str(told.get("payment", ""))
        store = self._office.store
        if not wanted:
            return _newest(store.where("charge", newest=1))
        if wanted.startswith("cs_"):
            wanted = str(self._office.take("checkout.session", wanted)["payment_intent"])
        if wanted.startswith("pi_"):
            wanted = str(self._office.take("payment_intent", wanted)["latest_charge"])
        return self._office.take("charge", wanted)

    def _refund(self, told: Instruction) -> Thing:
        if told.get("refund"):
            return self._office.take("refund", str(told["refund"]))
        found = refunds.refunds_of(self._office, self._charge(told))
        return _newest([refund for refund in found if refund["status"] != "failed"])

    def _dispute(self, told: Instruction) -> Thing:
        if told.get("dispute"):
            return self._office.take("dispute", str(told["dispute"]))
        return _newest(self._office.store.where("dispute", charge=self._charge(told)["id"]))

    # Instructions

    def _pay(self, told: Instruction) -> Thing:
        return payments.pay(
            self._office, self._session(told), _payer(told), decline=str(told.get("code") or "")
        )

    def _pay_later(self, told: Instruction) -> Thing:
        seconds = told.get("seconds")
        return payments.pay_later(
            self._office,
            self._session(told),
            _payer(told),
            fails=bool(told.get("fails")),
            seconds=None if seconds is None else float(seconds),
        )

    def _open_dispute(self, told: Instruction) -> Thing:
        return disputes.open_dispute(
            self._office,
            self._charge(told),
            amount=_amount(told),
            reason=str(told.get("reason") or "fraudulent"),
            is_inquiry=bool(told.get("is_inquiry")),
        )

    def _warn(self, told: Instruction) -> Thing:
        kind = str(told.get("fraud_type") or "made_with_stolen_card")
        return fraud_warnings.warn(self._office, self._charge(told), fraud_type=kind)

    def _set_webhooks(self, told: Instruction) -> Thing:
        """Each call says all that is to differ from good manners; an empty one ends all faults."""
        if unknown := set(told) - WEBHOOK_FAULTS:
            raise ControlRefused(f"unknown: {', '.join(unknown)}; known: {', '.join(sorted(WEBHOOK_FAULTS))}")
        self._office.store.set("webhooks", told)
        self._office.has_mail.set()
        return {"webhooks": told}

    def _set(self, told: Instruction) -> Thing:
        known = {"settle_seconds": float, "fee_delay_seconds": float, "refunds_wait": bool}
        if unknown := set(told) - set(known):
            raise ControlRefused(f"unknown: {', '.join(unknown)}; known: {', '.join(known)}")
        for name, value in told.items():
            self._office.store.set(name, known[name](value))
        return dict(told)

    def _advance(self, told: Instruction) -> Thing:
        store = self._office.store
        store.set("clock_offset", float(store.setting("clock_offset", 0)) + float(told["seconds"]))
        payments.pass_time(self._office)
        return {"now": store.now()}

    def _clear_faults(self, told: Instruction) -> Thing:
        self._faults.clear()
        return {}

    def _reset(self, told: Instruction) -> Thing:
        self._office.store.reset()
        return {}


def _newest(found: list[Thing]) -> Thing:
    if not found:
        raise ControlRefused("there is none")
    return found[-1]


def _amount(told: Instruction) -> int | None:
    return None if told.get("amount") in (None, "") else int(told["amount"])


def _payer(told: Instruction) -> Payer:
    return Payer(
        email=str(told.get("email") or ""),
        name=str(told.get("name") or "Alice Example"),
        card=str(told.get("card") or GOOD),
    )
