"""One supervised program: its process, its output line by line, and its past lives."""

from __future__ import annotations

import os
import selectors
import subprocess
import time

from panel.embedded.processes import Program, kill, spawn
from panel.embedded.terminal import Terminal


class Child:
    """A program that is started now, and perhaps again later."""

    def __init__(
        self, program: Program, *, terminal: Terminal, selector: selectors.BaseSelector, restarts: bool
    ) -> None:
        self.program = program
        self.restarts = restarts
        self.restart_at: float | None = None
        self.short_lives = 0
        self._terminal = terminal
        self._selector = selector
        self.start()

    def start(self) -> None:
        self._process = spawn(self.program, output=subprocess.PIPE)
        self.started_at = time.monotonic()
        self.restart_at = None
        self._unfinished = b""
        self._output = self._process.stdout
        if self._output:
            os.set_blocking(self._output.fileno(), False)
            self._selector.register(self._output, selectors.EVENT_READ, self)

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative when a signal ended it."""
        return self._process.poll()

    @property
    def running(self) -> bool:
        return self.exit_code is None

    def read(self) -> None:
        """Pass on the output that has come; close the pipe at its end."""
        while self._output:
            try:
                chunk = os.read(self._output.fileno(), 65536)
            except BlockingIOError:
                return
            *lines, self._unfinished = (self._unfinished + chunk).split(b"\n")
            for line in lines:
                self._terminal.quote(self.program.name, line)
            if not chunk:
                self._close_output()

    def bury(self) -> None:
        """Pass on the last words of a dead process, and end what it has left behind."""
        kill(self._process)
        self.read()
        self._close_output()

    def ask_to_stop(self) -> None:
        if self.running:
            self._process.send_signal(self.program.stop_signal)

    def _close_output(self) -> None:
        if self._output:
            self._terminal.quote(self.program.name, self._unfinished)
            self._selector.unregister(self._output)
            self._output.close()
            self._output = None
