"""Every onward referral and where it stands, by service: keys, never a name or contact details."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from psycopg.rows import class_row

from exchange.database import Connection, transaction
from exchange.onward import places

# In the order of the way; what each means for an operator.
STATES: Final = {
    "waiting": "waits for the person to agree",
    "held": "may not go now",
    "ready": "goes with the next file",
    "queued": "in a file that is not sent yet",
    "sent": "sent, no receipt yet",
    "received": "received",
}

_LIST: Final = """
    with asked as (
        select * from cms.onward_asked(%(reasons)s::text[], %(destinations)s::text[], %(at_once)s::boolean[])
    )
    select s.destination, s.state, s.source, s.referral_key as key, s.onward_id, s.reason, s.agreed_at, s.at_once,
           coalesce(a.not_because, '{}') as why, s.file, s.queued_at, s.sent_at, s.received_at
    from cms.onward_state s left join asked a using (referral_id, destination) where s.state <> 'taken_back'
    union all
    select a.destination,
           case when a.agreed_at is null then 'waiting' when a.not_because <> '{}' then 'held' else 'ready' end,
           r.source, r.referral_key, null, a.reason, a.agreed_at, a.at_once, a.not_because, null, null, null, null
    from asked a join cms.referral r using (referral_id)
    where not exists (select from cms.onward o where o.referral_id = a.referral_id
                      and o.destination = a.destination and o.taken_back_at is null)
    order by destination, agreed_at nulls last, key
"""


@dataclass(frozen=True)
class Line:
    """One referral for one service. `why`: what speaks against handing it over now; reasons of holds."""

    destination: str
    state: str
    source: str
    key: str
    onward_id: str | None
    reason: str
    agreed_at: datetime | None
    at_once: bool
    why: list[str]
    file: str | None
    queued_at: datetime | None
    sent_at: datetime | None
    received_at: datetime | None


def lines(connection: Connection, destination: str | None = None) -> list[Line]:
    """All of them, or those of one service."""
    with (
        transaction(connection, "listing onward referrals"),
        connection.cursor(row_factory=class_row(Line)) as cursor,
    ):
        found = cursor.execute(_LIST, places.book()).fetchall()
    order = list(STATES)
    wanted = [line for line in found if destination is None or line.destination == destination]
    return sorted(wanted, key=lambda line: (line.destination, order.index(line.state)))
