import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from panel.embedded.folders import FolderInUse, is_locked, lock_folder, socket_folder

ROOT = Path(__file__).resolve().parents[2]
LOCK_AND_STAY = """
import sys, time
from pathlib import Path
from panel.embedded.folders import lock_folder
lock_folder(Path(sys.argv[1]))
print("locked", flush=True)
time.sleep(60)
"""


def test_a_second_run_on_the_same_data_is_refused_and_told_who_is_first(tmp_path):
    first = subprocess.Popen(
        [sys.executable, "-c", LOCK_AND_STAY, tmp_path], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert first.stdout
    first.stdout.readline()

    with pytest.raises(FolderInUse, match=rf"process {first.pid} uses the data folder {tmp_path}"):
        lock_folder(tmp_path)

    first.send_signal(signal.SIGKILL)
    first.communicate()
    assert not is_locked(tmp_path)
    os.close(lock_folder(tmp_path))


def test_a_folder_is_free_only_when_the_last_child_of_a_dead_run_is_gone(tmp_path):
    lock = lock_folder(tmp_path)
    child = subprocess.Popen(["sleep", "60"], pass_fds=[lock])
    os.close(lock)
    (tmp_path / "run.lock").write_text("999999999\n")

    with pytest.raises(FolderInUse):
        lock_folder(tmp_path, patience=0.2)

    child.kill()
    child.wait()
    os.close(lock_folder(tmp_path))


def test_a_new_data_folder_is_closed_to_others(tmp_path):
    os.close(lock_folder(tmp_path / "var"))

    assert (tmp_path / "var").stat().st_mode & 0o777 == 0o700


def test_a_socket_lives_in_its_data_folder_when_the_path_is_plain(tmp_path):
    assert socket_folder(tmp_path / "s", "x.sock") == tmp_path / "s"


@pytest.fixture
def temporary(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A temporary folder with a short path, which pytest's own has not."""
    with tempfile.TemporaryDirectory() as folder:
        monkeypatch.setattr(tempfile, "tempdir", folder)
        yield Path(folder)


@pytest.mark.parametrize("name", ["long" * 30, "with space", "50%", "wörk"])
def test_a_socket_under_a_long_or_unusual_path_moves_to_a_short_private_folder(tmp_path, temporary, name):
    folder = socket_folder(tmp_path / name, "x.sock")

    assert folder.parent == temporary
    assert folder.stat().st_mode & 0o777 == 0o700
    assert folder != socket_folder(tmp_path / f"{name} too", "x.sock")


def test_a_stand_in_folder_that_others_can_enter_is_refused(tmp_path, temporary):
    folder = socket_folder(tmp_path / "with space", "x.sock")
    folder.chmod(0o755)

    with pytest.raises(PermissionError, match=str(folder)):
        socket_folder(tmp_path / "with space", "x.sock")
