"""An Excel workbook from outside as sheets of cells. Formulas, errors and the like are told as what they are.

What is hidden (rows, columns, sheets) is read like everything else. Dates are those that Excel shows as dates, in
either of its two calendars; numbers are what a person typed, by the shortest decimal.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from fractions import Fraction
from typing import Any, Final

import openpyxl
from openpyxl.utils.cell import column_index_from_string

from exchange.errors import FileRefused
from exchange.intake.statements.archive import UNREADABLE
from validators.roster.cells import is_blank
from validators.roster.sheets import Cell, Odd, Sheet, SheetRow

MOST_COLUMNS: Final = 60
MOST_ROWS: Final = 20_000
MOST_CELLS: Final = 400_000
_SHEETS: Final = re.compile(r"xl/worksheets/[^/]+\.xml")
_MARKUP: Final = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_ROW: Final = re.compile(rb"<(?:\w+:)?row[\s>/]")
_CELL: Final = re.compile(rb"<(?:\w+:)?c[\s>/]")
_COLUMN: Final = re.compile(rb"""\sr\s*=\s*["']([A-Za-z]{1,3})\d+["']""")
_ODD: Final = {"f": "formula", "e": "error_value", "b": "cell"}
_UNSAFE: Final = ("vbaproject", "externallinks/", "activex/", "embeddings/")


def read(data: bytes, parts: Mapping[str, bytes]) -> dict[str, Sheet]:
    """The sheets by name; `parts` are the members of the same zip. Raises FileRefused."""
    _check(parts)
    try:
        return _opened(data)
    except FileRefused:
        raise
    except Exception:  # noqa: BLE001, S110 - openpyxl has no common error for what is no workbook
        pass
    raise FileRefused(UNREADABLE, detail="it is damaged, or no Excel workbook")


def _check(parts: Mapping[str, bytes]) -> None:
    """Bounds of what the sheets claim to hold, before anything reads them."""
    for name, part in parts.items():
        if any(unsafe in name.casefold() for unsafe in _UNSAFE):
            raise FileRefused(UNREADABLE, detail="it has macros, or is tied to other files: save it as a plain .xlsx")
        if name.endswith((".xml", ".rels")) and (_MARKUP.search(part) or b"\0" in part[:64]):
            raise FileRefused(UNREADABLE, detail="its XML has declarations of a document type, which no Excel writes")
        if _SHEETS.fullmatch(name):
            if len(_ROW.findall(part)) > MOST_ROWS or len(_CELL.findall(part)) > MOST_CELLS:
                raise FileRefused(
                    UNREADABLE, detail=f"a sheet has more than {MOST_ROWS:,} rows or {MOST_CELLS:,} cells"
                )
            if any(column_index_from_string(found.decode()) > MOST_COLUMNS for found in set(_COLUMN.findall(part))):
                raise FileRefused(UNREADABLE, detail=f"a sheet has cells beyond its {MOST_COLUMNS}th column")


def _opened(data: bytes) -> dict[str, Sheet]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of styles and validations that openpyxl leaves out
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
        try:
            return {sheet.title: _sheet(sheet) for sheet in book.worksheets}
        finally:
            book.close()


def _sheet(sheet: Any) -> Sheet:
    sheet.reset_dimensions()  # what a file says of its own size may be wrong, and would hide rows
    rows = list(_rows(sheet))
    headers = rows[0].cells if rows and rows[0].number == 1 else ()
    return Sheet(headers, tuple(row for row in rows if row.number > 1), is_text=False)


def _rows(sheet: Any) -> Iterator[SheetRow]:
    """Rows that hold anything, with their numbers."""
    for number, row in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS), 1):
        cells = [_cell(cell) for cell in row]
        while cells and is_blank(cells[-1]):
            cells.pop()
        if cells:
            yield SheetRow(number, tuple(cells))


def _cell(cell: Any) -> Cell:
    value = cell.value
    if value is None:
        return None
    if cell.data_type in _ODD:
        return Odd(_ODD[cell.data_type])
    if isinstance(value, datetime):
        return value.date() if value.time() == time() else Odd("date")
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _exact(value)
    return value if isinstance(value, str | date) else Odd("cell")


def _exact(number: int | float) -> Cell:
    """What was typed: 0.6 is six tenths, though Excel keeps it as a binary fraction."""
    try:
        return Fraction(repr(number))
    except ValueError:  # an infinity
        return Odd("number")
