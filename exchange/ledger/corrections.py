"""The ledger of corrections: what was asked for, who signed it, and the run that it became."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Literal

from psycopg.rows import class_row

from exchange import clock, logs
from exchange.database import Connection, transaction
from exchange.errors import NotFound
from exchange.ledger import audit, runs
from exchange.ledger.runs import BY_HAND, Run

State = Literal["waiting", "signed", "done", "refused"]

_COLUMNS: Final = """
    select c.correction_id, c.of_run, n.source, n.file, c.document, c.content, c.people, c.state, c.made_at,
           (select array_agg(s.operator order by s.signed_at) from ledger.correction_signature s
            where s.correction_id = c.correction_id) as operators,
           (select array_agg(s.key_id order by s.signed_at) from ledger.correction_signature s
            where s.correction_id = c.correction_id) as key_ids,
           (select array_agg(s.signature order by s.signed_at) from ledger.correction_signature s
            where s.correction_id = c.correction_id) as signatures,
           (select count(*) from ledger.correction_row r where r.correction_id = c.correction_id) as rows
    from ledger.correction c join ledger.run n on n.run = c.of_run
"""
_WAITING: Final = f"{_COLUMNS} where c.state = %s order by c.correction_id"
_ONE: Final = f"{_COLUMNS} where c.correction_id = %s"


_ONE_AT_A_TIME: Final = "select pg_advisory_xact_lock(hashtextextended('lvws correct ' || %s, 0))"
# Whether a row of a correction waits no more, or another correction of it is on its way or loaded.
_OVERTAKEN: Final = """
    select exists (
        select from ledger.correction_row w join ledger.correction c using (correction_id)
        where w.correction_id = %(correction)s and (
            not exists (select from ledger.quarantined q where q.run = c.of_run and q.line = w.of_line)
            or exists (select from ledger.correction_row o join ledger.correction d using (correction_id)
                       join ledger.run n on n.corrects = d.correction_id
                       where d.of_run = c.of_run and o.of_line = w.of_line and d.correction_id <> c.correction_id
                         and n.state in ('open', 'loaded'))))
