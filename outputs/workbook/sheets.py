"""A workbook, described: what it says, before anybody decides where it stands or how it looks. Pure.

A description that was made can be written: what Excel would refuse, cut or repair is refused here (limits), by
WorkbookInvalid, which says where and never what.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from fractions import Fraction
from types import MappingProxyType
from typing import Final, Literal

from outputs.workbook import limits
from outputs.workbook.limits import refuse

Kind = Literal["text", "count", "rate", "hours", "number", "fte", "date"]
Number = int | Fraction
# More than four series in one chart can hardly be told apart.
MOST_SERIES: Final = 4
_FIRST_DATE: Final = date(1900, 3, 1)  # before it Excel's days are one off


class Shorthand(Enum):
    """What stands where a figure does not, by the Government Statistical Service's list of symbols."""

    SUPPRESSED = "[c]"
    NOT_AVAILABLE = "[x]"
    NOT_APPLICABLE = "[z]"

    @property
    def words(self) -> str:
        """What it means; the notes say so."""
        return _MEANS[self]


_MEANS: Final[Mapping[Shorthand, str]] = MappingProxyType(
    {
        Shorthand.SUPPRESSED: "Suppressed: the figure is held back because it is small, or would tell a small one.",
        Shorthand.NOT_AVAILABLE: "Not available: there is nothing from which the figure could be worked out.",
        Shorthand.NOT_APPLICABLE: "Not applicable: there is no such figure.",
    }
)


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula that stays live, with the value that it has now; programs that do not calculate show that."""

    expression: str
    value: Number | str | date


Plain = str | int | Fraction | date | Formula | Shorthand


@dataclass(frozen=True, slots=True)
class Of:
    """A cell that is of another kind than its column: where every row tells something else."""

    kind: Kind
    cell: Plain


Cell = Plain | Of


def plain(cell: Cell) -> Plain:
    """A cell without its own kind."""
    return cell.cell if isinstance(cell, Of) else cell


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading and of what kind its cells are."""

    header: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Row:
    """A row of cells. A total stands out in bold; its words must say that it is one."""

    cells: tuple[Cell, ...]
    is_total: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table: `name` as formulas call it, columns, rows. Every cell is filled; the first column names the row."""

    name: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]

    def index(self, header: str) -> int:
        """The place of a column."""
        return [column.header for column in self.columns].index(header)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet with one table. `says` are lines below the title; `unit` is that of the figures; notes by key."""

    name: str
    title: str
    says: tuple[str, ...]
    table: Table
    unit: str = ""
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        limits.check_sheet_name(self.name)
        limits.check_line(self.title, self.name, "its title")
        for number, line in enumerate(self.says, 1):
            limits.check_line(line, self.name, f"line {number} below the title")
        _check_table(self.table, self.name)
        if any(column.kind not in ("text", "date") for column in self.table.columns):
            limits.check_line(self.unit, self.name, "its unit")


@dataclass(frozen=True, slots=True)
class Note:
    """A note. In the workbook it is called [note 1] and so on, by its place; `key` is how sheets name it."""

    key: str
    text: str


@dataclass(frozen=True, slots=True)
class CoverLine:
    """A part of the cover: a heading and what stands below it."""

    heading: str
    text: str


@dataclass(frozen=True, slots=True)
class Level:
    """A line at one value across a chart: a target, say."""

    words: str
    value: Number


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart of a sheet's table. `says` is its alternative text, and stands above it too; `leaves_out` are rows, by
    their category, that do not belong into it, such as totals; `begins_at` is where the axis of values begins."""

    title: str
    says: str
    sheet: str
    category: str
    values: tuple[str, ...]
    form: Literal["line", "bar"]
    level: Level | None = None
    leaves_out: frozenset[str] = frozenset()
    begins_at: int = 0

    @property
    def says_where_it_begins(self) -> str:
        """An axis that does not begin at 0 makes differences look large: it is said."""
        return f" The axis begins at {self.begins_at}, not at 0." if self.begins_at else ""


@dataclass(frozen=True, slots=True)
class Workbook:
    """The whole: cover, notes, sheets, charts. `made_at` is aware and stands in the document's properties."""

    title: str
    subject: str
    organisation: str
    made_at: datetime
    cover: tuple[CoverLine, ...]
    sheets: tuple[Sheet, ...]
    notes: tuple[Note, ...] = ()
    charts: tuple[Chart, ...] = ()
    language: str = "en-GB"

    def __post_init__(self) -> None:
        if self.made_at.tzinfo is None:
            raise refuse("Cover", "the time", "it has no time zone")
        for where in ("title", "subject", "organisation", "language"):
            limits.check_line(getattr(self, where), "Cover", f"the {where}", limits.TEXT_OF_PROPERTY)
        if not re.fullmatch(r"[a-z]{2,3}(-[A-Z]{2})?", self.language):
            raise refuse("Cover", "the language", "it is none such as en-GB")
        for line in self.cover:
            limits.check_line(line.heading, "Cover", "a heading")
            limits.check_text(line.text, "Cover", "a text")
        for note in self.notes:
            limits.check_text(note.text, "Notes", "a note")
        self._check_sheets()
        for chart in self.charts:
            _check_chart(chart, {sheet.name: sheet for sheet in self.sheets})

    def sheet(self, name: str) -> Sheet:
        """The sheet of that name."""
        return next(each for each in self.sheets if each.name == name)

    def _check_sheets(self) -> None:
        if not self.sheets:
            raise refuse("Contents", "the sheets", "there is none")
        _unique((sheet.name for sheet in self.sheets), "Contents", "the sheets' names")
        _unique((sheet.table.name for sheet in self.sheets), "Contents", "the tables' names")
        _unique((note.key for note in self.notes), "Notes", "the notes' keys")
        known = {note.key for note in self.notes}
        for sheet in self.sheets:
            if set(sheet.notes) - known:
                raise refuse(sheet.name, "its notes", "one of them does not exist")


