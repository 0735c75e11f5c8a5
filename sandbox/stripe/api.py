"""The HTTP API, without HTTP: who asks, what for, and Stripe's answer. The same idempotency key is done once."""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.stripe import balance, checkout, disputes, listing, payments, refunds
from sandbox.stripe.office import Office
from sandbox.stripe.params import Params, Tree, tree_of
from sandbox.stripe.refusals import INVALID, Refused, missing
from sandbox.stripe.store import Thing

KEY_LIFETIME_SECONDS = 86_400


@dataclass(frozen=True)
class Call:
    method: str
    path: str
    form: str
    key: str
    idempotency_key: str = ""
    request_id: str = ""


@dataclass
class Answer:
    status: int
    body: Thing
    headers: dict[str, str] = field(default_factory=dict)


Work = Callable[[Office, Params, list[str]], Thing]


class Api:
    def __init__(self, office: Office) -> None:
        self.office = office

    def answer(self, call: Call) -> Answer:
        """Carry out one call. Everything it changes is stored before it returns."""
        with self.office.store.transaction():
            payments.pass_time(self.office)
        try:
            self._require_key(call)
            with self.office.store.transaction():
                return self._once(call)
        except Refused as refusal:
            return Answer(refusal.status, refusal.body)

    def _once(self, call: Call) -> Answer:
        if call.method != "POST" or not call.idempotency_key:
            return self._do(call)
        store = self.office.store
        asked = hashlib.sha256(f"{call.path}\n{call.form}".encode()).hexdigest()
        too_old = store.now() - KEY_LIFETIME_SECONDS
        kept = store.rows("SELECT * FROM answers WHERE key = ? AND at > ?", call.idempotency_key, too_old)
        if kept and kept[0]["asked"] != asked:
            raise Refused(
                "Keys for idempotent requests can only be used with the same parameters they were first used "
                f"with. Try using a key other than '{call.idempotency_key}' if you meant to execute a different "
                "request.",
                kind="idempotency_error",
            )
        if kept:
            return Answer(kept[0]["status"], json.loads(kept[0]["body"]), {"Idempotent-Replayed": "true"})
        try:
            answer = self._do(call)
        except Refused as refusal:
            if not refusal.is_kept:
                raise
            answer = Answer(refusal.status, refusal.body)
        store.run(
            "INSERT OR REPLACE INTO answers (key, asked, status, body, at) VALUES (?, ?, ?, ?, ?)",
            call.idempotency_key, asked, answer.status, json.dumps(answer.body), store.now(),
        )  # fmt: skip
        return answer

    def _do(self, call: Call) -> Answer:
        tree = tree_of(call.form)
        for method, pattern, work in ROUTES:
            if method == call.method and (found := pattern.fullmatch(call.path)):
                self.office.asked = {
                    "id": call.request_id,
                    "idempotency_key": call.idempotency_key or None,
                }
                try:
                    return Answer(200, self._work(work, tree, list(found.groups())))
                finally:
                    self.office.asked = {"id": None, "idempotency_key": None}
        raise Refused(f"Unrecognized request URL ({call.method}: {call.path}).", status=404)

    def _work(self, work: Work, tree: Tree, names: list[str]) -> Thing:
        wanted = tree.pop("expand", [])
        answer = work(self.office, Params(tree), names)
        return listing.written_out(self.office, answer, wanted if isinstance(wanted, list) else [wanted])

    def _require_key(self, call: Call) -> None:
        if not call.key:
            raise Refused("You did not provide an API key.", status=401, kind=INVALID)
        if call.key != self.office.key:
            shown = f"{call.key[:8]}{'*' * max(0, len(call.key) - 12)}{call.key[-4:]}"
            raise Refused(f"Invalid API Key provided: {shown}", status=401, kind=INVALID)


# What can be asked


def _retrieve(kind: str) -> Work:
    def work(office: Office, params: Params, names: list[str]) -> Thing:
        params.finish(accepted=frozenset({"client_secret"}))
        return office.take(kind, names[0])

    return work


def _list(kind: str, url: str, *filters: str) -> Work:
    def work(office: Office, params: Params, names: list[str]) -> Thing:
        return listing.listed(office, kind, url, params, *filters)

    return work


def _create_session(office: Office, params: Params, names: list[str]) -> Thing:
    return checkout.create_session(office, params)


def _expire_session(office: Office, params: Params, names: list[str]) -> Thing:
    params.finish()
    return checkout.expire_session(office, office.take("checkout.session", names[0]))


def _line_items(office: Office, params: Params, names: list[str]) -> Thing:
    params.number("limit")
    params.finish()
    return listing.line_items(office.take("checkout.session", names[0]))


def _create_refund(office: Office, params: Params, names: list[str]) -> Thing:
    charge = _charge_to_refund(office, params)
    amount, metadata = params.number("amount"), params.metadata()
    reason = params.choice("reason", *refunds.REASONS) or None
    params.finish(accepted=frozenset({"instructions_email"}))
    return refunds.refund(office, charge, amount=amount, metadata=metadata, reason=reason)


