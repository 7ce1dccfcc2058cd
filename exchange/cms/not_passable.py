"""High-risk domestic abuse that may not be held and must not vanish (interfaces: outcomes, Excluded).

Only line, run, file and area are told here, and whose it is; the key stands in the rejects that the force got.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from psycopg.rows import class_row

from exchange.database import Connection, transaction


@dataclass(frozen=True)
class NotPassable:
    """One row that says high risk and was excluded; nothing that came since could be held either."""

    source: str
    run: str
    file: str
    business_date: date
    line: int
    area: str
    owner: str


def outstanding(connection: Connection, source: str | None = None) -> list[NotPassable]:
    """All of them, oldest first; of one source where it is given.

    A referral that came later takes its row off, and so does the force's answer (cms.not_passable).
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
