"""Rejects as an operator reads them: which are open, since when, how often told (`lvws rejects list`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from psycopg.rows import class_row

from exchange import clock
from exchange.database import Connection, transaction


@dataclass(frozen=True)
class Reject:
    """One reject. Without a sound key it is known by the line and file that told it first.

    - age_days: London calendar days since it was told first, until it was mended or today.
    - mended_by: a run, or `step N` of staff.
    """

    source: str
    key: str | None
    kind: str
    code: str
    file: str
    line: int
    run: str
    first_reported: datetime
    times: int
    age_days: int
    mended_at: datetime | None
    mended_by: str | None

    def as_json(self) -> dict[str, Any]:
        """The reject as `lvws rejects list --json` prints it."""
        return {
            **asdict(self),
            "first_reported": self.first_reported.isoformat(),
            "mended_at": self.mended_at.isoformat() if self.mended_at else None,
            "days_to_mend": self.age_days if self.mended_at else None,
        }


@dataclass(frozen=True)
class Summary:
    """How many rejects of a source have a kind and code, and how old the oldest is in days."""

    source: str
    kind: str
    code: str
    rejects: int
    oldest_days: int

    def as_json(self) -> dict[str, Any]:
        """The line as `lvws rejects list --json` prints it."""
        return asdict(self)


def listed(connection: Connection, source: str | None, *, only_open: bool) -> list[Reject]:
    """Rejects by source, oldest first; of one source where it is given."""
    with transaction(connection, "listing rejects"), connection.cursor(row_factory=class_row(Reject)) as cursor:
        return cursor.execute(
            """
            select j.source, j.referral_key as key, j.kind, j.code, r.file, j.first_line as line, j.first_run as run,
                   j.first_reported, j.times,
                   (coalesce(j.mended_at, %(now)s) at time zone 'Europe/London')::date
                       - (j.first_reported at time zone 'Europe/London')::date as age_days,
                   j.mended_at, j.mended_by
            from ledger.reject j join ledger.run r on r.run = j.first_run
            where (%(source)s::text is null or j.source = %(source)s) and (not %(open)s or j.mended_at is null)
            order by j.source, j.first_reported, r.file_order, j.first_line, j.reject_id
            """,
            {"source": source, "open": only_open, "now": clock.now()},
        ).fetchall()


def summed_up(rejects: Sequence[Reject]) -> list[Summary]:
    """The rejects by source, kind and code."""
    found: dict[tuple[str, str, str], list[int]] = {}
    for reject in rejects:
        found.setdefault((reject.source, reject.kind, reject.code), []).append(reject.age_days)
    return [Summary(*what, len(ages), max(ages)) for what, ages in sorted(found.items())]
