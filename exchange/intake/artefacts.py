"""What one stage leaves for the next, as encrypted Arrow streams in the vault, a batch at a time."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final

import pyarrow as pa

from exchange import logs
from exchange.ahead import ahead
from exchange.errors import ArtefactMissing
from exchange.intake import vault
from exchange.intake.checking import BROKEN, FINDINGS, RAW, Piece, checked_schema
from exchange.ledger.runs import Run
from exchange.triage.rows import SCHEMA as TRIAGED
from mappings.canonical import Form

_OPTIONS: Final = pa.ipc.IpcWriteOptions(compression="lz4")
_BLOCK: Final = 1024 * 1024
# Raised when what artefacts hold changes: a run that is under way while the release changes begins again.
_MADE_AS, _THIS_FORM = b"lvws-artefact", b"2"


@dataclass(frozen=True)
class Found:
    """How many data rows a file has, and how many of them are broken."""

    rows: int
    broken: int


@contextlib.contextmanager
def raw(home: Path, run: Run) -> Iterator[Iterator[bytes]]:
    """A file's plain bytes, in blocks."""
    with vault.open_raw(home, run.content, run=run.run) as file:
        yield iter(lambda: file.read(_BLOCK), b"")


def write_checked(home: Path, run: Run, form: Form, pieces: Iterable[Piece]) -> Found:
    """Write the artefacts of the check as its pieces come. Quarantined bytes go to a folder with a key of its own."""
    rows, findings, broken = 0, [FINDINGS.empty_table()], [BROKEN.empty_table()]
    with contextlib.ExitStack() as stack:
        checked = stack.enter_context(_writer(home, run.content, f"checked-{run.run}", checked_schema(form)))
        quarantine: pa.ipc.RecordBatchStreamWriter | None = None
        for piece in ahead(pieces):
            rows += piece.rows
            if piece.checked.num_rows:
                checked.write_table(piece.checked.combine_chunks())
            findings.append(piece.findings)
            broken.append(piece.broken)
            if piece.raw.num_rows:
                if quarantine is None:
                    vault.prepare(home, quarantine_folder(run))
                    quarantine = stack.enter_context(_writer(home, quarantine_folder(run), "rows", RAW))
                quarantine.write_table(piece.raw)
    logs.event("check.rows_written", run=run.run, rows=rows)
    _write(home, run, "findings", pa.concat_tables(findings).combine_chunks())
    logs.event("check.findings_written", run=run.run)
    all_broken = pa.concat_tables(broken).combine_chunks()
    _write(home, run, "broken", all_broken)
    return Found(rows, all_broken.num_rows)


def write_triage(home: Path, run: Run, triage: Callable[[pa.Table], pa.Table]) -> None:
    """Triage the checked rows batch by batch; the artefact has the same rows in the same order."""
    with _writer(home, run.content, f"triage-{run.run}", TRIAGED) as writer:
        for batch in _batches(home, run, "checked"):
            writer.write_table(triage(batch))


Pair = tuple[pa.Table, pa.Table]


@dataclass(frozen=True)
class Rows:
    """Checked rows with what triage made of them, a batch at a time, as often as they are asked for.

    Those of a small file are decrypted once and kept.
    """

    home: Path
    run: Run
    _kept: list[Pair] = field(default_factory=list)

    def __iter__(self) -> Iterator[Pair]:
        if self._kept:
            yield from self._kept
            return
        pairs = zip(_batches(self.home, self.run, "checked"), _batches(self.home, self.run, "triage"), strict=True)
        first, second = next(pairs, None), next(pairs, None)
        if first is not None and second is None:
            self._kept.append(first)
        yield from (pair for pair in (first, second) if pair is not None)
        yield from pairs


def rows(home: Path, run: Run) -> Rows:
    """A run's checked and triaged rows. Raises ArtefactMissing when gone through."""
    return Rows(home, run)


def findings(home: Path, run: Run) -> pa.Table:
    """All findings of a run: line, column, rule."""
    return _read(home, run, "findings", FINDINGS)


def broken(home: Path, run: Run) -> pa.Table:
    """A run's quarantined rows: line, first rule, key where it is sound."""
    return _read(home, run, "broken", BROKEN)


def quarantined(home: Path, run: Run) -> Iterator[tuple[int, bytes]]:
    """A run's broken rows as they came: line and bytes. Raises ArtefactMissing when gone through."""
    with vault.open_artefact(home, quarantine_folder(run), "rows", run=run.run) as file, _reader(file) as stream:
        for batch in stream:
            yield from zip(batch["line"].to_pylist(), batch["raw"].to_pylist(), strict=True)


def quarantine_folder(run: Run) -> str:
    """The vault's folder of a run's quarantined rows."""
    return f"quarantine-{run.run}"


def _batches(home: Path, run: Run, stage: str) -> Iterator[pa.Table]:
    """Raises ArtefactMissing for an artefact of another release, too: its stage is done anew."""
    with vault.open_artefact(home, run.content, f"{stage}-{run.run}", run=run.run) as file, _reader(file) as stream:
        if (stream.schema.metadata or {}).get(_MADE_AS) != _THIS_FORM:
            raise ArtefactMissing(run=run.run, stage=stage)
        for batch in stream:
            yield pa.Table.from_batches([batch]).replace_schema_metadata()


def _read(home: Path, run: Run, stage: str, schema: pa.Schema) -> pa.Table:
    return pa.concat_tables([schema.empty_table(), *_batches(home, run, stage)])


def _write(home: Path, run: Run, stage: str, table: pa.Table) -> None:
    with _writer(home, run.content, f"{stage}-{run.run}", table.schema) as writer:
        writer.write_table(table)


@contextlib.contextmanager
def _writer(home: Path, folder: str, name: str, schema: pa.Schema) -> Iterator[pa.ipc.RecordBatchStreamWriter]:
    marked = schema.with_metadata({_MADE_AS: _THIS_FORM})
    with vault.write_artefact(home, folder, name) as file, pa.ipc.new_stream(file, marked, options=_OPTIONS) as writer:
        yield writer


def _reader(file: IO[bytes]) -> pa.ipc.RecordBatchStreamReader:
    return pa.ipc.open_stream(file)
