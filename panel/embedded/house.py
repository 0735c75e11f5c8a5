"""What belongs to a running panel, and in which order it starts."""

from __future__ import annotations

import json
import os
import socket
import sys
from pathlib import Path
from urllib.request import urlopen

from panel.embedded.ports import free_port, listen, port_of
from panel.embedded.postgres import Postgres
from panel.embedded.processes import Program, Server
from panel.embedded.secret_keys import kept_secrets, new_stripe_secrets
from panel.embedded.supervisor import Supervisor
from panel.embedded.terminal import Terminal
from panel.embedded.valkey import Valkey

DEFAULT_PORT = 8000
SANDBOX_PORT_DISTANCE = 900
STRIPE_PORT_DISTANCE = 950
START_SECONDS = 60
# What a command beside the running panel has to know as well.
TOLD = frozenset(
    {
        "DATABASE_URL",
        "DJANGO_SETTINGS_MODULE",
        "PANEL_DATA",
        "PANEL_ENV",
        "PANEL_FIELD_KEYS",
        "PANEL_SANDBOX_URL",
        "PANEL_URL",
        "REDIS_URL",
        "SECRET_KEY",
        "STRIPE_API_BASE",
        "STRIPE_DASHBOARD_URL",
        "STRIPE_SECRET_KEY",
        "STRIPE_WEBHOOK_SECRETS",
    }
)
EXPECTED_WARNINGS = (
    "You're running the worker with superuser privileges",
    "No directory at",  # Static files are found where they lie, not collected.
)


