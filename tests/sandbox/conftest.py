from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from sandbox.books import Books
from sandbox.catalogue import Service, own_catalogue
from sandbox.provider import Provider
from sandbox.wire import SandboxServer

KEY = "sandbox-demo-key"
FOLLOWERS = "1003"  # Default, refill, cancel
COMMENTS = "1201"  # Custom Comments
PACKAGE = "1031"
LINK = "https://www.instagram.com/alice"


class Caller:
    """A running sandbox, and the words to talk to it over HTTP."""

    def __init__(self, state: Path, *, speed: str, catalogue: list[Service] | None = None) -> None:
        books = Books(str(state), opening_balance=Decimal(1000))
        provider = Provider(books, catalogue or own_catalogue(), key=KEY, seed=1, speed=speed)
        self.server = SandboxServer(("127.0.0.1", 0), provider, control_token="sandbox-control")
        self.port = int(self.server.server_address[1])
        self._thread = threading.Thread(target=self.server.serve_until_stopped, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self.server.stop()
        self._thread.join(5)
        self.server.provider.books.close()

    def exchange(
        self, method: str, path: str, body: bytes | None = None, **headers: str
    ) -> tuple[int, bytes, http.client.HTTPMessage]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(
                method, path, body, {name.replace("_", "-"): value for name, value in headers.items()}
            )
            answer = connection.getresponse()
            return answer.status, answer.read(), answer.headers
        finally:
            connection.close()

    def ask(self, action: str, *, key: str = KEY, path: str = "/api/v2", **fields: object) -> Any:
        form = urlencode({"key": key, "action": action, **fields}).encode()
        status, body, _ = self.exchange("POST", path, form, Content_Type="application/x-www-form-urlencoded")
        assert status == 200
        return json.loads(body)

    def add(
        self, *, service: str = FOLLOWERS, link: str = LINK, quantity: object = 1000, **more: object
    ) -> Any:
        return self.ask("add", service=service, link=link, quantity=quantity, **more)

    def order(self, **fields: Any) -> int:
        return int(self.add(**fields)["order"])

    def status(self, order: object) -> Any:
        return self.ask("status", order=order)

    def control(self, do: str, *, expect: int = 200, **told: Any) -> Any:
        status, body, _ = self.exchange(
            "POST", "/control", json.dumps({"do": do, **told}).encode(), X_Sandbox_Control="sandbox-control"
        )
        assert status == expect, body
        return json.loads(body)

    def books(self, link: str = "") -> Any:
        path = "/control/books?" + urlencode({"link": link})
        return json.loads(self.exchange("GET", path, X_Sandbox_Control="sandbox-control")[1])

    @property
    def balance(self) -> Decimal:
        return Decimal(self.ask("balance")["balance"])


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Caller]:
    """A sandbox at demo speed whose clock stands still until a test moves it."""
    caller = Caller(tmp_path / "books.sqlite3", speed="demo")
    caller.control("set_clock", factor=0)
    yield caller
    caller.close()
