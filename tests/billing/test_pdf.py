from billing.pdf import MOST_ROWS, Paper
from tests.billing.papers import words_of
from tests.factories import NOW


def paper(title: str = "Receipt R-1") -> Paper:
    return Paper(title, at=NOW, lines=["Made for alice"], foot="R-1")


def test_a_paper_says_what_was_put_on_it() -> None:
    sheet = paper()
    sheet.heading("The payment")
    sheet.facts([("Amount", "100.00"), ("Note", "two\nlines")])
    sheet.table(["Order", "Charge"], [["17", "1.50"], ["18", "2.25"]], widths=[1, 3], right=[1])
    sheet.text("Thank you.")

    words = words_of(sheet.content())

    for said in (
        "Receipt R-1 Made for alice",
        "The payment Amount 100.00",
        "two lines",
        "Order Charge 17 1.50 18 2.25 Thank you.",
        "R-1 Page 1 of 1",
    ):
        assert said in words


def test_names_are_printed_in_the_letters_they_are_written_in() -> None:
    sheet = paper("Zürich, Ελλάδα, Привет, Łódź (a) \\ “b”")

    assert "Zürich, Ελλάδα, Привет, Łódź (a) \\ “b”" in words_of(sheet.content())


def test_a_sign_that_the_font_lacks_and_a_control_sign_are_question_marks() -> None:
    sheet = paper()
    sheet.text("a中b\x00c\x1bd")

    assert "a?b?c?d" in words_of(sheet.content())


def test_a_word_longer_than_a_line_is_printed_in_pieces() -> None:
    sheet = paper()
    sheet.facts([("Link", "x" * 300)])
    sheet.table(["Link"], [["y" * 300]], widths=[1])

    words = words_of(sheet.content())

    assert (words.count("x"), words.count("y")) == (300, 300)


def test_a_table_is_not_printed_without_end_and_says_so() -> None:
    rows = [[f"row-{number}"] for number in range(MOST_ROWS + 1)]
    whole, cut = paper(), paper()
    whole.table(["Row"], rows[:MOST_ROWS], widths=[1])
    cut.table(["Row"], rows, widths=[1])

    assert f"row-{MOST_ROWS - 1}" in words_of(whole.content())
    assert "is not printed" not in words_of(whole.content())
    words = words_of(cut.content())
    assert f"row-{MOST_ROWS} " not in words
    assert f"The first {MOST_ROWS} lines; the rest is not printed." in words


def test_an_empty_table_says_that_there_is_nothing() -> None:
    sheet = paper()
    sheet.table(["Order", "Charge"], [], widths=[1, 1])

    assert "Order Charge None." in words_of(sheet.content())


def test_the_same_content_gives_the_same_file() -> None:
    assert paper().content() == paper().content()
