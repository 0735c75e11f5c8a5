"""The API v2 client against a provider that misbehaves on a real connection."""

import socket
import time
from collections.abc import Callable
from decimal import Decimal

import pytest

from providers.gateway import (
    Accepted,
    CancelAnswer,
    FaultKind,
    NewOrder,
    NotSent,
    ProviderFault,
    Rejected,
    RejectionKind,
    ReportedState,
    StatusMiss,
    StatusReport,
    Unknown,
)
from providers.smm_api import SmmApi
from providers.wire import Limits, Route
from tests.providers.upstream import (
    Reply,
    Upstream,
    always,
    dripped,
    endless,
    hung_up,
    packed,
    reset,
    said,
    sent,
    silence,
)

KEY = "provider-key-0123456789"
ORDER = NewOrder(service="7", link="https://example.com/alice?a=1&b=ü", quantity=1000)
SHORT = Limits(call_seconds=1, connect_seconds=1)
GOOD = b'HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{"order":23501}'


def api_of(upstream: Upstream, limits: Limits = SHORT) -> SmmApi:
    return SmmApi(Route(upstream.url, allow_private=True, limits=limits), key=KEY)


def verdict_on(reply: Reply) -> Accepted | Rejected | NotSent | Unknown:
    """Send one order, and see that it left exactly once."""
    with Upstream(always(reply)) as upstream:
        verdict = api_of(upstream).add_order(ORDER)
    assert len(upstream.requests) == upstream.connections == 1
    return verdict


def test_only_the_allowed_fields_leave_in_a_plain_form() -> None:
    with Upstream(always(said({"order": 5}))) as upstream:
        api_of(upstream).add_order(ORDER)

    request = upstream.requests[0]
    assert request.form == {
        "key": KEY,
        "action": "add",
        "service": "7",
        "link": "https://example.com/alice?a=1&b=ü",
        "quantity": "1000",
    }
    assert request.head.startswith("POST /api/v2 HTTP/1.1\r\n")
    assert "Content-Type: application/x-www-form-urlencoded" in request.head
    assert "Accept-Encoding: identity" in request.head
    assert f"Host: 127.0.0.1:{upstream.port}\r\n" in request.head
    assert KEY not in request.head


def test_comments_leave_one_a_line_and_without_a_quantity() -> None:
    with Upstream(always(said({"order": 5}))) as upstream:
        api_of(upstream).add_order(NewOrder("7", "https://example.com/a", None, ("so nice", "wow")))

    assert upstream.requests[0].form["comments"] == "so nice\nwow"
    assert "quantity" not in upstream.requests[0].form


@pytest.mark.parametrize(
    ("body", "external_id"),
    [
        ({"order": 23501}, "23501"),
        ({"order": "12345"}, "12345"),
        ({"order": 5, "status": "success", "charge": "0.1"}, "5"),
        (b'\xef\xbb\xbf {"order": 5}\n', "5"),
        ({"order": 10**25}, str(10**25)),
    ],
)
def test_an_order_number_means_accepted(body: object, external_id: str) -> None:
    verdict = verdict_on(said(body))

    assert isinstance(verdict, Accepted)
    assert verdict.external_id == external_id


