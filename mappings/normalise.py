"""Bring valid rows of any layout into the canonical form, column by column.

Text in, types out; nothing is dropped, guessed or repaired, and what no table could answer for is listed by
row. Rows do not see each other, so neither their order nor the size of a chunk can change an answer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from exchange.errors import MappingInvalid
from mappings.canonical import TEXT
from mappings.dates import Unfit
from mappings.kinds import Converted
from mappings.load import Mappings, Step


@dataclass(frozen=True, slots=True)
class Unmapped:
    """Rows (index in the table, ascending) that a rule of validators/rules.py speaks of; `column` is the layout's."""

    column: str
    rule: str
    rows: npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Normalised:
    """The canonical table, row for row as the layout's, and what no mapping could answer for."""

    table: pa.Table
    unmapped: tuple[Unmapped, ...]


def normalise(table: pa.Table, mappings: Mappings) -> Normalised:
    """Convert a table of text, blank as "", that the validators let by. Raises MappingInvalid, without any value."""
    columns = {name: _whole(table.column(name)) for name in table.column_names}
    made: dict[str, pa.Array] = {}
    unmapped = []
    for step in mappings.steps:
        converted = _run(step, columns, mappings.layout)
        made.update(zip(step.makes, converted.columns, strict=True))
        unmapped += [Unmapped(step.columns[0], rule, rows) for rule, rows in converted.unmapped if len(rows)]
    form = mappings.form
    arrays = [made[each.name] if each.name in made else pa.nulls(len(table), each.arrow_type) for each in form.fields]
    return Normalised(pa.table(arrays, schema=form.schema), tuple(unmapped))


def _whole(column: pa.ChunkedArray) -> pa.Array:
    """One array of text; a null, which no reader of ours makes, is a blank."""
    parts = column.chunks
    whole = parts[0] if len(parts) == 1 else pa.concat_arrays(parts or [pa.array([], TEXT)])
    return whole.fill_null("") if whole.null_count else whole


def _run(step: Step, columns: dict[str, pa.Array], layout: str) -> Converted:
    if not set(step.columns) <= columns.keys():
        raise MappingInvalid(table=f"{layout}/columns", line=step.line, problem="the layout has no such column")
    try:
        return step.convert([columns[name] for name in step.columns])
    except Unfit:
        pass
    problem = "a value that the validators let by does not fit the kind, or is not in its table"
    raise MappingInvalid(table=f"{layout}/columns", line=step.line, problem=problem)
