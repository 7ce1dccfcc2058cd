"""A statement that came as CSV files, as sheets of cells: UTF-8, commas, quotes as in RFC 4180."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping

from exchange.errors import FileRefused
from exchange.intake.statements.archive import UNREADABLE
from exchange.intake.statements.workbook import MOST_COLUMNS, MOST_ROWS
from validators.roster.sheets import Sheet, SheetRow


def read(files: Mapping[str, bytes]) -> dict[str, Sheet]:
    """The sheets by name, from files called posts.csv and so on. Raises FileRefused."""
    return {name.removesuffix(".csv"): _sheet(name, data) for name, data in files.items()}


def _sheet(name: str, data: bytes) -> Sheet:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = None
    if text is None:
        raise FileRefused(UNREADABLE, detail=f"{name} is not UTF-8: save it as CSV UTF-8")
    rows = list(_rows(name, text))
    headers = rows[0].cells if rows and rows[0].number == 1 else ()
    return Sheet(headers, tuple(row for row in rows if row.number > 1), is_text=True)


def _rows(name: str, text: str) -> Iterator[SheetRow]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    begins, rows = 1, 0
    while True:
        broken = False
        cells: list[str] | None = None
        try:
            cells = next(reader, None)
        except csv.Error:
            broken = True
        if broken:
            raise FileRefused(
                UNREADABLE, detail=f"line {begins} of {name} has a quote in the wrong place or not closed"
            )
        if cells is None:
            return
        rows += 1
        if rows > MOST_ROWS or len(cells) > MOST_COLUMNS:
            raise FileRefused(UNREADABLE, detail=f"{name} has more than {MOST_ROWS:,} rows or {MOST_COLUMNS} columns")
        if any(cell.strip() for cell in cells):
            yield SheetRow(begins, tuple(cells))
        begins = reader.line_num + 1