@pytest.mark.parametrize("status", ["200 OK", "400 Bad Request", "401 Unauthorized", "429 Too Many Requests"])
def test_a_refusal_in_known_words_means_rejected(status: str) -> None:
    verdict = verdict_on(said({"error": "Not enough funds on balance"}, status))

    assert verdict == Rejected(RejectionKind.FUNDS, '{"error": "Not enough funds on balance"}')


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(said({"error": "The moon is full"}), id="words never seen"),
        pytest.param(said({"error": "The moon is full"}, "400 Bad Request"), id="words never seen in a 4xx"),
        pytest.param(said({"error": "Incorrect link"}, "500 Oops"), id="a known refusal in a 5xx"),
        pytest.param(said({"order": 5}, "500 Oops"), id="an order number in a 5xx"),
        pytest.param(said({"order": 5}, "400 Bad Request"), id="an order number in a 4xx"),
        pytest.param(said({"order": 5}, "202 Accepted"), id="an order number in a 202"),
        pytest.param(said(b"<html>502</html>", "502 Bad Gateway"), id="502"),
        pytest.param(said(b"", "504 Gateway Timeout"), id="504"),
        pytest.param(said(b"<html>hello</html>"), id="HTML"),
        pytest.param(said(b""), id="empty"),
        pytest.param(said(b'Notice: x in y.php {"order": 5}'), id="a notice before the JSON"),
        pytest.param(said(b'{"order": 235'), id="truncated JSON"),
        pytest.param(said(b'{"order": 5}', length=400), id="shorter than promised"),
        pytest.param(sent(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"), id="chunk cut"),
        pytest.param(sent(b"HTTP/1.1 200"), id="head cut"),
        pytest.param(sent(b"SSH-2.0-OpenSSH_9\r\n"), id="not HTTP"),
        pytest.param(said([{"order": 5}]), id="a list"),
        pytest.param(said("5"), id="a string"),
        pytest.param(said({}), id="neither key"),
        pytest.param(said({"order": 5, "error": "Incorrect link"}), id="both keys"),
        pytest.param(said({"order": 5, "error": None}), id="both keys, no error"),
        pytest.param(said({"error": None}), id="an error without words"),
        pytest.param(said({"order": None}), id="order null"),
        pytest.param(said({"order": 0}), id="order 0"),
        pytest.param(said({"order": "000"}), id="order 000"),
        pytest.param(said({"order": -5}), id="order negative"),
        pytest.param(said({"order": "abc"}), id="order not a number"),
        pytest.param(said({"order": ""}), id="order empty"),
        pytest.param(said({"order": True}), id="order true"),
        pytest.param(said({"order": 5.5}), id="order with a fraction"),
        pytest.param(said({"order": {"id": 5}}), id="order an object"),
        pytest.param(said(b'{"order": 5, "order": 6}'), id="order twice"),
        pytest.param(said(b'{"order": NaN}'), id="NaN"),
        pytest.param(said(b"[" * 60_000), id="nested without end"),
        pytest.param(said(b"\xff\xfe{"), id="not UTF-8"),
        pytest.param(packed({"order": 5}), id="gzip"),
        pytest.param(hung_up, id="closed without a word"),
        pytest.param(reset, id="reset"),
        pytest.param(silence, id="silence"),
        pytest.param(endless(b"x" * 60_000), id="an answer without end"),
        pytest.param(said(b'{"order": 5}' + b" " * 10_000_000), id="10 MB"),
        pytest.param(dripped(GOOD, 0.1), id="head dripped"),
        pytest.param(sent(b"HTTP/1.1 100 Continue\r\n\r\n" * 50), id="only 100 Continue"),
    ],
)
def test_what_is_no_clear_answer_is_unknown_and_never_sent_again(reply: Reply) -> None:
    started = time.monotonic()

    assert isinstance(verdict_on(reply), Unknown)
    assert time.monotonic() - started < 2


@pytest.mark.parametrize("status", ["301 Moved Permanently", "302 Found", "307 Temporary", "308 Permanent"])
def test_a_redirect_is_never_followed(status: str) -> None:
    with Upstream(always(said({"order": 5}))) as elsewhere:
        verdict = verdict_on(said(b"", status, [f"Location: {elsewhere.url}"]))

    assert verdict == Unknown(why=f"HTTP {status[:3]}", words="")
    assert elsewhere.connections == 0


