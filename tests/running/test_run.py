"""`bin/run`, with real servers and a small stand-in for each of the panel's own programs."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

from panel.embedded.ports import free_port
from tests.running.test_supervisor import is_gone
from tests.services import new_folder

ROOT = Path(__file__).resolve().parents[2]
LISTENING = """
import socket, sys, time
listener = socket.create_server(("127.0.0.1", int(sys.argv[sys.argv.index("--port") + 1])))
time.sleep(600)
"""
STAND_INS = {
    "manage.py": """
import json, os, pathlib, sys
data = pathlib.Path(os.environ["PANEL_DATA"])
(data / f"{sys.argv[1]}.json").write_text(json.dumps(dict(os.environ)))
""",
    "gunicorn.py": """
import http.server, os, socket, sys
listener = socket.socket(fileno=int(sys.argv[-1].removeprefix("fd://")))
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(str(os.getpid()).encode())
    def log_message(self, *_):
        pass
server = http.server.HTTPServer(listener.getsockname(), Page, bind_and_activate=False)
server.socket = listener
server.serve_forever()
""",
    "sandbox/__main__.py": LISTENING,
    "sandbox/stripe/__main__.py": LISTENING,
    "celery.py": "import time; time.sleep(600)",
}
Panel = subprocess.Popen[str]


@pytest.fixture
def data() -> Path:
    return new_folder()


@pytest.fixture
def run(data: Path, tmp_path: Path) -> Iterator[Callable[..., Panel]]:
    """Start a panel whose programs lie in `tmp_path`, and stop it after the test."""
    for name, text in STAND_INS.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    kept = {key: value for key, value in os.environ.items() if key in {"PATH", "HOME", "PANEL_ROOT_AS"}}
    started: list[Panel] = []

    def start(**environment: str) -> Panel:
        code = f"from pathlib import Path; from panel.embedded.run import main; exit(main(Path({str(tmp_path)!r})))"
        env = {**kept, "PANEL_DATA": str(data), "PANEL_PORT": "21000", **environment}
        started.append(
            subprocess.Popen(
                [sys.executable, "-c", code],
                cwd=ROOT,
                env=env,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
        )
        return started[-1]

    yield start
    for panel in started:
        panel.terminate()
        panel.communicate(timeout=10)


def ready_url(panel: Panel) -> str:
    said = []
    assert panel.stdout
    for line in panel.stdout:
        said.append(line)
        if line.startswith("Panel ready: "):
            return line.removeprefix("Panel ready: ").strip()
    raise AssertionError("".join(said))


def children_of(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_a_panel_says_where_it_is_ready_and_stops_on_ctrl_c(run):
    panel = run()
    url = ready_url(panel)
    children = children_of(panel.pid)

    assert urlopen(f"{url}healthz").status == 200
    assert len(children) == 7

    panel.send_signal(signal.SIGINT)
    assert panel.wait(5) == 0
    assert all(is_gone(child) for child in children)


def test_programs_are_told_everything_they_need_and_what_is_set_already_wins(run, data):
    panel = run(PANEL_TRACK_SECONDS="9", PANEL_FIELD_KEYS="mine")
    url = ready_url(panel)

    told = json.loads((data / "load_demo.json").read_text())
    secrets = json.loads((data / "secrets.json").read_text())
    assert told["PANEL_URL"] == url.rstrip("/")
    assert told["DATABASE_URL"].startswith("postgresql://panel@/panel?host=/")
    assert told["REDIS_URL"].startswith("unix:///")
    assert told["SECRET_KEY"] == secrets["SECRET_KEY"]
    assert told["PANEL_ENV"] == "demo"
    assert told["PANEL_SANDBOX_URL"].endswith("/api/v2")
    assert told["STRIPE_DASHBOARD_URL"] == f"{told['STRIPE_API_BASE']}/dashboard"
    shared = json.loads((data / "stripe-secrets.json").read_text())
    assert {name: told[name] for name in ("STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRETS")} == shared
    assert told["PANEL_DATA"] == str(data)
    assert (told["PANEL_TRACK_SECONDS"], told["PANEL_FIELD_KEYS"]) == ("9", "mine")


def test_a_second_run_on_the_same_data_is_refused(run):
    first = run()
    ready_url(first)

    second = run()
    output, _ = second.communicate(timeout=10)

    assert second.returncode == 1
    assert f"Already running: process {first.pid} uses the data folder" in output


def test_a_busy_port_is_named_and_the_next_one_taken(run):
    wanted = free_port(21500)
    with socket.create_server(("127.0.0.1", wanted)):
        panel = run(PANEL_PORT=str(wanted))
        assert panel.stdout
        first_line = panel.stdout.readline()
        url = ready_url(panel)

    assert first_line.startswith(f"Port {wanted} is busy; taking ")
    assert url != f"http://127.0.0.1:{wanted}/"


def test_kill_9_leaves_nothing_behind_and_the_next_run_starts_at_once(run):
    first = run()
    ready_url(first)
    children = children_of(first.pid)

    first.kill()
    first.wait()
    second = run()

    assert ready_url(second)
    assert len(children) == 7
    assert all(is_gone(child) for child in children)


def test_a_killed_web_comes_back_and_nobody_is_turned_away_meanwhile(run):
    panel = run()
    url = ready_url(panel)
    before = urlopen(url).read()

    os.kill(int(before), signal.SIGKILL)

    assert urlopen(url, timeout=10).read() != before


def test_a_panel_that_cannot_start_says_why_and_stops_everything(run, tmp_path):
    (tmp_path / "manage.py").write_text("print('no such table'); exit(1)")

    panel = run()
    output, _ = panel.communicate(timeout=20)

    assert panel.returncode == 1
    assert "no such table" in output
    assert "migrate failed (exit 1)." in output


def test_with_a_key_of_stripe_s_no_stripe_is_played(run, data):
    panel = run(STRIPE_SECRET_KEY="sk_test_of_stripe")
    ready_url(panel)

    told = json.loads((data / "load_demo.json").read_text())
    assert told["STRIPE_SECRET_KEY"] == "sk_test_of_stripe"
    assert "STRIPE_API_BASE" not in told
    assert not (data / "stripe-secrets.json").exists()
