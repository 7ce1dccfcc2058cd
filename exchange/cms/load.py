"""Load one run's rows: records into the CMS, referrals folded from them, one outcome a row.

Called inside the one transaction of a load, whose first statement took the source's lock. Bulk data goes in by
COPY; everything after it is set-based. Most rows are new referrals and take the short way; a key that is known,
repeated in the file or has rows that may not be held takes the long one, through the fold.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
from psycopg import sql

from exchange import logs
from exchange.cms import fold, holds, retriage
from exchange.cms.copying import Bulk, constant, copy, some
from exchange.cms.outcomes import DISPOSITION
from exchange.cms.outcomes_sql import IN_ORDER, LATE, LATE_ROUND, PRIOR, SLOW, TABLES, TOUCHED
from exchange.cms.owned import KEEP_SAFE_CONTACT, PROPOSE, SEED_SAFE_CONTACT
from exchange.database import Connection
from exchange.triage import dispositions
from mappings.areas import load_boroughs

MANY: Final = 2_000
NO_REASONS: Final = "{}"

Rows = Iterable[tuple[pa.Table, pa.Table]]
"""Pairs of a canonical table with a column `line`, and the triage table of the same rows; gone through twice."""

_REFERRAL: Final = ("cms", "referral")
_RECORD: Final = ("cms", "record")
_NOT_HELD: Final = ("cms", "not_held")

# A referral that gets its second record hands its first one to cms.record; while it has one, the two are the same.
_SECOND: Final = (
    sql.SQL(
        """
    with single as (
        update cms.referral c set single = false
        from slow s where s.referral_key = c.referral_key and c.source = %(source)s and c.single
        returning c.*
    )
    insert into cms.record (run, line, source, referral_key, file_order, received_on, record_type, closes, opens,
                            {columns})
    select r.made_by, r.first_line, r.source, r.referral_key, r.first_file_order, r.received_on, r.first_record_type,
           r.withdrawn, r.first_opens, {values}
    from single r
    """
    )
    .format(columns=fold.columns(fold.STORED), values=fold.columns(fold.STORED, "r"))
    .as_bytes()
)

# What is new or says something else now is compared with everybody (exchange.cms.people).
_TO_MATCH: Final = """
    insert into cms.matching (referral_id)
    select r.referral_id from (select distinct referral_key from keys) k
    join cms.referral r on r.referral_key = k.referral_key and r.source = %(source)s
    where r.made_by = %(run)s or r.changed_by = %(run)s
    on conflict (referral_id) do update set queued_at = now(), done_at = null
