"""Files for spreadsheet programs (RFC 4180), in which a text can never act as a formula."""

import csv
from collections.abc import Iterable, Iterator, Sequence

from django.http import StreamingHttpResponse

_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")  # noqa: RUF001
_SKIPPED_BY_PROGRAMS = " \"'\N{NO-BREAK SPACE}"
_ROWS_PER_PIECE = 500


def safe_text(text: str) -> str:
    """Return a cell that stays text: what could start a formula gets an apostrophe in front."""
    if text.lstrip(_SKIPPED_BY_PROGRAMS).startswith(_STARTS_A_FORMULA):
        return f"'{text}"
    return text


class _Echo:
    """A file for csv.writer whose `write` hands the text back."""

    def write(self, text: str) -> str:
        return text


def csv_pieces(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield the file in pieces of some hundred rows. Texts that people typed must have gone through `safe_text`."""
    writer = csv.writer(_Echo())
    piece: list[str] = []
    for row in rows:
        piece.append(writer.writerow(row))
        if len(piece) == _ROWS_PER_PIECE:
            yield "".join(piece)
            piece = []
    yield "".join(piece)


def csv_answer(rows: Iterable[Sequence[str]], *, file_name: str) -> StreamingHttpResponse:
    """Answer with a file to save, sent while it is being made."""
    return StreamingHttpResponse(
        csv_pieces(rows),
        content_type="text/csv; charset=utf-8; header=present",
        headers={"Content-Disposition": f'attachment; filename="{file_name}"'},
    )
