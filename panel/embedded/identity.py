"""PostgreSQL refuses to run as root or as a user without a name, so these give it another identity.

Where the kernel allows user namespaces PostgreSQL only believes to be nobody, and every file stays root's.
Elsewhere (containers, usually) it really runs as nobody, with its files where nobody may reach them.
Nothing that we did not make changes its mode or owner.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

_SHELF = Path("/var/lib/fairpanel")


@dataclass(frozen=True)
class Identity:
    """Who a program runs as: a prefix of its command line, or a user and group."""

    prefix: tuple[str, ...] = ()
    user: int | None = None
    group: int | None = None

    @property
    def is_somebody_else(self) -> bool:
        return self.user is not None

    def own(self, folder: Path) -> None:
        """Make a folder this identity's own."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.user is not None and self.group is not None:
            os.chown(folder, self.user, self.group)


def identity_for_postgres() -> Identity:
    """Return who PostgreSQL may run as: ourselves, or nobody.

    PANEL_ROOT_AS=nobody skips the user namespace.
    """
    is_root = os.geteuid() == 0
    if not is_root and _have_a_name():
        return Identity()
    nobody = pwd.getpwnam("nobody")
    unshare = shutil.which("unshare")
    if unshare and os.environ.get("PANEL_ROOT_AS") != "nobody":
        prefix = (unshare, "--user", f"--map-user={nobody.pw_uid}", f"--map-group={nobody.pw_gid}")
        if subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode == 0:
            return Identity(prefix=prefix)
    return Identity(user=nobody.pw_uid, group=nobody.pw_gid) if is_root else Identity()


def reachable(folder: Path) -> Path:
    """Return `folder`, or a stand-in for it when others than root cannot reach it."""
    if _open_to_others(folder.parent):
        return folder
    _SHELF.mkdir(mode=0o711, parents=True, exist_ok=True)
    return _SHELF / f"{folder.name}-{_mark(str(folder))}"


def reachable_copy(package: Path) -> Path:
    """Return a wheel's package folder, copied (with its libraries) when others than root cannot read it."""
    if _open_to_others(package):
        return package
    libraries = package.with_name(f"{package.name}.libs")
    copy = reachable(package.parent / f"wheel-{_mark(f'{package} {package.stat().st_mtime_ns}')}")
    if not copy.exists():
        unfinished = copy.with_name(f"{copy.name}.{os.getpid()}")
        shutil.copytree(package, unfinished / package.name, ignore=shutil.ignore_patterns("*.py*", "include"))
        if libraries.exists():
            shutil.copytree(libraries, unfinished / libraries.name)
        unfinished.chmod(0o755)
        try:
            unfinished.rename(copy)
        except OSError:  # Another run was first.
            shutil.rmtree(unfinished)
    return copy / package.name


def _have_a_name() -> bool:
    try:
        pwd.getpwuid(os.geteuid())
    except KeyError:
        return False
    return True


def _open_to_others(folder: Path) -> bool:
    return all(place.stat().st_mode & stat.S_IXOTH for place in (folder, *folder.parents))


def _mark(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]
