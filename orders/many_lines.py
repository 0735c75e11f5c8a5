"""Lines of many orders as people type them or copy them from a spreadsheet: service, link, quantity."""

import re
from collections import Counter
from dataclasses import dataclass
from uuid import UUID, uuid5

from django.utils.translation import gettext_lazy as _

from accounts.refusals import Refusal
from orders.quantities import plain_number, read_quantity

MOST_LINES = 500
FEWEST_CELLS = 2
# The first of these that a line contains parts its cells; a link may contain the others.
SEPARATORS = ("|", "\t", ";", ",")


class LineUnreadable(Refusal):
    code = "line_unreadable"
    clause = "A-31, K-23"
    sentence = _("Write: number of the service | link | quantity.")


@dataclass(frozen=True)
class Line:
    """One line; without a service when it cannot be read."""

    number: int
    text: str
    request_id: str
    service_id: int | None = None
    link: str = ""
    quantity: int | None = None


def read_lines(text: str, *, form_id: UUID) -> list[Line]:
    """Read the lines that are not empty, numbered as they stand.

    The same line of the same form has the same request, wherever it stands; the same line twice has two.
    """
    seen: Counter[str] = Counter()
    lines = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        cells = _cells(line)
        name = "|".join(cells)
        seen[name] += 1
        request_id = uuid5(form_id, f"{name}|{seen[name]}").hex
        lines.append(_line(number, line.strip(), request_id, cells))
    return lines


def _cells(line: str) -> list[str]:
    """Part a line at its first and its last separator: what is between is the link."""
    mark = next((mark for mark in SEPARATORS if mark in line), None)
    if mark is None:
        return line.split()
    first, _mark, rest = line.partition(mark)
    middle, found, last = rest.rpartition(mark)
    cells = [first, middle, last] if found else [first, rest]
    return [cell.strip().strip('"').strip() for cell in cells]


def _line(number: int, text: str, request_id: str, cells: list[str]) -> Line:
    service = plain_number(re.sub(r"^#", "", cells[0]))
    if service is None or len(cells) not in {FEWEST_CELLS, FEWEST_CELLS + 1}:
        return Line(number, text, request_id)
    quantity = read_quantity(cells[2]) if len(cells) > FEWEST_CELLS else None
    return Line(number, text, request_id, service, cells[1], quantity)
