"""HTTP: API v2 on both spellings of its path, the control door for this machine only, and broken answers."""

import json
import socket
import struct
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from email.message import Message
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from socketserver import TCPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from sandbox.control import Control, ControlRefused
from sandbox.faults import Fault
from sandbox.page import front_page
from sandbox.provider import Provider, Reply

LONGEST_REQUEST = 1_000_000
PIECE = b"0" * 65_536
GATEWAY_PAGE = (
    b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
)
JSON = "application/json"
HTML = "text/html; charset=utf-8"


class SandboxServer(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], provider: Provider, *, control_token: str) -> None:
        self.provider = provider
        self.control = Control(provider, refuse_connections=self.refuse_connections)
        self.control_token = control_token
        self.stopping = threading.Event()
        self._away_until = 0.0
        super().__init__(address, Handler)

    def serve_until_stopped(self) -> None:
        """Serve; while connections have to be refused, the listening socket is really closed."""
        while not self.stopping.is_set():
            self.serve_forever(poll_interval=0.05)
            if not self.stopping.is_set():
                self._stay_away()
        self.server_close()

    def stop(self) -> None:
        self.stopping.set()
        self.shutdown()

    def refuse_connections(self, seconds: float) -> None:
        self._away_until = time.monotonic() + seconds
        threading.Thread(target=self.shutdown, daemon=True).start()

    def _stay_away(self) -> None:
        self.socket.close()
        self.stopping.wait(max(0.0, self._away_until - time.monotonic()))
        self.socket = socket.socket(self.address_family, self.socket_type)
        self.server_bind()
        self.server_activate()

    def server_bind(self) -> None:
        """Bind without asking the network for this machine's name."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]  # type: ignore[assignment]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that hangs up is everyday life here."""


