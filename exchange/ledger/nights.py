"""The night as the ledger has it: of each source what came last, and what became of the rows of a day's runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from psycopg.rows import class_row

from exchange.database import Connection, transaction
from exchange.ledger.runs import State

_SOURCES: Final = """
    select w.source, n.file, n.state, n.business_date, coalesce(n.ended_at, n.started_at) as at,
           coalesce(t.files, 0)::int as files, coalesce(t.rows, 0)::int as rows,
           coalesce(t.quarantined, 0)::int as quarantined, coalesce(t.excluded, 0)::int as excluded,
           coalesce(t.bad, 0)::int as bad,
           (select count(*) from ledger.incomplete i where i.source = w.source)::int as incomplete
    from unnest(%(sources)s::text[]) with ordinality as w (source, place)
    left join lateral (select * from ledger.run r where r.source = w.source
                       order by r.started_at desc, r.file_order desc limit 1) n on true
    left join lateral (select count(*) as files, sum(r.rows) as rows, sum(r.quarantined) as quarantined,
                              sum(r.excluded) as excluded,
                              count(*) filter (where r.state in ('refused', 'stopped', 'open')) as bad
                       from ledger.run r where r.source = w.source and r.started_at >= %(since)s) t on true
    order by w.place
"""


@dataclass(frozen=True)
class OfSource:
    """A source: its newest run, whenever that was, and what its runs of the night come to.

    - bad: runs of the night that were refused or stopped, or are not at their end; incomplete: files on its server.
    """

    source: str
    file: str | None
    state: State | None
    business_date: date | None
    at: datetime | None
    files: int
    rows: int
    quarantined: int
    excluded: int
    bad: int
    incomplete: int


def by_source(connection: Connection, sources: Sequence[str], since: datetime) -> list[OfSource]:
    """Each source in that order; the night is what started since then."""
    with transaction(connection, "reading the night"), connection.cursor(row_factory=class_row(OfSource)) as cursor:
        return cursor.execute(_SOURCES, {"sources": list(sources), "since": since}).fetchall()


def last_success(connection: Connection) -> datetime | None:
    """When a file was last loaded, of whichever source."""
    with transaction(connection, "reading the last load"):
        row = connection.execute("select max(ended_at) from ledger.run where state = 'loaded'").fetchone()
    return row[0] if row else None
