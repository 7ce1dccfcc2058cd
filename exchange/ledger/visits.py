"""Visits to the senders' servers: when each was last read, and what has been in the way since when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from psycopg.rows import class_row

from exchange import clock
from exchange.database import Connection, transaction

_NOTE: Final = """
    insert into ledger.visit as v (source, first_at, at, code, since, succeeded_at)
    values (%(source)s, %(now)s, %(now)s, %(code)s, %(now)s, case when %(code)s::text is null then %(now)s end)
    on conflict (source) do update
    set at = %(now)s, code = excluded.code, succeeded_at = coalesce(excluded.succeeded_at, v.succeeded_at),
        since = case when v.code is distinct from excluded.code then %(now)s else v.since end
"""


@dataclass(frozen=True)
class Visit:
    """The last visit to a source's server; `code` is the error that ended it, `since` when that began."""

    source: str
    at: datetime
    code: str | None
    since: datetime
    succeeded_at: datetime | None


def note(connection: Connection, source: str, code: str | None) -> None:
    """Note that a source's server was visited, and the code of what went wrong, if anything."""
    with transaction(connection, "noting a visit"):
        connection.execute(_NOTE, {"source": source, "code": code, "now": clock.now()})


def last(connection: Connection) -> dict[str, Visit]:
    """By source its last visit."""
    with transaction(connection, "reading the visits"), connection.cursor(row_factory=class_row(Visit)) as cursor:
        found = cursor.execute("select source, at, code, since, succeeded_at from ledger.visit").fetchall()
    return {each.source: each for each in found}
