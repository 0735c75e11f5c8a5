"""bin/bench [--orders 200000] [--times 40] [--catalogue FILE]: a panel is filled, measured and thrown away."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

from panel.embedded.ports import free_port
from panel.embedded.postgres import Postgres
from panel.embedded.processes import Program, StartFailed
from panel.embedded.secret_keys import new_secrets
from panel.embedded.supervisor import StopRequested, Supervisor
from panel.embedded.terminal import Terminal

ROOT = Path(__file__).resolve().parents[2]
SANDBOX_PORT = 29_900


def main() -> int:
    wanted = _arguments()
    terminal = Terminal()
    supervisor = Supervisor(terminal)
    data = Path(tempfile.mkdtemp(prefix="panel-bench-"))
    # Run by root, PostgreSQL is somebody else and has to pass through.
    data.chmod(0o711)
    begin = time.monotonic()
    try:
        _measure(wanted, data, supervisor)
    except StopRequested:
        return 1
    except StartFailed as reason:
        terminal.say(str(reason))
        return 1
    finally:
        supervisor.stop()
        shutil.rmtree(data, ignore_errors=True)
    terminal.say(f"Measured in {time.monotonic() - begin:.0f} s.")
    return 0


def _measure(wanted: argparse.Namespace, data: Path, supervisor: Supervisor) -> None:
    """Start a durable PostgreSQL as a running panel has it, and the sandbox for its catalogue; measure."""
    postgres = Postgres(data)
    port = free_port(SANDBOX_PORT)
    kept = {
        key: value for key, value in os.environ.items() if key in {"PATH", "HOME", "LANG", "PANEL_ROOT_AS"}
    }
    env = {
        **kept,
        **new_secrets(),
        "PANEL_DATA": str(data),
        "PANEL_DEMO_ORDERS": "0",
        "PANEL_SANDBOX_URL": f"http://127.0.0.1:{port}/api/v2",
        "DATABASE_URL": postgres.url,
        # Pages and orders go on without the broker; it has no part in these figures.
        "REDIS_URL": f"unix://{data}/no-valkey.sock",
        "PYTHONWARNINGS": "ignore",
    }

    def program(name: str, *arguments: str) -> Program:
        return Program(name=name, argv=(sys.executable, *arguments), env=env, cwd=ROOT)

    supervisor.start(postgres.program)
    catalogue = ("--catalogue", wanted.catalogue) if wanted.catalogue else ()
    state = str(data / "sandbox.sqlite3")
    supervisor.start(program("sandbox", "-m", "sandbox", "--port", str(port), "--state", state, *catalogue))
    supervisor.until(postgres.answers, seconds=60)
    supervisor.run(program("migrate", "manage.py", "migrate", "--verbosity=0"))
    supervisor.run(program("load_demo", "manage.py", "load_demo"))
    sizes = ("--orders", str(wanted.orders), "--times", str(wanted.times))
    supervisor.run(program("bench", "manage.py", "bench", *sizes))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bin/bench", description="Figures of a panel with many orders.")
    parser.add_argument("--orders", type=int, default=200_000)
    parser.add_argument("--times", type=int, default=40, help="how often each page is asked for")
    parser.add_argument(
        "--catalogue", help="a file with a services answer of API v2, instead of the sandbox's own"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
