"""Domestic abuse at high risk, the first thing that a morning's page says: how many, where, and whose they are (R8)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from psycopg.rows import class_row

from exchange.database import Connection, transaction


@dataclass(frozen=True)
class HighRisk:
    """Referrals at high risk that loads made or changed, of one area and one owner.

    `area` is a BCU's code, CITY or PAN_LONDON; `owner` is a caseworker's staff number or the area's team, never blank.
    """

    area: str
    owner: str
    new: int
    changed: int
    held: int

    @property
    def referrals(self) -> int:
        """All of them."""
        return self.new + self.changed


def of_runs(connection: Connection, runs: Sequence[str]) -> list[HighRisk]:
    """Those of some runs, those who need somebody most first; withdrawn ones are not among them."""
    with (
        transaction(connection, "reading who is at high risk"),
        connection.cursor(row_factory=class_row(HighRisk)) as cursor,
    ):
        return cursor.execute(
            """
            select k.area, k.owner,
                   count(*) filter (where k.made_by = any(%(runs)s)) as new,
                   count(*) filter (where k.made_by <> all(%(runs)s)) as changed,
                   count(*) filter (where k.referral_id in (select h.referral_id from cms.open_hold h)) as held
            from cms.high_risk k
            where (k.made_by = any(%(runs)s) or k.changed_by = any(%(runs)s)) and not k.withdrawn
            group by k.area, k.owner
            order by count(*) desc, k.area, k.owner
            """,
            {"runs": list(runs)},
        ).fetchall()
