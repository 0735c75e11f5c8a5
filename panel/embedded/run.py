"""python -m panel.embedded.run: everything a panel needs, as children of this one process.

Settings come from the environment, and what is already set there wins: DATABASE_URL, REDIS_URL and
PANEL_SANDBOX_URL each stand for a server that is then not started here. PANEL_DATA (default `var`) is the
folder of all that is kept, PANEL_PORT (default 8000) the port wanted.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from panel.embedded.folders import FolderInUse, lock_folder
from panel.embedded.house import House
from panel.embedded.processes import StartFailed
from panel.embedded.supervisor import StopRequested, Supervisor
from panel.embedded.terminal import Terminal

ROOT = Path(__file__).resolve().parents[2]


def main(root: Path = ROOT) -> int:
    begin = time.monotonic()
    terminal = Terminal()
    supervisor = Supervisor(terminal)
    data = Path(os.environ.get("PANEL_DATA") or root / "var").absolute()
    try:
        lock_fd = lock_folder(data)
    except FolderInUse as reason:
        terminal.say(str(reason))
        return 1
    code = 0
    try:
        house = House(root, data, terminal, supervisor, lock_fd=lock_fd)
        house.open()
        terminal.say(f"Started in {time.monotonic() - begin:.1f} s. Ctrl-C stops everything.")
        supervisor.watch()
    except StopRequested:
        terminal.say("Stopping ...")
    except StartFailed as reason:
        terminal.say(str(reason))
        code = 1
    finally:
        supervisor.stop()
    terminal.say("Stopped.")
    return code


if __name__ == "__main__":
    sys.exit(main())
