"""From a file's bytes to typed rows: read, check, map (interfaces: feeds, outcomes).

Leaves three artefacts for the stages after it, all encrypted: `checked` (typed rows with their line),
`findings` (line, column, rule) and `broken` (rule and key of quarantined rows); their raw bytes go to a folder
of their own, because they are kept longer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from exchange import logs
from exchange.ahead import ahead
from exchange.intake.reading import reader
from exchange.intake.reading.reader import Chunk
from exchange.sources import Source
from mappings.canonical import Form
from mappings.load import Mappings
from mappings.normalise import normalise
from validators import engine
from validators.findings import Findings
from validators.rules import RULES

FINDINGS: Final = pa.schema([("line", pa.int64()), ("column", pa.string()), ("rule", pa.string())])
BROKEN: Final = pa.schema([("line", pa.int64()), ("rule", pa.string()), ("key", pa.string())])
RAW: Final = pa.schema([("line", pa.int64()), ("raw", pa.binary())])

RECEIVED: Final = "received_on"

# More than 20 % and at least 10 rows quarantined: an operator decides (interfaces: outcomes, Files).
STOP_SHARE: Final = 0.20
STOP_ROWS: Final = 10


@dataclass(frozen=True)
class Piece:
    """One stretch of a file after its checks, row for row: good rows, findings, broken rows and their bytes."""

    checked: pa.Table
    findings: pa.Table
    broken: pa.Table
    raw: pa.Table

    @property
    def rows(self) -> int:
        """How many data rows of the file this piece accounts for."""
        return int(self.checked.num_rows + self.broken.num_rows)


@dataclass(frozen=True)
class Days:
    """Today in London, and the day that the file is about."""

    today: date
    business_date: date


def check(
    data: Iterable[bytes],
    source: Source,
    mappings: Mappings,
    *,
    body_bytes: int | None,
    days: Days,
    patterns: dict[str, str],
) -> Iterator[Piece]:
    """Read and check a file, piece by piece. Raises FileRefused for a fault of the file as a whole."""
    for chunk in ahead(reader.read(data, source.layout, body_bytes=body_bytes)):
        yield _check_chunk(chunk, source, mappings, days=days, patterns=patterns)
        logs.event("check.piece_checked", source=source.name)


def checked_schema(form: Form) -> pa.Schema:
    """Of good rows: the form's fields, and the line."""
    return form.schema.append(pa.field("line", pa.int64()))


def too_many_broken(rows: int, broken: int) -> bool:
    """Whether an operator has to decide about the file."""
    return broken >= STOP_ROWS and broken > STOP_SHARE * rows


def _check_chunk(chunk: Chunk, source: Source, mappings: Mappings, *, days: Days, patterns: dict[str, str]) -> Piece:
    checked = engine.check(
        chunk.table, chunk.lines, source.layout, today=days.today, patterns={**source.patterns, **patterns}
    )
    good = ~checked.bad
    lines = chunk.lines[good]
    normal = normalise(checked.table.filter(pa.array(good)), mappings)
    unmapped = np.zeros(len(lines), dtype=bool)
    found = [_findings_table(checked.findings)]
    for miss in normal.unmapped:
        found.append(_finding_rows(lines[miss.rows], miss.column, miss.rule))
        if RULES[miss.rule].severity == "quarantine":
            unmapped[miss.rows] = True
    found += [_finding_rows(np.array([broken.line]), "", broken.rule) for broken in chunk.broken]
    findings = pa.concat_tables(found)
    bad_rows = np.concatenate([np.flatnonzero(checked.bad), np.flatnonzero(good)[unmapped]])
    return Piece(
        checked=_received(normal.table, days.business_date)
        .append_column("line", pa.array(lines))
        .filter(pa.array(~unmapped)),
        findings=findings,
        broken=_broken(findings, chunk, bad_rows, source),
        raw=_raw(chunk, bad_rows),
    )


def _received(table: pa.Table, business_date: date) -> pa.Table:
    """A referral is received on the day that its row tells, else on the file's business date (interfaces: returns)."""
    if RECEIVED not in table.column_names:
        return table
    filled = pc.fill_null(table[RECEIVED], pa.scalar(business_date, pa.date32()))
    return table.set_column(table.column_names.index(RECEIVED), table.schema.field(RECEIVED), filled)


def _findings_table(findings: Findings) -> pa.Table:
    return pa.table([findings.line, findings.column, findings.rule], schema=FINDINGS)


def _finding_rows(lines: np.ndarray, column: str, rule: str) -> pa.Table:
    n = len(lines)
    return pa.table(
        [
            pa.array(lines, pa.int64()),
            pa.repeat(pa.scalar(column, pa.string()), n),
            pa.repeat(pa.scalar(rule, pa.string()), n),
        ],
        schema=FINDINGS,
    )


def _broken(findings: pa.Table, chunk: Chunk, rows: np.ndarray, source: Source) -> pa.Table:
    """Each quarantined row's first rule, and its key where that is sound: the sender needs it to mend the row."""
    first: dict[int, str] = {}
    unsound: set[int] = set()
    keys = set(source.layout.key_columns)
    for line, column, rule in zip(*(findings[name].to_pylist() for name in FINDINGS.names), strict=True):
        if RULES[rule].severity == "quarantine":
            first.setdefault(line, rule)
            if column in keys or not column:
                unsound.add(line)
    row_of = {int(chunk.lines[row]): int(row) for row in rows}
    lines = sorted([*row_of, *(broken.line for broken in chunk.broken)])
    key_of: Callable[[int], str | None] = lambda line: (  # noqa: E731
        None
        if line in unsound
        else "|".join(chunk.table[name][row_of[line]].as_py() for name in source.layout.key_columns)
    )
    return pa.table([lines, [first[line] for line in lines], [key_of(line) for line in lines]], schema=BROKEN)


def _raw(chunk: Chunk, rows: np.ndarray) -> pa.Table:
    raw = {int(chunk.lines[row]): chunk.raw_of(int(row)) for row in rows}
    raw.update({broken.line: broken.raw for broken in chunk.broken})
    lines = sorted(raw)
    return pa.table([lines, [raw[line] for line in lines]], schema=RAW)
