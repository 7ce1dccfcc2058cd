"""A workbook with broken rows: key, faulty columns and codes alone, locked with a password.

One line a faulty column. Only the last column is to be filled; everything else is as it was when it comes back, or the
workbook is not taken in. Encrypted as Excel and LibreOffice do it, by msoffcrypto-tool. Pure but for the libraries.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import astuple, dataclass, field, fields
from typing import Any, Final

from exchange.errors import FileRefused
from exchange.intake.statements import archive, workbook
from validators.roster.sheets import Odd

SHEET: Final = "Correct"
ABOUT: Final = "About"
HEADER: Final = ("run", "line", "key", "column", "what is wrong", "value now", "corrected value")
BLANK: Final = "(blank)"
NOT_SHOWN: Final = "(cannot be shown)"
_WIDTHS: Final = (15, 7, 20, 20, 44, 34, 34)
_LINE_HEIGHT: Final = 15


@dataclass(frozen=True)
class Line:
    """A faulty column of a broken row, as it is shown; `corrected` is what somebody filled in, None for nothing."""

    run: str
    line: str
    key: str
    column: str
    wrong: str
    now: str = field(repr=False)
    corrected: str | None = field(default=None, repr=False)


def shown(value: str) -> str:
    """A value as a workbook can hold it."""
    plain = value.replace("\r\n", "\n")
    return plain if all(each.isprintable() or each == "\n" for each in plain) else NOT_SHOWN


def made(export_id: str, about: Sequence[tuple[str, str]], lines: Sequence[Line], password: str) -> bytes:
    """The workbook, encrypted."""
    import msoffcrypto.format.ooxml  # noqa: PLC0415 - for who exports
    import xlsxwriter  # noqa: PLC0415

    plain = io.BytesIO()
    book = xlsxwriter.Workbook(plain, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    text = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top", "border": 1})
    open_cell = book.add_format(
        {"num_format": "@", "text_wrap": True, "valign": "top", "border": 1, "locked": False, "bg_color": "#FFF7D6"}
    )
    head = book.add_format({"bold": True, "bottom": 2, "text_wrap": True})
    sheet = book.add_worksheet(SHEET)
    for place, (name, width) in enumerate(zip(HEADER, _WIDTHS, strict=True)):
        sheet.set_column(place, place, width)
        sheet.write_string(0, place, name, head)
    for row, line in enumerate(lines, 1):
        sheet.set_row(row, _LINE_HEIGHT * _lines(line))
        for place, value in enumerate(astuple(line)[:-1]):
            sheet.write_string(row, place, value, text)
        sheet.write_blank(row, len(HEADER) - 1, None, open_cell)
    sheet.freeze_panes(1, 0)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.protect("", {"select_locked_cells": True, "format_columns": True, "format_rows": True})
    _about(book, export_id, about)
    book.close()
    locked = io.BytesIO()
    msoffcrypto.format.ooxml.OOXMLFile(plain).encrypt(password, locked)
    return locked.getvalue()


def _lines(line: Line) -> int:
    """How many lines the longest cell of a row takes: programs that open it do not all work that out."""
    cells = zip(astuple(line)[:-1], _WIDTHS, strict=False)
    return max(sum(len(part) // width + 1 for part in text.split("\n")) for text, width in cells)


def _about(book: Any, export_id: str, about: Sequence[tuple[str, str]]) -> None:
    sheet = book.add_worksheet(ABOUT)
    bold, wrap = book.add_format({"bold": True, "valign": "top"}), book.add_format({"text_wrap": True, "valign": "top"})
    sheet.set_column(0, 0, 16)
    sheet.set_column(1, 1, 90)
    for row, (name, says) in enumerate([("export", export_id), *about]):
        sheet.write_string(row, 0, name, bold)
        sheet.write_string(row, 1, says, wrap)
    sheet.protect("")


@dataclass(frozen=True)
class Read:
    """What came back: the export's number, and the lines; `odd`: rows of the sheet with a cell that is no text."""

    export_id: str
    lines: tuple[Line, ...]
    odd: tuple[int, ...]


def read(data: bytes, password: str) -> Read | None:
    """A workbook that came back; None where it does not open with that password, or is none of these."""
    plain = _decrypted(data, password)
    if plain is None:
        return None
    try:
        sheets = workbook.read(plain, archive.members(plain))
    except FileRefused:
        return None
    if SHEET not in sheets or ABOUT not in sheets or sheets[SHEET].headers[: len(HEADER)] != HEADER:
        return None
    number = sheets[ABOUT].headers[1] if len(sheets[ABOUT].headers) > 1 else None
    lines, odd = [], []
    for row in sheets[SHEET].rows:
        cells = [*row.cells, *[None] * (len(HEADER) - len(row.cells))][: len(HEADER)]
        if any(isinstance(cell, Odd) or not isinstance(cell, str | None) for cell in cells):
            odd.append(row.number)
            continue
        run, line, key, column, wrong, now, given = ("" if cell is None else str(cell) for cell in cells)
        lines.append(Line(run, line, key, column, wrong, now, given if given.strip() else None))
    return Read(str(number), tuple(lines), tuple(odd))


def _decrypted(data: bytes, password: str) -> bytes | None:
    import msoffcrypto  # noqa: PLC0415
    from msoffcrypto import exceptions  # noqa: PLC0415

    plain = io.BytesIO()
    try:
        file = msoffcrypto.OfficeFile(io.BytesIO(data))
        if not file.is_encrypted():
            return None
        file.load_key(password=password, verify_password=True)
        file.decrypt(plain)
    except (exceptions.FileFormatError, exceptions.InvalidKeyError, exceptions.DecryptionError, exceptions.ParseError):
        return None
    except Exception:  # noqa: BLE001 - whatever else a damaged file makes of its parser
        return None
    return plain.getvalue()


assert len(fields(Line)) == len(HEADER)
