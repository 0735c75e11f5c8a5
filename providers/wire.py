"""One body, posted once, to a checked address, in one deadline: no redirect, no retry, no kept connection.

What matters about a failure is whether a byte of the body may have left the machine; every failure says so.
"""

import socket
import ssl
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from queue import Empty, SimpleQueue
from threading import Thread
from urllib.parse import urlencode

import httpcore

from providers.addresses import (
    AddressRefused,
    Endpoint,
    IPAddress,
    Resolver,
    checked_addresses,
    endpoint_of,
    system_resolver,
)

CHUNK = 64 * 1024
HEADERS: dict[str | bytes, str | bytes] = {
    "Accept": "application/json",
    # An answer that is not packed cannot grow while it is unpacked.
    "Accept-Encoding": "identity",
    "Connection": "close",
    "User-Agent": "Fairpanel",
}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds for a whole call and for connecting, and bytes of an answer and of a list of services."""

    call_seconds: int = 45
    connect_seconds: int = 10
    answer_bytes: int = 64 * 1024
    services_bytes: int = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Letter:
    """What is posted, and how much of the answer is wanted: more is a failure, or with `cut` is left unread."""

    body: bytes
    headers: Mapping[str, str]
    max_bytes: int
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes


class NoAnswer(Exception):
    """The call failed. `may_have_left` is false only where it is proven that no byte of the body left."""

    def __init__(self, why: str, *, may_have_left: bool, timed_out: bool = False) -> None:
        super().__init__(why)
        self.why = why
        self.may_have_left = may_have_left
        self.timed_out = timed_out


@dataclass(frozen=True, slots=True)
class Route:
    """How to reach one machine: the address, and what a test puts in place of the world."""

    url: str
    allow_private: bool = False
    limits: Limits = Limits()
    resolve: Resolver = system_resolver
    tls: ssl.SSLContext | None = None


def post(route: Route, form: Mapping[str, str], *, max_bytes: int) -> Answer:
    """Post the form and return the whole answer, whatever its status. Raises NoAnswer."""
    return deliver(route, Letter(urlencode(form).encode(), FORM, max_bytes))


def deliver(route: Route, letter: Letter) -> Answer:
    """Post the letter and return the answer, whatever its status. Raises NoAnswer."""
    deadline = Deadline(route.limits.call_seconds)
    try:
        endpoint = endpoint_of(route.url, allow_private=route.allow_private)
        addresses = _addresses(route, endpoint, deadline)
    except AddressRefused as refused:
        raise NoAnswer(refused.messages[0], may_have_left=False) from refused
    except TimeoutError as error:
        raise NoAnswer("the name was not resolved in time", may_have_left=False, timed_out=True) from error
    except (OSError, ValueError) as error:
        raise NoAnswer(f"the name was not resolved: {error}", may_have_left=False) from error
    dialer = PinnedDialer(addresses, deadline, route.limits.connect_seconds)
    try:
        return _exchange(route, endpoint, letter, dialer)
    except (TimeoutError, httpcore.TimeoutException) as error:
        why = "no complete answer in time" if dialer.may_have_left else "no connection in time"
        raise NoAnswer(why, may_have_left=dialer.may_have_left, timed_out=True) from error
    except (OSError, httpcore.NetworkError, httpcore.ProtocolError) as error:
        why = str(error) or type(error).__name__
        raise NoAnswer(why, may_have_left=dialer.may_have_left) from error


def _exchange(route: Route, endpoint: Endpoint, letter: Letter, dialer: "PinnedDialer") -> Answer:
    url = httpcore.URL(
        scheme="https" if endpoint.is_secure else "http",
        host=endpoint.host,
        port=endpoint.port,
        target=endpoint.target,
    )
    pool = httpcore.ConnectionPool(
        ssl_context=route.tls or _tls(), network_backend=dialer, max_connections=1, retries=0
    )
    headers = HEADERS | {"Host": endpoint.authority} | dict(letter.headers)
    with pool, pool.stream("POST", url, headers=headers, content=letter.body) as response:
        return Answer(response.status, _read(response, letter))


def _read(response: httpcore.Response, letter: Letter) -> bytes:
    for name, value in response.headers:
        if name.lower() == b"content-encoding" and value.lower() not in {b"", b"identity"} and not letter.cut:
            raise NoAnswer("the answer is packed", may_have_left=True)
    answer = bytearray()
    for part in response.iter_stream():
        answer += part
        if len(answer) > letter.max_bytes:
            if letter.cut:
                return bytes(answer[: letter.max_bytes])
            raise NoAnswer(f"the answer is longer than {letter.max_bytes} bytes", may_have_left=True)
    return bytes(answer)


def _addresses(route: Route, endpoint: Endpoint, deadline: "Deadline") -> tuple[IPAddress, ...]:
    """Resolve in a thread of its own, because the system's resolver cannot be told how long it may take."""
    found: SimpleQueue[tuple[IPAddress, ...] | Exception] = SimpleQueue()

    def look_up() -> None:
        try:
            found.put(checked_addresses(endpoint, allow_private=route.allow_private, resolve=route.resolve))
        except Exception as error:
            found.put(error)

    Thread(target=look_up, daemon=True, name="resolve").start()
    try:
        result = found.get(timeout=min(deadline.left(), route.limits.connect_seconds))
    except Empty as error:
        raise TimeoutError from error
    if isinstance(result, Exception):
        raise result
    return result


@cache
def _tls() -> ssl.SSLContext:
    return httpcore.default_ssl_context()


class Deadline:
    """The end of a whole call. A limit per read would let a provider that drips bytes hold us for ever."""

    def __init__(self, seconds: int) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds left. Raises TimeoutError when there are none."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


class PinnedDialer(httpcore.NetworkBackend):
    """Connects to the checked addresses only, whatever name it is asked for; TLS still proves the name."""

    def __init__(self, addresses: tuple[IPAddress, ...], deadline: Deadline, connect_seconds: int) -> None:
        self.may_have_left = False
        self.deadline = deadline
        self._addresses = addresses
        self._connect_seconds = connect_seconds

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        until = Deadline(self._connect_seconds)
        for tried, address in enumerate(self._addresses):
            patience = min(self.deadline.left(), until.left()) / (len(self._addresses) - tried)
            try:
                return DeadlineStream(socket.create_connection((str(address), port), patience), self)
            except OSError as error:
                failure = error
        raise failure


class DeadlineStream(httpcore.NetworkStream):
    """A connection on which every wait is cut to what is left of the call."""

    def __init__(self, connection: socket.socket, dialer: PinnedDialer) -> None:
        self._socket = connection
        self._dialer = dialer

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self._socket.settimeout(self._dialer.deadline.left())
        return self._socket.recv(min(max_bytes, CHUNK))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        rest = memoryview(buffer)
        while rest:
            self._socket.settimeout(self._dialer.deadline.left())
            self._dialer.may_have_left = True
            rest = rest[self._socket.send(rest) :]

    def close(self) -> None:
        self._socket.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        self._socket.settimeout(self._dialer.deadline.left())
        try:
            secured = ssl_context.wrap_socket(self._socket, server_hostname=server_hostname)
        except BaseException:
            self.close()
            raise
        return DeadlineStream(secured, self._dialer)

    def get_extra_info(self, info: str) -> object:
        return None
