"""Runs: the row that says how far a file has come. One function changes a run's state, and one gives it out.

States are few: open (on its way), loaded, refused, stopped, repeat, undone. `stage` is the last good stage of an open
run; `code` says why (interfaces: outcomes, Files).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Final, Literal

from psycopg import sql
from psycopg.rows import class_row

from exchange import clock, logs
from exchange.database import Connection, transaction
from exchange.errors import Busy, LeaseLost, NotFound
from exchange.ledger import audit
from exchange.ledger.truth import file_order
from exchange.sources import Span

State = Literal["open", "loaded", "refused", "stopped", "repeat", "undone"]
Stage = Literal["fetch", "check", "triage", "load"]

WORKER_LOCKS: Final = 7305002
# How a file came that somebody handed over here: nobody waits on a server for an answer.
BY_HAND: Final = "by hand"
# Of files whose feed does not number them.
NO_SEQUENCE: Final = 0

_COLUMNS: Final = (
    "run, source, file, content, business_date, sequence, arrival, file_order, declared_rows, body_bytes, state, "
    "stage, code, detail, rows, created, updated, withdrawn, duplicate, quarantined, excluded, waiting, "
    "mapping_version, triage_version, fence, started_at, ended_at, attempt, quarantine_accepted_by, corrects"
)


_SETTABLE: Final = frozenset(
    "rows created updated withdrawn duplicate quarantined excluded waiting mapping_version triage_version".split()
)


@dataclass(frozen=True)
class Run:
    """One row of ledger.run; the counts are 0 until it is loaded."""

    run: str
    source: str
    file: str
    content: str
    business_date: date
    sequence: int
    arrival: int
    file_order: int
    declared_rows: int | None
    body_bytes: int | None
    state: State
    stage: Stage
    code: str | None
    detail: str | None
    rows: int
    created: int
    updated: int
    withdrawn: int
    duplicate: int
    quarantined: int
    excluded: int
    waiting: int
    mapping_version: str | None
    triage_version: str | None
    fence: int
    started_at: datetime
    ended_at: datetime | None
    attempt: int = 0
    quarantine_accepted_by: str | None = None
    corrects: int | None = None


@dataclass(frozen=True)
class Arrived:
    """A complete file as the intake landed it, before the ledger knows it."""

    source: str
    file: str
    delivered_name: str
    remote_stamp: str
    transfer_sha256: str
    content: str
    bytes: int
    business_date: date
    sequence: int
    declared_rows: int | None
    body_bytes: int | None
    transport: str
    refused: str | None = None


def register(connection: Connection, arrived: Arrived) -> Run:
    """Note a delivery and the run that takes it, in the transaction at hand; the same delivery twice is noted once.

    The run is `open`; `repeat` where the content's rows are known already (a nil file: under this name);
    `refused` where `arrived` says why, or where its sequence number belongs to another file.
    """
    run = _run_id(arrived)
    connection.execute("select pg_advisory_xact_lock(hashtextextended('lvws source ' || %s, 0))", (arrived.source,))
    known = connection.execute(
        "select run from ledger.delivery where (source, delivered_name, remote_stamp) = (%s, %s, %s)",
        (arrived.source, arrived.delivered_name, arrived.remote_stamp),
    ).fetchone()
    if known is not None:
        return read(connection, str(known[0]))
    connection.execute(
        "insert into ledger.content (content, bytes) values (%s, %s) on conflict do nothing",
        (arrived.content, arrived.bytes),
    )
    carried_on = _open_run(connection, arrived)
    if carried_on is None:
        _insert(connection, run, arrived)
    connection.execute(
        "insert into ledger.delivery (source, delivered_name, remote_stamp, transfer_sha256, run, transport) "
        "values (%s, %s, %s, %s, %s, %s)",
        (
            arrived.source,
            arrived.delivered_name,
            arrived.remote_stamp,
            arrived.transfer_sha256,
            carried_on or run,
            arrived.transport,
        ),
    )
    connection.execute("delete from ledger.incomplete where (source, file) = (%s, %s)", (arrived.source, arrived.file))
    return read(connection, carried_on or run)


def get(connection: Connection, run: str) -> Run:
    """One run; a unique beginning of its id is enough. Raises NotFound."""
    with transaction(connection, "reading a run"):
        return read(connection, run)


def newest_first(
    connection: Connection,
    *,
    source: str | None = None,
    day: date | None = None,
    state: State | None = None,
    limit: int | None = None,
) -> list[Run]:
    """Runs, newest first; of one source, one business day and one state where they are given."""
    with transaction(connection, "listing runs"), connection.cursor(row_factory=class_row(Run)) as cursor:
        return cursor.execute(
            f"select {_COLUMNS} from ledger.run "  # noqa: S608 - our own constant
            "where (%(source)s::text is null or source = %(source)s) "
            "and (%(day)s::date is null or business_date = %(day)s) "
            "and (%(state)s::text is null or state = %(state)s) "
            "order by started_at desc, file_order desc, run limit %(limit)s",
            {"source": source, "day": day, "state": state, "limit": limit},
        ).fetchall()


def open_runs(connection: Connection, source: str, span: Span | None = None) -> list[Run]:
    """The source's runs that are on their way, in the order of truth; of some business days where they are given."""
    found = newest_first(connection, source=source, state="open")
    return sorted((run for run in found if span is None or run.business_date in span), key=lambda run: run.file_order)


