"""Taking out everything that is kept about a person: one zip file with each table twice, as CSV and as JSON.

It is written while it is sent, a piece of the database at a time: a long history needs no more memory than a short
one, and the first bytes leave at once. Who gets half a file sees it, since a zip has its list at the end.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.keeping import Portion, Row, Value
from accounts.models import User
from accounts.spreadsheets import safe_text
from panel.privacy.everything import NOT_TAKEN_OUT, PORTIONS

PIECE_BYTES = 64 * 1024


class _Pipe(io.RawIOBase):
    """A file that only takes bytes, and hands them on."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self.waiting = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        piece = bytes(data)
        self._pieces.append(piece)
        self.waiting += len(piece)
        return len(piece)

    def drain(self) -> bytes:
        piece = b"".join(self._pieces)
        self._pieces, self.waiting = [], 0
        return piece


def zip_of(person: User, *, now: datetime) -> Iterator[bytes]:
    """Yield the zip file of everything kept about this person (R-16, A-36, A-38, K-83, K-85)."""
    return zipped(_files(person, now=now), now=now)


def zipped(files: Iterable[tuple[str, Iterable[str | bytes]]], *, now: datetime) -> Iterator[bytes]:
    """Yield a zip file of these files, each a name and its pieces, while they are made."""
    pipe = _Pipe()
    with ZipFile(pipe, "w", ZIP_DEFLATED) as archive:
        for name, lines in files:
            entry = ZipInfo(name, date_time=now.astimezone(UTC).timetuple()[:6])
            entry.compress_type = ZIP_DEFLATED
            with archive.open(entry, "w", force_zip64=True) as file:
                for line in lines:
                    file.write(line.encode() if isinstance(line, str) else line)
                    if pipe.waiting >= PIECE_BYTES:
                        yield pipe.drain()
    yield pipe.drain()


def file_name(person: User, *, now: datetime) -> str:
    return f"{settings.PANEL_NAME.lower()}-{person.pk}-{now:%Y-%m-%d}.zip"


def _files(person: User, *, now: datetime) -> Iterator[tuple[str, Iterable[str]]]:
    yield "README.txt", _readme(now)
    for portion in PORTIONS:
        yield f"csv/{portion.name}.csv", csv_lines(portion, person)
        yield f"json/{portion.name}.json", json_lines(portion, person)


def csv_lines(portion: Portion, person: User) -> Iterator[str]:
    line = io.StringIO()
    writer = csv.writer(line)
    heading: Iterable[Row] = (portion.columns,)
    for rows in (heading, portion.rows(person)):
        for row in rows:
            writer.writerow([_cell(value) for value in row])
            yield line.getvalue()
            line.seek(0)
            line.truncate()


def json_lines(portion: Portion, person: User) -> Iterator[str]:
    start = "[\n"
    for row in portion.rows(person):
        record = dict(zip(portion.columns, map(_plain, row), strict=True))
        yield start + json.dumps(record, ensure_ascii=False)
        start = ",\n"
    yield "[]\n" if start == "[\n" else "\n]\n"


def _cell(value: Value) -> str:
    plain = _plain(value)
    if plain is None:
        return ""
    if isinstance(plain, bool):
        return "yes" if plain else "no"
    # A number cannot act as a formula, however it begins; a text can.
    return safe_text(str(plain)) if isinstance(value, str) else str(plain)


def _plain(value: Value) -> str | int | bool | None:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value if value is None or isinstance(value, bool | int) else str(value)


def _readme(now: datetime) -> Iterator[str]:
    moment = f"{now.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    intro = _("What %(panel)s keeps about you, as it was on %(moment)s.")
    yield intro % {"panel": settings.PANEL_NAME, "moment": moment} + "\n\n"
    yield _("Each table is here twice: in csv/ for spreadsheet programs, in json/ for other programs.") + "\n"
    yield _("Times are in UTC. Amounts are in %(currency)s.") % {"currency": settings.PANEL_CURRENCY} + "\n"
    yield _("In CSV, a text that could act as a formula has an apostrophe in front.") + "\n\n"
    for portion in PORTIONS:
        yield f"{portion.name}\n    {portion.tells}\n"
    yield "\n" + _("What we keep, but is not here:") + "\n"
    for reason in sorted({str(reason) for reason in NOT_TAKEN_OUT.values()}):
        yield f"  - {reason}\n"