def dripped_body(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n")
    dripped(b'{"order":23501}', 0.2)(connection)


def test_a_provider_that_drips_bytes_is_left_at_the_deadline() -> None:
    started = time.monotonic()

    assert verdict_on(dripped_body) == Unknown(why="no complete answer in time", words="")
    assert 0.9 < time.monotonic() - started < 1.5


def test_an_answer_may_be_as_long_as_the_cap_and_not_one_byte_longer() -> None:
    fits = b'{"order": 5}'.ljust(65_536)

    assert isinstance(verdict_on(said(fits)), Accepted)
    assert verdict_on(said(fits + b" ")) == Unknown(why="the answer is longer than 65536 bytes", words="")


def test_a_refused_connection_proves_that_nothing_left() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    api = SmmApi(Route(f"http://127.0.0.1:{port}/api/v2", allow_private=True), key=KEY)

    assert isinstance(api.add_order(ORDER), NotSent)


def test_a_name_that_does_not_resolve_proves_that_nothing_left() -> None:
    def resolve(host: str, port: int) -> list[str]:
        raise socket.gaierror(-2, "Name or service not known")

    verdict = SmmApi(Route("https://gone.example/api/v2", resolve=resolve), key=KEY).add_order(ORDER)

    assert isinstance(verdict, NotSent)
    assert "Name or service not known" in verdict.why


def test_a_resolver_that_hangs_is_left_at_the_deadline() -> None:
    def resolve(host: str, port: int) -> list[str]:
        time.sleep(3)
        return ["127.0.0.1"]

    started = time.monotonic()
    route = Route("https://slow.example/api/v2", limits=SHORT, resolve=resolve)

    assert SmmApi(route, key=KEY).add_order(ORDER) == NotSent("the name was not resolved in time")
    assert time.monotonic() - started < 1.5


def test_a_port_where_nobody_picks_up_proves_that_nothing_left() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        waiting = [_knock(port) for _ in range(4)]
        api = SmmApi(Route(f"http://127.0.0.1:{port}/", allow_private=True, limits=SHORT), key=KEY)

        assert api.add_order(ORDER) == NotSent("no connection in time")
        for connection in waiting:
            connection.close()


def _knock(port: int) -> socket.socket:
    connection = socket.socket()
    connection.setblocking(False)
    connection.connect_ex(("127.0.0.1", port))
    return connection


def test_without_a_readable_key_nothing_is_sent() -> None:
    with Upstream(always(said({"order": 5}))) as upstream:
        api = SmmApi(Route(upstream.url, allow_private=True), key=None)

        assert isinstance(api.add_order(ORDER), NotSent)
        with pytest.raises(ProviderFault):
            api.balance()
    assert upstream.connections == 0


def test_the_words_kept_never_hold_our_key_nor_what_the_database_refuses() -> None:
    verdict = verdict_on(said({"error": f"Incorrect link\0 \ud800 for {KEY} {'x' * 9000}"}))

    assert isinstance(verdict, Rejected)
    assert KEY not in verdict.words
    assert len(verdict.words) <= 500
    verdict.words.encode()


def statuses(body: object, *asked: str) -> dict[str, StatusReport | StatusMiss]:
    with Upstream(always(said(body))) as upstream:
        answers = api_of(upstream).statuses(asked)
    assert upstream.requests[0].form["orders"] == ",".join(asked)
    return answers


def test_one_spoiled_item_does_not_spoil_the_others() -> None:
    good = {"status": "In progress", "remains": "157", "start_count": "3572", "charge": "0.27819"}

    answers = statuses(
        {
            "1": good | {"currency": "USD"},
            "2": {"error": "Incorrect order ID"},
            "3": "Incorrect order ID",
            "4": 7,
        },
        *"12345",
    )

    report = answers.pop("1")
    assert isinstance(report, StatusReport)
    assert report.state is ReportedState.IN_PROGRESS
    assert (report.remains, report.start_count, report.charge) == (157, 3572, Decimal("0.27819"))
    assert answers == {
        "2": StatusMiss("Incorrect order ID"),
        "3": StatusMiss("Incorrect order ID"),
        "4": StatusMiss("7"),
        "5": StatusMiss(""),
    }


def test_orders_nobody_asked_about_are_left_out_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    answers = statuses({"1": {"status": "Completed"}, "2": {"status": "Canceled"}}, "1")

    assert set(answers) == {"1"}
    assert "1 orders nobody asked about" in caplog.text


@pytest.mark.parametrize("body", [{}, []])
def test_an_empty_answer_says_nothing_about_any_order(body: object) -> None:
    assert statuses(body, "1", "2") == {"1": StatusMiss(""), "2": StatusMiss("")}


def test_one_order_may_be_answered_without_a_map() -> None:
    report = statuses({"status": "Completed", "remains": 0}, "1")["1"]

    assert isinstance(report, StatusReport)
    assert (report.state, report.remains) == (ReportedState.COMPLETED, 0)


def test_an_unknown_status_word_is_kept_as_it_came() -> None:
    report = statuses({"1": {"status": "Sleeping", "start_counter": "0", "extra": 1}}, "1")["1"]

    assert isinstance(report, StatusReport)
    assert (report.state, report.words, report.start_count) == (None, "Sleeping", 0)
    assert '"extra": 1' in report.raw


@pytest.mark.parametrize(
    ("said", "count"),
    [
        ({"current_count": "1500"}, 1500),
        ({"current_counter": 1500}, 1500),
        ({}, None),
        ({"current_count": "n/a"}, None),
        ({"current_count": ""}, None),
    ],
)
def test_what_a_counter_shows_is_read_when_a_provider_says_it(said: dict[str, object], count: int) -> None:
    report = statuses({"1": {"status": "In progress"} | said}, "1")["1"]

    assert isinstance(report, StatusReport)
    assert report.current_count == count


Call = Callable[[SmmApi], object]
CALLS: list[Call] = [
    lambda api: api.statuses(["1"]),
    lambda api: api.cancel(["1"]),
    SmmApi.balance,
    SmmApi.services,
]


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    ("reply", "kind", "rejection"),
    [
        (said({"error": "Invalid API key"}), FaultKind.REFUSED, RejectionKind.BAD_KEY),
        (said({"error": "Invalid API key"}, "401 No"), FaultKind.REFUSED, RejectionKind.BAD_KEY),
        (said({"error": "The moon is full"}), FaultKind.REFUSED, None),
        (said(b"slow down", "429 Too Many"), FaultKind.REFUSED, RejectionKind.RATE_LIMIT),
        (said(b"<html>maintenance</html>"), FaultKind.BAD_ANSWER, None),
        (said(b"", "302 Found"), FaultKind.BAD_ANSWER, None),
        (said({"fine": 1}, "500 Oops"), FaultKind.BAD_ANSWER, None),
        (said("hello"), FaultKind.BAD_ANSWER, None),
        (said(5), FaultKind.BAD_ANSWER, None),
        (hung_up, FaultKind.UNREACHABLE, None),
        (silence, FaultKind.TIMEOUT, None),
    ],
)
def test_an_answer_that_fails_as_a_whole_is_the_providers_fault(
    call: Call, reply: Reply, kind: FaultKind, rejection: RejectionKind | None
) -> None:
    with Upstream(always(reply)) as upstream, pytest.raises(ProviderFault) as fault:
        call(api_of(upstream))

    assert (fault.value.kind, fault.value.rejection) == (kind, rejection)
    assert KEY not in str(fault.value)


