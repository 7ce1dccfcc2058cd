"""Rules of accessibility about cells: seen, readable, not by colour alone, links that say where they lead. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from outputs.workbook.judged import Finding, Judged
from outputs.workbook.looks import contrast

_LEAST_CONTRAST: Final = 4.5
_LEAST_SIZE: Final = 10
_BARE: Final = re.compile(r"\s*(?:https?:|www\.|mailto:|ftp:|#|internal:)\S*\s*", re.IGNORECASE)
_SAYS_NOTHING: Final = frozenset(("click here", "here", "link", "this link", "more", "read more", "see here", "go"))
_SHOWS_NOTHING: Final = re.compile(r"\s*;\s*;\s*;?\s*")
# Letters of 12 points are a little wider than the digits in which columns are measured, so this lets some pass.
_CUT: Final = 1.3
_USUAL_WIDTH: Final = 8.43  # characters, where nothing tells another one


def _hidden(judged: Judged) -> Iterator[Finding]:
    for sheet in judged.sheets:
        for number, row in sheet.row_dimensions.items():
            if row.hidden or row.height == 0:
                yield Finding(sheet.title, str(number), "hidden-row", "The row is hidden.")
        for letter, column in sheet.column_dimensions.items():
            if column.hidden or column.width == 0:
                yield Finding(sheet.title, letter, "hidden-column", "The column is hidden.")
        for cell in judged.filled(sheet):
            if _SHOWS_NOTHING.fullmatch(cell.number_format or ""):
                yield Finding(sheet.title, cell.coordinate, "hidden-cell", "The cell's format shows nothing.")
        if sheet.sheet_format.zeroHeight:
            yield Finding(sheet.title, "", "hidden-row", "Rows are hidden unless told otherwise.")


def _merged(judged: Judged) -> Iterator[Finding]:
    for sheet in judged.sheets:
        for area in sheet.merged_cells.ranges:
            yield Finding(sheet.title, area.coord, "merged-cells", "Cells are merged.")


def _readable(judged: Judged) -> Iterator[Finding]:
    for sheet in judged.sheets:
        for cell in judged.filled(sheet):
            ink = judged.colour(cell.font.color, "#000000")
            if contrast(ink, _ground(judged, cell) or "#FFFFFF") < _LEAST_CONTRAST:
                yield Finding(sheet.title, cell.coordinate, "contrast", "Text and background are too much alike.")
            if cell.font.sz is not None and cell.font.sz < _LEAST_SIZE:
                yield Finding(
                    sheet.title, cell.coordinate, "font-size", f"The text is smaller than {_LEAST_SIZE} points."
                )
            if cell.font.vertAlign in ("superscript", "subscript"):
                yield Finding(sheet.title, cell.coordinate, "raised-text", "The text is raised or lowered.")


def _ground(judged: Judged, cell: Any) -> str:
    """The colour behind a cell; blank for none."""
    fill = cell.fill
    if fill is None or fill.fill_type in (None, "none"):
        return ""
    told = getattr(fill, "fgColor", None)
    return "" if told is None else judged.colour(told, "#FFFFFF")


def _colour_alone(judged: Judged) -> Iterator[Finding]:
    for sheet in judged.sheets:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.value is None and _ground(judged, cell) not in ("", "#FFFFFF"):
                    yield Finding(
                        sheet.title, cell.coordinate, "colour-alone", "A colour stands in a cell without text."
                    )
        tables = [table.ref for table in sheet.tables.values()]
        for rules in sheet.conditional_formatting:
            yield Finding(sheet.title, str(rules.sqref), "colour-alone", "A format tells something that no text does.")
        for ref in tables:
            grounds = {ground for cell in _body(sheet, ref) if (ground := _ground(judged, cell)) not in ("", "#FFFFFF")}
            if grounds:
                yield Finding(sheet.title, ref, "colour-alone", "Figures are told apart by the colour behind them.")


def _body(sheet: Any, ref: str) -> Iterator[Any]:
    for row in sheet[ref][1:]:
        yield from row


def _links(judged: Judged) -> Iterator[Finding]:
    names = {sheet.title for sheet in judged.sheets}
    for sheet in judged.sheets:
        for cell in judged.filled(sheet):
            if not cell.hyperlink:
                continue
            text = str(cell.value).strip().lower()
            if _BARE.fullmatch(text) or text.rstrip(".!") in _SAYS_NOTHING:
                yield Finding(sheet.title, cell.coordinate, "link-text", "The link does not say where it leads.")
            place = judged.leads_to(cell)
            if place and place not in names:
                yield Finding(
                    sheet.title, cell.coordinate, "link-broken", "The link leads to a sheet that is not there."
                )


def _cut_off(judged: Judged) -> Iterator[Finding]:
    """Text that the cell right of it cuts off, since it neither wraps nor fits."""
    for sheet in judged.sheets:
        for cell in judged.filled(sheet):
            if cell.data_type != "s" or cell.alignment.wrap_text or cell.alignment.shrink_to_fit:
                continue
            neighbour = sheet.cell(cell.row, cell.column + 1).value if cell.column < sheet.max_column else None
            if neighbour is not None and len(cell.value) > _width(sheet, cell) * _CUT:
                yield Finding(sheet.title, cell.coordinate, "cut-off", "The text is cut off by the cell right of it.")


def _width(sheet: Any, cell: Any) -> float:
    """Columns of one width stand together under the first one's letter."""
    told = [each for each in sheet.column_dimensions.values() if each.min <= cell.column <= each.max]
    return float(told[0].width if told else sheet.sheet_format.defaultColWidth or _USUAL_WIDTH)


RULES: Final[tuple[Callable[[Judged], Iterator[Finding]], ...]] = (
    _hidden,
    _merged,
    _readable,
    _colour_alone,
    _links,
    _cut_off,
)
