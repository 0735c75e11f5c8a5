"""A refill is asked for once, and every shape in which panels answer says what it says and no more."""

import socket

import pytest

from providers.fake import FakeGateway
from providers.gateway import (
    Accepted,
    FaultKind,
    NewOrder,
    NotSent,
    ProviderFault,
    RefillReport,
    Rejected,
    RejectionKind,
    ReportedState,
    StatusMiss,
    Unknown,
    Verdict,
)
from providers.rejections import refill_rejection_of, rejection_of
from providers.smm_api import SmmApi
from providers.wire import Limits, Route
from tests.providers.upstream import Reply, Upstream, always, hung_up, reset, said, silence

KEY = "a-key-that-the-small-panel-knows"
ORDER = "23501"


def api_of(upstream: Upstream) -> SmmApi:
    limits = Limits(call_seconds=1, connect_seconds=1)
    return SmmApi(Route(upstream.url, allow_private=True, limits=limits), key=KEY)


def verdict_on(reply: Reply) -> Verdict:
    """Ask for one refill, and see that it left exactly once."""
    with Upstream(always(reply)) as upstream:
        verdict = api_of(upstream).add_refill(ORDER)
    assert len(upstream.requests) == upstream.connections == 1
    return verdict


def statuses(body: object, *asked: str) -> dict[str, RefillReport | StatusMiss]:
    with Upstream(always(said(body))) as upstream:
        answers = api_of(upstream).refill_statuses(asked)
    assert upstream.requests[0].form == {"key": KEY, "action": "refill_status", "refills": ",".join(asked)}
    return answers


def state_in(answer: RefillReport | StatusMiss) -> ReportedState | None:
    assert isinstance(answer, RefillReport)
    return answer.state


def test_the_provider_is_told_the_orders_number_and_nothing_else() -> None:
    with Upstream(always(said({"refill": "1"}))) as upstream:
        api_of(upstream).add_refill(ORDER)

    assert upstream.requests[0].form == {"key": KEY, "action": "refill", "order": ORDER}


@pytest.mark.parametrize(
    ("body", "number"),
    [
        pytest.param({"refill": "1"}, "1", id="the usual string"),
        pytest.param({"refill": 1}, "1", id="a number"),
        pytest.param({"refill": 7, "status": "success"}, "7", id="with a word beside it"),
        pytest.param({"refill": ORDER}, ORDER, id="the order's own number"),
        pytest.param({"order": 23501, "refill": 9}, "9", id="with the order's number"),
        pytest.param([{"order": 23501, "refill": 9}], "9", id="a list of one"),
        pytest.param({ORDER: {"refill": 9}}, "9", id="a map of one"),
    ],
)
def test_a_refill_number_in_any_shape_means_accepted(body: object, number: str) -> None:
    verdict = verdict_on(said(body))

    assert isinstance(verdict, Accepted)
    assert verdict.external_id == number


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"error": "You are not eligible to send refill request."}, id="alone"),
        pytest.param({"refill": {"error": "Incorrect order ID"}}, id="nested"),
        pytest.param([{"order": 23501, "refill": {"error": "Incorrect order ID"}}], id="nested in a list"),
        pytest.param([{"order": 23501, "error": "Refill is not available"}], id="flat in a list"),
        pytest.param({ORDER: {"error": "error.incorrect_order_id"}}, id="in a map"),
    ],
)
def test_a_clear_no_in_any_shape_means_rejected(body: object) -> None:
    verdict = verdict_on(said(body))

    assert isinstance(verdict, Rejected)
    assert verdict.kind is RejectionKind.NO_REFILL


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("Refill already requested", RejectionKind.BUSY_LINK),
        ("A refill is already in progress, you are not eligible", RejectionKind.BUSY_LINK),
        ("You are not eligible to send refill request.", RejectionKind.NO_REFILL),
        ("This service does not support refill", RejectionKind.NO_REFILL),
        ("Refill period has expired", RejectionKind.NO_REFILL),
        ("Incorrect request", RejectionKind.SERVICE_GONE),
        ("Invalid API key", RejectionKind.BAD_KEY),
        ("Too many requests", RejectionKind.RATE_LIMIT),
        ("The moon is full", None),
        ("", None),
    ],
)
def test_what_a_refusal_of_a_refill_means(words: str, kind: RejectionKind | None) -> None:
    assert refill_rejection_of(words) is kind


@pytest.mark.parametrize("words", ["Incorrect order ID", "You are not eligible", "Refill already requested"])
def test_what_is_said_of_refills_never_cancels_an_order(words: str) -> None:
    assert rejection_of(words) is None


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(said({"error": "The moon is full"}), id="words never seen"),
        pytest.param(said({"refill": {"error": "The moon is full"}}), id="nested words never seen"),
        pytest.param(said({"refill": "1"}, "500 Oops"), id="a number in a 5xx"),
        pytest.param(said({"refill": "1"}, "400 Bad Request"), id="a number in a 4xx"),
        pytest.param(said({"refill": "1", "error": "Incorrect order ID"}), id="both"),
        pytest.param(said({"refill": None}), id="null"),
        pytest.param(said({"refill": 0}), id="zero"),
        pytest.param(said({"refill": True}), id="true"),
        pytest.param(said({"refill": "abc"}), id="a word"),
        pytest.param(said({"order": 23501}), id="an order instead"),
        pytest.param(said({"order": 99, "refill": 1}), id="of another order"),
        pytest.param(said([{"order": 99, "refill": 1}]), id="of another order, in a list"),
        pytest.param(said([]), id="an empty list"),
        pytest.param(said([{"refill": 1}, {"refill": 2}]), id="a list of two"),
        pytest.param(said({ORDER: "1"}), id="a map with a string"),
        pytest.param(said("1"), id="a string"),
        pytest.param(said({}), id="nothing"),
        pytest.param(said(b"<html>502</html>", "502 Bad Gateway"), id="502"),
        pytest.param(said(b""), id="empty"),
        pytest.param(said(b'{"refill": "1'), id="truncated"),
        pytest.param(hung_up, id="closed without a word"),
        pytest.param(reset, id="reset"),
        pytest.param(silence, id="silence"),
    ],
)
def test_what_is_no_clear_answer_is_unknown(reply: Reply) -> None:
    assert isinstance(verdict_on(reply), Unknown)


