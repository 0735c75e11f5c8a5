from __future__ import annotations

import gzip
import http.client
import json
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from .conftest import KEY, LINK, Caller

ADD = f"key={KEY}&action=add&service=1003&quantity=1000&link={LINK}".encode()


def raw_add(sandbox: Caller, *, patience: float = 5) -> bytes:
    """Send one add and read until the other side closes. A reset raises ConnectionResetError."""
    with socket.create_connection(("127.0.0.1", sandbox.port), timeout=patience) as connection:
        connection.sendall(b"POST /api/v2 HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(ADD) + ADD)
        received = b""
        while piece := connection.recv(65536):
            received += piece
        return received


def listens(sandbox: Caller) -> bool:
    try:
        socket.create_connection(("127.0.0.1", sandbox.port), timeout=5).close()
    except (ConnectionRefusedError, ConnectionResetError):
        return False
    return True


def wait_for(condition: Callable[[], bool]) -> bool:
    """Whether it comes true within ten seconds."""
    until = time.monotonic() + 10
    while not (came := condition()) and time.monotonic() < until:
        time.sleep(0.02)
    return came


def placed(sandbox: Caller) -> list[str]:
    return [add["verdict"] for add in sandbox.books()["adds"]]


def test_the_answer_is_lost_after_the_work_was_done(sandbox: Caller):
    sandbox.control("set_fault", fault="lose_answer", action="add", times=1)

    assert raw_add(sandbox) == b""
    assert placed(sandbox) == ["accepted"]
    assert len(sandbox.books()["orders"]) == 1


def test_the_answer_is_lost_after_a_refusal(sandbox: Caller):
    sandbox.control("set_fault", fault="lose_answer", action="add", refuse=True)

    assert raw_add(sandbox) == b""
    assert placed(sandbox) == ["refused"]
    assert sandbox.books()["orders"] == []


def test_the_connection_is_reset_after_the_work_was_done(sandbox: Caller):
    sandbox.control("set_fault", fault="reset_answer", action="add")

    with pytest.raises(ConnectionResetError):
        raw_add(sandbox)
    assert placed(sandbox) == ["accepted"]


def test_the_connection_is_reset_before_anything_was_read(sandbox: Caller):
    sandbox.control("set_fault", fault="reset_connection", times=1)

    with pytest.raises(ConnectionResetError):
        raw_add(sandbox)
    assert placed(sandbox) == []
    assert "order" in sandbox.add()


def test_connections_are_refused_for_a_while_and_then_taken_again(sandbox: Caller):
    sandbox.order()
    sandbox.control("refuse_connections", seconds=1)

    assert wait_for(lambda: not listens(sandbox))
    assert wait_for(lambda: listens(sandbox))
    assert len(sandbox.books()["orders"]) == 1


def test_a_hanging_answer_never_comes(sandbox: Caller):
    sandbox.control("set_fault", fault="hang", action="add", seconds=0.8)

    with pytest.raises(TimeoutError):
        raw_add(sandbox, patience=0.3)
    assert placed(sandbox) == ["accepted"]
    assert raw_add(sandbox) == b""


def test_a_slow_answer_is_right_in_the_end(sandbox: Caller):
    sandbox.control("set_fault", fault="slow", action="add", seconds=0.5)
    began = time.monotonic()

    assert sandbox.add() == {"order": 100001}
    assert 0.5 <= time.monotonic() - began < 2


def test_a_dripping_answer_comes_byte_by_byte(sandbox: Caller):
    sandbox.control("set_fault", fault="drip", action="add", seconds=0.05)
    began = time.monotonic()

    received = raw_add(sandbox)

    assert received.endswith(b'\r\n\r\n{"order":100001}')
    assert time.monotonic() - began >= 0.05 * len(b'{"order":100001}')


@pytest.mark.parametrize(
    ("fault", "details", "status", "starts"),
    [
        ("http_error", {}, 502, b"<html>"),
        ("http_error", {"status": 504}, 504, b"<html>"),
        ("html", {}, 200, b"<!doctype html>"),
        ("empty", {}, 200, b""),
        ("redirect", {}, 301, b""),
        ("not_json", {"text": "ok"}, 200, b"ok"),
    ],
)
def test_an_answer_that_is_no_answer(sandbox: Caller, fault: str, details: dict, status: int, starts: bytes):
    sandbox.control("set_fault", fault=fault, action="add", **details)

    answered, body, headers = sandbox.exchange("POST", "/api/v2", ADD)

    assert (answered, body[: len(starts)], bool(body)) == (status, starts, bool(starts))
    assert headers.get("Location") == ("/api/v2/" if status == 301 else None)
    assert placed(sandbox) == ["accepted"]


def test_half_an_answer(sandbox: Caller):
    sandbox.control("set_fault", fault="truncated", action="add")

    with pytest.raises(http.client.IncompleteRead) as broken:
        sandbox.exchange("POST", "/api/v2", ADD)
    assert broken.value.partial == b'{"order"'


def test_a_huge_answer_is_json_all_the_same(sandbox: Caller):
    sandbox.control("set_fault", fault="huge", action="add")

    _, body, _ = sandbox.exchange("POST", "/api/v2", ADD)

    assert len(body) >= 10_000_000
    assert json.loads(body)["order"] == 100001


def test_a_gzip_bomb_is_small_until_it_is_unpacked(sandbox: Caller):
    sandbox.control("set_fault", fault="gzip_bomb", action="add", bytes=20_000_000)

    _, body, headers = sandbox.exchange("POST", "/api/v2", ADD)

    assert headers["Content-Encoding"] == "gzip"
    assert len(body) < 100_000
    assert len(gzip.decompress(body)) > 20_000_000


def test_the_wire_can_break_for_any_action(sandbox: Caller):
    sandbox.control("set_fault", fault="html", action="services")

    assert b"<!doctype" in sandbox.exchange("POST", "/api/v2", f"key={KEY}&action=services".encode())[1]
    assert sandbox.balance == 1000


def test_fifty_orders_at_once_are_all_taken_and_all_different(sandbox: Caller):
    with ThreadPoolExecutor(64) as callers:
        orders = list(
            callers.map(lambda number: sandbox.order(link=f"{LINK}/{number}", quantity=10), range(200))
        )

    assert sorted(orders) == list(range(100001, 100201))
    assert sandbox.books()["counts"]["verdicts"] == {"accepted": 200}


def test_money_for_ten_is_enough_for_ten_of_sixty_four(sandbox: Caller):
    sandbox.control("set_balance", balance="5.54")

    with ThreadPoolExecutor(64) as callers:
        answers = list(callers.map(lambda number: sandbox.add(link=f"{LINK}/{number}"), range(64)))

    assert sum("order" in answer for answer in answers) == 10
    assert sandbox.balance == 0


def test_one_connection_serves_several_calls(sandbox: Caller):
    connection = http.client.HTTPConnection("127.0.0.1", sandbox.port, timeout=5)
    for _ in range(3):
        connection.request("POST", "/api/v2", ADD)
        answer = connection.getresponse()
        assert b"order" in answer.read()
        assert answer.version == 11
    connection.close()


def test_a_call_without_a_length_is_sent_away(sandbox: Caller):
    status, _, _ = sandbox.exchange("POST", "/api/v2", b"2\r\nab\r\n0\r\n\r\n", Transfer_Encoding="chunked")

    assert status == 413
    assert sandbox.exchange("POST", "/api/v2", b"", Content_Length="1000001")[0] == 413


def test_the_front_page_tells_what_this_is(sandbox: Caller):
    sandbox.order()
    sandbox.control("set_fault", fault="funds", action="add")

    status, body, headers = sandbox.exchange("GET", "/")

    assert (status, headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    for words in (b"735 services", b"1 orders taken", b"Speed: demo", b"funds"):
        assert words in body
    assert sandbox.exchange("GET", "/nothing")[0] == 404