class House:
    """A panel with its servers and its sandbox provider, over one data folder."""

    def __init__(
        self, root: Path, data: Path, terminal: Terminal, supervisor: Supervisor, *, lock_fd: int
    ) -> None:
        self._root = root
        self._data = data
        self._terminal = terminal
        self._supervisor = supervisor
        self._lock_fd = lock_fd
        # Kept open for as long as the house stands: a restarted web finds its port where it was.
        self._listener = self._listen(int(os.environ.get("PANEL_PORT") or DEFAULT_PORT))
        self._port = port_of(self._listener)
        self._url = f"http://127.0.0.1:{self._port}"
        self._env = {
            **kept_secrets(data / "secrets.json"),
            "DJANGO_SETTINGS_MODULE": "panel.settings",
            "PANEL_ENV": "demo",
            "PANEL_URL": self._url,
            "PANEL_TRACK_SECONDS": "3",
            "PYTHONUNBUFFERED": "1",
            "PYTHONWARNINGS": ",".join(f"ignore:{words}" for words in EXPECTED_WARNINGS),
            **{key: value for key, value in os.environ.items() if value},
            "PANEL_DATA": str(data),
        }

    def open(self) -> None:
        """Start everything; return when a customer can sign in."""
        self._start_servers()
        if self._is_demo:
            self._start_sandbox()
            self._start_local_stripe()
        self._write_settings()
        self._start_web()
        self._manage("migrate", "--verbosity=0")
        if self._is_demo:
            # Before the workers: the demo's past is made with the clock moved.
            self._manage("load_demo")
        self._start_workers()
        self._supervisor.until(self._is_healthy, seconds=START_SECONDS, every=0.1)
        self._terminal.say(f"Panel ready: {self._url}/")
        self._introduce()

    @property
    def _is_demo(self) -> bool:
        return self._env.get("PANEL_DEMO", "yes") != "no"

    def _write_settings(self) -> None:
        """Keep what this panel runs with, for commands that are run beside it: bin/manage."""
        told = self._data / "settings.json"
        descriptor = os.open(told, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump({key: self._env[key] for key in sorted(self._env) if key in TOLD}, file, indent=1)

    def _listen(self, wanted: int) -> socket.socket:
        listener = listen(wanted)
        if port_of(listener) != wanted:
            self._terminal.say(f"Port {wanted} is busy; taking {port_of(listener)}.")
        return listener

    def _start_servers(self) -> None:
        servers: list[Server] = []
        if "REDIS_URL" not in self._env:
            servers.append(Valkey(self._data / "valkey", keep_fds=(self._lock_fd,)))
            self._env["REDIS_URL"] = servers[-1].url
        if "DATABASE_URL" not in self._env:
            postgres = Postgres(self._data, keep_fds=(self._lock_fd,))
            if not postgres.folder.is_relative_to(self._data):
                self._terminal.say(f"The database lies in {postgres.folder}, where PostgreSQL may reach it.")
            servers.append(postgres)
            self._env["DATABASE_URL"] = postgres.url
        for server in servers:
            self._supervisor.start(server.program)
        for server in servers:
            self._supervisor.until(server.answers, seconds=START_SECONDS)

    def _start_sandbox(self) -> None:
        if "PANEL_SANDBOX_URL" in self._env:
            return
        port = free_port(self._port + SANDBOX_PORT_DISTANCE)
        self._env["PANEL_SANDBOX_URL"] = f"http://127.0.0.1:{port}/api/v2"
        books = self._data / "sandbox.sqlite3"
        catalogue = self._env.get("PANEL_SANDBOX_CATALOGUE")
        self._start(
            "sandbox",
            ["sandbox", "--port", str(port), "--state", str(books)]
            + (["--catalogue", catalogue] if catalogue else []),
        )
        self._supervisor.until(lambda: _accepts(port), seconds=START_SECONDS)

    def _start_local_stripe(self) -> None:
        """Play a Stripe on this machine, unless a key of the real one is given."""
        if "STRIPE_SECRET_KEY" in self._env:
            return
        port = free_port(self._port + STRIPE_PORT_DISTANCE)
        url = f"http://127.0.0.1:{port}"
        shared = kept_secrets(self._data / "stripe-secrets.json", new_stripe_secrets)
        self._env |= shared | {"STRIPE_API_BASE": url, "STRIPE_DASHBOARD_URL": f"{url}/dashboard"}
        # Secrets come through the environment: anybody on this machine can read a command line.
        self._start(
            "stripe",
            [
                *("sandbox.stripe", "--port", str(port), "--state", str(self._data / "stripe.sqlite3")),
                *("--webhook-url", f"{self._url}/stripe/webhook"),
                *("--merchant", self._env.get("PANEL_NAME", "Fairpanel")),
                *("--currency", self._env.get("PANEL_CURRENCY", "USD")),
            ],
        )
        self._supervisor.until(lambda: _accepts(port), seconds=START_SECONDS)

    def _start_web(self) -> None:
        self._start(
            "web",
            [
                "gunicorn",
                "--config",
                "python:panel.embedded.web",
                "--bind",
                f"fd://{self._listener.fileno()}",
            ],
            self._listener.fileno(),
        )

    def _start_workers(self) -> None:
        celery = ["celery", "--quiet", "--app", "panel"]
        worker = ["worker", "--pool=threads", "--concurrency=16", "--without-gossip", "--without-mingle"]
        schedule = str(self._data / "beat-schedule")
        self._start("worker", [*celery, *worker, "--loglevel=warning"])
        self._start("beat", [*celery, "beat", f"--schedule={schedule}", "--pidfile=", "--loglevel=warning"])

    def _start(self, name: str, module: list[str], *keep_fds: int) -> None:
        self._supervisor.start(self._program(name, ["-m", *module], keep_fds))

    def _manage(self, command: str, *options: str) -> None:
        self._supervisor.run(self._program(command, ["manage.py", command, *options]))

    def _program(self, name: str, arguments: list[str], keep_fds: tuple[int, ...] = ()) -> Program:
        return Program(
            name=name,
            argv=(sys.executable, *arguments),
            env=self._env,
            cwd=self._root,
            keep_fds=(self._lock_fd, *keep_fds),
        )

    def _is_healthy(self) -> bool:
        try:
            with urlopen(f"{self._url}/healthz", timeout=1) as answer:  # noqa: S310 (our own address)
                return bool(answer.status == 200)
        except OSError:
            return False

    def _introduce(self) -> None:
        """Say who can sign in, and where mail lands."""
        demo_file = self._data / "demo.json"
        if demo_file.exists():
            demo = json.loads(demo_file.read_text())
            for name, address in (("customer", f"{self._url}/"), ("admin", f"{self._url}/admin/")):
                person = demo[name]
                self._terminal.say(f"  {name:9} {address}  {person['email']}  {person['password']}")
            self._terminal.say(f"  {'API v2':9} {demo['api_v2_url']}  key {demo['api_key']}")
            if demo.get("stripe_url"):
                self._terminal.say(f"  {'Stripe':9} {demo['stripe_url']}  played on this machine")
        self._terminal.say(f"  {'mail':9} {self._data / 'mail'}")


def _accepts(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False
