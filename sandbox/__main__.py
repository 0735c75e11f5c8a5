"""python -m sandbox --port 8900"""

import argparse
import signal
import sys
import tempfile
import threading
from decimal import Decimal
from pathlib import Path

from sandbox.books import Books
from sandbox.catalogue import load, own_catalogue
from sandbox.delivery import SPEEDS
from sandbox.provider import Provider
from sandbox.wire import SandboxServer


def main() -> None:
    wanted = _arguments()
    state = wanted.state or Path(tempfile.gettempdir()) / f"sandbox-provider-{wanted.port}.sqlite3"
    provider = Provider(
        Books(str(state), opening_balance=wanted.balance),
        load(wanted.catalogue) if wanted.catalogue else own_catalogue(),
        key=wanted.key,
        seed=wanted.seed,
        speed=wanted.speed,
    )
    try:
        server = SandboxServer((wanted.host, wanted.port), provider, control_token=wanted.control_token)
    except OSError as trouble:
        sys.exit(f"The sandbox provider cannot listen on {wanted.host}:{wanted.port}: {trouble.strerror}")
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: threading.Thread(target=server.stop, daemon=True).start())
    host, port = server.server_address[:2]
    sold = len(provider.catalogue)
    print(f"Sandbox provider ready: http://{host!s}:{port}/api/v2 ({sold} services, {state})", flush=True)
    server.serve_until_stopped()
    provider.books.close()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="sandbox", description="A provider of the trade, played on this machine."
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8900, help="0 takes any free one")
    parser.add_argument(
        "--state", type=Path, help="SQLite file with its books (default: in the temporary folder)"
    )
    parser.add_argument(
        "--catalogue", type=Path, help="a `services` answer of API v2 to sell instead of our own"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--speed", choices=SPEEDS, default="demo")
    parser.add_argument("--key", default="sandbox-demo-key")
    parser.add_argument("--control-token", default="sandbox-control")
    parser.add_argument("--balance", type=Decimal, default=Decimal("100000"), help="on an empty state file")
    return parser.parse_args()


if __name__ == "__main__":
    main()
