"""A figure: one cell of a table of a return, as figures.csv has it (interfaces: returns). Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Literal

from outputs.periods import Period

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
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    for each in figures:
        writer.writerow(
            (name, period.name, version, each.table, each.row, each.column, _safe(written(each.value)), each.status)
        )
    return text.getvalue().encode()


def _safe(text: str) -> str:
    """Text that a spreadsheet will not take for a formula (hazards F66). Numbers start with a digit or a minus."""
    is_text = bool(text) and text[0] in "=+-@\t\r\0"
    return f"'{text}" if is_text and not text.lstrip("-").replace(".", "", 1).isdigit() else text