def test_a_refused_connection_proves_that_nothing_left() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    api = SmmApi(Route(f"http://127.0.0.1:{port}/api/v2", allow_private=True), key=KEY)

    assert isinstance(api.add_refill(ORDER), NotSent)


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("Pending", ReportedState.PENDING),
        ("Awaiting", ReportedState.PENDING),
        ("Processing", ReportedState.PROCESSING),
        ("In progress", ReportedState.IN_PROGRESS),
        ("in_progress", ReportedState.IN_PROGRESS),
        ("Completed", ReportedState.COMPLETED),
        ("completed", ReportedState.COMPLETED),
        ("Partial", ReportedState.PARTIAL),
        ("Rejected", ReportedState.CANCELLED),
        ("rejected", ReportedState.CANCELLED),
        ("Canceled", ReportedState.CANCELLED),
        ("Refunded", ReportedState.CANCELLED),
        ("Sleeping", None),
    ],
)
def test_a_refills_word_in_any_spelling(word: str, state: ReportedState | None) -> None:
    answer = statuses([{"refill": 1, "status": word}], "1")["1"]

    assert isinstance(answer, RefillReport)
    assert (answer.state, answer.words) == (state, word)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param([{"refill": 1, "status": "Completed"}], id="a list with numbers"),
        pytest.param([{"refill": "1", "status": "Completed"}], id="a list with strings"),
        pytest.param([{"order": 1, "status": "Completed"}], id="the order's number"),
        pytest.param([{"id": 1, "status": "Completed"}], id="id"),
        pytest.param({"status": "Completed"}, id="without a number"),
        pytest.param({"1": {"status": "Completed"}}, id="a map"),
        pytest.param({"1": "Completed"}, id="a map of words"),
    ],
)
def test_one_refill_is_read_in_every_shape(body: object) -> None:
    assert state_in(statuses(body, "1")["1"]) is ReportedState.COMPLETED


def test_one_spoiled_refill_does_not_spoil_the_others() -> None:
    answers = statuses(
        [
            {"refill": 1, "status": "In progress"},
            {"refill": 2, "status": {"error": "Refill not found"}},
            {"refill": 3, "error": "Incorrect refill ID"},
            {"refill": 4, "status": None},
            "nonsense",
        ],
        *"12345",
    )

    assert state_in(answers.pop("1")) is ReportedState.IN_PROGRESS
    assert len(answers) == 4
    assert all(isinstance(answer, StatusMiss) for answer in answers.values())


@pytest.mark.parametrize("body", [[], {}])
def test_an_empty_answer_says_nothing_about_any_refill(body: object) -> None:
    assert statuses(body, "1", "2") == {"1": StatusMiss(""), "2": StatusMiss("")}


def test_a_bare_string_that_is_no_word_is_a_miss() -> None:
    assert statuses({"1": "Refill not found"}, "1") == {"1": StatusMiss("Refill not found")}


def test_that_there_is_no_such_refill_is_an_answer_and_no_fault() -> None:
    assert statuses({"error": "Incorrect refill ID"}, "1") == {"1": StatusMiss("Incorrect refill ID")}


@pytest.mark.parametrize(
    ("body", "asked"), [({"error": "Invalid API key"}, "1"), ({"error": "Incorrect refill ID"}, "12")]
)
def test_a_refusal_of_the_whole_call_is_the_providers_fault(body: object, asked: str) -> None:
    with pytest.raises(ProviderFault) as fault:
        statuses(body, *asked)

    assert fault.value.kind is FaultKind.REFUSED


def test_a_hundred_refills_fit_one_call_and_one_more_does_not() -> None:
    ids = [str(number) for number in range(1, 102)]

    assert len(statuses([], *ids[:100])) == 100
    with pytest.raises(AssertionError):
        statuses([], *ids)


def test_the_provider_in_memory_may_take_a_refill_behind_a_lost_answer() -> None:
    gateway = FakeGateway()
    gateway.add_order(NewOrder(service="1", link="https://example.com/alice", quantity=1000))
    lost = Unknown("no complete answer in time", "")
    gateway.next_refill(lost, refill_is_taken=True)

    assert gateway.add_refill(ORDER) == lost
    assert [refill.order for refill in gateway.refills.values()] == [ORDER]
    gateway.report_refill("1", ReportedState.COMPLETED)
    assert state_in(gateway.refill_statuses(["1"])["1"]) is ReportedState.COMPLETED
