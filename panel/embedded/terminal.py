"""What a person sees: calm lines, each with the name of who says it, coloured on a terminal."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TextIO

_COLOURS = ("36", "32", "33", "35", "34", "96", "92", "93")
_NAME_WIDTH = 10


class Terminal:
    """Prints lines; when nobody reads them any more, goes on without printing."""

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out or sys.stdout
        self._coloured = self._out.isatty() and "NO_COLOR" not in os.environ
        self._names: list[str] = []

    def say(self, text: str) -> None:
        """Print our own words."""
        with contextlib.suppress(OSError, ValueError):
            print(text, file=self._out, flush=True)

    def quote(self, name: str, line: bytes) -> None:
        """Print a line of a child's output."""
        text = line.decode(errors="replace").rstrip()
        if text:
            self.say(f"{self._label(name)} {text}")

    def _label(self, name: str) -> str:
        label = f"{name:{_NAME_WIDTH}}|"
        if not self._coloured:
            return label
        if name not in self._names:
            self._names.append(name)
        colour = _COLOURS[self._names.index(name) % len(_COLOURS)]
        return f"\033[{colour}m{label}\033[0m"
