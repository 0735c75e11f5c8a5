from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlencode

import pytest

from sandbox.catalogue import own_catalogue
from sandbox.wire import SandboxServer

from .conftest import FOLLOWERS, KEY, LINK, Caller

ROOT = Path(__file__).parents[2]
RATE = next(service.rate for service in own_catalogue() if service.id == FOLLOWERS)


def test_control_needs_its_token(sandbox: Caller):
    for headers in ({}, {"X_Sandbox_Control": "guess"}):
        assert sandbox.exchange("POST", "/control", b'{"do": "reset"}', **headers)[0] == 403
        assert sandbox.exchange("GET", "/control/books", **headers)[0] == 403
        assert sandbox.exchange("GET", "/control/faults", **headers)[0] == 403


def test_control_is_for_this_machine_only(sandbox: Caller):
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect(("192.0.2.1", 9))
            outward = probe.getsockname()[0]
    except OSError:
        pytest.skip("this machine has no address but its own")
    server = SandboxServer((outward, 0), sandbox.server.provider, control_token="sandbox-control")
    thread = threading.Thread(target=server.serve_until_stopped, daemon=True)
    thread.start()
    try:
        request = urllib.request.Request(
            f"http://{outward}:{server.server_port}/control/books",
            headers={"X-Sandbox-Control": "sandbox-control"},
        )
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(request, timeout=5)
    finally:
        server.stop()
        thread.join(5)


@pytest.mark.parametrize(
    "told",
    [
        {"do": "dance"},
        {"do": "set_speed", "speed": "warp"},
        {"do": "advance", "seconds": -1},
        {"do": "advance"},
        {"do": "set_clock", "factor": "fast"},
        {"do": "set_balance", "balance": "much"},
        {"do": "set_balance"},
        {"do": "lie", "order": 5, "fields": {}},
        {"do": "finish", "order": 100001, "status": "Sleeping"},
        {"do": "finish", "order": 100001, "status": "Partial", "remains": 1001},
        {"do": "drop", "order": 100001},
    ],
)
def test_an_instruction_that_cannot_be_carried_out_changes_nothing(sandbox: Caller, told: dict):
    sandbox.order()
    before = sandbox.books()

    assert sandbox.control(expect=400, **told)["error"]
    assert sandbox.books() == before


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'"reset"'])
def test_an_instruction_is_a_json_object(sandbox: Caller, body: bytes):
    assert sandbox.exchange("POST", "/control", body, X_Sandbox_Control="sandbox-control")[0] == 400


def test_the_books_tell_every_call_every_order_and_every_movement(sandbox: Caller):
    order = sandbox.order(link="https://www.instagram.com/partial-400")
    sandbox.add(link="https://www.instagram.com/bob", quantity=1)
    sandbox.add(link="https://www.instagram.com/partial-400", key="wrong")
    sandbox.control("advance", seconds=200)

    books = sandbox.books()

    assert [(add["nonce"], add["quantity"], add["verdict"], add["order_id"]) for add in books["adds"]] == [
        ("https://www.instagram.com/partial-400", "1000", "accepted", order),
        ("https://www.instagram.com/bob", "1", "refused", None),
        ("https://www.instagram.com/partial-400", "1000", "refused", None),
    ]
    [one] = books["orders"]
    assert (one["status"], one["delivered"], one["remains"]) == ("Partial", 600, 400)
    assert one["counter"] == one["start_count"] + 600
    assert Decimal(one["charge"]) == RATE * 600 / 1000
    assert [(row["what"], Decimal(row["amount"])) for row in books["balance_history"]] == [
        ("opening balance", 1000),
        ("charge", -RATE),
        ("refund", RATE * 400 / 1000),
    ]
    assert sum(Decimal(row["amount"]) for row in books["balance_history"]) == Decimal(books["balance"])
    assert books["counts"] == {
        "received": 3,
        "verdicts": {"accepted": 1, "refused": 2},
        "spoiled": 0,
        "orders": 1,
        "statuses": {"Partial": 1},
        "links_ordered_more_than_once": {},
    }
    assert KEY not in json.dumps(books)


def test_a_link_that_was_ordered_twice_stands_out(sandbox: Caller):
    for link in (LINK, LINK, LINK + "2"):
        sandbox.order(link=link)

    assert sandbox.books()["counts"]["links_ordered_more_than_once"] == {LINK: 2}
    assert len(sandbox.books(link="alice2")["orders"]) == 1


def test_a_lie_about_one_order_may_be_any_json(sandbox: Caller):
    order, other = sandbox.order(), sandbox.order()
    truth = sandbox.status(order)
    lie = {"status": 7, "remains": [], "start_count": None, "charge": "-1", "extra": True}
    sandbox.control("lie", order=order, fields=lie)

    assert sandbox.status(order) == truth | lie
    assert sandbox.status(other)["status"] == "Pending"
    assert sandbox.books()["orders"][0]["remains"] == 1000
    sandbox.control("set_fault", fault="spelling")
    assert sandbox.status(order)["status"] == "7"
    sandbox.control("clear_faults")
    sandbox.control("lie", order=order)
    assert sandbox.status(order) == truth


