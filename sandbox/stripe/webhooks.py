"""Webhooks: each event is posted to the merchant, signed, until it is answered with 2xx.

What is owed is a row, so a restart loses nothing. The same thread lets time pass: sessions expire, debits settle.
"""

import hashlib
import hmac
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

from sandbox.stripe import payments
from sandbox.stripe.office import Office, owe

TICK_SECONDS = 0.25
ANSWER_SECONDS = 10
FIRST_RETRY_SECONDS = 1.0
LONGEST_RETRY_SECONDS = 60.0


class _NoRedirect(HTTPRedirectHandler):
    """Stripe takes a redirect for a refusal."""

    def redirect_request(self, *unused: Any, **also_unused: Any) -> None:
        return None


OPENER = build_opener(ProxyHandler({}), _NoRedirect())


def signature(secrets: tuple[str, ...], body: str, at: int) -> str:
    """The header Stripe-Signature, with one v1 for each secret that is in force."""
    signed = f"{at}.{body}".encode()
    marks = [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in secrets]
    return ",".join([f"t={at}", *(f"v1={mark}" for mark in marks)])


class Postman:
    def __init__(self, office: Office) -> None:
        self._office = office
        self._store = office.store
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._walk, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._office.has_mail.set()
        if self._thread.is_alive():
            self._thread.join(ANSWER_SECONDS + 1)

    def _walk(self) -> None:
        while not self._stopping.is_set():
            with self._store.transaction():
                payments.pass_time(self._office)
            if not self.deliver_due() and not self._stopping.is_set():
                self._office.has_mail.wait(TICK_SECONDS)
                self._office.has_mail.clear()

    def deliver_due(self) -> int:
        """Post what is due, as many side by side as the faults say; answers how many were posted."""
        faults = self._store.setting("webhooks", {})
        if faults.get("paused") or not self._office.webhook_url:
            return 0
        due = self._store.rows(
            "SELECT * FROM deliveries WHERE state = 'waiting' AND due_at <= ? ORDER BY due_at, id LIMIT ?",
            time.time(), max(1, int(faults.get("parallel", 1))),
        )  # fmt: skip
        if len(due) == 1:
            self._deliver(due[0], faults)
        elif due:
            with ThreadPoolExecutor(len(due)) as hands:
                list(hands.map(lambda row: self._deliver(row, faults), due))
        return len(due)

    def _deliver(self, row: Any, faults: dict[str, Any]) -> None:
        if self._stopping.is_set():
            return
        event = self._store.find(row["event"], kind="event")
        answer = self._post(event | {"pending_webhooks": 1}, faults) if event else "gone"
        attempts = row["attempts"] + 1
        if answer.startswith("2") or event is None:
            self._store.run(
                "UPDATE deliveries SET state = 'delivered', attempts = ?, answer = ? WHERE id = ?",
                attempts, answer, row["id"],
            )  # fmt: skip
            return
        first = float(faults.get("retry_seconds", FIRST_RETRY_SECONDS))
        wait = min(first * 2 ** min(attempts - 1, 20), LONGEST_RETRY_SECONDS)
        self._store.run(
            "UPDATE deliveries SET attempts = ?, answer = ?, due_at = ? WHERE id = ?",
            attempts, answer, time.time() + wait, row["id"],
        )  # fmt: skip

    def _post(self, event: dict[str, Any], faults: dict[str, Any]) -> str:
        body = json.dumps(event, indent=2, ensure_ascii=False)
        secrets = tuple(faults.get("secrets", ())) or self._office.webhook_secrets
        at = int(time.time()) + int(faults.get("signature_offset", 0))
        request = Request(  # noqa: S310 (the merchant's own address, from the command line)
            self._office.webhook_url,
            body.encode(),
            {
                "Content-Type": "application/json; charset=utf-8",
                "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
                "Stripe-Signature": signature(secrets, body, at),
                "Accept": "*/*; q=0.5, application/xml",
                "Cache-Control": "no-cache",
            },
        )
        try:
            with OPENER.open(request, timeout=ANSWER_SECONDS) as answer:
                return str(answer.status)
        except HTTPError as refusal:
            with refusal:
                return str(refusal.code)
        except (OSError, HTTPException) as trouble:
            return type(trouble).__name__


def resend(office: Office, *, event: str = "") -> int:
    """Owe the merchant every event again, or this one; answers how many."""
    events = [event] if event else [told["id"] for told in office.store.where("event")]
    for name in events:
        office.take("event", name)
        owe(office.store, name)
    office.has_mail.set()
    return len(events)
