"""Where everything stands: a described workbook as pages of cells. Pure.

A page is a title in A1, what the table says below it, then the table, from column A: screen readers start in A1, and
read downwards (docs/adr/0018). What is drawn and what is compared afterwards are both made from here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from typing import Final

from outputs.figures import rounded
from outputs.workbook import looks
from outputs.workbook.looks import Look, Part
from outputs.workbook.sheets import (
    Cell,
    Column,
    Formula,
    Kind,
    Note,
    Of,
    Plain,
    Row,
    Sheet,
    Shorthand,
    Table,
    Workbook,
    plain,
)

COVER, CONTENTS, NOTES, CHARTS = "Cover", "Contents", "Notes", "Charts"
# Characters of the cover's and the notes' wide column, of the widest and of the narrowest column.
_READING: Final = 90
_WIDEST: Final = 60
_NARROWEST: Final = 12
# A4 upright holds about this many characters before they get small.
_UPRIGHT: Final = 92
# More rows than these do not fit a screen, so the header row stays in sight.
_SCREEN: Final = 25

Stored = str | int | float | date | Formula
_EXCEL_BEGINS: Final = date(1899, 12, 30)
Spot = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Placed:
    """What stands in a cell. `leads_to`: the sheet that it is a link to."""

    value: Stored
    look: Look
    leads_to: str = ""


@dataclass(frozen=True, slots=True)
class Area:
    """A table on its page: its name, headings, and from which row (its header's) to which."""

    name: str
    headers: tuple[str, ...]
    top: int
    bottom: int

    @property
    def right(self) -> int:
        """The last column."""
        return len(self.headers) - 1


@dataclass(slots=True)
class Page:
    """A sheet, laid out. Rows and columns count from 0."""

    name: str
    cells: dict[Spot, Placed] = field(default_factory=dict)
    widths: tuple[int, ...] = ()
    areas: list[Area] = field(default_factory=list)
    frozen: bool = False

    @property
    def heights(self) -> dict[int, int]:
        """The rows that are higher than others, in pixels."""
        found: dict[int, int] = {}
        for (row, column), placed in self.cells.items():
            width = self.widths[column] if column < len(self.widths) else _NARROWEST
            high = looks.height(placed.look, _told(placed.value), width)
            if high > looks.ROW_PIXELS:
                found[row] = max(high, found.get(row, 0))
        return found

    @property
    def landscape(self) -> bool:
        """Whether it is printed on its side, since it is wide."""
        return sum(self.widths) > _UPRIGHT

    @property
    def next_row(self) -> int:
        """The row below everything that is there."""
        return max((row for row, _ in self.cells), default=-1) + 1

    def line(self, text: str, part: Part, leads_to: str = "") -> None:
        """Puts one more line into column A."""
        self.cells[self.next_row, 0] = Placed(text, Look(part), leads_to)

    def table(self, table: Table, links: Mapping[str, str] | None = None) -> Area:
        """Puts a table below everything else. `links`: texts of its first column and the sheets they lead to."""
        top = self.next_row
        apart = [
            place > 0 and not _is_figure(each) and _is_figure(table.columns[place - 1])
            for place, each in enumerate(table.columns)
        ]
        for column, each in enumerate(table.columns):
            self.cells[top, column] = Placed(each.header, Look("header", right=_is_figure(each), apart=apart[column]))
        for number, row in enumerate(table.rows, top + 1):
            for column, cell in enumerate(row.cells):
                kind = cell.kind if isinstance(cell, Of) else table.columns[column].kind
                look = replace(_look(plain(cell), kind, table.columns[column], row.is_total), apart=apart[column])
                leads_to = (links or {}).get(cell, "") if isinstance(cell, str) and column == 0 else ""
                told = _stored(plain(cell), kind)
                self.cells[number, column] = Placed(told, Look("link") if leads_to else look, leads_to)
        area = Area(table.name, tuple(each.header for each in table.columns), top, top + len(table.rows))
        self.areas.append(area)
        return area


def _told(value: Stored) -> str:
    return str(value.value if isinstance(value, Formula) else value)


def stored(cell: Plain) -> Stored:
    """What a cell of a description becomes. A fraction keeps four decimals, as in figures.csv: more would tell what it
    was made of (a rate of 0.142857 is one of seven)."""
    if isinstance(cell, Shorthand):
        return cell.value
    return float(rounded(cell)) if isinstance(cell, Fraction) else cell


def _stored(cell: Plain, kind: Kind) -> Stored:
    """FTE stays whole: formulas work on with it, and it tells of posts, not of people."""
    return float(cell) if kind == "fte" and isinstance(cell, Fraction) else stored(cell)


def as_number(value: int | Fraction | str | date) -> int | float | str:
    """The value of a formula in full, as a program works it out; of a day its number in Excel's calendar."""
    if isinstance(value, date):
        return (value - _EXCEL_BEGINS).days
    return float(value) if isinstance(value, Fraction) else value


def pages(workbook: Workbook) -> list[Page]:
    """Cover, contents, notes and a page a sheet. The charts' page is charts.page's, which needs these."""
    return [
        _cover(workbook),
        _contents(workbook),
        *([_notes(workbook)] if note_rows(workbook) else []),
        *(_sheet(sheet, workbook.notes) for sheet in workbook.sheets),
    ]


def header_row(sheet: Sheet) -> int:
    """The row of a sheet's headings as formulas count it (from 1); its first row of figures is the next one."""
    return len(_above(sheet, ())) + 1


# --- the pages -------------------------------------------------------------------------------------


def _cover(workbook: Workbook) -> Page:
    page = Page(COVER, widths=(_READING,))
    page.line(workbook.title, "cover")
    page.line(workbook.subject, "subtitle")
    page.line(workbook.organisation, "wrapped")
    for each in workbook.cover:
        page.line(each.heading, "heading")
        page.line(each.text, "wrapped")
    page.line("What is on each sheet", "heading")
    page.line("Go to the contents", "link", CONTENTS)
    return page


def _contents(workbook: Workbook) -> Page:
    page = Page(CONTENTS)
    page.line("Contents", "title")
    page.line("Each sheet of this workbook; the name of a sheet leads to it.", "says")
    listed = [(COVER, "What this workbook is, and how to read it")]
    listed += [(NOTES, "Notes, and what the shorthand in square brackets means")] if note_rows(workbook) else []
    listed += [(sheet.name, sheet.title) for sheet in workbook.sheets]
    listed += [(CHARTS, "Charts, each beside the figures that it shows")] if workbook.charts else []
    table = Table("Contents", (Column("Sheet", "text"), Column("What is on it", "text")), tuple(map(Row, listed)))
    page.table(table, {name: name for name, _ in listed})
    page.widths = (34, 80)
    return page


def note_rows(workbook: Workbook) -> list[tuple[str, str]]:
    """What the notes' sheet explains: each note by its number, then the shorthand that is used somewhere."""
    used = {
        plain(cell)
        for sheet in workbook.sheets
        for row in sheet.table.rows
        for cell in row.cells
        if isinstance(plain(cell), Shorthand)
    }
    numbered = [(f"[note {number}]", note.text) for number, note in enumerate(workbook.notes, 1)]
    return [*numbered, *((each.value, each.words) for each in Shorthand if each in used)]


def _notes(workbook: Workbook) -> Page:
    page = Page(NOTES)
    page.line("Notes", "title")
    page.line("What the marks in square brackets mean, wherever they stand in this workbook.", "says")
    page.line("Go to the contents", "link", CONTENTS)
    columns = (Column("Mark", "text"), Column("What it means", "text"))
    page.table(Table("Notes", columns, tuple(map(Row, note_rows(workbook)))))
    page.widths = (14, _READING)
    return page


def _sheet(sheet: Sheet, notes: Sequence[Note]) -> Page:
    page = Page(sheet.name)
    for placed in _above(sheet, notes):
        page.cells[page.next_row, 0] = placed
    page.table(sheet.table)
    page.widths = widths(sheet.table)
    page.frozen = len(sheet.table.rows) > _SCREEN
    return page


def _above(sheet: Sheet, notes: Sequence[Note]) -> list[Placed]:
    lines = [Placed(sheet.title, Look("title")), *(Placed(line, Look("says")) for line in sheet.says)]
    if sheet.unit:
        lines.append(Placed(f"Unit: {sheet.unit}.", Look("says")))
    if sheet.notes:
        numbers = [number for number, note in enumerate(notes, 1) if note.key in sheet.notes]
        marks = ", ".join(f"[note {number}]" for number in numbers)
        lines.append(Placed(f"Go to the notes of this table: {marks}", Look("link"), NOTES))
    return [*lines, Placed("Go to the contents", Look("link"), CONTENTS)]


# --- cells and columns -----------------------------------------------------------------------------


def _is_figure(column: Column) -> bool:
    return column.kind != "text"


# Excel would make a number, a date or a formula of such a text, when somebody edits its cell.
_MISTAKEN: Final = re.compile(r"[=+\-@\t\r\n'#\d]|true$|false$", re.IGNORECASE)


def _look(cell: Plain, kind: Kind, column: Column, is_total: bool) -> Look:
    shown = cell.value if isinstance(cell, Formula) else cell
    is_text = isinstance(shown, str)
    literal = isinstance(cell, str) and bool(_MISTAKEN.match(cell))
    kind = "text" if isinstance(shown, Shorthand) or is_text else kind
    return Look("cell", kind, is_total, literal, right=_is_figure(column))


def widths(table: Table) -> tuple[int, ...]:
    """How wide the columns are, in characters: their longest word in the heading, their longest cell, within bounds."""
    return tuple(_width(column, (row.cells[place] for row in table.rows)) for place, column in enumerate(table.columns))


def _width(column: Column, cells: Iterable[Cell]) -> int:
    if column.kind == "date":
        return 20
    longest_word = max(map(len, column.header.split()))
    longest = max(max(map(len, str(_shown(cell)).splitlines()), default=0) for cell in cells)
    # A heading takes two lines rather than a wide column.
    return min(_WIDEST, max(_NARROWEST, longest + 2, longest_word + 3, len(column.header) // 2 + 3))


def _shown(cell: Cell) -> str:
    told = plain(cell)
    value = told.value if isinstance(told, Formula | Shorthand) else told
    if isinstance(value, Fraction):
        return f"{float(value):,.4f}"
    if isinstance(value, date):
        return f"{value:%-d %B %Y}"
    return f"{value:,}" if isinstance(value, int) else str(value)
