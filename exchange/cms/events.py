"""Load one run of case activity: events into the CMS, one outcome a row (interfaces: feeds, Case activity).

Called inside the one transaction of a load, whose first statement took the source's lock. Whether an event's referral
is known changes its outcome (created or waiting) and nothing else: the CMS's views bring the two together whichever
comes first. An event that is sent again is folded from its records in the order of truth, as referrals are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import pyarrow as pa
from psycopg import sql

from exchange import logs
from exchange.cms.copying import Bulk, copy, some
from exchange.cms.fold import columns, folded
from exchange.cms.load import MANY, Place, Rows
from exchange.database import Connection
from mappings.canonical import EVENT

STORED: Final = tuple(field for field in EVENT.fields if field.name != "key")

# incoming: this run's rows; rounds are the first row of each event of the file, then the second of those that come
# again, and so on. prior: what was known of the events of a round. again: those that were known.
_TABLES: Final = sql.SQL(
    """
    create temporary table if not exists incoming_events on commit delete rows as
    select 0 as line, 0 as round, event_id, {columns} from cms.event with no data;
    create index if not exists incoming_events_line on incoming_events (line);
    create temporary table if not exists prior_events (
        line integer, event_id text, known boolean, has_referral boolean, single boolean) on commit delete rows;
    create temporary table if not exists again_events (
        line integer, event_id text, late boolean, same boolean) on commit delete rows
    """
).format(columns=columns(STORED))

_ROUNDS: Final = """
    with numbered as (
        select line, row_number() over (partition by event_id order by line) as round from incoming_events
    )
    update incoming_events i set round = n.round from numbered n where n.line = i.line and n.round > 1
"""

_PRIOR: Final = """
    insert into prior_events
    select i.line, i.event_id,
           e.event_id is not null as known,
           exists (select from cms.referral r
                   where r.referral_key = i.referral_key and r.source = i.referral_source) as has_referral,
           e.single
    from incoming_events i left join cms.event e on e.event_id = i.event_id
    where i.round = %(round)s
"""

_NEW: Final = sql.SQL(
    """
    insert into cms.event (event_id, {columns}, made_by, changed_by, single, first_line, first_file_order)
    select i.event_id, {values}, %(run)s, %(run)s, true, i.line, %(file_order)s
    from incoming_events i join prior_events p using (line) where not p.known
    """
).format(columns=columns(STORED), values=columns(STORED, "i"))

# An event that gets its second record hands its first one to cms.event_record.
_SECOND: Final = sql.SQL(
    """
    with single as (
        update cms.event e set single = false from prior_events p
        where p.event_id = e.event_id and p.known and p.single
        returning e.*
    )
    insert into cms.event_record (run, line, event_id, file_order, {columns})
    select s.made_by, s.first_line, s.event_id, s.first_file_order, {values} from single s
    """
).format(columns=columns(STORED), values=columns(STORED, "s"))

# Against the record just before it in the order of truth: nothing changed, or something did.
_AGAIN: Final = sql.SQL(
    """
    insert into again_events
    select i.line, i.event_id,
           coalesce((b.file_order, b.line) > (%(file_order)s, i.line), false) as late,
           ({incoming}) is not distinct from ({before}) as same
    from incoming_events i
    join prior_events p using (line)
    join lateral (select * from cms.event_record b where b.event_id = i.event_id
                  order by b.file_order desc, b.line desc limit 1) b on true
    where p.known
    """
).format(incoming=columns(STORED, "i"), before=columns(STORED, "b"))

_RECORDS: Final = sql.SQL(
    """
    insert into cms.event_record (run, line, event_id, file_order, {columns})
    select %(run)s, i.line, i.event_id, %(file_order)s, {values} from incoming_events i join again_events using (line)
    """
).format(columns=columns(STORED), values=columns(STORED, "i"))

_FOLD: Final = sql.SQL(
    """
    with folded as (
        select r.event_id, {folded} from cms.event_record r
        where r.event_id in (select event_id from again_events) group by r.event_id
    )
    update cms.event e set ({columns}, changed_by) = ({values}, %(run)s)
    from folded f where f.event_id = e.event_id and ({old}) is distinct from ({values})
    returning e.event_id
    """
).format(
    folded=sql.SQL(", ").join(
        sql.SQL("{} as {}").format(folded(field, EVENT), sql.Identifier(field.name)) for field in STORED
    ),
    columns=columns(STORED),
    values=columns(STORED, "f"),
    old=columns(STORED, "e"),
)

_OUTCOMES_OF_NEW: Final = """
    insert into ledger.disposition (run, line, outcome)
    select %(run)s, line, case when has_referral then 'created' else 'waiting' end from prior_events where not known
"""

_OUTCOMES_AGAIN: Final = """
    insert into ledger.disposition (run, line, outcome, code)
    select %(run)s, line,
           case when late and event_id = any(%(changed)s) or not late and not same then 'updated' else 'duplicate' end,
           case when late then 'late' end
    from again_events
"""


def copy_rows(connection: Connection, place: Place, rows: Rows) -> None:
    """COPY checked events into a temporary table, numbered within their file."""
    connection.execute(_TABLES)
    copied = copy(connection, _incoming(rows))
    logs.event("load.events_copied", run=place.run)
    if copied > MANY:
        connection.execute("analyze incoming_events")
    connection.execute(_ROUNDS)
    logs.event("load.events_numbered", run=place.run)


def merge(connection: Connection, place: Place) -> None:
    """Bring the events into the CMS and give every row its outcome, one round a row of the same event."""
    facts = place.facts
    row = connection.execute("select coalesce(max(round), 0) from incoming_events").fetchone()
    for number in range(1, int(row[0] if row else 0) + 1):
        _one_round(connection, {**facts, "round": number})
    logs.event("load.events_folded", run=place.run)


def fold_again(connection: Connection, run: str, again: Sequence[str]) -> None:
    """Fold events anew from their records, because one of these went; `run` is noted as what changed them."""
    connection.execute(_TABLES)
    connection.execute("insert into again_events (event_id) select unnest(%s::text[])", (list(again),))
    connection.execute(_FOLD, {"run": run})


def _one_round(connection: Connection, facts: dict[str, Any]) -> None:
    connection.execute("truncate prior_events, again_events")
    known = connection.execute(_PRIOR, facts).rowcount
    if known > MANY:
        connection.execute("analyze prior_events")
    new = connection.execute(_OUTCOMES_OF_NEW, facts).rowcount
    connection.execute(_SECOND, facts)
    connection.execute(_NEW, facts)
    if new == known:
        return
    connection.execute(_AGAIN, facts)
    connection.execute(_RECORDS, facts)
    changed = connection.execute(_FOLD, facts).fetchall()
    connection.execute(_OUTCOMES_AGAIN, {**facts, "changed": [event for (event,) in changed]})


def _incoming(rows: Rows) -> Iterator[Bulk]:
    for table, _ in rows:
        named = {field.name: table[field.name] for field in STORED}
        first = pa.repeat(pa.scalar(1, pa.int32()), table.num_rows)
        yield from some(
            ("incoming_events",), pa.table({"line": table["line"], "round": first, "event_id": table["key"], **named})
        )
