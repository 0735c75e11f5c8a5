import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SAY_PID_AND_STAY = "import os, time; print(os.getpid()); time.sleep(60)"
Supervised = subprocess.Popen[str]


@pytest.fixture
def supervise() -> Iterator[Callable[[str], Supervised]]:
    started: list[Supervised] = []

    def start(code: str) -> Supervised:
        command = [sys.executable, "-m", "tests.running.supervised", code]
        started.append(subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


def read_pid(supervised: Supervised) -> int:
    """Read lines until the child says its process number."""
    assert supervised.stdout
    for line in supervised.stdout:
        word = line.removeprefix("child     |").strip()
        if word.isdecimal():
            return int(word)
    raise AssertionError("The supervisor ended before its child spoke.")


def is_gone(pid: int, *, within: float = 3) -> bool:
    deadline = time.monotonic() + within
    while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    return not Path(f"/proc/{pid}").exists()


def test_a_killed_child_is_started_again_however_often(supervise):
    supervised = supervise(SAY_PID_AND_STAY)

    pids = []
    for _ in range(8):
        pids.append(read_pid(supervised))
        os.kill(pids[-1], signal.SIGKILL)

    assert len(set(pids)) == 8
    assert read_pid(supervised) not in pids


def test_a_child_that_stops_by_itself_is_started_again(supervise, tmp_path):
    once = tmp_path / "once"
    supervised = supervise(
        f"import os, pathlib, time; first = pathlib.Path({str(once)!r}); seen = first.exists(); first.touch();"
        "print(os.getpid()) if seen else exit(3); time.sleep(60)"
    )

    assert read_pid(supervised)


def test_a_child_that_keeps_stopping_ends_everything_and_says_so(supervise):
    supervised = supervise("print('no such setting'); exit(7)")

    output, _ = supervised.communicate(timeout=30)

    assert supervised.returncode == 1
    assert output.count("child     | no such setting") == 5
    assert "child keeps stopping (exit 7)." in output


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_stop_signal_stops_everything_and_is_a_success(supervise, number):
    supervised = supervise(SAY_PID_AND_STAY)
    child = read_pid(supervised)

    supervised.send_signal(number)

    assert supervised.wait(5) == 0
    assert is_gone(child)


def test_a_child_that_will_not_stop_is_ended_within_five_seconds(supervise):
    supervised = supervise(
        f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SAY_PID_AND_STAY}"
    )
    child = read_pid(supervised)

    supervised.send_signal(signal.SIGINT)

    assert supervised.wait(5) == 0
    assert is_gone(child)


def test_kill_9_of_the_supervisor_leaves_no_child_behind(supervise):
    supervised = supervise(SAY_PID_AND_STAY)
    child = read_pid(supervised)

    supervised.kill()

    assert is_gone(child)


def test_what_a_child_started_goes_with_it(supervise):
    supervised = supervise(
        f"import subprocess, sys; subprocess.Popen([sys.executable, '-u', '-c', {SAY_PID_AND_STAY!r}]); input"
        "; import time; time.sleep(60)"
    )
    grandchild = read_pid(supervised)

    supervised.send_signal(signal.SIGINT)

    assert supervised.wait(5) == 0
    assert is_gone(grandchild)
