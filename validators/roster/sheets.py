"""What a roster's file holds before anything of it is believed: sheets of cells. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Odd:
    """A cell with something in it that is no plain value: a formula, an error. `rule` says which (rules.py)."""

    rule: str


# Numbers are exact. A CSV has texts alone.
Cell = str | Fraction | date | Odd | None


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row that is not blank, with its number in the sheet or file; the header is in row 1."""

    number: int
    cells: tuple[Cell, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet. `is_text`: it comes from a CSV, in which dates are written 2026-07-01."""

    headers: tuple[Cell, ...]
    rows: tuple[SheetRow, ...]
    is_text: bool


Sheets = Mapping[str, Sheet]
