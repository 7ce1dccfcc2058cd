"""Correct broken rows: checked at once as the load will check them, signed, and replayed as a run of their own.

The run stands in the place of the load that it corrects (order of truth), so that a newer record stays the newer one.
What was before and what is now lie encrypted in the vault; the ledger has who, why and which columns.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import pyarrow as pa

from exchange import by_row, clock, operators, stages
from exchange.cms.steps import Desk
from exchange.database import Connection
from exchange.errors import NothingQuarantined, SignatureWrong, SignedTwice, StillBroken
from exchange.intake import checking, vault
from exchange.ledger import corrections
from exchange.ledger.corrections import Correction
from exchange.ledger.runs import Run
from exchange.operators import Operator, Signer
from exchange.quarantine import rows as broken_rows
from exchange.settings import Settings
from exchange.sources import SOURCES
from exchange.worker import Worker
from mappings.load import load as load_mappings
from validators.rules import RULES

_RUN_ID: Final = 12


@dataclass(frozen=True)
class New:
    """A broken row as it shall be: its line in the file, its bytes without line end, the columns that changed."""

    line: int
    raw: bytes = field(repr=False)
    columns: tuple[str, ...]


def corrected(settings: Settings, run: Run, changes: Mapping[int, Mapping[str, str]]) -> list[New]:
    """Rows with other values in some columns. Raises RowNotReadable, QuarantineGone, StillBroken."""
    layout = SOURCES[run.source].layout
    found = broken_rows.read(settings.home, run, sorted(changes))
    made = []
    for line, row in found.items():
        values = broken_rows.values_of(run, row)
        changed = {name: value for name, value in changes[line].items() if value != values[name]}
        raw = broken_rows.written({**values, **changed}, layout)
        made.append(New(line, raw, tuple(name for name in layout.names if name in changed)))
    broken = _still_broken(settings, run, made)
    if broken:
        line, column, rule = broken[0]
        lines = len({each for each, *_ in broken})
        raise StillBroken(rows=lines, line=line, column=column or "(the whole row)", problem=RULES[rule].says)
    return made


def sound_now(settings: Settings, run: Run, lines: Sequence[int]) -> tuple[list[New], tuple[int, ...]]:
    """Of rows as they came, those that break no rule any more, as code tables and rules are now; and the others."""
    found = broken_rows.read(settings.home, run, sorted(lines))
    made = [New(line, row.raw, ()) for line, row in found.items() if row.values is not None]
    unreadable = {line for line, row in found.items() if row.values is None}
    bad = {line for line, *_ in _still_broken(settings, run, made)} | unreadable
    return [each for each in made if each.line not in bad], tuple(sorted(bad))


def ask(settings: Settings, desk: Desk, run: Run, new: Sequence[New], reason: str) -> Correction:
    """Keep a correction, signed by whoever made it. Two people where a column tells how somebody is reached safely."""
    if not new:
        raise NothingQuarantined(more=" that breaks no rule any more")
    content, lines = _content(run, new)
    with vault.land(settings.home, announced=len(content)) as landing:
        landing.write(content)
        landed = landing.close()
    safety = broken_rows.safety_columns(run.source)
    document = operators.document(
        {
            "what": "correct_rows" if any(each.columns for each in new) else "release_rows",
            "run": run.run,
            "rows": {str(each.line): list(each.columns) for each in new},
            "content": landed.sha256,
            "reason": reason,
            "at": clock.now().isoformat(),
        }
    )
    signer = desk.signer
    return corrections.add(
        desk.connection,
        of_run=run.run,
        document=document,
        content=(landed.sha256, landed.size),
        rows=[(line, each.line, each.columns) for line, each in zip(lines, new, strict=True)],
        people=2 if any(safety & set(each.columns) for each in new) else 1,
        signed=(signer.operator.name, signer.operator.key_id, signer.sign(document)),
    )


def confirm(desk: Desk, correction: Correction, everybody: Mapping[str, Operator]) -> None:
    """Sign somebody else's correction. Raises SignedTwice, SignatureWrong, NotFound."""
    _may_sign(desk.signer, correction)
    for name, key, made in zip(correction.operators, correction.key_ids, correction.signatures, strict=True):
        problem = operators.fault(everybody, (name, key), correction.document, bytes(made))
        if problem is not None:
            raise SignatureWrong(operator=name, step=correction.correction_id)
    _sign(desk, correction, agrees=True)