def test_late_corrections_move_the_providers_money_by_the_difference(sandbox: Caller):
    order = sandbox.order()
    left = []
    for told in (
        {"status": "Completed"},
        {"status": "Partial", "remains": 300},
        {"status": "Partial", "remains": 300},
        {"status": "Partial", "remains": 500},
        {"status": "Partial", "remains": 100},
        {"status": "Canceled"},
    ):
        sandbox.control("finish", order=order, **told)
        assert sandbox.status(order)["status"] == told["status"]
        left.append(1000 - sandbox.balance)

    assert left == [RATE * share / 10 for share in (10, 7, 7, 5, 9, 0)]


def test_the_clock_can_run_faster_and_be_moved_but_keeps_going_forward(sandbox: Caller):
    order = sandbox.order(link=LINK + "/complete")
    before = sandbox.books()["now"]
    sandbox.control("advance", seconds=3600)
    assert sandbox.status(order)["status"] == "Completed"
    assert sandbox.books()["now"] > before

    late = sandbox.order(link=LINK + "/complete")
    sandbox.control("set_clock", factor=100000)
    time.sleep(0.01)
    sandbox.control("set_clock", factor=0)
    assert sandbox.status(late)["status"] == "Completed"


def test_the_clock_may_be_set_back_until_something_is_ordered(sandbox: Caller):
    before = sandbox.books()["now"]

    assert sandbox.control("advance", seconds=-86400)["now"] < before

    sandbox.order()
    assert "never moved back" in sandbox.control("advance", seconds=-1, expect=400)["error"]


def test_the_books_of_one_link_tell_nothing_of_others(sandbox: Caller):
    order = sandbox.order(link=LINK)
    sandbox.order(link=LINK + ".other/")

    books = sandbox.books(LINK + ".other")
    assert [entry["link"] for entry in books["orders"]] == [LINK + ".other/"]
    assert [entry["nonce"] for entry in books["adds"]] == [LINK + ".other/"]
    assert [movement["order_id"] for movement in books["balance_history"]] == [order + 1]


def test_a_new_speed_is_for_new_orders(sandbox: Caller):
    old = sandbox.order()
    sandbox.control("set_speed", speed="instant")

    assert sandbox.status(old)["status"] == "Pending"
    assert sandbox.status(sandbox.order())["status"] == "Completed"


def test_a_reset_forgets_everything(sandbox: Caller):
    sandbox.order()
    sandbox.control("set_fault", fault="funds")
    sandbox.control("reset")

    books = sandbox.books()
    assert (books["adds"], books["orders"], books["faults"], books["balance"]) == ([], [], [], "1000.00")
    assert sandbox.order() == 100001


class Process:
    """The sandbox as people start it: its own process, without any installed package."""

    def __init__(self, state: Path, *more: str) -> None:
        command = [
            sys.executable,
            "-S",
            "-m",
            "sandbox",
            "--port",
            "0",
            "--state",
            str(state),
            "--speed",
            "fast",
            *more,
        ]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout
        self.url = self.process.stdout.readline().split()[3].removesuffix("/api/v2")

    def call(self, path: str, fields: dict | None = None) -> dict:
        body = urlencode({"key": KEY, **fields}).encode() if fields else None
        request = urllib.request.Request(self.url + path, body, {"X-Sandbox-Control": "sandbox-control"})
        with urllib.request.urlopen(request, timeout=5) as answer:
            return json.load(answer)

    def stop(self, how: int) -> int:
        os.kill(self.process.pid, how)
        code = self.process.wait(5)
        assert self.process.stdout
        self.process.stdout.close()
        return code


def test_killing_the_process_loses_nothing_that_was_answered(tmp_path: Path):
    state = tmp_path / "books.sqlite3"
    answered = []
    for _ in range(3):
        running = Process(state)
        for number in range(20):
            fields = {"action": "add", "service": FOLLOWERS, "quantity": 100, "link": f"{LINK}/{number}"}
            answered.append(running.call("/api/v2", fields)["order"])
        assert running.stop(signal.SIGKILL) == -signal.SIGKILL

    running = Process(state)
    books = running.call("/control/books")
    assert running.stop(signal.SIGTERM) == 0

    assert [order["id"] for order in books["orders"]] == answered
    assert len(set(answered)) == 60
    assert [add["order_id"] for add in books["adds"]] == answered
    assert 100000 - Decimal(books["balance"]) == RATE * 100 / 1000 * 60


def test_it_stops_when_asked_even_while_a_caller_hangs(tmp_path: Path):
    running = Process(tmp_path / "books.sqlite3")
    host, port = running.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as caller:
        caller.sendall(b"POST /api/v2 HTTP/1.1\r\n")
        assert running.stop(signal.SIGINT) == 0


def test_a_busy_port_is_said_clearly(sandbox: Caller, tmp_path: Path):
    command = [
        sys.executable,
        "-m",
        "sandbox",
        "--port",
        str(sandbox.port),
        "--state",
        str(tmp_path / "other.sqlite3"),
    ]

    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=20)

    assert ended.returncode == 1
    assert "cannot listen on 127.0.0.1" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_an_end_may_say_why_and_a_later_one_need_not(sandbox):
    order = sandbox.order()

    sandbox.control("finish", order=order, status="Partial", remains=30, reason="profile is private")
    assert sandbox.status(order)["reason"] == "profile is private"

    sandbox.control("finish", order=order, status="Canceled")
    assert "reason" not in sandbox.status(order)
