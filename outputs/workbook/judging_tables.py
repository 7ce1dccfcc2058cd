"""Rules of accessibility about tables: one a sheet, with headings, filled, at the left, alone. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, Final

from openpyxl.utils.cell import get_column_letter, range_boundaries

from outputs.workbook.judged import Finding, Judged

_UNIT: Final = re.compile(r"\bunits?\b", re.IGNORECASE)
_UNIT_IN_HEADER: Final = re.compile(r"\(.+\)|%|rate|share|percent|hours|number of", re.IGNORECASE)
_NUMBER: Final = re.compile(r"\s*[-+]?(?:£|\$|€)?\d[\d,\s]*(?:\.\d+)?\s*%?\s*")
_MARK: Final = re.compile(r"\[[^\[\]]{1,12}\]")


def _cells(sheet: Any, table: Any, from_row: int = 1) -> Iterator[Any]:
    """The cells of a table, below its header (or with it: from_row 0)."""
    left, top, right, bottom = range_boundaries(table.ref)
    for row in sheet.iter_rows(min_row=top + from_row, max_row=bottom, min_col=left, max_col=right):
        yield from row


def _number_of_tables(judged: Judged) -> Iterator[Finding]:
    for place, sheet in enumerate(judged.sheets):
        count = len(sheet.tables)
        if judged.drawings(sheet):
            continue  # charts: each has a table of its own
        if place and count == 0 and any(cell.column > 1 for cell in judged.filled(sheet)):
            yield Finding(sheet.title, "", "table", "What looks like a table is not marked as one.")
        if count > 1:
            yield Finding(sheet.title, "", "table", "There is more than one table on the sheet.")


def _headers(judged: Judged) -> Iterator[Finding]:
    for sheet, table in _tables(judged):
        left, top, right, _ = range_boundaries(table.ref)
        if table.headerRowCount == 0:
            yield Finding(sheet.title, table.ref, "header-row", "The table has no header row.")
            continue
        headings = [sheet.cell(top, column) for column in range(left, right + 1)]
        for cell in headings:
            if not str(cell.value or "").strip():
                yield Finding(sheet.title, cell.coordinate, "blank-header", "The heading is blank.")
        counts = Counter(str(cell.value).strip().lower() for cell in headings if cell.value is not None)
        for cell in headings:
            if cell.value is not None and counts[str(cell.value).strip().lower()] > 1:
                yield Finding(sheet.title, cell.coordinate, "duplicate-header", "The heading is there twice.")
        if [column.name for column in table.tableColumns] != [str(cell.value) for cell in headings]:
            yield Finding(sheet.title, table.ref, "header-row", "The table's headings are not those in its cells.")


def _blanks(judged: Judged) -> Iterator[Finding]:
    for sheet, table in _tables(judged):
        for cell in _cells(sheet, table):
            if cell.value is None or not str(cell.value).strip():
                yield Finding(sheet.title, cell.coordinate, "blank-cell", "A cell of the table is blank.")


def _place(judged: Judged) -> Iterator[Finding]:
    for sheet, table in _tables(judged):
        left, _, right, bottom = range_boundaries(table.ref)
        if left != 1:
            yield Finding(sheet.title, table.ref, "table-place", "The table does not start in column A.")
        if judged.drawings(sheet):
            continue
        for cell in judged.filled(sheet):
            if cell.row > bottom or cell.column > right:
                yield Finding(
                    sheet.title, cell.coordinate, "table-place", "Something stands below or beside the table."
                )
                break
        if table.autoFilter is not None:
            yield Finding(sheet.title, table.ref, "filter", "The table has filters.")
        if sheet.freeze_panes not in (None, f"A{range_boundaries(table.ref)[1] + 1}"):
            yield Finding(sheet.title, sheet.freeze_panes, "frozen", "More is frozen than the rows to the header.")


def _units(judged: Judged) -> Iterator[Finding]:
    for sheet, table in _tables(judged):
        if judged.drawings(sheet):
            continue
        left, top, right, bottom = range_boundaries(table.ref)
        above = [cell.value for cell in judged.filled(sheet) if cell.row < top]
        if any(_UNIT.search(str(line)) for line in above):
            continue
        for column in range(left, right + 1):
            has_numbers = any(_is_number(sheet.cell(row, column)) for row in range(top + 1, bottom + 1))
            if has_numbers and not _UNIT_IN_HEADER.search(str(sheet.cell(top, column).value)):
                place = f"{get_column_letter(column)}{top}"
                yield Finding(sheet.title, place, "unit", "Neither the heading nor a line above tells the unit.")


def _is_number(cell: Any) -> bool:
    return cell.data_type == "n" and cell.value is not None and not cell.is_date


def _numbers_as_text(judged: Judged) -> Iterator[Finding]:
    for sheet, table in _tables(judged):
        for cell in _cells(sheet, table):
            # With Excel's own mark (an apostrophe before it) it is text on purpose: a version, a code.
            on_purpose = bool(cell.quotePrefix) or cell.number_format == "@"
            if cell.data_type == "s" and _NUMBER.fullmatch(cell.value) and not on_purpose:
                yield Finding(sheet.title, cell.coordinate, "number-as-text", "A number is stored as text.")


def _marks(judged: Judged) -> Iterator[Finding]:
    """Shorthand and notes in square brackets are explained; nothing but a symbol is no text."""
    notes = [sheet for sheet in judged.sheets if re.fullmatch(r"notes?", sheet.title, re.IGNORECASE)]
    explained = {str(cell.value).strip().lower() for sheet in notes for cell in judged.filled(sheet)}
    for sheet in judged.sheets:
        inside = {cell.coordinate for table in sheet.tables.values() for cell in _cells(sheet, table, 0)}
        for cell in judged.filled(sheet):
            if cell.data_type != "s" or sheet in notes:
                continue
            marks = {mark.lower() for mark in _MARK.findall(cell.value) if _is_mark(mark, cell.value)}
            if marks - explained:
                yield Finding(sheet.title, cell.coordinate, "mark", "A mark in brackets is not explained in the notes.")
            if cell.coordinate in inside and not any(letter.isalnum() for letter in cell.value) and cell.value.strip():
                yield Finding(sheet.title, cell.coordinate, "symbol", "The cell holds nothing but a symbol.")


def _is_mark(mark: str, text: str) -> bool:
    """[c] alone in a cell, or [note 1] anywhere: brackets in other text are only brackets."""
    return mark == text.strip() or bool(re.fullmatch(r"\[note \d+\]", mark, re.IGNORECASE))


def _tables(judged: Judged) -> Iterator[tuple[Any, Any]]:
    return ((sheet, table) for sheet in judged.sheets for table in sheet.tables.values())


RULES: Final[tuple[Callable[[Judged], Iterator[Finding]], ...]] = (
    _number_of_tables,
    _headers,
    _blanks,
    _place,
    _units,
    _numbers_as_text,
    _marks,
)