def refuse(settings: Settings, desk: Desk, correction: Correction) -> None:
    """End somebody else's correction without doing it; its bytes are destroyed. Raises SignedTwice, NotFound."""
    _may_sign(desk.signer, correction)
    _sign(desk, correction, agrees=False)
    _drop(settings, desk.connection, correction)


def _drop(settings: Settings, connection: Connection, correction: Correction) -> None:
    """Destroy the bytes of a correction that is not done, unless another one to the same effect needs them."""
    if not corrections.content_is_needed(connection, correction.content):
        vault.destroy(settings.home, correction.content)


def _may_sign(signer: Signer, correction: Correction) -> None:
    if signer.operator.name in correction.operators or signer.operator.key_id in correction.key_ids:
        raise SignedTwice(step=correction.correction_id)


def _sign(desk: Desk, correction: Correction, *, agrees: bool) -> None:
    signer = desk.signer
    signature = signer.sign(correction.document if agrees else f"refused: {correction.document}")
    corrections.sign(
        desk.connection, correction, (signer.operator.name, signer.operator.key_id, signature), agrees=agrees
    )


def replay(worker: Worker) -> list[Run]:
    """Make every signed correction a run, and carry these to their end; what a crash left is made good by the next.

    One whose rows were mended meanwhile ends refused.
    """
    done = []
    for each in corrections.in_state(worker.connection, "signed"):
        run_id = hashlib.sha256(f"correction|{each.correction_id}|{each.content}".encode()).hexdigest()[:_RUN_ID]
        with vault.open_raw(worker.settings.home, each.content, run=run_id) as file:
            size = len(file.read())
        run = corrections.become_run(worker.connection, each, run_id, size)
        if run is None:
            _drop(worker.settings, worker.connection, each)
        else:
            done.append(stages.carry_on(worker, run.run))
    return done


def before_and_after(
    settings: Settings, connection: Connection, run: Run, correction: Correction
) -> dict[int, list[tuple[str, str, str]]]:
    """By line what a correction changes: column, value now, value then; none of a whole file whose columns changed."""
    if not correction.rows:
        return {}
    layout = SOURCES[run.source].layout
    with vault.open_raw(settings.home, correction.content, run=run.run) as file:
        content = file.read()
    lines = corrections.lines_of(connection, correction.correction_id)
    before = broken_rows.read(settings.home, run, sorted(lines.values()))
    after = broken_rows.parsed(content, layout)
    return {
        of_line: [(name, now[name], then[name]) for name in layout.names if now is not None and now[name] != then[name]]
        for (_, of_line), then in zip(sorted(lines.items()), after, strict=True)
        for now in (before[of_line].values,)
    }


def _content(run: Run, new: Sequence[New]) -> tuple[bytes, list[int]]:
    """A file of the layout with the rows alone, and the line on which each begins."""
    content = bytearray(broken_rows.heading(SOURCES[run.source].layout))
    lines, line = [], 2
    for each in new:
        lines.append(line)
        content += each.raw + b"\r\n"
        line += each.raw.count(b"\n") + 1
    return bytes(content), lines


def _still_broken(settings: Settings, run: Run, new: Sequence[New]) -> list[tuple[int, str, str]]:
    """Line, column and rule of everything that would quarantine one of the rows as they are now."""
    if not new:
        return []
    source = SOURCES[run.source]
    content, lines = _content(run, new)
    mappings = load_mappings(source.layout.name, source.layout.form)
    pieces = checking.check(
        [content],
        source,
        mappings,
        body_bytes=len(content),
        days=checking.Days(clock.today(), run.business_date),
        patterns=by_row.patterns_of(settings, source),
    )
    of_line = dict(zip(lines, (each.line for each in new), strict=True))
    findings = pa.concat_tables([piece.findings for piece in pieces])
    return sorted(
        (of_line[line], column, rule)
        for line, column, rule in zip(*(findings[name].to_pylist() for name in findings.column_names), strict=True)
        if RULES[rule].severity == "quarantine"
    )
