"""Load one run's rows: records into the CMS, referrals folded from them, one outcome a row.

Called inside the one transaction of a load, whose first statement took the source's lock. Bulk data goes in by
COPY; everything after it is set-based. Most rows are new referrals and take the short way; a key that is known,
repeated in the file or has rows that may not be held takes the long one, through the fold.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
from psycopg import sql

from exchange import logs
from exchange.cms import fold
from exchange.cms.outcomes_sql import FACTS, IN_ORDER, INCOMING, LATE_ROUND, PROPOSALS, SLOW
from exchange.database import Connection

Counts = dict[str, int]

OUTCOMES: Final = ("created", "updated", "withdrawn", "duplicate", "quarantined", "excluded", "waiting")

_ARRIVING: Final = "create temporary table arriving (like cms.record) on commit drop"
_RECORD: Final = sql.SQL(
    "copy arriving (run, line, source, referral_key, file_order, record_type, closes, opens, {columns}) from stdin (format csv)"
).format(columns=fold.columns(fold.STORED))
_NOT_HELD: Final = "copy cms.not_held (run, line, source, referral_key, file_order, code, closes, pending, da_flag, dash_risk) from stdin (format csv)"
_FINDING: Final = "copy ledger.finding (run, line, column_name, rule) from stdin (format csv)"
_DISPOSITION: Final = "copy ledger.disposition (run, line, outcome, code, referral_key) from stdin (format csv)"

_FRESH: Final = sql.SQL(
    """
    insert into cms.referral (source, referral_key, received_on, withdrawn, reopened, consent_pending, made_by, changed_by,
                              single, first_line, first_file_order, first_record_type, first_opens, {columns})
    select r.source, r.referral_key, %(received_on)s, r.closes, false, false, r.run, r.run,
           true, r.line, r.file_order, r.record_type, r.opens, {values}
    from arriving r
    where not exists (select from slow s where s.referral_key = r.referral_key)
    """
).format(columns=fold.columns(fold.STORED), values=fold.columns(fold.STORED, "r"))

# A referral that gets its second record hands its first one to cms.record; while it has one, the two are the same.
_SECOND: Final = (
    sql.SQL(
        """
        with single as (
            update cms.referral c set single = false
            from slow s where s.referral_key = c.referral_key and c.source = %(source)s and c.single
            returning c.*
        )
        insert into cms.record (run, line, source, referral_key, file_order, record_type, closes, opens, {columns})
        select r.made_by, r.first_line, r.source, r.referral_key, r.first_file_order, r.first_record_type, r.withdrawn, r.first_opens, {values}
        from single r
        """
    ).format(columns=fold.columns(fold.STORED), values=fold.columns(fold.STORED, "r")),
    sql.SQL(
        "insert into cms.record select r.* from arriving r where exists (select from slow s where s.referral_key = r.referral_key)"
    ),
)


@dataclass(frozen=True)
class Place:
    """Which run the rows belong to and where its file stands in the order of truth."""

    run: str
    source: str
    received_on: Any
    file_order: int


def copy_rows(connection: Connection, place: Place, rows: Iterable[tuple[pa.Table, pa.Table]]) -> None:
    """COPY checked rows with what triage made of them; those that may not be held leave their key and line alone.

    `rows`: pairs of a canonical table with a column `line`, and the triage table of the same rows.
    """
    kept_out: list[pa.Table] = []
    connection.execute(_ARRIVING)
    with connection.cursor().copy(_RECORD) as copy:
        for table, triaged in rows:
            held = pc.is_null(triaged["code"])
            copy.write(_csv(_records(table.filter(held), triaged.filter(held), place)))
            if not pc.all(held).as_py():
                out = pc.invert(held)
                kept_out.append(_not_held(table.filter(out), triaged.filter(out), place))
    logs.event("load.records_copied", run=place.run)
    _copy(connection, _NOT_HELD, kept_out)
    logs.event("load.not_held_copied", run=place.run)


def copy_findings(connection: Connection, run: str, findings: pa.Table) -> None:
    """COPY a run's findings (line, column, rule)."""
    if findings.num_rows:
        constant = _constant(run, findings.num_rows)
        _copy(
            connection,
            _FINDING,
            [
                pa.table(
                    [constant, findings["line"], findings["column"], findings["rule"]],
                    names=["run", "line", "column", "rule"],
                )
            ],
        )


def copy_quarantined(connection: Connection, run: str, quarantined: pa.Table) -> None:
    """COPY the dispositions of a run's broken rows (line, rule, key)."""
    if quarantined.num_rows:
        n = quarantined.num_rows
        _copy(
            connection,
            _DISPOSITION,
            [
                pa.table(
                    [
                        _constant(run, n),
                        quarantined["line"],
                        _constant("quarantined", n),
                        quarantined["rule"],
                        quarantined["key"],
                    ],
                    names=["run", "line", "outcome", "code", "key"],
                )
            ],
        )


