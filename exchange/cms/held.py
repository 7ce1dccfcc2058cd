"""Who is held, for the people who look after it: high risk first, then who waits longest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from psycopg.rows import class_row

from exchange.database import Connection, transaction


@dataclass(frozen=True)
class Held:
    """A referral with its open holds; area and owner of somebody at high risk."""

    source: str
    referral_key: str
    reasons: list[str]
    since: date
    opened_at: datetime
    high_risk: bool
    area: str | None
    owner: str | None


def everybody(connection: Connection) -> list[Held]:
    """All referrals with an open hold; none of those that are withdrawn, which are closed to contact anyhow."""
    with (
        transaction(connection, "reading who is held"),
        connection.cursor(row_factory=class_row(Held)) as cursor,
    ):
        return cursor.execute(
            """
            select o.source, o.referral_key, array_agg(o.reason order by o.opened_at, o.reason) as reasons,
                   min(o.since) as since, min(o.opened_at) as opened_at,
                   h.referral_id is not null as high_risk, h.area, h.owner
            from cms.open_hold o left join cms.high_risk h using (referral_id)
            group by o.source, o.referral_key, h.referral_id, h.area, h.owner
            order by high_risk desc, min(o.opened_at), o.source, o.referral_key
            """
        ).fetchall()