"""

_FOLD: Final = fold.fold_sql().as_bytes()  # made once: it is long, and a small file has little else to do


@dataclass(frozen=True)
class Place:
    """Which run the rows belong to, where its file stands in the order of truth, and the rules that triaged it."""

    run: str
    source: str
    business_date: date
    file_order: int
    triage_version: str | None = None

    @property
    def facts(self) -> dict[str, Any]:
        """The same, as parameters of statements."""
        return asdict(self)


def copy_rows(connection: Connection, place: Place, rows: Rows) -> None:
    """COPY checked rows with what triage made of them; those that may not be held leave their key and line alone.

    Keys go first, because it is the keys that tell new referrals, whose rows are copied into cms.referral as they
    are, from others, whose rows are records.
    """
    facts = place.facts
    connection.execute(TABLES)
    copied = copy(connection, _keys(rows))
    _analyze_if_many(connection, "keys", copied)
    logs.event("load.keys_copied", run=place.run)
    slow = connection.execute(SLOW, facts).rowcount
    _analyze_if_many(connection, "slow", slow)
    logs.event("load.keys_sorted", run=place.run)
    connection.execute(_SECOND, facts)
    connection.execute(PRIOR, facts)
    _analyze_if_many(connection, "prior", slow)
    logs.event("load.known_records_split_off", run=place.run)
    lines = connection.execute("select line from keys join slow using (referral_key)").fetchall()
    copy(connection, _records(rows, place, pa.array([line for (line,) in lines], pa.int64())))
    logs.event("load.records_copied", run=place.run)


def merge(connection: Connection, place: Place) -> None:
    """Bring the records of known referrals into them and give every row of these its outcome."""
    facts = place.facts
    row = connection.execute("select count(*) from incoming").fetchone()
    rows = int(row[0]) if row else 0
    if rows:  # else every row was new, and has its outcome
        _analyze_if_many(connection, "incoming", rows)
        connection.execute(KEEP_SAFE_CONTACT, facts)
        connection.execute(LATE, facts)
        _in_order(connection, facts)
        logs.event("load.known_referrals_folded", run=place.run)
        _late(connection, facts)
        logs.event("load.late_referrals_folded", run=place.run)
        connection.execute(SEED_SAFE_CONTACT, facts)
        connection.execute(PROPOSE, facts)
        retriage.of_run(connection, place.source)
        logs.event("load.known_referrals_triaged", run=place.run)
    holds.follow_the_rules(connection, facts)
    connection.execute(_TO_MATCH, facts)
    logs.event("load.holds_followed", run=place.run)


def _analyze_if_many(connection: Connection, table: str, rows: int) -> None:
    """A plan for few rows is right without statistics, and they would cost a small file a tenth of its load."""
    if rows > MANY:
        connection.execute(sql.SQL("analyze {}").format(sql.Identifier(table)))


def _in_order(connection: Connection, facts: dict[str, Any]) -> None:
    """Rows of keys whose known records are all older than this file: their outcomes, then one fold."""
    connection.execute(IN_ORDER, facts)
    connection.execute(TOUCHED)
    connection.execute(_FOLD, facts)


def _late(connection: Connection, facts: dict[str, Any]) -> None:
    """Rows of keys that have a newer record already, one round a row of the same key; each against its fold."""
    row = connection.execute("select coalesce(max(round), 0) from late_rows").fetchone()
    for number in range(1, int(row[0] if row else 0) + 1):
        before, after = LATE_ROUND
        connection.execute("truncate touched")
        connection.execute(before, {**facts, "round": number})
        changed = connection.execute(_FOLD, facts).fetchall()
        connection.execute(
            after,
            {
                **facts,
                "round": number,
                "changed": [key for key, _ in changed],
                "closed": [key for key, closed in changed if closed],
            },
        )


def _keys(rows: Rows) -> Iterator[Bulk]:
    for table, _ in rows:
        yield from some(("keys",), pa.table({"line": table["line"], "referral_key": table["key"]}))


def _records(rows: Rows, place: Place, slow: pa.Array) -> Iterator[Bulk]:
    """The rows, where they belong; those of lines `slow` get their outcome later, the others at once."""
    for table, triaged in rows:
        later, held = pc.is_in(table["line"], value_set=slow), pc.is_null(triaged["code"])
        new, record, out = pc.and_not(held, later), pc.and_(held, later), pc.invert(held)
        yield from some(_REFERRAL, _referrals(table.filter(new), triaged.filter(new), place))
        to_hold = pc.and_(new, pc.not_equal(triaged["hold_reasons"], NO_REASONS))
        yield from some(("to_hold",), pa.table({"referral_key": table["key"].filter(to_hold)}))
        yield from some(_RECORD, _record(table.filter(record), triaged.filter(record), place))
        yield from some(_NOT_HELD, _not_held(table.filter(out), triaged.filter(out), place))
        yield from some(("incoming",), _incoming(table.filter(later), triaged.filter(later), place))
        at_once = pc.invert(later)
        yield from some(DISPOSITION, _outcomes(table.filter(at_once), triaged.filter(at_once), place))


def _referrals(table: pa.Table, triaged: pa.Table, place: Place) -> pa.Table:
    n = table.num_rows
    run, no = constant(place.run, n), pa.repeat(False, n)
    columns = {
        "source": constant(place.source, n),
        "referral_key": table["key"],
        "received_on": table["received_on"],
        "withdrawn": triaged["closes"],
        "reopened": no,
        "consent_pending": no,
        "made_by": run,
        "changed_by": run,
        "single": pa.repeat(True, n),
        "first_line": table["line"],
        "first_file_order": pa.repeat(pa.scalar(place.file_order, pa.int64()), n),
        "first_record_type": table["record_type"],
        "first_opens": triaged["opens"],
        "triage_version": pa.repeat(pa.scalar(place.triage_version, pa.string()), n),
        **{name: triaged[name] for name in dispositions.SCHEMA.names},
    }
    return pa.table(columns | {field.name: table[field.name] for field in fold.STORED})


def _outcomes(table: pa.Table, triaged: pa.Table, place: Place) -> pa.Table:
    """Of rows whose key nobody knew: created (though their sender may speak of an update), or excluded."""
    out = pc.is_valid(triaged["code"])
    code = pc.case_when(
        pc.make_struct(out, pc.equal(table["record_type"], "U"), pc.equal(table["record_type"], "W")),
        triaged["code"],
        pa.scalar("update_of_unknown"),
        pa.scalar("withdrawal_of_unknown"),
    )
    return pa.table(
        {
            "run": constant(place.run, table.num_rows),
            "line": table["line"],
            "outcome": pc.if_else(out, "excluded", "created"),
            "code": code,
            "referral_key": pc.if_else(out, table["key"], None),
        }
    )


def _incoming(table: pa.Table, triaged: pa.Table, place: Place) -> pa.Table:
    """What decides about a row whose key is known, repeated, or of a row that was not held."""
    held = pc.is_null(triaged["code"])
    out = pc.invert(held)
    return pa.table(
        {
            "line": table["line"],
            "referral_key": table["key"],
            "received_on": table["received_on"],
            "record_type": pc.if_else(held, table["record_type"], None),
            "held": held,
            "code": triaged["code"],
            "closes": triaged["closes"],
            "opens": pc.and_(held, triaged["opens"]),
            "pending": pc.and_(out, triaged["pending"]),
            "refuses": pc.and_(held, pc.fill_null(pc.equal(table["consent"], "N"), False)),
            "dash_risk": pc.if_else(out, table["dash_risk"], None),
            "unsafe": pc.fill_null(pc.equal(table["safe_to_contact"], "N"), False),
        }
    )


def _record(table: pa.Table, triaged: pa.Table, place: Place) -> pa.Table:
    n = table.num_rows
    columns = {
        "run": constant(place.run, n),
        "line": table["line"],
        "source": constant(place.source, n),
        "referral_key": table["key"],
        "file_order": pa.repeat(pa.scalar(place.file_order, pa.int64()), n),
        "received_on": table["received_on"],
        "record_type": table["record_type"],
        "closes": triaged["closes"],
        "opens": triaged["opens"],
    }
    return pa.table(columns | {field.name: table[field.name] for field in fold.STORED})


def _not_held(table: pa.Table, triaged: pa.Table, place: Place) -> pa.Table:
    n = table.num_rows
    return pa.table(
        {
            "run": constant(place.run, n),
            "line": table["line"],
            "source": constant(place.source, n),
            "referral_key": table["key"],
            "file_order": pa.repeat(pa.scalar(place.file_order, pa.int64()), n),
            "received_on": table["received_on"],
            "code": triaged["code"],
            "closes": triaged["closes"],
            "pending": triaged["pending"],
            "da_flag": pc.fill_null(table["da_flag"], False),
            "dash_risk": table["dash_risk"],
            "unsafe": pc.fill_null(pc.equal(table["safe_to_contact"], "N"), False),
            "area": _area_to_call(table),
        }
    )


def _area_to_call(table: pa.Table) -> pa.ChunkedArray:
    """Whose rows may not be held keeps no address; high risk alone its area, because somebody has to be called.

    The BCU is free text in a police row: one that is none of ours tells no area.
    """
    areas = {each.code: each.area for each in load_boroughs()}
    codes = pa.array(list(areas), pa.string())
    lived = pc.take(pa.array(list(areas.values()), pa.string()), pc.index_in(table["borough_code"], value_set=codes))
    high = pc.and_(pc.fill_null(table["da_flag"], False), pc.fill_null(pc.equal(table["dash_risk"], "H"), False))
    known = pc.is_in(table["offence_bcu"], value_set=pa.array(sorted(set(areas.values())), pa.string()))
    return pc.if_else(high, pc.coalesce(lived, pc.if_else(known, table["offence_bcu"], None)), None)