def merge(connection: Connection, place: Place) -> None:
    """Bring the run's records into the referrals and give every row of it its outcome."""
    facts = {"run": place.run, "source": place.source, "file_order": place.file_order, "received_on": place.received_on}
    for statement in INCOMING:
        connection.execute(statement, facts)
    for statement in SLOW:
        connection.execute(statement, facts)
    logs.event("load.keys_sorted", run=place.run)
    connection.execute(_FRESH, facts)
    logs.event("load.new_referrals_made", run=place.run)
    for second in _SECOND:
        connection.execute(second, facts)
    logs.event("load.records_written", run=place.run)
    for statement in FACTS:
        connection.execute(statement, facts)
    _in_order(connection, facts)
    logs.event("load.known_referrals_folded", run=place.run)
    _late(connection, facts)
    logs.event("load.late_referrals_folded", run=place.run)
    connection.execute(PROPOSALS, facts)


def count(connection: Connection, run: str) -> Counts:
    """A run's rows by outcome, from their dispositions."""
    counted = connection.execute(
        "select outcome, count(*) from ledger.disposition where run = %s group by outcome", (run,)
    ).fetchall()
    return {**dict.fromkeys(OUTCOMES, 0), **{outcome: int(rows) for outcome, rows in counted}}


def _in_order(connection: Connection, facts: dict[str, Any]) -> None:
    """Rows of keys whose known records are all older than this file: their outcomes, then one fold."""
    connection.execute(IN_ORDER, facts)
    connection.execute(
        "create temporary table touched on commit drop as "
        "select referral_key, max(line) as upto_line from incoming join prior using (referral_key) "
        "where not late group by referral_key"
    )
    connection.execute(fold.fold_sql(), facts)


def _late(connection: Connection, facts: dict[str, Any]) -> None:
    """Rows of keys that have a newer record already, one round a row of the same key; few, and each against its fold."""
    row = connection.execute("select coalesce(max(round), 0) from late_rows").fetchone()
    for number in range(1, int(row[0] if row else 0) + 1):
        before, after = LATE_ROUND
        connection.execute("truncate touched")
        connection.execute(before, {**facts, "round": number})
        changed = connection.execute(fold.fold_sql(), facts).fetchall()
        connection.execute(
            after,
            {
                **facts,
                "round": number,
                "changed": [key for key, _ in changed],
                "closed": [key for key, closed in changed if closed],
            },
        )


def _records(table: pa.Table, triaged: pa.Table, place: Place) -> pa.Table:
    n = table.num_rows
    head = [
        _constant(place.run, n),
        table["line"],
        _constant(place.source, n),
        table["key"],
        pa.repeat(pa.scalar(place.file_order, pa.int64()), n),
        table["record_type"],
        triaged["closes"],
        triaged["opens"],
    ]
    return pa.table(
        head + [table[field.name] for field in fold.STORED],
        names=["run", "line", "source", "referral_key", "file_order", "record_type", "closes", "opens"]
        + [field.name for field in fold.STORED],
    )


def _not_held(table: pa.Table, triaged: pa.Table, place: Place) -> pa.Table:
    n = table.num_rows
    return pa.table(
        {
            "run": _constant(place.run, n),
            "line": table["line"],
            "source": _constant(place.source, n),
            "referral_key": table["key"],
            "file_order": pa.repeat(pa.scalar(place.file_order, pa.int64()), n),
            "code": triaged["code"],
            "closes": triaged["closes"],
            "pending": triaged["pending"],
            "da_flag": pc.fill_null(table["da_flag"], False),
            "dash_risk": table["dash_risk"],
        }
    )


def _constant(value: str, n: int) -> pa.Array:
    return pa.repeat(pa.scalar(value, pa.string()), n)


def _copy(connection: Connection, statement: str, tables: list[pa.Table]) -> None:
    if tables:
        with connection.cursor().copy(statement) as copy:
            for table in tables:
                copy.write(_csv(table))


def _csv(table: pa.Table) -> bytes:
    """Rows as PostgreSQL's CSV: text is quoted, so that only a null is an empty field.

    In one chunk: for an empty one before others pyarrow writes uninitialised memory.
    """
    if not table.num_rows:
        return b""
    buffer = io.BytesIO()
    pa.csv.write_csv(table.combine_chunks(), buffer, pa.csv.WriteOptions(include_header=False))
    return buffer.getvalue()