def test_cancels_are_read_in_every_shape_that_panels_use() -> None:
    def cancels(body: object) -> dict[str, bool | None]:
        with Upstream(always(said(body))) as upstream:
            return {one: answer.requested for one, answer in api_of(upstream).cancel(["9", "2"]).items()}

    assert cancels([{"order": 9, "cancel": {"error": "Incorrect order ID"}}, {"order": 2, "cancel": 1}]) == {
        "9": False,
        "2": True,
    }
    assert cancels([{"order": 9, "error": "Cannot cancel"}, {"order": "2", "cancel": "1"}]) == {
        "9": False,
        "2": True,
    }
    assert cancels({"9": {"cancel": "requested"}, "2": {"error": "Cannot cancel"}}) == {"9": True, "2": False}
    assert cancels([{"order": 9, "cancel": None}, "nonsense"]) == {"9": None, "2": None}
    assert cancels([]) == {"9": None, "2": None}


def test_a_cancel_nobody_answered_promises_nothing() -> None:
    with Upstream(always(said([]))) as upstream:
        assert api_of(upstream).cancel(["9"]) == {"9": CancelAnswer(requested=None, words="")}


def test_a_list_of_services_may_be_longer_than_other_answers() -> None:
    item = {"name": "x" * 300, "rate": "1", "min": 1, "max": 2, "type": "Default"}

    with Upstream(always(said([{**item, "service": number} for number in range(1, 3001)]))) as upstream:
        assert len(api_of(upstream, Limits()).services()) == 3000


def test_services_that_cannot_be_read_are_left_out_and_counted(caplog: pytest.LogCaptureFixture) -> None:
    good = {"service": 1, "name": "A", "rate": "0.00001", "min": "1", "max": "5"}
    spoiled = [
        {"rate": "free"},
        {"rate": "-1"},
        {"min": "0"},
        {"min": 6},
        {"max": None},
        {"name": ""},
        {"service": None},
    ]

    with Upstream(
        always(said({"services": [good, "x", *({**good, "service": 2} | one for one in spoiled)]}))
    ) as upstream:
        services = api_of(upstream).services()

    assert [service.service for service in services] == ["1"]
    assert services[0].rate == Decimal("0.00001")
    assert "8 services that cannot be read" in caplog.text


def test_an_empty_catalogue_may_be_spelled_as_words() -> None:
    with Upstream(always(said({"status": "success", "data": "Empty Data"}))) as upstream:
        assert api_of(upstream).services() == ()


@pytest.mark.parametrize(
    "body", [{"balance": None}, {"balance": "lots"}, {"balance": "NaN"}, {"currency": "USD"}]
)
def test_a_balance_that_is_no_number_is_no_balance(body: object) -> None:
    with Upstream(always(said(body))) as upstream, pytest.raises(ProviderFault) as fault:
        api_of(upstream).balance()

    assert fault.value.kind is FaultKind.BAD_ANSWER


def test_a_packed_answer_is_not_unpacked() -> None:
    assert verdict_on(packed({"order": 5})) == Unknown(why="the answer is packed", words="")
