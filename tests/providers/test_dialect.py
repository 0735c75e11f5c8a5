from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.dialect import (
    NotJson,
    amount,
    flag,
    order_id,
    parse,
    service_type,
    state_of,
    text_of,
    whole_number,
)
from providers.gateway import ReportedState

SPELLINGS = {
    ReportedState.PENDING: ["Pending", "pending", "PENDING", "Awaiting", "In queue", "in_queue", "Held"],
    ReportedState.PROCESSING: ["Processing", "processing", " Processing "],
    ReportedState.IN_PROGRESS: [
        "In progress",
        "In Progress",
        "Inprogress",
        "in_progress",
        "IN-PROGRESS",
        "inProgress",
        "Active",
    ],
    ReportedState.COMPLETED: ["Completed", "completed", "Complete", "Success"],
    ReportedState.PARTIAL: ["Partial", "partial", "PARTIAL"],
    ReportedState.CANCELLED: [
        "Canceled",
        "Cancelled",
        "cancelled",
        "Refunded",
        "Fail",
        "Failed",
        "Error",
        "Rejected",
        "Expired",
    ],
}


@pytest.mark.parametrize(
    ("word", "state"), [(word, state) for state, words in SPELLINGS.items() for word in words]
)
def test_every_spelling_seen_in_the_trade_is_understood(word: str, state: ReportedState) -> None:
    assert state_of(word) is state


@pytest.mark.parametrize(
    "word", ["Sleeping", "", "Not completed", "Partially", "completed?", None, 3, True, ["Completed"]]
)
def test_a_word_never_seen_is_never_guessed(word: object) -> None:
    assert state_of(word) is None


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("157", 157),
        (157, 157),
        ("0", 0),
        (0, 0),
        ("-40", -40),
        (-40, -40),
        (" 7 ", 7),
        ("007", 7),
        (Decimal("157.0"), 157),
    ],
)
def test_a_count_may_come_as_text_or_number(value: object, number: int) -> None:
    assert whole_number(value) == number


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        " ",
        "abc",
        "Unknown",
        "12.5",
        "157.0",
        "1.000",
        "1,000",
        "+5",
        "1e3",
        "--1",
        "١٢",
        Decimal("12.5"),
        Decimal("1E+30"),
        10**18,
        "9" * 19,
        True,
        False,
        [1],
        {"n": 1},
    ],
)
def test_what_is_not_certainly_a_count_is_not_said(value: object) -> None:
    assert whole_number(value) is None


@pytest.mark.parametrize(
    ("value", "exact"),
    [
        ("0.27819", "0.27819"),
        ("8", "8"),
        (8, "8"),
        (Decimal("0.90"), "0.90"),
        ("100.84292", "100.84292"),
        ("0.0002", "0.0002"),
        (Decimal("1E-7"), "0.0000001"),
        ("-3.5", "-3.5"),
        (" 1.5 ", "1.5"),
    ],
)
def test_money_is_read_exactly(value: object, exact: str) -> None:
    assert amount(value) == Decimal(exact)


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "free",
        "0,90",
        "1,000.00",
        "$5",
        "5 USD",
        "NaN",
        "Infinity",
        "1e99",
        10**12,
        "1.",
        ".5",
        True,
        0.5,
        [5],
    ],
)
def test_what_is_not_certainly_money_is_not_said(value: object) -> None:
    assert amount(value) is None


@pytest.mark.parametrize(
    ("value", "kept"), [(1, "1"), ("23501", "23501"), ("0023", "0023"), (10**29, str(10**29))]
)
def test_an_order_number_is_kept_as_text(value: object, kept: str) -> None:
    assert order_id(value) == kept


@pytest.mark.parametrize(
    "value", [None, 0, "0", "", -1, "-1", "abc", "1a", 1.5, Decimal("5.0"), True, [1], 10**30]
)
def test_what_is_no_order_number_is_none(value: object) -> None:
    assert order_id(value) is None


@pytest.mark.parametrize("value", [True, 1, "1", "true", "True", "YES", 2, 3])
def test_a_yes_has_many_spellings(value: object) -> None:
    assert flag(value)


@pytest.mark.parametrize("value", [False, 0, "0", "", None, "false", "no", -1, [], {"a": 1}])
def test_anything_else_is_a_no(value: object) -> None:
    assert not flag(value)


@pytest.mark.parametrize(
    ("word", "spelled"),
    [
        ("Default", "default"),
        ("Custom Comments", "custom_comments"),
        ("Custom_comments", "custom_comments"),
        ("custom-comments", "custom_comments"),
        ("Custom Comments Package", "custom_comments_package"),
        ("", "default"),
        (None, "default"),
        (0, "default"),
    ],
)
def test_a_service_type_has_one_spelling(word: object, spelled: str) -> None:
    assert service_type(word) == spelled


def test_json_numbers_are_exact() -> None:
    assert parse(b'{"rate": 0.1}') == {"rate": Decimal("0.1")}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"a":1}{"b":2}',
        b'{"a":1,"a":2}',
        b"NaN",
        b"[" * 100_000,
        b"\xff",
        b"1" * 5000,
        b"<br>{}",
        b"1e" + b"9" * 30,
    ],
)
def test_what_is_not_one_complete_json_value_is_refused(body: bytes) -> None:
    with pytest.raises(NotJson):
        parse(body)


@given(st.binary(max_size=200))
def test_no_bytes_can_break_the_reader(body: bytes) -> None:
    try:
        said = parse(body)
    except NotJson:
        return
    for read in (state_of, whole_number, amount, order_id, flag, service_type, text_of):
        read(said)


@given(st.integers(-(10**17), 10**17))
def test_every_count_survives_as_text_and_as_number(number: int) -> None:
    assert whole_number(number) == whole_number(str(number)) == number


@given(st.text() | st.lists(st.text()) | st.none())
def test_words_always_fit_the_database(value: object) -> None:
    text = text_of(value, 100)

    assert len(text) <= 100
    assert "\0" not in text
    text.encode()
