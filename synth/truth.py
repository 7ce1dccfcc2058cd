"""The truth behind the feeds: which rows are one person's, which tell of one incident, who lives with whom.

One row for each referral; what a matching of persons is measured with. Witnesses have an incident and a household
where they are the victim of a crime of the plan (synth/population/complainants.py), else neither.
"""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Final, Self

import pyarrow as pa
import pyarrow.parquet as pq

from exchange.errors import OutputInTheWay
from synth.rows import text

TRUTH: Final = pa.schema(
    [
        ("source", pa.string()),
        ("referral_key", pa.string()),
        ("person_id", pa.int64()),
        ("incident_id", pa.int64()),
        ("household_id", pa.int64()),
        ("household_kind", pa.string()),
        ("name_origin", pa.string()),
        ("written_as", pa.string()),
    ]
)


def truth_of(plan: pa.Table, people: pa.Table) -> pa.Table:
    """The truth of a plan's lines, row for row with both tables."""
    return _table({"source": text.text(plan["source"]), "referral_key": text.text(plan["key"])}, people)


def truth_of_witnesses(witnesses: pa.Table, people: pa.Table) -> pa.Table:
    """The truth of a witness plan's lines, row for row with both tables."""
    source = text.constant("witness_care_unit", len(witnesses))
    return _table({"source": source, "referral_key": text.text(witnesses["key"])}, people)


def _table(columns: dict[str, pa.Array], people: pa.Table) -> pa.Table:
    arrays = []
    for field in TRUTH:
        if field.name in columns:
            arrays.append(columns[field.name])
        elif field.name in people.column_names:
            arrays.append(people[field.name])
        else:
            arrays.append(pa.nulls(len(people), field.type))
    return pa.table(arrays, schema=TRUTH)


class TruthFile:
    """A Parquet file that takes the truth chunk by chunk."""

    def __init__(self, path: Path) -> None:
        """OutputInTheWay when there is a file already."""
        if path.exists():
            raise OutputInTheWay(name=path.name)
        self._writer = pq.ParquetWriter(path, TRUTH, compression="zstd")

    def add(self, truth: pa.Table) -> None:
        """Write some rows."""
        self._writer.write_table(truth)

    def __enter__(self) -> Self:
        """For use in a with statement."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Finish the file."""
        self._writer.close()
