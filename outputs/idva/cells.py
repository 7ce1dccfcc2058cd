"""Where a sheet's cells stand, for formulas of other sheets. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from outputs.figures import Value
from outputs.workbook.charts import letters
from outputs.workbook.layout import header_row
from outputs.workbook.sheets import Cell, Column, Formula, Kind, Of, Row, Sheet, Shorthand, Table


@dataclass(frozen=True, slots=True)
class Place:
    """A sheet's table: `first` and `last` are the rows of its figures as formulas count them, from 1."""

    sheet: Sheet
    first: int
    last: int

    @classmethod
    def of(cls, sheet: Sheet) -> Place:
        """The place of a sheet's table."""
        first = header_row(sheet) + 1
        return cls(sheet, first, first + len(sheet.table.rows) - 1)

    def cell(self, header: str, row: int) -> str:
        """One cell; rows count from 0, and -1 is the last."""
        at = self.last + 1 + row if row < 0 else self.first + row
        return f"'{self.sheet.name}'!${self._letters(header)}${at}"

    def part(self, header: str, first: int, last: int) -> str:
        """Some rows of a column, both ends in it."""
        name = self._letters(header)
        return f"'{self.sheet.name}'!${name}${self.first + first}:${name}${self.first + last}"

    def column(self, header: str) -> str:
        """A whole column."""
        return self.part(header, 0, self.last - self.first)

    def _letters(self, header: str) -> str:
        return letters(self.sheet.table.index(header))


FTE: Final = "FTE"


def first_row(above: tuple[str, ...]) -> int:
    """The row in which the figures of a sheet with these lines above its table begin, before there are any."""
    table = Table("any", (Column("any", "text"),), (Row(("any",)),))
    return header_row(Sheet("any", "any", above, table, FTE)) + 1


def no_post(columns: Sequence[Column]) -> Row:
    """The row of a table of posts where there is none."""
    return Row(("no post", *(Shorthand.NOT_APPLICABLE for _ in columns[1:])))


def live(kind: Kind, expression: str, value: Value) -> Cell:
    """A formula in a cell of its own kind."""
    return Of(kind, formula(expression, value))


def number(value: Value) -> Cell:
    """A figure that is a number."""
    assert isinstance(value, int | Fraction)
    return value


def formula(expression: str, value: Value) -> Formula:
    """A formula with the figure that it comes to."""
    assert isinstance(value, int | Fraction)
    return Formula(expression, value)