def enlist(connection: Connection, name: str) -> int:
    """Make this process a worker: a number, and a session lock on it that ends with the process."""
    with transaction(connection, "enlisting as a worker"):
        row = connection.execute("insert into ledger.worker (name) values (%s) returning worker_id", (name,)).fetchone()
        assert row is not None
        worker = int(row[0])
        connection.execute("select pg_advisory_lock(%s, %s)", (WORKER_LOCKS, worker % 2**31))
    return worker


def claim(connection: Connection, run: str, worker: int, lease_seconds: int) -> Run:
    """Take an open run: nobody else has it, or whoever had it is gone or silent past its lease. Raises Busy."""
    with transaction(connection, "claiming a run"):
        taken = connection.execute(
            """
            update ledger.run set worker_id = %(worker)s, lease_until = now() + make_interval(secs => %(lease)s),
                                  fence = fence + (worker_id is distinct from %(worker)s)::integer
            where run = %(run)s and (worker_id is null or worker_id = %(worker)s or lease_until < now() or not exists (
                select from pg_locks where locktype = 'advisory' and granted and classid = %(locks)s
                and database = (select oid from pg_database where datname = current_database())
                and objid = worker_id %% 2147483648))
            returning run
            """,
            {"worker": worker, "lease": lease_seconds, "run": run, "locks": WORKER_LOCKS},
        ).fetchone()
        if taken is not None:
            found = read(connection, run)
            logs.event("run.claimed", run=run, worker=worker, fence=found.fence)
            return found
        holder = connection.execute(
            "select w.name, w.started_at, r.lease_until from ledger.run r join ledger.worker w using (worker_id) "
            "where run = %s",
            (run,),
        ).fetchone()
    who, since, until = holder or ("somebody", clock.now(), clock.now())
    raise Busy(what=f"run {run}", who=who, since=f"{since:%Y-%m-%d %H:%M}", until=f"{until:%H:%M}")


def set_state(  # noqa: PLR0913 - a state with its reason
    connection: Connection,
    run: Run,
    *,
    state: State,
    stage: Stage,
    code: str | None = None,
    detail: str | None = None,
    facts: Mapping[str, int | str] = MappingProxyType({}),
) -> None:
    """The only writer of a run's state, in the transaction at hand. Raises LeaseLost if another worker has the run.

    `facts`: counts by outcome and `rows` for a load; mapping_version and triage_version where they are known.
    """
    assignments = [
        sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder(name))
        for name in sorted(facts.keys() & _SETTABLE)
    ]
    assert len(assignments) == len(facts)
    changed = connection.execute(
        sql.SQL(
            "update ledger.run set state = %(state)s, stage = %(stage)s, code = %(code)s, detail = %(detail)s, "
            "ended_at = case when %(state)s = 'open' then null else clock_timestamp() end {}{} "
            "where run = %(run)s and fence = %(fence)s and state = 'open'"
        ).format(sql.SQL(", ") if assignments else sql.SQL(""), sql.SQL(", ").join(assignments)),
        {**facts, "state": state, "stage": stage, "code": code, "detail": detail, "run": run.run, "fence": run.fence},
    )
    if changed.rowcount != 1:
        raise LeaseLost(run=run.run)
    if state != "open":
        audit.record(connection, f"run {state}", run.run, **facts)
    logs.event("run.state", run=run.run, source=run.source, state=state, stage=stage, code=code)


