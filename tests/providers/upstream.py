"""A provider's end of the wire, on a raw socket, so that it can also do what no HTTP library would."""

import gzip
import json
import socket
import ssl
import struct
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Event, Thread
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl

Reply = Callable[[socket.socket], None]


@dataclass
class Request:
    head: str
    form: dict[str, str]


@dataclass
class Upstream:
    """Answers every call by `answer`; `requests` is what arrived."""

    answer: Callable[[Request], Reply]
    tls: ssl.SSLContext | None = None
    requests: list[Request] = field(default_factory=list)
    connections: int = 0

    def __enter__(self) -> Self:
        self._stopped = Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = Thread(target=self._serve, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        self._thread.join(5)
        self._listener.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/api/v2"

    def _serve(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            if self._stopped.is_set():
                connection.close()
                return
            self.connections += 1
            Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with suppress(OSError), connection:
            if self.tls:
                connection = self.tls.wrap_socket(connection, server_side=True)
            with connection:
                request = _read(connection)
                if request:
                    self.requests.append(request)
                    self.answer(request)(connection)


def always(reply: Reply) -> Callable[[Request], Reply]:
    return lambda request: reply


def said(
    body: bytes | str | object, status: str = "200 OK", headers: Iterable[str] = (), length: int | None = None
) -> Reply:
    """A well-formed answer; anything that is not bytes is sent as JSON."""
    payload = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [
        f"HTTP/1.1 {status}",
        "Content-Type: text/html",
        f"Content-Length: {len(payload) if length is None else length}",
        *headers,
    ]
    return sent("\r\n".join([*lines, "", ""]).encode() + payload)


def sent(raw: bytes) -> Reply:
    return lambda connection: connection.sendall(raw)


def packed(body: object) -> Reply:
    return said(gzip.compress(json.dumps(body).encode()), headers=["Content-Encoding: gzip"])


def dripped(raw: bytes, every: float) -> Reply:
    def drip(connection: socket.socket) -> None:
        for byte in raw:
            connection.sendall(bytes([byte]))
            time.sleep(every)

    return drip


def endless(piece: bytes) -> Reply:
    """A chunked answer that never stops."""

    def pour(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            connection.sendall(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")

    return pour


def silence(connection: socket.socket) -> None:
    time.sleep(3)


def hung_up(connection: socket.socket) -> None:
    """Close politely without a word."""


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _read(connection: socket.socket) -> Request | None:
    data = b""
    while b"\r\n\r\n" not in data:
        part = connection.recv(65536)
        if not part:
            return None
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    length = next(int(line.split(":")[1]) for line in lines if line.lower().startswith("content-length:"))
    while len(body) < length:
        body += connection.recv(65536)
    return Request(head.decode(), dict(parse_qsl(body.decode(), keep_blank_values=True)))