def _charge_to_refund(office: Office, params: Params) -> Thing:
    charge_id, intent_id = params.text("charge"), params.text("payment_intent")
    if charge_id:
        return office.take("charge", charge_id, param="charge")
    if not intent_id:
        raise Refused(
            "One of the following params should be provided for this request: payment_intent or charge.",
            code="parameter_missing",
        )
    intent = office.take("payment_intent", intent_id, param="payment_intent")
    if intent["status"] != "succeeded":
        raise Refused(
            f"This PaymentIntent ({intent_id}) does not have a successful charge to refund.", is_kept=True
        )
    return office.store.the(intent["latest_charge"])


def _update_refund(office: Office, params: Params, names: list[str]) -> Thing:
    refunded = office.take("refund", names[0])
    metadata = params.metadata()
    params.finish()
    return office.change(refunded, "refund.updated", metadata=refunded["metadata"] | metadata)


def _update_dispute(office: Office, params: Params, names: list[str]) -> Thing:
    dispute = office.take("dispute", names[0])
    told = params.inner("evidence")
    evidence = {name: told.text(name, longest=20_000) for name in disputes.EVIDENCE if told.has(name)}
    told.finish(accepted=frozenset({"enhanced_evidence"}))
    metadata = params.metadata() if params.has("metadata") else None
    submit = params.choice("submit", "true", "false") == "true"
    params.finish()
    return disputes.update(office, dispute, evidence=evidence, metadata=metadata, submit=submit)


def _close_dispute(office: Office, params: Params, names: list[str]) -> Thing:
    params.finish()
    return disputes.close(office, office.take("dispute", names[0]), won=False)


def _balance(office: Office, params: Params, names: list[str]) -> Thing:
    params.finish()
    return balance.balance(office)


def _list_events(office: Office, params: Params, names: list[str]) -> Thing:
    tests: listing.Tests = []
    if types := params.many("types"):
        marks = ", ".join("?" * len(types))
        tests.append((f"json_extract(body, '$.type') IN ({marks})", types))
    if params.has("delivery_success"):
        is_told = params.choice("delivery_success", "true", "false") == "true"
        owed = "EXISTS (SELECT 1 FROM deliveries WHERE event = objects.id AND state <> 'delivered')"
        tests.append((f"NOT {owed}" if is_told else owed, []))
    page = listing.listed(office, "event", "/v1/events", params, "type", tests=tests)
    page["data"] = [_with_deliveries(office, event) for event in page["data"]]
    return page


def _event(office: Office, params: Params, names: list[str]) -> Thing:
    params.finish()
    return _with_deliveries(office, office.take("event", names[0]))


def _with_deliveries(office: Office, event: Thing) -> Thing:
    [owed] = office.store.rows(
        "SELECT count(*) AS count FROM deliveries WHERE event = ? AND state <> 'delivered'", event["id"]
    )
    return event | {"pending_webhooks": owed["count"]}


def _account(office: Office, params: Params, names: list[str]) -> Thing:
    if names and names[0] != office.account_id:
        raise missing("account", names[0])
    params.finish()
    return {
        "id": office.account_id,
        "object": "account",
        "business_profile": {"name": office.merchant, "support_email": None, "url": None},
        "business_type": "company",
        "capabilities": {"card_payments": "active", "transfers": "active"},
        "charges_enabled": True,
        "country": "US",
        "created": 1_700_000_000,
        "default_currency": office.currency,
        "details_submitted": True,
        "email": "merchant@example.com",
        "metadata": {},
        "payouts_enabled": True,
        "settings": {"dashboard": {"display_name": office.merchant, "timezone": "Etc/UTC"}},
        "type": "standard",
    }


def _route(method: str, path: str, work: Work) -> tuple[str, re.Pattern[str], Work]:
    return method, re.compile("/v1" + path.replace("<id>", r"(\w+)")), work


def _readable(kind: str, path: str, *filters: str) -> list[tuple[str, re.Pattern[str], Work]]:
    return [
        _route("GET", path, _list(kind, f"/v1{path}", *filters)),
        _route("GET", f"{path}/<id>", _retrieve(kind)),
    ]


ROUTES = [
    _route("POST", "/checkout/sessions", _create_session),
    _route("POST", "/checkout/sessions/<id>/expire", _expire_session),
    _route("GET", "/checkout/sessions/<id>/line_items", _line_items),
    *_readable("checkout.session", "/checkout/sessions", "payment_intent", "status", "customer"),
    *_readable("payment_intent", "/payment_intents", "customer"),
    *_readable("charge", "/charges", "payment_intent", "customer"),
    _route("POST", "/refunds", _create_refund),
    _route("POST", "/refunds/<id>", _update_refund),
    *_readable("refund", "/refunds", "charge", "payment_intent"),
    _route("POST", "/disputes/<id>", _update_dispute),
    _route("POST", "/disputes/<id>/close", _close_dispute),
    *_readable("dispute", "/disputes", "charge", "payment_intent"),
    *_readable("balance_transaction", "/balance_transactions", "type", "source", "currency"),
    *_readable("payout", "/payouts", "status"),
    *_readable("radar.early_fraud_warning", "/radar/early_fraud_warnings", "charge", "payment_intent"),
    _route("GET", "/balance", _balance),
    _route("GET", "/events", _list_events),
    _route("GET", "/events/<id>", _event),
    _route("GET", "/account", _account),
    _route("GET", "/accounts/<id>", _account),
]
