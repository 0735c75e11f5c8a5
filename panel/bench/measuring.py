"""Takes the time of pages and orders from inside the server: what remains is the network and the browser."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import count
from statistics import quantiles

from django.db import connection
from django.test import Client

from accounts.models import User
from catalog.models import Service
from orders.asking import OrderRequest
from orders.models import Channel
from orders.placing import place_order

WARM_UP = 3
_orders = count(1)


@dataclass(frozen=True)
class Timing:
    """Server time of one page, in milliseconds."""

    p50: Decimal
    p95: Decimal
    queries: int


class Reader:
    """Somebody at a browser, signed in or not."""

    def __init__(self, customer: User | None) -> None:
        self._client = Client(SERVER_NAME="127.0.0.1")
        if customer:
            self._client.force_login(customer)

    def time_page(self, address: str, *, times: int) -> Timing:
        """Ask for a page again and again. Raises AssertionError unless it is there."""
        seconds = []
        for _time in range(times + WARM_UP):
            begin = time.perf_counter()
            answer = self._client.get(address)
            seconds.append(time.perf_counter() - begin)
            assert answer.status_code == 200, f"{address}: {answer.status_code}"
        p50, p95 = percentiles(seconds[WARM_UP:])
        return Timing(p50, p95, self._queries(address))

    def _queries(self, address: str) -> int:
        asked: list[object] = []

        def note(execute: Callable[..., object], *call: object) -> object:
            asked.append(call)
            return execute(*call)

        with connection.execute_wrapper(note):
            self._client.get(address)
        return len(asked)


def percentiles(seconds: Sequence[float]) -> tuple[Decimal, Decimal]:
    """Return the 50th and the 95th, in milliseconds with one decimal."""
    cuts = quantiles(seconds, n=20, method="inclusive")
    return milliseconds(cuts[9]), milliseconds(cuts[18])


def milliseconds(seconds: float) -> Decimal:
    return Decimal(seconds * 1000).quantize(Decimal("0.1"))


def orders_per_second(
    customer: User, service: Service, *, orders: int, threads: int, clock: Callable[[], datetime]
) -> Decimal:
    """Place orders on different links, from several threads at once, all paid from one balance."""

    def place(number: int) -> None:
        place_order(
            customer=customer,
            request=OrderRequest(
                service_id=service.pk,
                link=f"https://www.instagram.com/placed_{number}",
                request_id=f"placed-{number}",
                channel=Channel.API,
                quantity=service.min_quantity,
            ),
            now=clock(),
        )

    numbers = [next(_orders) for _order in range(orders)]
    begin = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(place, numbers))
        seconds = time.perf_counter() - begin
        # Each thread has a connection of its own.
        list(pool.map(lambda _thread: connection.close(), range(4 * threads)))
    return Decimal(orders / seconds).quantize(Decimal(1))