"""


@dataclass(frozen=True)
class Correction:
    """A correction with its signatures, in the order in which they were made."""

    correction_id: int
    of_run: str
    source: str
    file: str
    document: str
    content: str
    people: int
    state: State
    made_at: datetime
    operators: list[str]
    key_ids: list[str]
    signatures: list[bytes]
    rows: int


@dataclass(frozen=True)
class Waiting:
    """A broken row that nobody mended: the newest of its key, or one without a sound key."""

    source: str
    run: str
    line: int
    referral_key: str | None
    rule: str
    first_reported: datetime
    times: int
    file: str
    business_date: date


@dataclass(frozen=True)
class Cause:
    """Broken rows of a source for one rule and column: how many, since when, and who looks after them."""

    source: str
    rule: str
    column: str
    rows: int
    files: int
    oldest: datetime
    owner: str | None


def waiting(
    connection: Connection, *, source: str | None = None, rule: str | None = None, run: str | None = None
) -> list[Waiting]:
    """Broken rows that nobody mended, in the order of truth."""
    with transaction(connection, "reading the quarantine"), connection.cursor(row_factory=class_row(Waiting)) as cursor:
        return cursor.execute(
            "select source, run, line, referral_key, rule, first_reported, times, file, business_date "
            "from ledger.quarantined where (%(source)s::text is null or source = %(source)s) "
            "and (%(rule)s::text is null or rule = %(rule)s) and (%(run)s::text is null or run = %(run)s) "
            "order by source, file_order, line",
            {"source": source, "rule": rule, "run": run},
        ).fetchall()


def causes(connection: Connection, source: str | None = None) -> list[Cause]:
    """Broken rows by cause, the one with most rows first."""
    with transaction(connection, "reading the quarantine"), connection.cursor(row_factory=class_row(Cause)) as cursor:
        return cursor.execute(
            """
            select q.source, q.rule, coalesce(f.column_name, '') as column, count(distinct (q.run, q.line)) as rows,
                   count(distinct q.run) as files, min(q.first_reported) as oldest, o.owner
            from ledger.quarantined q
            left join ledger.finding f on f.run = q.run and f.line = q.line and f.rule = q.rule
            left join ledger.quarantine_owner o on o.source = q.source and o.rule = q.rule
            where %(source)s::text is null or q.source = %(source)s
            group by q.source, q.rule, f.column_name, o.owner
            order by count(distinct (q.run, q.line)) desc, q.source, q.rule, 3
            """,
            {"source": source},
        ).fetchall()


def faults(connection: Connection, run: str, lines: Sequence[int]) -> dict[int, list[tuple[str, str]]]:
    """Of rows of a run, their findings: column and rule."""
    with transaction(connection, "reading findings"):
        found = connection.execute(
            "select line, column_name, rule from ledger.finding where run = %s and line = any(%s) "
            "order by line, column_name, rule",
            (run, list(lines)),
        ).fetchall()
    told: dict[int, list[tuple[str, str]]] = {line: [] for line in lines}
    for line, column, rule in found:
        told[line].append((column, rule))
    return told


def give_to(connection: Connection, source: str, rule: str, owner: str) -> None:
    """Note who looks after the broken rows of a source for a rule."""
    with transaction(connection, "noting an owner"):
        connection.execute(
            "insert into ledger.quarantine_owner (source, rule, owner, given_by) values (%s, %s, %s, %s) "
            "on conflict (source, rule) do update "
            "set owner = excluded.owner, since = now(), given_by = excluded.given_by",
            (source, rule, owner, audit.whoami()),
        )


def add(  # noqa: PLR0913 - a correction whole
    connection: Connection,
    *,
    of_run: str,
    document: str,
    content: tuple[str, int],
    rows: Sequence[tuple[int, int, Sequence[str]]],
    people: int,
    signed: tuple[str, str, bytes],
) -> Correction:
    """Keep a correction with its first signature; `rows`: line in its bytes, line in the file, columns."""
    with transaction(connection, "asking for a correction"):
        connection.execute(
            "insert into ledger.content (content, bytes) values (%s, %s) on conflict do nothing", content
        )
        row = connection.execute(
            "insert into ledger.correction (of_run, document, content, people, state) values (%s, %s, %s, %s, %s) "
            "returning correction_id",
            (of_run, document, content[0], people, "waiting" if people > 1 else "signed"),
        ).fetchone()
        assert row is not None
        with connection.cursor() as cursor:
            cursor.executemany(
                "insert into ledger.correction_row (correction_id, line, of_line, columns) values (%s, %s, %s, %s)",
                [(row[0], line, of_line, list(columns)) for line, of_line, columns in rows],
            )
        _sign(connection, row[0], signed, agrees=True)
    return get(connection, int(row[0]))


def sign(connection: Connection, correction: Correction, signed: tuple[str, str, bytes], *, agrees: bool) -> None:
    """Add the second signature; the correction is signed or refused. Raises NotFound if it does not wait."""
    with transaction(connection, "signing a correction"):
        changed = connection.execute(
            "update ledger.correction set state = %s, ended_at = case when %s then null else now() end "
            "where correction_id = %s and state = 'waiting'",
            ("signed" if agrees else "refused", agrees, correction.correction_id),
        )
        if not changed.rowcount:
            raise NotFound(
                what="correction that waits for a second person:",
                name=correction.correction_id,
                list_with="lvws quarantine list",
            )
        _sign(connection, correction.correction_id, signed, agrees=agrees)


def _sign(connection: Connection, correction: int, signed: tuple[str, str, bytes], *, agrees: bool) -> None:
    connection.execute(
        "insert into ledger.correction_signature (correction_id, operator, key_id, signature, agrees) "
        "values (%s, %s, %s, %s, %s)",
        (correction, *signed, agrees),
    )
    audit.record(connection, f"correction {'signed' if agrees else 'refused'}", correction=correction, by=signed[0])


def get(connection: Connection, correction: int) -> Correction:
    """One correction. Raises NotFound."""
    with transaction(connection, "reading a correction"), connection.cursor(row_factory=class_row(Correction)) as rows:
        found = rows.execute(_ONE, (correction,)).fetchone()
    if found is None:
        raise NotFound(what="correction", name=correction, list_with="lvws quarantine list")
    return found


def in_state(connection: Connection, state: State) -> list[Correction]:
    """All corrections in a state, oldest first."""
    with transaction(connection, "reading corrections"), connection.cursor(row_factory=class_row(Correction)) as rows:
        return rows.execute(_WAITING, (state,)).fetchall()


def lines_of(connection: Connection, correction: int) -> Mapping[int, int]:
    """Of a correction's rows, the line in the file that it corrects by the line in its own bytes."""
    with transaction(connection, "reading a correction"):
        return dict(
            connection.execute(
                "select line, of_line from ledger.correction_row where correction_id = %s", (correction,)
            ).fetchall()
        )


