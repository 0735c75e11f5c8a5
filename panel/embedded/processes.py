"""Child processes that never outlive the process which started them."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


class StartFailed(Exception):
    """A program stopped, or did not answer, while it was being started."""


@dataclass(frozen=True, kw_only=True)
class Program:
    """One program, how it is asked to stop, and what the kernel sends it when its supervisor dies."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] | None = None
    cwd: Path | None = None
    log: Path | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    orphan_signal: signal.Signals = signal.SIGKILL
    stops_last: bool = False
    user: int | None = None
    group: int | None = None
    keep_fds: tuple[int, ...] = ()


class Server(Protocol):
    """A program that can say whether it answers."""

    @property
    def program(self) -> Program: ...

    @property
    def url(self) -> str: ...

    def answers(self) -> bool: ...


def spawn(program: Program, *, output: int | None = None) -> subprocess.Popen[bytes]:
    """Start a program in a session of its own, so that Ctrl-C reaches its supervisor only.

    Call it from the main thread: the kernel counts the end of the calling thread as the parent's death.
    Output goes to the program's log when it has one, else to `output`, else where ours goes.
    """
    log = program.log.open("ab") if program.log else None
    try:
        return subprocess.Popen(
            program.argv,
            cwd=program.cwd,
            env=program.env,
            stdin=subprocess.DEVNULL,
            stdout=log or output,
            stderr=subprocess.STDOUT if log or output is not None else None,
            start_new_session=True,
            pass_fds=program.keep_fds,
            user=program.user,
            group=program.group,
            extra_groups=None if program.user is None else [],
            preexec_fn=partial(die_with_parent, os.getpid(), program.orphan_signal),  # noqa: PLW1509
        )
    finally:
        if log:
            log.close()


def die_with_parent(parent: int, orphan_signal: signal.Signals) -> None:
    """Have the kernel send this process a signal when its parent ends, even by kill -9 (Linux only)."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, int(orphan_signal))
        if os.getppid() != parent:  # The parent was gone before we had asked.
            os._exit(1)


def run_to_end(program: Program) -> None:
    """Run a program that ends by itself; raise StartFailed with its output when it fails."""
    with tempfile.TemporaryFile() as output:
        code = spawn(program, output=output.fileno()).wait()
        if code:
            output.seek(0)
            text = output.read().decode(errors="replace")
            raise StartFailed(f"{program.name} failed (exit {code}):\n{text}")


def start(server: Server, *, seconds: float = 60) -> subprocess.Popen[bytes]:
    """Start a server and wait until it answers."""
    process = spawn(server.program)
    deadline = time.monotonic() + seconds
    while not server.answers():
        if process.poll() is not None or time.monotonic() > deadline:
            stop(process, server.program, seconds=1)
            raise StartFailed(f"{server.program.name} did not start.\n{last_words(server.program)}")
        time.sleep(0.01)
    return process


def stop(process: subprocess.Popen[bytes], program: Program, *, seconds: float) -> None:
    """Ask a process to stop, then end it with everything it started."""
    if process.poll() is None:
        process.send_signal(program.stop_signal)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    """End a process and its whole session group at once."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def last_words(program: Program) -> str:
    """Return the end of a program's log."""
    if program.log is None or not program.log.exists():
        return ""
    return program.log.read_text(errors="replace")[-2000:].strip()
