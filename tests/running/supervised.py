"""A supervisor over one small child, run as a program of its own: supervised.py PYTHON_CODE"""

import sys

from panel.embedded.processes import Program, StartFailed
from panel.embedded.supervisor import StopRequested, Supervisor
from panel.embedded.terminal import Terminal


def main() -> int:
    terminal = Terminal()
    supervisor = Supervisor(terminal)
    supervisor.start(Program(name="child", argv=(sys.executable, "-u", "-c", sys.argv[1])))
    try:
        supervisor.watch()
    except StopRequested:
        return 0
    except StartFailed as reason:
        terminal.say(str(reason))
        return 1
    finally:
        supervisor.stop()


if __name__ == "__main__":
    sys.exit(main())
