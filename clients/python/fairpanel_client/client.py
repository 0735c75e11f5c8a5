"""The calls of the API as methods. Lists go on by themselves, page after page."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import uuid4

from fairpanel_client.shapes import Balance, Order, Refill, Service, Transaction, Verdict
from fairpanel_client.transport import Transport

PAGE = 100


class Client:
    def __init__(
        self,
        url: str,
        key: str,
        *,
        timeout: int = 30,
        attempts: int = 5,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._transport = Transport(url, key, timeout=timeout, attempts=attempts, sleep=sleep)

    def services(self, **filters: str | int) -> Iterator[Service]:
        """Filters: platform, metric, category, guarantee, search."""
        return map(Service.read, self._all("/services/", filters))

    def service(self, number: int) -> Service:
        return Service.read(self._transport.call("GET", f"/services/{number}/"))

    def place_order(
        self,
        *,
        service: int,
        link: str,
        quantity: int | None = None,
        comments: Sequence[str] | None = None,
        runs: int | None = None,
        interval_minutes: int | None = None,
        max_charge: Decimal | None = None,
        terms_version: int | None = None,
        repeat_key: str = "",
    ) -> Order:
        """Buy once, however often this is tried with the same `repeat_key`. Raises Problem or Unreachable."""
        asked = {
            "service": service,
            "link": link,
            "quantity": quantity,
            "comments": list(comments) if comments else None,
            "runs": runs,
            "interval_minutes": interval_minutes,
            "max_charge": max_charge,
            "terms_version": terms_version,
        }
        body = {name: value for name, value in asked.items() if value is not None}
        return Order.read(
            self._transport.call("POST", "/orders/", body=body, repeat_key=repeat_key or uuid4().hex)
        )

    def place_orders(self, lines: Sequence[Mapping[str, Any]], *, repeat_key: str = "") -> list[Verdict]:
        """Place up to 1,000 lines, each by itself; returns what became of each."""
        body = {"lines": [dict(line) for line in lines]}
        told = self._transport.call("POST", "/orders/bulk/", body=body, repeat_key=repeat_key or uuid4().hex)
        return [Verdict.read(verdict) for verdict in told["verdicts"]]

    def orders(self, **filters: str | int) -> Iterator[Order]:
        """Newest first. Filters: state, service, drip_feed, placed_from, placed_before, ids."""
        return map(Order.read, self._all("/orders/", filters))

    def order(self, number: int) -> Order:
        return Order.read(self._transport.call("GET", f"/orders/{number}/"))

    def events(self, number: int) -> list[dict[str, Any]]:
        told: list[dict[str, Any]] = self._transport.call("GET", f"/orders/{number}/events/")["items"]
        return told

    def cancel_order(self, number: int, *, repeat_key: str = "") -> Order:
        path = f"/orders/{number}/cancellation/"
        return Order.read(self._transport.call("POST", path, body={}, repeat_key=repeat_key or uuid4().hex))

    def ask_for_refill(self, order: int, *, repeat_key: str = "") -> Refill:
        body = {"order": order}
        return Refill.read(
            self._transport.call("POST", "/refills/", body=body, repeat_key=repeat_key or uuid4().hex)
        )

    def refills(self, **filters: str | int) -> Iterator[Refill]:
        """Newest first. Filters: state, order, ids."""
        return map(Refill.read, self._all("/refills/", filters))

    def refill(self, number: int) -> Refill:
        return Refill.read(self._transport.call("GET", f"/refills/{number}/"))

    def balance(self) -> Balance:
        return Balance.read(self._transport.call("GET", "/balance/"))

    def transactions(self, **filters: str) -> Iterator[Transaction]:
        """Newest first. Filters: kind, first_day, last_day."""
        return map(Transaction.read, self._all("/transactions/", filters))

    def _all(self, path: str, filters: Mapping[str, str | int]) -> Iterator[dict[str, Any]]:
        query = {name: str(value) for name, value in filters.items()} | {"limit": str(PAGE)}
        while True:
            page = self._transport.call("GET", path, query=query)
            yield from page["items"]
            if page["next_cursor"] is None:
                return
            query["cursor"] = page["next_cursor"]
