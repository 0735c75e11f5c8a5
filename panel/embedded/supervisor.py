"""Keeps a list of programs running in one loop: passes on their output, restarts the dead, stops them all.

A program that was killed is started again at once, however often. One that keeps ending by itself soon after
its start is broken: after the fifth time everything is stopped.
"""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import FrameType

from panel.embedded.processes import Program, StartFailed, kill, last_words, spawn
from panel.embedded.terminal import Terminal

RESTART_SECONDS = 0.2
SHORT_LIFE_SECONDS = 10
SHORT_LIVES = 5
STOP_SECONDS = 3.0
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_KILLED = (-signal.SIGKILL, -signal.SIGTERM, -signal.SIGINT)


class StopRequested(Exception):
    """Somebody pressed Ctrl-C or sent a stop signal."""


@dataclass
class _Child:
    program: Program
    restarts: bool
    process: subprocess.Popen[bytes]
    started_at: float = field(default_factory=time.monotonic)
    short_lives: int = 0
    restart_at: float | None = None
    unfinished_line: bytes = b""

    @property
    def running(self) -> bool:
        return self.process.poll() is None


class Supervisor:
    """Starts programs in the order given and stops them in groups, the last started first.

    Use it from the main thread: it takes over the stop signals, and its children die with that thread.
    """

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._children: list[_Child] = []
        self._selector = selectors.DefaultSelector()
        self._stop_signals = 0
        self._ears, self._alarm = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._selector.register(self._ears, selectors.EVENT_READ)
        signal.set_wakeup_fd(self._alarm, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # Only to wake the loop.
        for number in _STOP_SIGNALS:
            signal.signal(number, self._note_stop)

    def start(self, program: Program) -> None:
        """Start a program that is to run until everything is stopped."""
        self._children.append(_Child(program, restarts=True, process=self._spawn(program)))

    def run(self, program: Program) -> None:
        """Run a program that ends by itself, while watching over the others; raise StartFailed when it fails."""
        child = _Child(program, restarts=False, process=self._spawn(program))
        self._children.append(child)
        self.until(lambda: not child.running)
        self._children.remove(child)
        self._read_rest(child)
        if child.process.returncode:
            raise StartFailed(f"{program.name} failed (exit {child.process.returncode}).")

    def until(self, condition: Callable[[], bool], *, seconds: float | None = None, every: float = 0.05) -> None:
        """Watch over the programs until the condition holds; raise StartFailed when that takes too long."""
        deadline = None if seconds is None else time.monotonic() + seconds
        while not condition():
            if deadline is not None and time.monotonic() > deadline:
                raise StartFailed(f"Not everything answered within {seconds:.0f} seconds.")
            self._turn(every)

    def watch(self) -> None:
        """Watch over the programs until StopRequested, or StartFailed when one of them is broken."""
        self.until(lambda: False, every=5)

    def stop(self) -> None:
        """Stop everything: what was started on top first, the servers under it last."""
        for on_top in (True, False):
            group = [child for child in self._children if (child.program.log is None) == on_top]
            self._stop_group(group)
        self._children.clear()

    def _turn(self, seconds: float) -> None:
        self._listen(seconds)
        if self._stop_signals:
            raise StopRequested
        for child in self._children:
            self._look_after(child)

    def _look_after(self, child: _Child) -> None:
        now = time.monotonic()
        if child.running or not child.restarts:
            return
        if child.restart_at is None:
            self._read_rest(child)
            child.restart_at = now + self._pause_before_restart(child, lived=now - child.started_at)
        if now >= child.restart_at:
            child.process = self._spawn(child.program)
            child.started_at = time.monotonic()
            child.restart_at = None

    def _pause_before_restart(self, child: _Child, *, lived: float) -> float:
        """Say what happened and return the seconds to wait; raise StartFailed for a broken program."""
        name, code = child.program.name, child.process.returncode
        if code in _KILLED:
            self._terminal.say(f"{name} was killed; starting it again.")
            return RESTART_SECONDS
        child.short_lives = child.short_lives + 1 if lived < SHORT_LIFE_SECONDS else 1
        if child.short_lives >= SHORT_LIVES:
            raise StartFailed(f"{name} keeps stopping (exit {code}).\n{last_words(child.program)}")
        self._terminal.say(f"{name} stopped by itself (exit {code}); starting it again.")
        return float(RESTART_SECONDS * 2**child.short_lives)

    def _spawn(self, program: Program) -> subprocess.Popen[bytes]:
        process = spawn(program, output=subprocess.PIPE)
        return process

    def _listen(self, seconds: float) -> None:
        """Wait for output, a signal or the next restart, and pass the output on."""
        waits = [child.restart_at - time.monotonic() for child in self._children if child.restart_at]
        for child in self._children:
            self._register(child)
        for key, _ in self._selector.select(max(0.0, min([seconds, *waits]))):
            if key.data is None:
                os.read(self._ears, 4096)
            else:
                self._read(key.data)

    def _register(self, child: _Child) -> None:
        pipe = child.process.stdout
        if pipe and not pipe.closed and pipe.fileno() not in self._selector.get_map():
            os.set_blocking(pipe.fileno(), False)
            self._selector.register(pipe, selectors.EVENT_READ, child)

    def _note_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stop_signals += 1
