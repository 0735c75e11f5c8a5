"""Keeps programs running in one loop: passes on their output, restarts the dead, stops them all.

A program that was killed is started again at once, however often. One that keeps ending by itself soon after
its start is broken: after the fifth time everything is stopped.
"""

from __future__ import annotations

import os
import selectors
import signal
import time
from collections.abc import Callable
from types import FrameType

from panel.embedded.children import Child
from panel.embedded.processes import Program, StartFailed, last_words
from panel.embedded.terminal import Terminal

RESTART_SECONDS = 0.2
SHORT_LIFE_SECONDS = 10
SHORT_LIVES = 5
# Together below five seconds. What does not stop in time is killed, which loses nothing.
STOP_SECONDS = 2.8
STOP_LAST_SECONDS = 1.8

_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_KILLED = (-signal.SIGKILL, -signal.SIGTERM, -signal.SIGINT)


class StopRequested(Exception):
    """Somebody pressed Ctrl-C or sent a stop signal."""


class Supervisor:
    """Looks after the programs it has started.

    Use it from the main thread: it takes over the stop signals, and its children die with that thread.
    """

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._children: list[Child] = []
        self._stop_requests = 0
        self._selector = selectors.DefaultSelector()
        # Signals write into this pipe, so that they wake the loop.
        self._ear, mouth = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._selector.register(self._ear, selectors.EVENT_READ)
        signal.set_wakeup_fd(mouth, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, _do_nothing)
        for number in _STOP_SIGNALS:
            signal.signal(number, self._note_stop_request)

    def start(self, program: Program) -> Child:
        """Start a program that is to run until everything is stopped."""
        return self._add(program, restarts=True)

    def run(self, program: Program) -> None:
        """Run a program that ends by itself, looking after the others; raise StartFailed when it fails."""
        child = self._add(program, restarts=False)
        self.until(lambda: not child.running)
        self._children.remove(child)
        child.bury()
        if child.exit_code:
            raise StartFailed(f"{program.name} failed (exit {child.exit_code}).")

    def until(self, condition: Callable[[], bool], *, seconds: float = 600, every: float = 0.05) -> None:
        """Look after the programs until the condition holds.

        Raises StartFailed after `seconds` or when a program is broken, StopRequested when asked to stop.
        """
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                raise StartFailed(f"Not everything answered within {seconds:.0f} seconds.")
            self._turn(every)

    def watch(self) -> None:
        """Look after the programs until StopRequested, or StartFailed when one of them is broken."""
        while True:
            self._turn(60)

    def stop(self) -> None:
        """Stop everything in less than five seconds; a further stop request makes it immediate."""
        requests = self._stop_requests
        for last, seconds in ((False, STOP_SECONDS), (True, STOP_LAST_SECONDS)):
            group = [child for child in self._children if child.program.stops_last == last]
            for child in group:
                child.ask_to_stop()
            deadline = time.monotonic() + seconds
            while any(child.running for child in group):
                if time.monotonic() > deadline or self._stop_requests > requests:
                    break
                self._listen(0.1)
            for child in group:
                child.bury()
        self._children.clear()

    def _add(self, program: Program, *, restarts: bool) -> Child:
        child = Child(program, terminal=self._terminal, selector=self._selector, restarts=restarts)
        self._children.append(child)
        return child

    def _turn(self, seconds: float) -> None:
        now = time.monotonic()
        self._listen(
            min([seconds, *(child.restart_at - now for child in self._children if child.restart_at)])
        )
        if self._stop_requests:
            raise StopRequested
        for child in self._children:
            if child.restarts and not child.running:
                self._look_after(child)

    def _look_after(self, dead: Child) -> None:
        now = time.monotonic()
        if dead.restart_at is None:
            dead.bury()
            dead.restart_at = now + self._pause_before_restart(dead, lived=now - dead.started_at)
        elif now >= dead.restart_at:
            dead.start()

    def _pause_before_restart(self, dead: Child, *, lived: float) -> float:
        """Say what happened and return the seconds to wait; raise StartFailed for a broken program."""
        name, code = dead.program.name, dead.exit_code
        if code in _KILLED:
            self._terminal.say(f"{name} was killed; starting it again.")
            return RESTART_SECONDS
        dead.short_lives = dead.short_lives + 1 if lived < SHORT_LIFE_SECONDS else 1
        if dead.short_lives >= SHORT_LIVES:
            raise StartFailed(f"{name} keeps stopping (exit {code}).\n{last_words(dead.program)}".strip())
        self._terminal.say(f"{name} stopped by itself (exit {code}); starting it again.")
        return float(RESTART_SECONDS * 2**dead.short_lives)

    def _listen(self, seconds: float) -> None:
        """Wait for output or a signal, and pass the output on."""
        for key, _ in self._selector.select(max(0.0, seconds)):
            if isinstance(key.data, Child):
                key.data.read()
            else:
                os.read(self._ear, 4096)

    def _note_stop_request(self, _number: int, _frame: FrameType | None) -> None:
        self._stop_requests += 1


def _do_nothing(_number: int, _frame: FrameType | None) -> None:
    """A handler of our own, because a signal nobody handles does not wake the loop."""
