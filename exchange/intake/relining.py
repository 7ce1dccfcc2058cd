"""Corrected rows keep the lines of the file that they correct: with them they stand in its place of the order of truth.

Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

import pyarrow as pa

from exchange.intake.checking import Piece


def relined(pieces: Iterable[Piece], lines: Mapping[int, int]) -> Iterator[Piece]:
    """The pieces with the lines of their own bytes replaced by those that `lines` gives for them, if it gives any."""
    for piece in pieces:
        yield replace(
            piece,
            checked=_with_lines(piece.checked, lines),
            findings=_with_lines(piece.findings, lines),
            broken=_with_lines(piece.broken, lines),
            raw=_with_lines(piece.raw, lines),
        )


def _with_lines(table: pa.Table, lines: Mapping[int, int]) -> pa.Table:
    place = table.column_names.index("line")
    renamed = pa.array([lines.get(line, line) for line in table["line"].to_pylist()], pa.int64())
    return table.set_column(place, table.schema.field(place), renamed)
