"""A local Stripe for tests: `local_stripe` runs in a thread, with its books in a folder of the test.

    def test_…(local_stripe):
        local_stripe.client.v1.checkout.sessions.create(params={…})
        local_stripe.control("pay", session=session.id)

It posts webhooks once `deliver_to(url)` was called, for example with an address of `live_server`.
"""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import stripe

from sandbox.stripe.office import Office
from sandbox.stripe.store import Store
from sandbox.stripe.wire import StripeServer

KEY = "sk_test_key_of_the_tests"
WEBHOOK_SECRET = "whsec_secret_of_the_tests"
TOKEN = "sandbox-control"


class LocalStripe:
    """A running local Stripe, and the words to talk to it."""

    def __init__(self, state: Path, *, webhook_url: str = "", port: int = 0) -> None:
        self.key = KEY
        self.webhook_secret = WEBHOOK_SECRET
        self._office = Office(
            Store(str(state), seed="tests"),
            key=KEY,
            webhook_url=webhook_url,
            webhook_secrets=(WEBHOOK_SECRET,),
        )
        self._server = StripeServer(("127.0.0.1", port), self._office, control_token=TOKEN)
        self.port = int(self._server.server_address[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self.client = self.client_with(KEY)
        self._thread = threading.Thread(target=self._server.serve_until_stopped, daemon=True)
        self._thread.start()

    def client_with(self, key: str, **options: Any) -> stripe.StripeClient:
        """The official library, pointed here; by default it repeats nothing by itself."""
        options.setdefault("max_network_retries", 0)
        return stripe.StripeClient(key, base_addresses={"api": self.url}, **options)

    def close(self) -> None:
        self._server.stop()
        self._thread.join(15)
        self._office.store.close()

    def deliver_to(self, url: str) -> None:
        """Post webhooks of what happens from now on to this address."""
        self._office.webhook_url = url

    def control(self, do: str, *, expect: int = 200, **told: Any) -> Any:
        """Have something done: `pay`, `dispute`, … (docs/sandbox.md); amounts in the smallest unit."""
        status, body, _ = self.exchange(
            "POST", "/_control", json.dumps({"do": do, **told}), {"X-Sandbox-Control": TOKEN}
        )
        assert status == expect, body
        return json.loads(body)

    def books(self) -> Any:
        return json.loads(self.exchange("GET", "/_control", headers={"X-Sandbox-Control": TOKEN})[1])

    def open_session(self, amount: int = 5000, currency: str = "usd", **params: Any) -> Any:
        """A checkout session over this amount, made through the official library."""
        item = {
            "price_data": {
                "currency": currency,
                "unit_amount": amount,
                "product_data": {"name": "Balance"},
            },
            "quantity": 1,
        }
        return self.client.v1.checkout.sessions.create(
            params={
                "mode": "payment",
                "line_items": [item],
                "success_url": "http://127.0.0.1/back?session={CHECKOUT_SESSION_ID}",
                **params,
            }
        )

    def press(self, session_id: str, button: str, **fields: str) -> tuple[int, str]:
        """Press a button of the pay page: pay, decline, later, later_fails, stolen. Answers status and Location."""
        status, _, headers = self.exchange(
            "POST", f"/c/pay/{session_id}", urlencode({"do": button, **fields})
        )
        return status, headers.get("Location", "")

    def exchange(
        self, method: str, path: str, body: str = "", headers: dict[str, str] | None = None
    ) -> tuple[int, str, http.client.HTTPMessage]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path, body.encode() or None, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read().decode(), answer.headers
        finally:
            connection.close()

    def wait_until_delivered(self, *, seconds: float = 10) -> None:
        """Return when no webhook is waiting any more."""
        deadline = time.monotonic() + seconds
        while (waiting := self.books()["waiting"]) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert not waiting, f"{waiting} webhooks are still waiting"


@pytest.fixture
def local_stripe(tmp_path: Path) -> Iterator[LocalStripe]:
    running = LocalStripe(tmp_path / "stripe.sqlite3")
    yield running
    running.close()
