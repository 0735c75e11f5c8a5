"""A reseller's receiver: a real HTTP server that can be down, slow or out of its mind, and that remembers."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any


@dataclass
class Receiver:
    port: int = 0
    # The status it answers, or "hang" and "drop"; a callable may decide by the body.
    answer: Any = 204
    calls: list[dict[str, Any]] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hooks"

    def taken(self) -> list[tuple[str, int]]:
        """What it answered with success, in that order: whom it was about and the step."""
        return [(call["body"]["data"]["of"], call["body"]["data"]["step"]) for call in self.successes()]

    def successes(self) -> list[dict[str, Any]]:
        return [call for call in self.calls if call["answer"] in range(200, 300)]


@contextmanager
def receiver(answer: Any = 204) -> Iterator[Receiver]:
    mine = Receiver(answer=answer)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            body = json.loads(raw)
            with mine.lock:
                said = mine.answer(body) if callable(mine.answer) else mine.answer
                call = {"body": body, "raw": raw, "headers": dict(self.headers), "answer": said}
                mine.calls.append(call)
            if said == "drop":
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            if said == "hang":
                time.sleep(3)
                return
            self.send_response(said)
            if said in {301, 302, 307}:
                self.send_header("Location", f"http://127.0.0.1:{mine.port}/elsewhere")
            self.end_headers()
            if said == 200:
                self.wfile.write(b"thanks " * 100_000)

        def log_message(self, *_words: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_what: object) -> None:
            pass

    server = Server(("127.0.0.1", 0), Handler)
    mine.port = server.server_address[1]
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield mine
    finally:
        server.shutdown()
        server.server_close()


def closed_port() -> int:
    """A port of this machine on which nobody listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
