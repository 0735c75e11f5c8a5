"""Papers to print, send and keep: a title, facts, texts and tables, on pages that say which of how many they are.

The same content gives the same file. A sign that the font lacks is printed as a question mark; whoever needs every
letter finds it in the data that goes with the paper.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]
from fpdf import FPDF
from fpdf.enums import Align, TableBordersLayout, VAlign, XPos, YPos
from fpdf.fonts import FontFace

FAMILY = "DejaVu"
FONTS = Path(settings.ROOT) / "static" / "vendor" / "dejavu"
PLAIN, BOLD = FONTS / "DejaVuSans.ttf", FONTS / "DejaVuSans-Bold.ttf"
GREY, INK, GROUND = (110, 110, 120), (25, 25, 30), (243, 243, 247)
# Nobody reads more lines of a table on paper.
MOST_ROWS = 500


class Paper:
    """A4 upright; everything is added from top to bottom."""

    def __init__(self, title: str, *, at: datetime, lines: Sequence[str] = (), foot: str = "") -> None:
        self._pdf = _Pages(_printable(foot))
        self._pdf.set_title(title)
        self._pdf.set_creator(_printable(settings.PANEL_NAME))
        self._pdf.set_creation_date(at)
        self._pdf.add_page()
        self._write(settings.PANEL_NAME, size=9, colour=GREY)
        self._write(title, size=18, bold=True, after=1)
        for line in lines:
            self._write(line, size=9, colour=GREY)
        self._pdf.ln(4)

    def heading(self, text: str) -> None:
        """Begin a part. It stays with what follows it."""
        self._pdf.ln(3)
        if self._pdf.will_page_break(24):
            self._pdf.add_page()
        self._write(text, size=12, bold=True, after=1)

    def text(self, text: str) -> None:
        self._write(text, size=9, after=1)

    def facts(self, facts: Iterable[tuple[str, str]]) -> None:
        """Names and what they are, one below the other."""
        rows = [(_printable(name), _printable(fact)) for name, fact in facts]
        self._pdf.set_font(FAMILY, size=9)
        with self._pdf.table(
            first_row_as_headings=False,
            borders_layout=TableBordersLayout.NONE,
            col_widths=(30, 70),
            line_height=5.2,
            text_align="LEFT",
            v_align=VAlign.T,
        ) as table:
            for name, fact in rows:
                row = table.row()
                row.cell(name, style=FontFace(color=GREY))
                row.cell(fact)
        self._pdf.ln(1)

    def table(
        self,
        headings: Sequence[str],
        rows: Iterable[Sequence[str]],
        *,
        widths: Sequence[int],
        right: Iterable[int] = (),
    ) -> None:
        """Add a table whose columns are as wide as `widths` say beside each other; `right` are columns of numbers.

        Only the first MOST_ROWS are printed, and the paper says so.
        """
        shown, cut = _first(rows)
        numbers = set(right)
        self._pdf.set_font(FAMILY, size=8)
        self._pdf.set_draw_color(*GREY)
        with self._pdf.table(
            borders_layout=TableBordersLayout.HORIZONTAL_LINES,
            col_widths=tuple(widths),
            headings_style=FontFace(emphasis="BOLD", fill_color=GROUND),
            line_height=4.6,
            text_align=tuple(Align.R if each in numbers else Align.L for each in range(len(headings))),
            padding=0.6,
            v_align=VAlign.T,
        ) as table:
            for cells in ([*headings], *shown):
                row = table.row()
                for cell in cells:
                    row.cell(_printable(cell))
        if not shown:
            self._write(_("None."), size=9, colour=GREY)
        if cut:
            self._write(
                _("The first %(count)d lines; the rest is not printed.") % {"count": MOST_ROWS},
                size=8,
                colour=GREY,
            )
        self._pdf.ln(1)

    def content(self) -> bytes:
        return bytes(self._pdf.output())

    def _write(
        self,
        text: str,
        *,
        size: int,
        bold: bool = False,
        colour: tuple[int, int, int] = INK,
        after: int = 0,
    ) -> None:
        self._pdf.set_font(FAMILY, style="B" if bold else "", size=size)
        self._pdf.set_text_color(*colour)
        self._pdf.multi_cell(
            0, size * 0.52, _printable(text), align=Align.L, new_x=XPos.LMARGIN, new_y=YPos.NEXT
        )
        self._pdf.set_text_color(*INK)
        if after:
            self._pdf.ln(after)


class _Pages(FPDF):
    def __init__(self, foot: str) -> None:
        super().__init__(format="A4")
        self._foot = foot
        self.set_margin(18)
        self.set_auto_page_break(True, margin=20)
        self.add_font(FAMILY, fname=PLAIN)
        self.add_font(FAMILY, style="B", fname=BOLD)

    def footer(self) -> None:
        self.set_y(-13)
        self.set_font(FAMILY, size=7)
        self.set_text_color(*GREY)
        self.cell(0, 4, self._foot, align=Align.L)
        self.set_x(self.l_margin)
        page = _("Page %(page)s of %(pages)s") % {"page": self.page_no(), "pages": "{nb}"}
        self.cell(0, 4, page, align=Align.R)
        self.set_text_color(*INK)


def _first(rows: Iterable[Sequence[str]]) -> tuple[list[Sequence[str]], bool]:
    shown: list[Sequence[str]] = []
    for row in rows:
        if len(shown) == MOST_ROWS:
            return shown, True
        shown.append(row)
    return shown, False


def _printable(text: object) -> str:
    known = _letters()
    lines = str(text).expandtabs(4).splitlines() or [""]
    return "\n".join("".join(sign if ord(sign) in known else "?" for sign in line) for line in lines)


@cache
def _letters() -> frozenset[int]:
    with TTFont(PLAIN, lazy=True) as plain, TTFont(BOLD, lazy=True) as bold:
        return frozenset(plain.getBestCmap()) & frozenset(bold.getBestCmap())
