"""Reads a workbook that was just written, with another library than wrote it, and compares every cell. Pure."""

from __future__ import annotations

import io
import math
import warnings
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import openpyxl
from openpyxl.utils.cell import range_boundaries

from exchange.errors import WorkbookUnsafe
from outputs.workbook.layout import Page, Placed, Spot, as_number
from outputs.workbook.limits import guarded
from outputs.workbook.sheets import Formula


def as_read(text: str) -> str:
    """A text as openpyxl reads it: a carriage return as _x000D_, and a text that looks like that without its guard."""
    return guarded(text).replace("\r", "_x000D_").replace("x005F_", "")


def check(content: bytes, pages: Sequence[Page]) -> None:
    """Raises WorkbookUnsafe unless each cell of the bytes is the one of the pages, and there is no other."""
    told, shown = _opened(content, values=False), _opened(content, values=True)
    if told.sheetnames != [page.name for page in pages]:
        raise _unlike("the whole", "other sheets than were written", 1)
    for page in pages:
        cells, values = _cells(told[page.name]), _cells(shown[page.name])
        faults = set(cells) ^ set(page.cells)
        both = set(cells) & set(page.cells)
        faults |= {spot for spot in both if not _is(page.cells[spot], cells[spot], values.get(spot))}
        if faults:
            raise _unlike(page.name, "cells that differ from what was written", len(faults))
        if _tables(told[page.name]) != {(area.name, *area.headers, area.top) for area in page.areas}:
            raise _unlike(page.name, "other tables than were written", 1)


def _opened(content: bytes, *, values: bool) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of parts that openpyxl leaves out: charts, here
        return openpyxl.load_workbook(io.BytesIO(content), data_only=values)


def _cells(sheet: Any) -> dict[Spot, Any]:
    return {
        (cell.row - 1, cell.column - 1): cell.value
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    }


def _tables(sheet: Any) -> set[tuple[Any, ...]]:
    return {
        (each.displayName, *(column.name for column in each.tableColumns), range_boundaries(each.ref)[1] - 1)
        for each in sheet.tables.values()
    }


def _is(placed: Placed, told: object, shown: object) -> bool:
    expected = placed.value
    if isinstance(expected, Formula):
        value = expected.value
        return told == expected.expression and _same(value if isinstance(value, date) else as_number(value), shown)
    return _same(expected, told) and not (isinstance(told, str) and shown != told)


def _same(expected: object, found: object) -> bool:
    if isinstance(expected, str):
        return found == as_read(expected)
    if isinstance(expected, date):
        return isinstance(found, datetime) and found == datetime.combine(expected, datetime.min.time())
    if isinstance(expected, int | float) and isinstance(found, int | float):
        return math.isclose(expected, found, rel_tol=1e-15, abs_tol=0)
    return False


def _unlike(sheet: str, problem: str, faults: int) -> WorkbookUnsafe:
    return WorkbookUnsafe(check="reading it back", problem=problem, sheet=sheet, faults=faults)
