"""A reseller's program: it orders through API v2, each order with a link of its own, and remembers every answer."""

from __future__ import annotations

import http.client
import json
import threading
import time
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode, urlsplit

TRIES = 60
CENT = Decimal("0.01")


class Buyer:
    def __init__(self, api_url: str, key: str) -> None:
        self._address = urlsplit(api_url)
        self._key = key
        self._lock = threading.Lock()
        self.ordered: dict[str, int] = {}
        self.refused: dict[str, str] = {}

    def order(self, link: str, *, service: str, quantity: int) -> None:
        """Order once, however often it takes to get an answer: the key makes repeating it safe."""
        said = self.ask("add", service=service, link=link, quantity=quantity, idempotency_key=link)
        with self._lock:
            if "order" in said:
                self.ordered[link] = said["order"]
            else:
                self.refused[link] = str(said.get("error"))

    @property
    def balance(self) -> Decimal:
        return Decimal(self.ask("balance")["balance"])

    def cheap_service(self) -> tuple[str, int, Decimal]:
        """Return service, quantity and charge of an order for a profile; ten of them cost whole cents."""
        offers = []
        for offer in self.ask("services"):
            rate = Decimal(str(offer["rate"]))
            for quantity in (100, 200, 500, 1000):
                charge = rate * quantity / 1000
                fits = int(offer["min"]) <= quantity <= int(offer["max"]) and not charge * 10 % CENT
                if fits and offer["type"] == "Default" and "Instagram Followers" in offer["name"]:
                    offers.append((charge, str(offer["service"]), quantity))
        charge, service, quantity = min(offers)
        return service, quantity, charge

    def ask(self, action: str, **fields: object) -> Any:
        form = urlencode({"key": self._key, "action": action, **fields})
        for attempt in range(TRIES):
            try:
                return self._exchange(form)
            except (OSError, http.client.HTTPException, ValueError):
                # The web is being restarted.
                if attempt == TRIES - 1:
                    raise
                time.sleep(0.5)
        raise AssertionError

    def _exchange(self, form: str) -> Any:
        connection = http.client.HTTPConnection(self._address.netloc, timeout=60)
        try:
            connection.request(
                "POST", self._address.path, form, {"Content-Type": "application/x-www-form-urlencoded"}
            )
            answer = connection.getresponse()
            body = answer.read()
            if answer.status != 200:
                raise ValueError(f"HTTP {answer.status}")
            return json.loads(body)
        finally:
            connection.close()
