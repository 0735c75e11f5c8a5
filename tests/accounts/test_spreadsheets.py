import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.spreadsheets import csv_pieces, safe_text

TEXTS = st.text(st.characters(codec="utf-8"), max_size=40)


@pytest.mark.parametrize(
    "start",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "\0=1",
        ' "=1',
        "'=1",
        "\N{FULLWIDTH EQUALS SIGN}1",
    ],
)
def test_what_a_program_could_take_for_a_formula_becomes_text(start: str) -> None:
    assert safe_text(start) == f"'{start}"


@pytest.mark.parametrize("text", ["", "thanks = sorry", "10-4", "a@b.example", "Größe", '"quoted"', " 7"])
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert safe_text(text) == text


@given(TEXTS)
def test_no_text_at_all_starts_like_a_formula(text: str) -> None:
    assert not safe_text(text).lstrip(' "').startswith(("=", "+", "-", "@", "\t", "\r"))


@given(st.lists(st.lists(TEXTS, min_size=2, max_size=5), max_size=5))
def test_every_cell_is_read_back_as_it_was_written(table: list[list[str]]) -> None:
    written = "".join(csv_pieces(table))

    assert list(csv.reader(io.StringIO(written, newline=""), strict=True)) == table


def test_lines_end_and_quotes_double_as_the_standard_says() -> None:
    assert "".join(csv_pieces([["a,b", 'say "no"', "two\nlines"]])) == '"a,b","say ""no""","two\nlines"\r\n'


def test_a_long_file_comes_in_pieces_and_whole() -> None:
    pieces = [piece for piece in csv_pieces([str(number)] for number in range(1200)) if piece]

    assert len(pieces) == 3
    assert "".join(pieces).splitlines() == [str(number) for number in range(1200)]
