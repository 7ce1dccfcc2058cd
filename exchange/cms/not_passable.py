"""High-risk domestic abuse that may not be held and must not vanish (interfaces: outcomes, Excluded).

The nightly page tells line, run and file; whoever calls the force needs the key, which the rejects have too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from psycopg.rows import class_row

from exchange.database import Connection, transaction


@dataclass(frozen=True)
class NotPassable:
    """One row that says high risk and was excluded; nothing that came since could be held, and no answer was given."""

    source: str
    run: str
    file: str
    business_date: date
    line: int
    area: str
    owner: str


def outstanding(connection: Connection, source: str | None = None) -> list[NotPassable]:
    """All of them, oldest first; of one source where it is given.

    A referral that came later takes its row off, and so does the force's answer (lvws not-passable answer).
    """
    with (
        transaction(connection, "reading what is high risk and not passable"),
        connection.cursor(row_factory=class_row(NotPassable)) as cursor,
    ):
        return cursor.execute(
            """
            select n.source, n.run, r.file, r.business_date, n.line, n.area, n.owner
            from cms.not_passable n join ledger.run r using (run)
            where %(source)s::text is null or n.source = %(source)s
            order by r.business_date, r.file_order, n.line
            """,
            {"source": source},
        ).fetchall()


@dataclass(frozen=True)
class ToCall:
    """A key of such rows, with the newest of them: whom to call, and whose affair it is with us."""

    source: str
    referral_key: str
    run: str
    line: int
    since: date
    area: str
    owner: str


def to_call(connection: Connection, key: str | None = None, source: str | None = None) -> list[ToCall]:
    """Each key once, those that wait longest first; of one key, or one source, where it is given."""
    with (
        transaction(connection, "reading what is high risk and not passable"),
        connection.cursor(row_factory=class_row(ToCall)) as cursor,
    ):
        return cursor.execute(
            """
            select distinct on (since, n.source, n.referral_key)
                   n.source, n.referral_key, n.run, n.line, since, n.area, n.owner
            from (select n.*, r.file_order, min(r.business_date) over (partition by n.source, n.referral_key) as since
                  from cms.not_passable n join ledger.run r using (run)
                  where (%(key)s::text is null or n.referral_key = %(key)s)
                  and (%(source)s::text is null or n.source = %(source)s)) n
            order by since, n.source, n.referral_key, n.file_order desc, n.line desc
            """,
            {"key": key, "source": source},
        ).fetchall()