def _unique(names: Iterable[str], sheet: str, where: str) -> None:
    """Excel takes upper and lower case for the same."""
    if any(count > 1 for count in Counter(name.lower() for name in names).values()):
        raise refuse(sheet, where, "one is there twice")


def _check_table(table: Table, sheet: str) -> None:
    limits.check_table_name(table.name, sheet)
    if not table.columns or not table.rows:
        raise refuse(sheet, "its table", "it has no column or no row")
    for number, column in enumerate(table.columns, 1):
        limits.check_line(column.header, sheet, f"the heading of column {number}", limits.HEADER_UNITS)
        limits.check_cell(column.header, sheet, f"the heading of column {number}")
    _unique((column.header for column in table.columns), sheet, "the headings")
    if len(table.rows) > limits.ROWS - 100 or len(table.columns) > limits.COLUMNS:
        raise refuse(sheet, "its table", "it is larger than a sheet")
    for number, row in enumerate(table.rows, 1):
        if len(row.cells) != len(table.columns):
            raise refuse(sheet, f"row {number}", "it has not one cell a column")
        for column, cell in zip(table.columns, row.cells, strict=True):
            _check_cell(cell, column.kind, sheet, f"row {number}, column {column.header}")


_TYPES: Final[Mapping[Kind, tuple[type, ...]]] = {
    "text": (str,),
    "count": (int,),
    "rate": (int, Fraction),
    "hours": (int, Fraction),
    "number": (int, Fraction),
    "fte": (int, Fraction),
    "date": (date,),
}


def _check_cell(cell: Cell, kind: Kind, sheet: str, where: str) -> None:
    if isinstance(cell, Of):
        kind, cell = cell.kind, cell.cell
    if isinstance(cell, Shorthand):
        return
    if isinstance(cell, Formula):
        limits.check_formula(cell.expression, sheet, where)
        cell = cell.value
    if not isinstance(cell, _TYPES[kind]) or isinstance(cell, bool | datetime):
        raise refuse(sheet, where, f"it is no {kind}")
    if isinstance(cell, str):
        limits.check_cell(cell, sheet, where)
    elif isinstance(cell, date):
        if cell < _FIRST_DATE:
            raise refuse(sheet, where, "the date is before those that Excel counts right")
    else:
        limits.check_number(cell, sheet, where)


def _check_chart(chart: Chart, sheets: Mapping[str, Sheet]) -> None:
    limits.check_line(chart.title, "Charts", "a title", limits.TEXT_OF_PROPERTY)
    limits.check_line(chart.says, "Charts", "an alternative text")
    where = f"the chart of {chart.sheet}"
    if chart.title.startswith("="):
        raise refuse("Charts", where, "its title would be taken for a formula")
    if chart.sheet not in sheets:
        raise refuse("Charts", where, "there is no such sheet")
    kinds = {column.header: column.kind for column in sheets[chart.sheet].table.columns}
    if not {chart.category, *chart.values} <= set(kinds):
        raise refuse("Charts", where, "the table has no such column")
    if not 0 < len(chart.values) + bool(chart.level) <= MOST_SERIES or len(set(chart.values)) != len(chart.values):
        raise refuse("Charts", where, f"it has no series, one twice, or more than {MOST_SERIES}")
    if any(kinds[value] in ("text", "date") for value in chart.values) or len({kinds[v] for v in chart.values}) > 1:
        raise refuse("Charts", where, "its values are no numbers, or not of one kind")
    if chart.level:
        limits.check_line(chart.level.words, "Charts", "the words of a level", limits.HEADER_UNITS)
        limits.check_number(chart.level.value, "Charts", "a level")
        if chart.level.words.lower() in {chart.category.lower(), *(value.lower() for value in chart.values)}:
            raise refuse("Charts", "the words of a level", "a column has the same")