class Handler(BaseHTTPRequestHandler):
    server: SandboxServer
    protocol_version = "HTTP/1.1"
    server_version = "sandbox"
    timeout = 120
    disable_nagle_algorithm = True

    def handle(self) -> None:
        if not _is_control(self.connection) and self.server.provider.faults.take_unread():
            self._reset()
            return
        super().handle()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the books tell what happened."""

    def do_GET(self) -> None:
        self._route(self._query())

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not length.isdigit() or int(length) > LONGEST_REQUEST:
            self.close_connection = True
            self._send(413, b"say the length, at most 1 MB", "text/plain")
            return
        body = self.rfile.read(int(length))
        path = urlsplit(self.path).path
        if path == "/control":
            self._answer_control(lambda: self.server.control.obey(_json_object(body)))
        else:
            self._route(self._query() | _fields(self.headers, body))

    def _route(self, asked: dict[str, str]) -> None:
        path = urlsplit(self.path).path
        if path in ("/api/v2", "/api/v2/"):
            self._answer(self.server.provider.answer(asked))
        elif path == "/control/books" and self.command == "GET":
            self._answer_control(lambda: self.server.control.books(link=asked.get("link", "")))
        elif path == "/control/faults" and self.command == "GET":
            self._answer_control(self.server.control.faults)
        elif path == "/" and self.command == "GET":
            self._send(200, front_page(self.server.provider).encode(), HTML)
        else:
            self._send(404, b'{"error": "Not found"}', JSON)

    def _query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))

    def _answer_control(self, work: Callable[[], dict[str, Any]]) -> None:
        is_ours = ip_address(self.client_address[0]).is_loopback
        if not is_ours or self.headers.get("X-Sandbox-Control") != self.server.control_token:
            self._send(403, b'{"error": "control is for this machine, with its token"}', JSON)
            return
        try:
            self._send(200, _json(work()), JSON)
        except (ControlRefused, ValueError, TypeError, KeyError) as refusal:
            self._send(400, _json({"error": str(refusal) or "that is not an instruction"}), JSON)

    # Answers of API v2

    def _answer(self, reply: Reply) -> None:
        body = _json(reply.body)
        spoil = SPOILERS.get(reply.fault.name) if reply.fault else None
        if spoil is None or reply.fault is None:
            status = int(reply.fault.detail("http_status", 200)) if reply.fault else 200
            self._send(status, body, JSON)
        else:
            self.close_connection = True
            spoil(self, reply.fault, body)

    def _send(self, status: int, body: bytes, kind: str, **headers: str) -> None:
        self._head(status, kind, length=len(body), **headers)
        self.wfile.write(body)

    def _head(self, status: int, kind: str, *, length: int, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(length))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()

    def _wait(self, seconds: float) -> None:
        self.server.stopping.wait(seconds)

    # Spoiled answers, one method for each fault on the wire

    def _lose(self, fault: Fault, body: bytes) -> None:
        self.connection.shutdown(socket.SHUT_RDWR)

    def _reset(self, fault: Fault | None = None, body: bytes = b"") -> None:
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def _hang(self, fault: Fault, body: bytes) -> None:
        self._wait(float(fault.detail("seconds", 60)))

    def _slow(self, fault: Fault, body: bytes) -> None:
        self._wait(float(fault.detail("seconds", 5)))
        self._send(200, body, JSON)

    def _drip(self, fault: Fault, body: bytes) -> None:
        self._head(200, JSON, length=len(body))
        for byte in body:
            if self.server.stopping.is_set():
                return
            self.wfile.write(bytes([byte]))
            self._wait(float(fault.detail("seconds", 1)))

    def _http_error(self, fault: Fault, body: bytes) -> None:
        self._send(int(fault.detail("status", 502)), GATEWAY_PAGE, HTML)

    def _html(self, fault: Fault, body: bytes) -> None:
        self._send(200, b"<!doctype html><title>Just a moment...</title><p>Checking your browser", HTML)

    def _empty(self, fault: Fault, body: bytes) -> None:
        self._send(200, b"", JSON)

    def _truncated(self, fault: Fault, body: bytes) -> None:
        self._head(200, JSON, length=len(body))
        self.wfile.write(body[: len(body) // 2])

    def _redirect(self, fault: Fault, body: bytes) -> None:
        self._send(301, b"", HTML, Location=str(fault.detail("location", "/api/v2/")))

    def _huge(self, fault: Fault, body: bytes) -> None:
        size = int(fault.detail("bytes", 10_000_000))
        self._head(200, JSON, length=sum(map(len, _padded(body, size))))
        for piece in _padded(body, size):
            self.wfile.write(piece)

    def _gzip_bomb(self, fault: Fault, body: bytes) -> None:
        packer = zlib.compressobj(9, zlib.DEFLATED, 31)
        size = int(fault.detail("bytes", 100_000_000))
        packed = b"".join([*map(packer.compress, _padded(body, size)), packer.flush()])
        self._send(200, packed, JSON, Content_Encoding="gzip")

    def _not_json(self, fault: Fault, body: bytes) -> None:
        self._send(200, str(fault.detail("text", "ok")).encode(), "text/plain")


SPOILERS: dict[str, Callable[[Handler, Fault, bytes], None]] = {
    "lose_answer": Handler._lose,
    "reset_answer": Handler._reset,
    "hang": Handler._hang,
    "slow": Handler._slow,
    "drip": Handler._drip,
    "http_error": Handler._http_error,
    "html": Handler._html,
    "empty": Handler._empty,
    "truncated": Handler._truncated,
    "redirect": Handler._redirect,
    "huge": Handler._huge,
    "gzip_bomb": Handler._gzip_bomb,
    "not_json": Handler._not_json,
}


def _padded(body: bytes, size: int) -> Iterator[bytes]:
    """The same JSON object, made longer by a field of zeros."""
    yield body[:-1] + b', "padding": "'
    for _ in range(size // len(PIECE) + 1):
        yield PIECE
    yield b'"}'


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _json_object(body: bytes) -> dict[str, Any]:
    value = json.loads(body)
    if not isinstance(value, dict):
        raise ControlRefused("an instruction is a JSON object")
    return value


def _fields(headers: Message, body: bytes) -> dict[str, str]:
    """What a caller sent, as a form, as JSON or in parts. The trade's clients use all three."""
    kind = headers.get_content_type()
    if kind == JSON:
        try:
            sent = json.loads(body)
        except ValueError:
            return {}
        return {name: _text(value) for name, value in sent.items()} if isinstance(sent, dict) else {}
    if kind == "multipart/form-data":
        head = f"Content-Type: {headers['Content-Type']}\r\n\r\n".encode()
        parts = BytesParser().parsebytes(head + body).walk()
        return {
            str(part.get_param("name", header="content-disposition")): _payload(part)
            for part in parts
            if not part.is_multipart()
        }
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


def _text(value: object) -> str:
    if isinstance(value, list):
        return ",".join(str(item) for item in value)
    return "" if value is None else str(value)


def _payload(part: Message) -> str:
    content = part.get_payload(decode=True)
    return content.decode("utf-8", "replace") if isinstance(content, bytes) else ""


def _is_control(connection: socket.socket) -> bool:
    """Look at the first bytes without taking them: the control door stays open when all else is broken."""
    try:
        connection.settimeout(5)
        return b" /control" in connection.recv(32, socket.MSG_PEEK)
    except OSError:
        return False
