"""A panel of its own to torture, in a temporary folder, started as people start it."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from panel.demo.sandbox_door import SandboxDoor
from panel.embedded.folders import is_locked
from panel.embedded.ports import free_port
from panel.embedded.postgres import Postgres
from panel.embedded.processes import Program, StartFailed, spawn, stop
from panel.embedded.secret_keys import kept_secrets
from panel.embedded.valkey import Valkey

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 180
# Above the ports of panels that people run, and not the same for two runs at once.
PORTS = range(21_000, 29_000)


class Victim:
    """A running panel with its sandbox; use it in a `with` block."""

    def __init__(self, *, keep: bool) -> None:
        self.data = Path(tempfile.mkdtemp(prefix="panel-torture-"))
        # Run by root, PostgreSQL is somebody else and has to pass through.
        self.data.chmod(0o711)
        self._keep = keep
        # Nothing secret: only a port.
        port = free_port(random.choice(PORTS))  # noqa: S311
        kept = {
            key: value
            for key, value in os.environ.items()
            if key in {"PATH", "HOME", "LANG", "PANEL_ROOT_AS"}
        }
        self._env = {
            **kept,
            "PANEL_DATA": str(self.data),
            "PANEL_PORT": str(port),
            "PANEL_DEMO_ORDERS": "0",
            "PANEL_TRACK_SECONDS": "3",
            # It orders faster than any customer may.
            "PANEL_API_CALLS_PER_MINUTE": "1000000",
        }
        self.log = self.data / "run.log"
        self._program = Program(
            name="panel",
            argv=(sys.executable, "-m", "panel.embedded.run"),
            env=self._env,
            cwd=ROOT,
            log=self.log,
            orphan_signal=signal.SIGTERM,
        )

    def __enter__(self) -> Victim:
        self._process = spawn(self._program)
        deadline = time.monotonic() + START_SECONDS
        while b"Panel ready" not in self.log.read_bytes():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.__exit__()
                raise StartFailed(f"The panel did not start:\n{self._last_words}")
            time.sleep(0.1)
        self.demo: dict[str, Any] = json.loads((self.data / "demo.json").read_text())
        return self

    def __exit__(self, *_failure: object) -> None:
        self._last_words = self.log.read_text(errors="replace")[-3000:]
        stop(self._process, self._program, seconds=15)
        while is_locked(self.data):
            time.sleep(0.1)
        if not self._keep:
            shutil.rmtree(self.data, ignore_errors=True)

    @property
    def sandbox(self) -> SandboxDoor:
        """A door for a few instructions; the sandbox hangs up on callers that say nothing for long."""
        return SandboxDoor(self.demo["provider_url"], token="sandbox-control")  # noqa: S106

    def ask_books(self, step: str, *options: str) -> dict[str, Any]:
        """Run `manage.py torture` in this panel's own environment."""
        env = {
            **self._env,
            **kept_secrets(self.data / "secrets.json"),
            "DATABASE_URL": Postgres(self.data).url,
            "REDIS_URL": Valkey(self.data / "valkey").url,
            "PANEL_SANDBOX_URL": self.demo["provider_url"],
        }
        command = [sys.executable, "-W", "ignore", "manage.py", "torture", step, *options]
        answer = subprocess.run(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, check=True)  # noqa: S603
        said: dict[str, Any] = json.loads(answer.stdout)
        return said

    def received_by_sandbox(self) -> int:
        """Return how many orders have reached the sandbox, from its file: asking would disturb it."""
        with sqlite3.connect(f"file:{self.data / 'sandbox.sqlite3'}?mode=ro", uri=True) as books:
            count: int = books.execute("SELECT count(*) FROM adds").fetchone()[0]
        books.close()
        return count

    def pid_of(self, word: str) -> int | None:
        """Return the panel's own child whose command has this word, when it runs."""
        for status in Path("/proc").glob("[0-9]*/stat"):
            try:
                parent = int(status.read_text().rpartition(")")[2].split()[1])
                words = (status.parent / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if parent == self._process.pid and word.encode() in words:
                return int(status.parent.name)
        return None

    def kill(self, pid: int) -> None:
        """End one of the panel's children as the kernel or a power cut would."""
        os.kill(pid, signal.SIGKILL)
