"""Ports of this machine: the wanted one, or the next that is free."""

from __future__ import annotations

import errno
import socket

_TRIES = 100


def listen(wanted: int) -> socket.socket:
    """Listen on 127.0.0.1 at the wanted port or the next free one above it.

    The panel's port is listened on by the supervisor, so that nobody can take it while the web is restarted.
    """
    for port in range(wanted, min(wanted + _TRIES, 65536)):
        try:
            return socket.create_server(("127.0.0.1", port), backlog=256)
        except OSError as problem:
            if problem.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise
    raise OSError(f"No free port from {wanted} on.")


def free_port(wanted: int) -> int:
    """Return the wanted port or the next free one above it, for a program that listens by itself."""
    with listen(wanted) as listener:
        return port_of(listener)


def port_of(listener: socket.socket) -> int:
    port: int = listener.getsockname()[1]
    return port
