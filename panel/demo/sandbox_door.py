"""The sandbox provider's control door: its clock, its speed, and its own books, against which ours are compared."""

import http.client
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

TIMEOUT_SECONDS = 60


class SandboxAway(Exception):
    """The sandbox provider did not do what was asked."""


@dataclass(frozen=True)
class TrueOrder:
    """What the sandbox knows about one of its orders."""

    external_id: str
    starts_at: datetime
    ends_at: datetime


class SandboxDoor:
    """One sandbox provider, given by the address of its API v2."""

    def __init__(self, api_url: str, *, token: str) -> None:
        self._address = urlsplit(api_url).netloc
        self._token = token
        # Opened at the first request and kept: a past is made of a thousand of them.
        self._connection = http.client.HTTPConnection(self._address, timeout=TIMEOUT_SECONDS)

    def tell(self, do: str, **instruction: object) -> dict[str, Any]:
        """Give one instruction. Raises SandboxAway."""
        return self._exchange("POST", "/control", json.dumps({"do": do, **instruction}))

    def books(self, link: str = "") -> dict[str, Any]:
        """Return everything the sandbox knows to be true, of links that contain `link`. Raises SandboxAway."""
        return self._exchange("GET", "/control/books?" + urlencode({"link": link}))

    def stop_clock(self) -> datetime:
        return datetime.fromisoformat(self.tell("set_clock", factor=0)["now"])

    def order_for(self, link: str) -> TrueOrder | None:
        """Return the order with exactly this link, if the sandbox has one."""
        for order in self.books(link)["orders"]:
            if order["link"] == link:
                return TrueOrder(
                    str(order["id"]),
                    starts_at=datetime.fromisoformat(order["starts_at"]),
                    ends_at=datetime.fromisoformat(order["ends_at"]),
                )
        return None

    def _exchange(self, method: str, path: str, body: str | None = None) -> dict[str, Any]:
        try:
            self._connection.request(method, path, body, {"X-Sandbox-Control": self._token})
            answer = json.loads(self._connection.getresponse().read())
        except (OSError, http.client.HTTPException, ValueError) as trouble:
            self._connection.close()
            raise SandboxAway(f"{self._address}: {trouble}") from trouble
        if not isinstance(answer, dict) or "error" in answer:
            raise SandboxAway(f"{self._address}: {answer}")
        return answer
