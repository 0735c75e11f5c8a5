"""pytest plugin (-p tests.services): one throwaway PostgreSQL and Valkey for each test run.

It is loaded before Django's settings. With xdist only the controller starts servers; the workers inherit
the addresses, and each worker has three Redis databases of its own, the first named by REDIS_DB.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from panel.embedded import processes
from panel.embedded.folders import is_locked, lock_folder
from panel.embedded.postgres import Postgres
from panel.embedded.processes import Server
from panel.embedded.secret_keys import new_secrets
from panel.embedded.valkey import Valkey

_PREFIX = "panel-test-"
_NEWBORN_SECONDS = 60


class Run:
    """A server under the hand of a test: `stop` it and `start` it again; `url` stays the same."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.url = server.url
        self.start()

    def start(self) -> None:
        self._program = self.server.program
        self._process = processes.start(self.server)

    def stop(self) -> None:
        processes.stop(self._process, self._program, seconds=10)

    def kill(self) -> None:
        processes.kill(self._process)


def _sweep() -> None:
    """Remove what killed test runs have left behind."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        try:
            age = time.time() - folder.stat().st_mtime
            mine = folder.stat().st_uid == os.geteuid()
        except FileNotFoundError:
            continue
        if mine and age > _NEWBORN_SECONDS and not is_locked(folder):
            shutil.rmtree(folder, ignore_errors=True)


def new_folder() -> Path:
    """Make a folder for servers, with a short path; it goes when this process ends."""
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    # Others may pass through: run by root, PostgreSQL may have to be somebody else. Its own folder is closed.
    folder.chmod(0o711)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _start_servers() -> None:
    _sweep()
    folder = new_folder()
    lock = (lock_folder(folder),)
    for name, server in (
        ("DATABASE_URL", Postgres(folder, durable=False, keep_fds=lock)),
        ("REDIS_URL", Valkey(folder / "valkey", durable=False, keep_fds=lock)),
    ):
        run = Run(server)
        atexit.register(run.stop)
        os.environ[name] = run.url


def _prepare_environment() -> None:
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker is None:
        os.environ.update(new_secrets(), PANEL_ENV="test", PANEL_DATA=str(new_folder()))
        _start_servers()
    os.environ["REDIS_DB"] = str(3 * int((worker or "gw0").removeprefix("gw")))
    # Playwright keeps an event loop in the main thread, where Django would then refuse the database.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


_prepare_environment()


@pytest.fixture
def own_valkey() -> Iterator[Run]:
    """A Valkey for one test alone, which may stop and start it; the shared one would disturb other tests."""
    run = Run(Valkey(new_folder() / "valkey"))
    yield run
    run.stop()


@pytest.fixture
def own_postgres() -> Iterator[Run]:
    """A PostgreSQL for one test alone, which may stop and start it."""
    run = Run(Postgres(new_folder()))
    yield run
    run.stop()
