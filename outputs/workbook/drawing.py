"""Draws laid pages with XlsxWriter, in memory. Nothing is decided here: what stands where and how it looks is given.

Text is written as text by its own call, whatever it starts with; XlsxWriter never guesses.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, date
from typing import Any, Final

import xlsxwriter

from outputs.workbook import looks
from outputs.workbook.charts import Spot
from outputs.workbook.layout import CHARTS, COVER, Page, Placed, as_number
from outputs.workbook.looks import Look
from outputs.workbook.sheets import Formula, Workbook

_A4: Final = 9
_FOOTER: Final = f'&C&"{looks.FONT},Regular"&10Page &P of &N'
_CHART_WIDTH: Final = 780
# What margins leave of A4 on its side, in pixels, and a little less for rows that are higher.
_PAPER_WIDE: Final = 1000
_PAPER_HIGH: Final = 600
# Pixels of a letter of a category, and of what stands above and below the bars.
_LETTER: Final = 7.5
_MOST_LEFT: Final = 0.45
_PIXELS_ABOVE: Final = 50
_PIXELS_BELOW: Final = 75
_FEW_POINTS: Final = 40
_FEW_BARS: Final = 20  # more of them carry no numbers, which stand beside them anyway


def _options() -> dict[str, Any]:
    """Made anew for each workbook: XlsxWriter writes into what it is given, and the next one would differ."""
    return {
        "in_memory": True,  # nothing on disk
        "strings_to_formulas": False,
        "strings_to_numbers": False,
        "strings_to_urls": False,
        "default_format_properties": {"font_name": looks.FONT, "font_size": looks.SIZE},
        "default_column_width": looks.COLUMN_PIXELS,
        "default_row_height": looks.ROW_PIXELS,
    }


class _Book:
    """A workbook that is being drawn, with one format a look."""

    def __init__(self, buffer: io.BytesIO) -> None:
        self.book = xlsxwriter.Workbook(buffer, _options())
        self._formats: dict[Look, Any] = {}

    def format(self, look: Look) -> Any:
        """XlsxWriter's format of a look."""
        if look not in self._formats:
            self._formats[look] = self.book.add_format(looks.properties(look))
        return self._formats[look]


def draw(workbook: Workbook, pages: Sequence[Page], spots: Sequence[Spot]) -> bytes:
    """The bytes of a workbook as XlsxWriter makes them."""
    buffer = io.BytesIO()
    drawn = _Book(buffer)
    drawn.book.set_properties(
        {
            "title": workbook.title,
            "subject": workbook.subject,
            "author": workbook.organisation,
            "company": workbook.organisation,
            "created": workbook.made_at.astimezone(UTC).replace(tzinfo=None, microsecond=0),
        }
    )
    for page in pages:
        _page(drawn, page)
    for spot in spots:
        _chart(drawn.book, spot)
    if spots:
        _paper_of_charts(drawn.book.get_worksheet_by_name(CHARTS), pages[-1], spots)
    drawn.book.close()
    return buffer.getvalue()


def _page(drawn: _Book, page: Page) -> None:
    sheet = drawn.book.add_worksheet(page.name)
    for column, width in enumerate(page.widths):
        sheet.set_column(column, column, width)
    for row, pixels in page.heights.items():
        sheet.set_row_pixels(row, pixels)
    for area in page.areas:
        headers = [page.cells[area.top, column] for column in range(area.right + 1)]
        columns = [{"header": each.value, "header_format": drawn.format(each.look)} for each in headers]
        options = {"name": area.name, "columns": columns, "autofilter": False, "style": None, "banded_rows": False}
        sheet.add_table(area.top, 0, area.bottom, area.right, options)
    headings = {area.top for area in page.areas}
    for (row, column), placed in sorted(page.cells.items()):
        if row not in headings:
            _cell(sheet, row, column, placed, drawn.format(placed.look))
    _paper(sheet, page)


def _cell(sheet: Any, row: int, column: int, placed: Placed, look: Any) -> None:
    value = placed.value
    if placed.leads_to:
        name = placed.leads_to.replace("'", "''")
        sheet.write_url(row, column, f"internal:'{name}'!A1", look, str(value))
    elif isinstance(value, Formula):
        sheet.write_formula(row, column, value.expression, look, as_number(value.value))
    elif isinstance(value, date):
        sheet.write_datetime(row, column, value, look)
    elif isinstance(value, str):
        _text(sheet, row, column, value, look)
    else:
        sheet.write_number(row, column, value, look)


def _text(sheet: Any, row: int, column: int, text: str, look: Any) -> None:
    """XlsxWriter takes a text from <r> to </r> for its own finished XML; cut up, it is text as any other."""
    if text.startswith("<r>") and text.endswith("</r>"):
        sheet.write_rich_string(row, column, text[0], text[1], text[2:], look)
    else:
        sheet.write_string(row, column, text, look)


def _paper(sheet: Any, page: Page) -> None:
    sheet.hide_gridlines(2)
    sheet.set_paper(_A4)
    sheet.set_margins(left=0.6, right=0.6, top=0.6, bottom=0.8)
    sheet.set_footer(_FOOTER)
    if page.name == CHARTS:
        return
    sheet.fit_to_pages(1, 1 if page.name == COVER else 0)
    if page.landscape:
        sheet.set_landscape()
    if len(page.areas) == 1:
        sheet.repeat_rows(page.areas[0].top)
        if page.frozen:
            sheet.freeze_panes(page.areas[0].top + 1, 0)


