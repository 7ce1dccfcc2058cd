"""Hand broken rows to somebody as a workbook, and take its corrections in.

The workbook is in a folder that was named, 0600, locked with a password that is said once, and counts until it expires.
Taken in, it is deleted. Nothing of it is kept but the corrections.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from exchange import by_hand, clock, privatefiles
from exchange.cms.steps import Desk
from exchange.database import Connection, transaction
from exchange.errors import ExportChanged, ExportUnusable, NothingQuarantined, OutputInTheWay
from exchange.ledger import audit, corrections, runs
from exchange.ledger.corrections import Correction, Waiting
from exchange.ledger.runs import Run
from exchange.quarantine import correcting, workbook
from exchange.quarantine import rows as broken_rows
from exchange.quarantine.workbook import BLANK, Line
from exchange.settings import Settings
from validators.rules import RULES

COUNTS_FOR: Final = timedelta(days=7)
_MOST: Final = 5_000
_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"  # none that looks like another


@dataclass(frozen=True)
class Exported:
    """A workbook that was made: where, how many rows and faulty columns, and the password, which is not kept.

    `left`: rows that cannot be corrected by their columns.
    """

    path: Path
    rows: int
    cells: int
    left: int
    expires_at: datetime
    password: str


def export(settings: Settings, desk: Desk, found: Sequence[Waiting], folder: Path, reason: str) -> Exported:
    """Write broken rows into a new workbook. Raises NothingQuarantined, OutputInTheWay, QuarantineGone."""
    lines = list(_lines(settings, desk.connection, found[:_MOST]))
    if not lines:
        raise NothingQuarantined(more=" that can be corrected by its columns")
    now, export_id = clock.now(), secrets.token_hex(6)
    path = folder / f"quarantine-{export_id}.xlsx"
    if path.exists():
        raise OutputInTheWay(name=str(path))
    password = "-".join("".join(secrets.choice(_LETTERS) for _ in range(5)) for _ in range(4))
    about = [
        ("expires", f"{now + COUNTS_FOR:%Y-%m-%d %H:%M} UTC. After that it is not taken in: delete it."),
        ("how", "Fill in the last column alone. Left empty, a value stays as it is."),
        ("blank", f"To say that a value is blank, write {BLANK}."),
        ("people", "Columns that tell how somebody is reached safely are confirmed by a second person."),
        ("afterwards", f"lvws quarantine import {path.name} takes the corrections in and deletes the workbook."),
    ]
    folder.mkdir(mode=privatefiles.FOLDER_MODE, parents=True, exist_ok=True)
    with transaction(desk.connection, "noting an export"):
        desk.connection.execute(
            "insert into ledger.quarantine_export (export_id, file, cells, made_by, reason, made_at, expires_at) "
            "values (%s, %s, %s, %s, %s, %s, %s)",
            (export_id, str(path.absolute()), len(lines), desk.signer.operator.name, reason, now, now + COUNTS_FOR),
        )
        audit.record(desk.connection, "quarantine exported", export=export_id, cells=len(lines), reason=reason)
        privatefiles.write(path, workbook.made(export_id, about, lines, password))
    of_rows = {(line.run, line.line) for line in lines}
    return Exported(path, len(of_rows), len(lines), len(found) - len(of_rows), now + COUNTS_FOR, password)


def take_in(settings: Settings, desk: Desk, path: Path, password: str, reason: str) -> list[Correction]:
    """Take the corrections of a workbook in, one for each load; and delete it.

    Raises FileMissing, ExportUnusable, ExportChanged, StillBroken; nothing is changed then.
    """
    found = workbook.read(by_hand.read(path), password)
    if found is None:
        raise ExportUnusable(file=path.name, problem="it does not open with that password, or was not made here")
    _check_counts(desk.connection, path.name, found.export_id)
    changes = _changes(settings, desk.connection, path.name, found)
    new = {}
    for run_id, of_lines in changes.items():
        run = runs.get(desk.connection, run_id)
        new[run_id] = (run, correcting.corrected(settings, run, of_lines))
    asked = [correcting.ask(settings, desk, run, rows, reason) for run, rows in new.values()]
    with transaction(desk.connection, "ending an export"):
        desk.connection.execute(
            "update ledger.quarantine_export set ended_at = %s, ended_by = %s where export_id = %s",
            (clock.now(), desk.signer.operator.name, found.export_id),
        )
        audit.record(desk.connection, "quarantine imported", export=found.export_id, loads=len(asked))
    privatefiles.erase(path)
    return asked


def _lines(settings: Settings, connection: Connection, found: Sequence[Waiting]) -> Iterator[Line]:
    """A line for each faulty column of each row that can be corrected by its columns."""
    for run_id in dict.fromkeys(each.run for each in found):
        run = runs.get(connection, run_id)
        mine = {each.line: each for each in found if each.run == run_id}
        faults = corrections.faults(connection, run_id, list(mine))
        for line, row in broken_rows.read(settings.home, run, sorted(mine)).items():
            if row.values is not None:
                yield from _of_row(run, line, row.values, mine[line], faults[line])


def _of_row(
    run: Run, line: int, values: Mapping[str, str], waits: Waiting, faults: Sequence[tuple[str, str]]
) -> Iterator[Line]:
    wrong: dict[str, list[str]] = {}
    for column, rule in faults:
        if column and RULES[rule].severity == "quarantine":
            wrong.setdefault(column, []).append(f"{rule}: {RULES[rule].says}")
    for column, says in wrong.items():
        yield Line(run.run, str(line), waits.referral_key or "", column, " ".join(says), workbook.shown(values[column]))


def _check_counts(connection: Connection, file: str, export_id: str) -> None:
    with transaction(connection, "looking up an export"):
        row = connection.execute(
            "select expires_at, ended_at from ledger.quarantine_export where export_id = %s", (export_id,)
        ).fetchone()
    problem = ""
    if row is None:
        problem = "it was not made here"
    elif row[1] is not None:
        problem = f"its corrections were taken in on {row[1]:%Y-%m-%d}"
    elif row[0] < clock.now():
        problem = f"it counted until {row[0]:%Y-%m-%d %H:%M} UTC"
    if problem:
        raise ExportUnusable(file=file, problem=problem)


def _changes(
    settings: Settings, connection: Connection, file: str, found: workbook.Read
) -> dict[str, dict[int, dict[str, str]]]:
    """By run and line the values that were filled in; everything else has to be as it was written."""
    with transaction(connection, "looking up an export"):
        row = connection.execute(
            "select cells from ledger.quarantine_export where export_id = %s", (found.export_id,)
        ).fetchone()
    assert row is not None
    wanted = {(each.run, each.line) for each in found.lines}
    waits = [each for each in corrections.waiting(connection) if (each.run, str(each.line)) in wanted]
    as_written = {(line.run, line.line, line.column): line for line in _lines(settings, connection, waits)}
    odd = list(found.odd)
    changes: dict[str, dict[int, dict[str, str]]] = {}
    for number, line in enumerate(found.lines, 2):
        written = as_written.get((line.run, line.line, line.column))
        if written is None or (line.key, line.wrong, line.now) != (written.key, written.wrong, written.now):
            odd.append(number)
        elif line.corrected is not None:
            value = "" if line.corrected.strip() == BLANK else line.corrected
            changes.setdefault(line.run, {}).setdefault(int(line.line), {})[line.column] = value
    missing = row[0] - len(found.lines) - len(found.odd)
    if odd or missing:
        raise ExportChanged(file=file, cells=len(odd) + abs(missing), row=min(odd, default=0))
    if not changes:
        raise NothingQuarantined(more=": nothing was filled in")
    return changes