def become_run(connection: Connection, correction: Correction, run_id: str, size: int) -> Run | None:
    """Register a signed correction as an open run in the place of the load that it corrects; once.

    None, and the correction is refused, where a row of it does not wait any more: it was mended, or corrected by
    somebody else meanwhile. Two in one place would be told in no order, or as two people.
    """
    with transaction(connection, "registering a correction"):
        connection.execute(_ONE_AT_A_TIME, (correction.of_run,))
        overtaken = connection.execute(_OVERTAKEN, {"correction": correction.correction_id}).fetchone()
        if overtaken and overtaken[0]:
            _end(connection, correction, "refused")
            audit.record(connection, "correction overtaken", correction=correction.correction_id)
            return None
        original = runs.read(connection, correction.of_run)
        connection.execute(
            """
            insert into ledger.run (run, source, file, content, business_date, sequence, arrival, file_order,
                                    declared_rows, body_bytes, quarantine_accepted_by, corrects)
            values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) on conflict (run) do nothing
            """,
            _of_original(original, correction, run_id, size),
        )
        connection.execute(
            "insert into ledger.delivery (source, delivered_name, remote_stamp, transfer_sha256, run, transport) "
            "values (%s, %s, %s, %s, %s, %s) on conflict do nothing",
            (
                original.source,
                original.file,
                f"correction {correction.correction_id}",
                correction.content,
                run_id,
                BY_HAND,
            ),
        )
        _end(connection, correction, "done")
        logs.event("run.registered", run=run_id, source=original.source, state="open")
        return runs.read(connection, run_id)


def content_is_needed(connection: Connection, content: str) -> bool:
    """Whether a run, or a correction that may still become one, has these bytes: the same ones made twice are one."""
    with transaction(connection, "looking up a content"):
        row = connection.execute(
            "select exists (select from ledger.run where content = %(content)s) or exists ("
            "select from ledger.correction where content = %(content)s and state in ('waiting', 'signed'))",
            {"content": content},
        ).fetchone()
    return bool(row and row[0])


def _end(connection: Connection, correction: Correction, state: State) -> None:
    connection.execute(
        "update ledger.correction set state = %s, ended_at = %s where correction_id = %s",
        (state, clock.now(), correction.correction_id),
    )


def _of_original(original: Run, correction: Correction, run_id: str, size: int) -> tuple[Any, ...]:
    place = (original.business_date, original.sequence, original.arrival, original.file_order)
    # Rows that people looked at one by one are loaded however many; a whole file is judged as every file.
    accepted = f"correction {correction.correction_id}" if correction.rows else None
    declared = correction.rows or int(json.loads(correction.document)["count"])
    return (
        *(run_id, original.source, original.file, correction.content, *place, declared, size),
        *(accepted, correction.correction_id),
    )
