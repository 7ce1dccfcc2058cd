"""A figure: one cell of a table of a return, as figures.csv has it (interfaces: returns). Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Literal

from outputs.periods import Period

# What a spreadsheet takes for the beginning of a formula.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\0")
HEADER: Final = ("return", "period", "version", "table", "row", "column", "value", "status")

Status = Literal["ok", "suppressed", "not_available"]
# A count is an int; a rate or another number that is none is a Fraction, exact until it is written.
Value = int | Fraction | str | None
Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Figure:
    """The figure of a table's row and column. Blank where its status is not `ok`."""

    table: str
    row: str
    column: str
    value: Value
    status: Status = "ok"

    @property
    def key(self) -> Key:
        """What names it within a return: table, row, column."""
        return self.table, self.row, self.column


def rounded(value: Fraction, decimals: int = 4) -> str:
    """A fraction with its decimals, half away from zero, as people round (interfaces: returns, half up)."""
    scaled = abs(value) * 10**decimals
    whole = int(scaled + Fraction(1, 2))
    text = f"{whole:0{decimals + 1}d}"
    sign = "-" if value < 0 and whole else ""
    return f"{sign}{text[:-decimals]}.{text[-decimals:]}" if decimals else f"{sign}{text}"


def written(value: Value) -> str:
    """A value as figures.csv has it: counts as integers, other numbers with four decimals, blank for none."""
    if value is None:
        return ""
    return rounded(value) if isinstance(value, Fraction) else str(value)


def rate(part: int, whole: int) -> tuple[Fraction | None, Status]:
    """Part of a whole; of nothing it is not available."""
    return (Fraction(part, whole), "ok") if whole else (None, "not_available")


def as_csv(name: str, period: Period, version: int, figures: Iterable[Figure]) -> bytes:
    """figures.csv of a return, in the order of its figures."""
    lines = [
        (name, period.name, version, each.table, each.row, each.column, _cell(each.value), each.status)
        for each in figures
    ]
    return "".join(_line(cells) for cells in (HEADER, *lines)).encode()


def _line(cells: Iterable[object]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerow(cells)  # else it quotes no lone carriage return
    return text.getvalue().removesuffix("\r\n") + "\n"


def _cell(value: Value) -> str:
    """The value; text that a spreadsheet would take for a formula has an apostrophe before it (hazards F66)."""
    text = written(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(_FORMULA) else text
