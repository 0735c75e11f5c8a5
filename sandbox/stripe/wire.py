"""HTTP: the API, the pay page, the back office, and the control door for this machine only."""

import base64
import json
import socket
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from socketserver import TCPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from sandbox.stripe.api import Answer, Api, Call
from sandbox.stripe.control import Control, ControlRefused
from sandbox.stripe.faults import Fault, Faults
from sandbox.stripe.office import API_VERSION, Office
from sandbox.stripe.pages import Page, Pages
from sandbox.stripe.refusals import Refused
from sandbox.stripe.webhooks import Postman

LONGEST_REQUEST = 1_000_000
JSON = "application/json"
GUARD = "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'"


class StripeServer(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], office: Office, *, control_token: str) -> None:
        self.office = office
        self.faults = Faults(office.store)
        self.api = Api(office)
        self.control = Control(office, self.faults)
        self.pages = Pages(office, self.control)
        self.control_token = control_token
        self.stopping = threading.Event()
        self._postman = Postman(office)
        super().__init__(address, Handler)
        host, port = self.server_address[:2]
        office.url = office.url or f"http://{host!s}:{port}"

    def serve_until_stopped(self) -> None:
        self._postman.start()
        self.serve_forever(poll_interval=0.05)
        self._postman.stop()
        self.server_close()

    def stop(self) -> None:
        self.stopping.set()
        self.shutdown()

    def server_bind(self) -> None:
        """Bind without asking the network for this machine's name."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]  # type: ignore[assignment]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that hangs up is everyday life here."""


class Handler(BaseHTTPRequestHandler):
    server: StripeServer
    protocol_version = "HTTP/1.1"
    server_version = "local-stripe"
    timeout = 120
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the books tell what happened."""

    def do_GET(self) -> None:
        self._route("")

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not length.isdigit() or int(length) > LONGEST_REQUEST:
            self.close_connection = True
            self._send(413, b"say the length, at most 1 MB", "text/plain")
            return
        self._route(self.rfile.read(int(length)).decode("utf-8", "replace"))

    def do_DELETE(self) -> None:
        self._route("")

    def _route(self, body: str) -> None:
        parts = urlsplit(self.path)
        if parts.path.startswith("/v1/"):
            self._answer_api(parts.path, body if self.command == "POST" else parts.query)
        elif parts.path == "/_control":
            self._answer_control(body)
        else:
            form = dict(parse_qsl(body, keep_blank_values=True)) if self.command == "POST" else None
            self._send_page(self.server.pages.answer(parts.path, dict(parse_qsl(parts.query)), form))

    # The API

    def _answer_api(self, path: str, form: str) -> None:
        store = self.server.office.store
        call = Call(
            method=self.command,
            path=path,
            form=form,
            key=_key_of(self.headers.get("Authorization", "")),
            idempotency_key=self.headers.get("Idempotency-Key", ""),
            request_id=store.new_id("req", length=14),
        )
        fault = self.server.faults.meet(call.method, path)
        noted = store.run(
            "INSERT INTO requests (at, method, path, idempotency_key, fault) VALUES (?, ?, ?, ?, ?)",
            store.now(), call.method, path, call.idempotency_key or None,
            fault and f"{fault.kind} {fault.when}",
        )  # fmt: skip
        if fault and fault.when == "before":
            self._break(fault)
            return
        answer = self.server.api.answer(call)
        store.run("UPDATE requests SET status = ? WHERE id = ?", answer.status, noted)
        if fault:
            self._break(fault)
            return
        self._send_answer(answer, call)

    def _send_answer(self, answer: Answer, call: Call) -> None:
        headers = {
            "Request-Id": call.request_id,
            "Stripe-Version": self.headers.get("Stripe-Version", API_VERSION),
            "Stripe-Should-Retry": "false",
        }
        if call.idempotency_key:
            headers["Idempotency-Key"] = call.idempotency_key
        body = json.dumps(answer.body, indent=2, ensure_ascii=False).encode()
        self._send(answer.status, body, JSON, **headers, **answer.headers)

    def _break(self, fault: Fault) -> None:
        if fault.kind == "error":
            error = {"error": {"type": "api_error", "message": "Something went wrong on Stripe's end."}}
            self._send(fault.status, json.dumps(error).encode(), JSON)
        elif fault.kind == "rate_limit":
            words = {"type": "invalid_request_error", "code": "rate_limit", "message": "Too many requests."}
            self._send(429, json.dumps({"error": words}).encode(), JSON)
        else:
            if fault.kind == "timeout":
                self.server.stopping.wait(fault.seconds)
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)

    # Pages and the control door

    def _send_page(self, page: Page) -> None:
        headers = {"Content-Security-Policy": GUARD, "Referrer-Policy": "no-referrer"}
        if page.location:
            headers["Location"] = page.location
        self._send(page.status, page.body, page.kind, **headers)

    def _answer_control(self, body: str) -> None:
        is_ours = ip_address(self.client_address[0]).is_loopback
        if not is_ours or self.headers.get("X-Sandbox-Control") != self.server.control_token:
            self._send(403, b'{"error": "control is for this machine, with its token"}', JSON)
            return
        work: Callable[[], dict[str, Any]] = self.server.control.books
        if self.command == "POST":
            work = lambda: self.server.control.obey(json.loads(body))  # noqa: E731
        try:
            self._send(200, json.dumps(work()).encode(), JSON)
        except Refused as refusal:
            self._send(400, json.dumps(refusal.body).encode(), JSON)
        except (ControlRefused, ValueError, TypeError, KeyError, AttributeError) as refusal:
            self._send(400, json.dumps({"error": str(refusal) or "no instruction"}).encode(), JSON)

    def _send(self, status: int, body: bytes, kind: str, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)


def _key_of(header: str) -> str:
    """The key of `Bearer key` or of `Basic base64(key:)`."""
    scheme, _, said = header.partition(" ")
    if scheme.lower() == "bearer":
        return said.strip()
    try:
        return base64.b64decode(said).decode().partition(":")[0] if scheme.lower() == "basic" else ""
    except ValueError:
        return ""