def _paper_of_charts(sheet: Any, page: Page, spots: Sequence[Spot]) -> None:
    """No chart is cut by the end of a page: as many go on one as fit. Pages that are fitted have no breaks, so this one
    is scaled instead."""
    sheet.set_landscape()
    wide = sum(page.widths) * looks.DIGIT_PIXELS + _CHART_WIDTH + 100
    scale = max(30, min(100, int(100 * _PAPER_WIDE / wide)))
    sheet.set_print_scale(scale)
    room = _PAPER_HIGH * 100 / scale / looks.ROW_PIXELS
    breaks, start = [], 0
    for spot in spots:
        if spot.area.top + spot.rows - start > room and spot.heading > start:
            breaks.append(spot.heading)
            start = spot.heading
    sheet.set_h_pagebreaks(breaks)


# --- charts ----------------------------------------------------------------------------------------


def _chart(book: Any, spot: Spot) -> None:
    form = spot.chart.form
    # A level across the chart is a line, and lines stand only on upright columns.
    kind = "line" if form == "line" else "column" if spot.chart.level else "bar"
    chart = book.add_chart({"type": kind})
    last = spot.area.right - bool(spot.chart.level)
    for number, column in enumerate(range(1, last + 1)):
        chart.add_series(_series(spot, column) | (_line(number, spot) if form == "line" else _bar(number, spot)))
    if spot.chart.level:
        level = book.add_chart({"type": "line"}) if form == "bar" else chart
        level.add_series(_series(spot, spot.area.right) | _level())
        if form == "bar":
            chart.combine(level)
    _frame(chart, spot, kind)
    sheet = book.get_worksheet_by_name(CHARTS)
    options = {"description": spot.chart.says + spot.chart.says_where_it_begins, "object_position": 2}
    sheet.insert_chart(spot.area.top, spot.column, chart, options)


def _series(spot: Spot, column: int) -> dict[str, Any]:
    top, bottom = spot.area.top, spot.area.bottom
    return {
        "name": [CHARTS, top, column],
        "categories": [CHARTS, top + 1, 0, bottom, 0],
        "values": [CHARTS, top + 1, column, bottom, column],
    }


def _line(number: int, spot: Spot) -> dict[str, Any]:
    colour = looks.SERIES[number]
    marker: dict[str, Any] = {
        "type": looks.MARKERS[number],
        "size": 8,
        "fill": {"color": colour},
        "border": {"color": colour},
    }
    line = {"color": colour, "width": 2.25, "dash_type": looks.DASHES[number]}
    return {"line": line, "marker": marker if _points(spot) <= _FEW_POINTS else {"type": "none"}}


def _points(spot: Spot) -> int:
    return spot.area.bottom - spot.area.top


def _bar(number: int, spot: Spot) -> dict[str, Any]:
    colour, pattern = looks.SERIES[number], looks.PATTERNS[number]
    fill: dict[str, Any] = {"fill": {"color": colour}}
    if pattern != "solid":
        fill = {"pattern": {"pattern": pattern, "fg_color": colour, "bg_color": "#FFFFFF"}}
    found = fill | {"border": {"color": colour}, "gap": 50}
    if spot.area.bottom - spot.area.top <= _FEW_BARS:
        found["data_labels"] = {
            "value": True,
            "num_format": looks.axis_format(spot.kind),
            "font": _font(11),
        }
    return found


def _level() -> dict[str, Any]:
    return {"line": {"color": looks.LEVEL, "width": 2.25, "dash_type": "dash"}, "marker": {"type": "none"}}


def _font(size: int, *, bold: bool = False) -> dict[str, Any]:
    return {"name": looks.FONT, "size": size, "bold": bold, "color": looks.INK}


def _frame(chart: Any, spot: Spot, kind: str) -> None:
    chart.set_title({"name": spot.chart.title, "name_font": _font(14, bold=True), "overlay": False})
    values = {
        "num_format": looks.axis_format(spot.kind),
        "num_font": _font(11),
        "min": spot.chart.begins_at,
        "major_gridlines": {"visible": True, "line": {"color": looks.GRID}},
        "line": {"none": True},
    }
    one = spot.area.right == 1
    if one:
        values |= {"name": spot.chart.values[0], "name_font": _font(11)}
    categories = {"num_font": _font(11), "line": {"color": looks.RULE}, "text_axis": True}
    categories["interval_unit"] = 1 if _points(spot) <= _FEW_POINTS else 14  # a label every other week
    if kind == "bar":  # lies on its side: read from the top, as its table
        chart.set_y_axis(categories | {"reverse": True, "crossing": "max"})
        chart.set_x_axis(values)
        # Room for the categories in one line each: programs leave every second one out otherwise.
        left = min(_MOST_LEFT, (spot.longest * _LETTER + 30) / _CHART_WIDTH)
        top, foot = (_PIXELS_ABOVE / (spot.rows * looks.ROW_PIXELS), _PIXELS_BELOW / (spot.rows * looks.ROW_PIXELS))
        chart.set_plotarea({"layout": {"x": left, "y": top, "width": 0.96 - left, "height": 1 - top - foot}})
    else:
        chart.set_x_axis(categories)
        chart.set_y_axis(values)
    chart.set_legend({"none": True} if one else {"position": "bottom", "font": _font(11)})
    chart.set_size({"width": _CHART_WIDTH, "height": spot.rows * looks.ROW_PIXELS})
