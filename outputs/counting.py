"""From records to figures: which records are in a row, which of them a column counts, and how. Pure.

A table is said as a Basis: records of one kind, a mask for each row and a measure for each column. The same masks trace
a figure back to its records.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from exchange.errors import FiguresDisagree
from outputs.catalogue import Column, Table
from outputs.figures import Figure, Value, rate

Mask = npt.NDArray[np.bool_]
How = Literal["records", "people", "sum", "median_hours"]


@dataclass(frozen=True, slots=True)
class Measure:
    """Which records of a row a column counts (`where`), and how: the records themselves, different values of `of`,
    their sum, or their median as hours of minutes."""

    where: Mask
    how: How = "records"
    of: npt.NDArray[np.int64] = field(default_factory=lambda: np.array([], np.int64))


@dataclass(frozen=True, slots=True)
class Basis:
    """What a table counts: a kind of records, the mask of each row, the measure of each column that is no rate.

    `place`: which record each place of the masks stands for, where a record counts several times.
    """

    kind: str
    rows: Mapping[str, Mask]
    measures: Mapping[str, Measure]
    place: npt.NDArray[np.int64] | None = None


# What sums: over the parts of a total, and over the months of a quarter.
SUMMED: Final = ("records", "sum")


def figures(table: Table, basis: Basis) -> list[Figure]:
    """Every figure of a table, row by row. Raises FiguresDisagree where parts do not sum to their total."""
    missing = {row.key for row in table.rows} - basis.rows.keys()
    assert not missing, f"{table.key}: nobody says what counts in {sorted(missing)}"
    counted = {
        (row.key, name): value(basis.rows[row.key], measure)
        for row in table.rows
        for name, measure in basis.measures.items()
    }
    _agree(table, basis, counted)
    return [
        Figure(table.key, row.key, column.key, *_shown(column, row.key, counted))
        for row in table.rows
        for column in table.columns
    ]


def in_figure(table: Table, basis: Basis, row: str, column: str) -> npt.NDArray[np.int64]:
    """The places, among the basis's records, of those that a figure counts; of a rate, of what it divides by."""
    of = table.column(column).of
    measure = basis.measures[of.split("/")[1].split(":")[0] if of else column]
    found = np.flatnonzero(basis.rows[row] & measure.where)
    return found if basis.place is None else basis.place[found]


def value(row: Mask, measure: Measure) -> Value:
    """What a column counts in a row; None for the middle of nothing."""
    chosen = row & measure.where
    match measure.how:
        case "records":
            return int(np.count_nonzero(chosen))
        case "people":
            return len(np.unique(measure.of[chosen]))
        case "sum":
            return int(measure.of[chosen].sum())
        case "median_hours":
            minutes = np.sort(measure.of[chosen])
            if not len(minutes):
                return None
            middle = minutes[(len(minutes) - 1) // 2] + minutes[len(minutes) // 2]
            return Fraction(int(middle), 2 * 60)


def _shown(
    column: Column, row: str, counted: Mapping[tuple[str, str], Value]
) -> tuple[Value, Literal["ok", "not_available"]]:
    if not column.of:
        value = counted[row, column.key]
        return value, "ok" if value is not None else "not_available"
    part, whole = column.of.split("/")
    whole, _, of_row = whole.partition(":")
    above, below = counted[row, part], counted[of_row or row, whole]
    value, status = rate(_count(above), _count(below))
    return value, "ok" if status == "ok" else "not_available"


def _agree(table: Table, basis: Basis, counted: Mapping[tuple[str, str], Value]) -> None:
    """Parts sum to the row that they are parts of. Where that is no row, they are all records of the table."""
    for name, measure in basis.measures.items():
        if measure.how not in SUMMED:
            continue
        for whole, parts in _sums(table):
            expected = counted.get((whole, name), value(np.ones(len(measure.where), np.bool_), measure))
            if sum(_count(counted[part, name]) for part in parts) != expected:
                raise FiguresDisagree(table=table.key, column=name, total=whole)


def _count(value: Value) -> int:
    assert isinstance(value, int)
    return value


def _sums(table: Table) -> Iterator[tuple[str, list[str]]]:
    for whole in dict.fromkeys(row.part_of for row in table.rows if row.part_of):
        yield whole, [row.key for row in table.rows if row.part_of == whole]


def column(records: pa.Table, name: str) -> npt.NDArray[np.object_]:
    """A column of texts, None where it is blank."""
    return np.asarray(records[name].to_numpy(zero_copy_only=False))


def flag(records: pa.Table, name: str) -> Mask:
    """A column of flags; blank is no."""
    return np.asarray(records[name].fill_null(False).to_numpy())


def number(records: pa.Table, name: str) -> npt.NDArray[np.int64]:
    """A column of whole numbers; blank is 0."""
    return np.asarray(records[name].fill_null(0).to_numpy(), np.int64)
