"""The sheet of charts: where each stands beside the figures that it shows. Pure.

A chart draws its own small table and not the one it comes from: totals do not belong into it, and Excel draws a text
such as [c] as nought. The table also is what somebody has who cannot see the chart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from outputs.workbook.layout import CHARTS, CONTENTS, Area, Page, Placed, header_row, widths
from outputs.workbook.looks import Look
from outputs.workbook.sheets import Chart, Column, Formula, Kind, Plain, Row, Sheet, Shorthand, Table, Workbook, plain

_FEWEST_ROWS: Final = 18
_ROWS_OF_A_LINE: Final = 24
# The charts stand right of all tables, one below the other, with a free column between.
_GAP: Final = 1


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a chart stands: at the top of its table, right of all of them."""

    chart: Chart
    heading: int
    longest: int  # letters of a category
    area: Area
    column: int
    kind: Kind

    @property
    def rows(self) -> int:
        """How many rows high it is: as its table, and high enough to be read; a line has its points side by side."""
        if self.chart.form == "line":
            return _ROWS_OF_A_LINE
        bars = (self.area.bottom - self.area.top) * len(self.chart.values)
        return max(_FEWEST_ROWS, self.area.bottom - self.area.top + 2, bars + 5)


def page(workbook: Workbook) -> tuple[Page, list[Spot]]:
    """The page of charts, and where they stand on it."""
    laid = Page(CHARTS)
    laid.line("Charts", "title")
    laid.line("Each chart stands right of the figures that it shows; the text above it says what it shows.", "says")
    laid.line("Go to the contents", "link", CONTENTS)
    tables = [chart_table(each, chart, workbook.sheet(chart.sheet)) for each, chart in enumerate(workbook.charts, 1)]
    each = [widths(table) for table, _ in tables if table.rows]
    right = max(map(len, each), default=1)
    laid.widths = (*(max(w[place] for w in each if place < len(w)) for place in range(right)), 3) if each else (12,)
    spots: list[Spot] = []
    row = laid.next_row + 1
    for chart, (table, left_out) in zip(workbook.charts, tables, strict=True):
        _above(laid, row, chart, left_out)
        if table.rows:
            spots.append(Spot(chart, row, _longest(table), laid.table(table), right + _GAP, table.columns[1].kind))
        else:
            laid.line("There is no chart, since none of its figures can be shown.", "says")
        row = max([laid.next_row, *(spot.area.top + spot.rows for spot in spots)]) + 2
    return laid, spots


def _longest(table: Table) -> int:
    return max(len(str(row.cells[0])) for row in table.rows)


def chart_table(number: int, chart: Chart, sheet: Sheet) -> tuple[Table, list[str]]:
    """The figures of a chart as a table, and the rows that have none to draw."""
    source = sheet.table
    places = [source.index(header) for header in (chart.category, *chart.values)]
    columns = [source.columns[place] for place in places]
    rows, left_out = [], []
    for place, row in enumerate(source.rows):
        name = str(plain(row.cells[places[0]]))
        if name in chart.leaves_out:
            continue
        if any(isinstance(plain(row.cells[each]), Shorthand) for each in places):
            left_out.append(name)
            continue
        cells = [_live(plain(row.cells[each]), sheet, place, each) for each in places]
        rows.append(Row((name, *cells[1:], *([chart.level.value] if chart.level else []))))
    if chart.level:
        columns.append(Column(chart.level.words, columns[-1].kind))
    columns[0] = Column(chart.category, "text")
    return Table(f"Chart_{number}_figures", tuple(columns), tuple(rows)), left_out


def _live(cell: Plain, sheet: Sheet, row: int, column: int) -> Plain:
    """A figure that is worked out is taken from where it is worked out."""
    if not isinstance(cell, Formula):
        return cell
    name = sheet.name.replace("'", "''")
    return Formula(f"='{name}'!{letters(column)}{header_row(sheet) + 1 + row}", cell.value)


def letters(column: int) -> str:
    high, low = divmod(column, 26)
    return (letters(high - 1) if high else "") + chr(ord("A") + low)


def _above(laid: Page, row: int, chart: Chart, left_out: list[str]) -> None:
    laid.cells[row, 0] = Placed(chart.title, Look("heading"))
    laid.line(chart.says + chart.says_where_it_begins, "says")
    laid.line(f"Go to the table with these figures: {chart.sheet}", "link", chart.sheet)
    if left_out:
        laid.line(f"Not in the chart, since figures are suppressed or not there: {', '.join(left_out)}.", "says")