def why_not_now(connection: Connection, run: Run) -> str | None:
    """Why a run could not be taken in as things stand, but for its own content: a number or a content used elsewhere,
    a day that has not come. In the transaction at hand.
    """
    return _taken_elsewhere(connection, run.source, run.file, run.sequence) or _not_come(run.business_date)


def _run_id(arrived: Arrived) -> str:
    """A run's id follows from its delivery, so that a crash and a second try make the same one."""
    parts = (arrived.source, arrived.delivered_name, arrived.remote_stamp, arrived.transfer_sha256)
    return hashlib.sha256("|".join(parts).encode()).hexdigest()[:12]


def read(connection: Connection, run: str) -> Run:
    """As `get`, in the transaction at hand."""
    with connection.cursor(row_factory=class_row(Run)) as cursor:
        found = cursor.execute(
            f"select {_COLUMNS} from ledger.run "  # noqa: S608 - our own constant
            "where run = %(run)s or (length(%(run)s) >= 4 and starts_with(run, %(run)s)) "
            "order by run <> %(run)s limit 2",
            {"run": run},
        ).fetchall()
    if not found or (len(found) > 1 and found[0].run != run):
        raise NotFound(what="run", name=run, list_with="lvws runs")
    return found[0]


def _open_run(connection: Connection, arrived: Arrived) -> str | None:
    """The run that is on its way with this very content under this name: a delivery again is part of it."""
    row = connection.execute(
        "select run from ledger.run where (source, file, content) = (%s, %s, %s) and state = 'open'",
        (arrived.source, arrived.file, arrived.content),
    ).fetchone()
    return str(row[0]) if row else None


def _insert(connection: Connection, run: str, arrived: Arrived) -> None:
    state, code = _first_state(connection, arrived)
    row = connection.execute(
        """
        select coalesce(min(arrival) filter (where content = %(content)s), coalesce(max(arrival), 0) + 1)
        from ledger.run where source = %(source)s and file = %(file)s
        """,
        {"source": arrived.source, "file": arrived.file, "content": arrived.content},
    ).fetchone()
    assert row is not None
    arrival = int(row[0])
    connection.execute(
        """
        insert into ledger.run (run, source, file, content, business_date, sequence, arrival, file_order,
                                declared_rows, body_bytes, state, code, ended_at)
        values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
        """,
        (
            run,
            arrived.source,
            arrived.file,
            arrived.content,
            arrived.business_date,
            arrived.sequence,
            arrival,
            file_order(arrived.business_date, arrived.sequence, arrival),
            arrived.declared_rows,
            arrived.body_bytes,
            state,
            code,
            None if state == "open" else clock.now(),
        ),
    )
    if state != "open":
        audit.record(connection, f"run {state}", run)
    logs.event(
        "run.registered", run=run, source=arrived.source, state=state, code=code, business_date=arrived.business_date
    )


def _first_state(connection: Connection, arrived: Arrived) -> tuple[State, str | None]:
    if arrived.refused is not None:
        return "refused", arrived.refused
    seen = connection.execute(
        "select file from ledger.run where source = %s and content = %s "
        "and state in ('open', 'loaded', 'stopped', 'undone')",
        (arrived.source, arrived.content),
    ).fetchall()
    nil = arrived.declared_rows == 0  # nil files of all days are the same bytes (hazards F18)
    if any(not nil or file == arrived.file for (file,) in seen):
        return "repeat", None
    why = _taken_elsewhere(connection, arrived.source, arrived.file, arrived.sequence) or _not_come(
        arrived.business_date
    )
    return ("refused", why) if why else ("open", None)


def _taken_elsewhere(connection: Connection, source: str, file: str, sequence: int) -> str | None:
    other = connection.execute(
        "select 1 from ledger.run where source = %s and sequence = %s and file <> %s "
        "and state in ('open', 'loaded', 'stopped') limit 1",
        (source, sequence, file),
    ).fetchone()
    return "sequence_reused" if other is not None and sequence != NO_SEQUENCE else None


def _not_come(business_date: date) -> str | None:
    return "business_date" if business_date > clock.today() else None
