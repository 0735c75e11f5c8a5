"""python -m sandbox.stripe --port 8950"""

import argparse
import os
import signal
import sys
import tempfile
import threading
from pathlib import Path

from sandbox.stripe.office import Office
from sandbox.stripe.store import Store
from sandbox.stripe.wire import StripeServer


def main() -> None:
    wanted = _arguments()
    state = wanted.state or Path(tempfile.gettempdir()) / f"local-stripe-{wanted.port}.sqlite3"
    office = Office(
        Store(str(state), seed=wanted.seed or wanted.key),
        key=wanted.key,
        merchant=wanted.merchant,
        currency=wanted.currency.lower(),
        url=wanted.url.rstrip("/"),
        webhook_url=wanted.webhook_url,
        webhook_secrets=tuple(filter(None, wanted.webhook_secret.split(","))),
    )
    try:
        server = StripeServer((wanted.host, wanted.port), office, control_token=wanted.control_token)
    except OSError as trouble:
        sys.exit(f"The local Stripe cannot listen on {wanted.host}:{wanted.port}: {trouble.strerror}")
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: threading.Thread(target=server.stop, daemon=True).start())
    print(f"Local Stripe ready: {office.url}/dashboard ({state})", flush=True)
    server.serve_until_stopped()
    office.store.close()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="sandbox.stripe", description="A Stripe, played on this machine.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8950, help="0 takes any free one")
    parser.add_argument(
        "--state", type=Path, help="SQLite file with its books (default: in the temporary folder)"
    )
    parser.add_argument(
        "--key",
        default=os.environ.get("STRIPE_SECRET_KEY", "sk_test_local_demo_key"),
        help="the secret key it answers to (default: STRIPE_SECRET_KEY)",
    )
    parser.add_argument("--webhook-url", default="", help="where events are posted; empty for nowhere")
    parser.add_argument(
        "--webhook-secret",
        default=os.environ.get("STRIPE_WEBHOOK_SECRETS", "whsec_local_demo"),
        help="signs webhooks; a comma list (default: STRIPE_WEBHOOK_SECRETS)",
    )
    parser.add_argument("--seed", default="", help="of its names and fingerprints (default: the key)")
    parser.add_argument("--merchant", default="Fairpanel", help="the name on the pay page")
    parser.add_argument("--currency", default="usd", help="the account's own currency")
    parser.add_argument("--url", default="", help="how browsers reach it, when not at host and port")
    parser.add_argument("--control-token", default="sandbox-control")
    return parser.parse_args()


if __name__ == "__main__":
    main()
