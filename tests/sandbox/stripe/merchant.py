"""The merchant's side of webhooks: a small server that keeps what was posted, verified by the official library."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import stripe


@dataclass
class Merchant:
    secret: str
    # The answers to give, one each; then 200.
    answers: list[int] = field(default_factory=list)
    events: list[Any] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        merchant = self

        class Door(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(merchant.take(body, self.headers["Stripe-Signature"]))
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/stripe/webhook"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def take(self, body: bytes, signature: str) -> int:
        try:
            event = stripe.Webhook.construct_event(body, signature, self.secret)
        except stripe.SignatureVerificationError as refusal:
            self.refused.append(str(refusal))
            return 400
        self.events.append(event)
        return self.answers.pop(0) if self.answers else 200

    @property
    def told(self) -> list[str]:
        return [event.type for event in self.events]

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join(5)
        self._server.server_close()
