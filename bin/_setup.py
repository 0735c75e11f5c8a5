"""Makes the virtual environment at first use. Standard library only, like everything in bin/."""

import fcntl
import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent
VENV = Path(os.environ.get("PANEL_VENV") or ROOT / ".venv").absolute()
PYTHON = VENV / "bin" / "python"
OLDEST_PYTHON = (3, 11)


def enter(lock: str, *arguments: str) -> NoReturn:
    """Become the virtual environment's Python, with what `requirements/<lock>` names installed."""
    require(lock)
    if data := os.environ.get("PANEL_DATA"):
        os.environ["PANEL_DATA"] = os.path.abspath(data)
    os.chdir(ROOT)
    os.execv(PYTHON, [str(PYTHON), *arguments])


def require(lock: str) -> None:
    """Create the virtual environment and install what `requirements/<lock>` names, unless that was done."""
    if sys.version_info < OLDEST_PYTHON:
        wanted, found = (".".join(map(str, version[:2])) for version in (OLDEST_PYTHON, sys.version_info))
        raise SystemExit(f"Python {wanted} or newer is needed; {sys.executable} is Python {found}.")
    VENV.mkdir(parents=True, exist_ok=True)
    with open(VENV / ".setup.lock", "w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)  # Two commands may be started at the same time.
        requirements = ROOT / "requirements" / lock
        state = hashlib.sha256(requirements.read_bytes() + sys.version.encode()).hexdigest()
        stamp = VENV / f".{lock}.stamp"
        if not stamp.exists() or stamp.read_text() != state:
            _install(requirements)
            stamp.write_text(state)


def _install(requirements: Path) -> None:
    begin = time.monotonic()
    print(f"Setting up {VENV} (only at first use) ...", file=sys.stderr, flush=True)
    pip = [*_pip(), "install", "--quiet", "--disable-pip-version-check", "--no-input", "--require-hashes"]
    # Also as a constraint: pips before 23.3 take the newest of what another package wants with an extra.
    chosen = ["--requirement", str(requirements), "--constraint", str(requirements)]
    if subprocess.run([*pip, *chosen], check=False).returncode:
        raise SystemExit("The requirements could not be installed; see above.")
    print(f"Set up in {time.monotonic() - begin:.0f} s.", file=sys.stderr, flush=True)


def _pip() -> list[str]:
    """Return the command of a pip that installs into the virtual environment, which is created if need be."""
    # Debian without python3-venv has no ensurepip; its own pip can install from outside.
    if not (
        _works(PYTHON, "-c", "")
        or _works(sys.executable, "-m", "venv", str(VENV))
        or _works(sys.executable, "-m", "venv", "--without-pip", str(VENV))
    ):
        raise SystemExit(_NOTHING_TO_INSTALL_WITH)
    if _works(PYTHON, "-m", "pip", "--version"):
        return [str(PYTHON), "-m", "pip"]
    outside = [sys.executable, "-m", "pip", "--python", str(PYTHON)]
    if _works(*outside, "--version"):
        return outside
    raise SystemExit(_NOTHING_TO_INSTALL_WITH)


def _works(*command: object) -> bool:
    try:
        run = subprocess.run([str(word) for word in command], capture_output=True, check=False)
    except OSError:
        return False
    return run.returncode == 0


_NOTHING_TO_INSTALL_WITH = """\
This Python can neither make a virtual environment nor install into one.
On Debian and Ubuntu:  apt-get install python3-venv"""
