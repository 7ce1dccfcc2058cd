"""Fills a funder's own workbook by a cell map, its formats kept. Pure: bytes and texts in, bytes out.

A cell map is a CSV file beside the template: which figure goes into which cell. What does not fit stops everything:
a workbook that is filled nearly right is worse than none.
"""

from __future__ import annotations

import csv
import io
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any, Final

import openpyxl
from openpyxl.cell.cell import MergedCell
from openpyxl.utils.cell import coordinate_to_tuple
from openpyxl.utils.exceptions import CellCoordinatesException

from exchange.errors import TemplateInvalid, WorkbookUnsafe
from outputs.figures import Figure, Key, Status
from outputs.workbook import limits, package
from outputs.workbook.layout import stored
from outputs.workbook.sheets import Shorthand

HEADER: Final = ("sheet", "cell", "table", "row", "column")
_SHOWN: Final[Mapping[Status, Shorthand]] = {
    "suppressed": Shorthand.SUPPRESSED,
    "not_available": Shorthand.NOT_AVAILABLE,
}
# Parts that openpyxl makes anew, or that only speed things up; of any other that it loses something would be missing.
_MADE_ANEW: Final = frozenset({"xl/calcChain.xml", "xl/sharedStrings.xml"})


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a cell map: a cell, and the figure that goes there."""

    line: int
    sheet: str
    cell: str
    figure: Key


def parse_map(text: str) -> list[Place]:
    """The lines of a cell map. Raises TemplateInvalid for one that is not whole."""
    lines = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    header = tuple(next(lines, ()))
    if header != HEADER:
        raise _refused(1, f"its columns are not {', '.join(HEADER)}")
    places = []
    for fields in lines:
        if len(fields) != len(HEADER) or not all(field.strip() for field in fields):
            raise _refused(lines.line_num, "it has a field too many, too few or blank")
        sheet, cell, *figure = fields
        places.append(Place(lines.line_num, sheet, cell, (figure[0], figure[1], figure[2])))
    return places


def fill(template: bytes, places: Iterable[Place], figures: Iterable[Figure], *, by: str, made_at: datetime) -> bytes:
    """The template with its figures: same template, map and figures, same bytes. `by` is the service: the document says
    that it, and nobody in person, changed it last. Raises TemplateInvalid where the map does not fit."""
    before = package.parts(template)
    book = _opened(template)
    known = {figure.key: figure for figure in figures}
    taken: set[tuple[str, str]] = set()
    for place in places:
        cell = _free_cell(book, place, taken)
        if place.figure not in known:
            raise _refused(place.line, "the return has no such figure")
        _put(cell, known[place.figure], place.line)
        taken.add((place.sheet, cell.coordinate))
    book.properties.creator = book.properties.lastModifiedBy = by
    book.calculation.fullCalcOnLoad = True  # the values of its formulas are those of the blank form
    buffer = io.BytesIO()
    filled = _values(book)
    book.save(buffer)
    if _values(_opened(buffer.getvalue())) != filled:
        raise WorkbookUnsafe(check="reading it back", problem="cells that differ", sheet="the template", faults=1)
    after = package.parts(buffer.getvalue())
    if set(before) - set(after) - _MADE_ANEW:
        raise _refused(0, "the template has parts that would be lost, such as pictures, macros or a printer's settings")
    return package.packed(package.changed_at(after, made_at))


def _values(book: Any) -> dict[tuple[str, str], object]:
    """Every cell that holds something; guards of texts are of the file, and left out."""
    return {
        (sheet.title, cell.coordinate): cell.value.replace("x005F_", "") if isinstance(cell.value, str) else cell.value
        for sheet in book.worksheets
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    }


def _opened(template: bytes) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what would be lost is found by its parts
        return openpyxl.load_workbook(io.BytesIO(template))


def _free_cell(book: Any, place: Place, taken: set[tuple[str, str]]) -> Any:
    """The cell of a line, if a figure may go there."""
    if place.sheet not in book.sheetnames:
        raise _refused(place.line, "the template has no such sheet")
    sheet = book[place.sheet]
    try:
        row, column = coordinate_to_tuple(place.cell.upper())
    except (CellCoordinatesException, ValueError):
        row, column = 0, 0
    if not (1 <= row <= sheet.max_row and 1 <= column <= sheet.max_column):
        raise _refused(place.line, "the template has no such cell")
    cell = sheet.cell(row, column)
    if isinstance(cell, MergedCell):
        raise _refused(place.line, "the cell is part of another one")
    if cell.data_type == "f":
        raise _refused(place.line, "the cell has a formula")
    if isinstance(cell.value, str) and cell.value.strip():
        raise _refused(place.line, "the cell has words in it")
    if (place.sheet, cell.coordinate) in taken:
        raise _refused(place.line, "another figure goes into the same cell")
    return cell


def _put(cell: Any, figure: Figure, line: int) -> None:
    value = figure.value
    if figure.status != "ok":
        cell.value = _SHOWN[figure.status].value
    elif isinstance(value, str):
        limits.check_text(value, str(cell.parent.title), cell.coordinate)
        # What openpyxl writes as it is, XML reads back as a line feed.
        cell.value = limits.guarded(value.replace("\r\n", "\n").replace("\r", "\n"))
        cell.data_type = "s"  # openpyxl takes = for a formula and #N/A for an error
        cell.quotePrefix = True
    elif isinstance(value, int | Fraction):
        limits.check_number(value, str(cell.parent.title), cell.coordinate)
        cell.value = stored(value)
    else:
        raise _refused(line, "its figure is blank")


def _refused(line: int, problem: str) -> TemplateInvalid:
    return TemplateInvalid(line=line, problem=problem)
