"""A data folder belongs to one run at a time, and its sockets live where a socket may live."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import stat
import tempfile
import time
from pathlib import Path

# The kernel allows 107 bytes. Anything but these characters would have to be escaped in addresses.
_SOCKET_PATH = re.compile(r"[A-Za-z0-9._/-]{1,100}")


class FolderInUse(Exception):
    """Another run still uses this data folder."""


def lock_folder(folder: Path, *, patience: float = 10) -> int:
    """Take the folder for this process and return the lock's file descriptor.

    Children keep the descriptor open, so the folder is free only when the last of them is gone. When the
    run that took it is dead, its children are just stopping: wait up to `patience` seconds for them.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    fd = os.open(folder / "run.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    deadline = time.monotonic() + patience
    while not _try_lock(fd):
        owner = os.pread(fd, 20, 0).decode().strip()
        if _alive(owner) or time.monotonic() > deadline:
            os.close(fd)
            raise FolderInUse(f"Already running: process {owner or '?'} uses the data folder {folder}.")
        time.sleep(0.05)
    os.ftruncate(fd, 0)
    os.pwrite(fd, f"{os.getpid()}\n".encode(), 0)
    return fd


def is_locked(folder: Path) -> bool:
    """Whether some process still holds the folder's lock."""
    try:
        fd = os.open(folder / "run.lock", os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        return not _try_lock(fd)
    finally:
        os.close(fd)


def _try_lock(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _alive(pid: str) -> bool:
    if not pid.isdecimal():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def socket_folder(folder: Path, socket_name: str, *, owner: int | None = None) -> Path:
    """Return a private folder whose path, with the socket's name, is short and plain enough.

    Usually `folder` itself; for a long or unusual path, one in the temporary folder, which must be ours or
    the `owner`'s and closed to others: whoever owns the folder could put another server behind the socket.
    """
    if not _SOCKET_PATH.fullmatch(str(folder / socket_name)):
        mark = hashlib.sha256(str(folder).encode()).hexdigest()[:12]
        folder = Path(tempfile.gettempdir()) / f"fairpanel-{os.geteuid()}-{mark}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.lstat()
    private = stat.S_ISDIR(found.st_mode) and not found.st_mode & 0o077
    if not private or found.st_uid not in (os.geteuid(), owner):
        raise PermissionError(f"{folder} is not private: remove it, or choose another data folder.")
    return folder
