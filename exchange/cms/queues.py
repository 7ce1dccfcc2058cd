"""How many wait, and for what: the queues that people work off, in counts alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from psycopg.rows import class_row

from exchange.database import Connection, transaction

_WAITING: Final = """
    select (select count(distinct referral_id) from cms.open_hold) as held,
           (select count(distinct h.referral_id) from cms.open_hold h join cms.high_risk k using (referral_id))
               as held_high_risk,
           (select count(*) from cms.not_passable) as not_passable,
           (select count(*) from ledger.reject where mended_at is null and kind = 'quarantined') as quarantined,
           (select count(*) from cms.waiting) as events
"""


@dataclass(frozen=True)
class Queues:
    """Referrals on hold, and of these at high risk; high-risk rows that are not passable; broken rows that nobody has
    mended; events whose referral is not here.
    """

    held: int
    held_high_risk: int
    not_passable: int
    quarantined: int
    events: int


def waiting(connection: Connection) -> Queues:
    """The queues as they stand."""
    with transaction(connection, "counting what waits"), connection.cursor(row_factory=class_row(Queues)) as cursor:
        found = cursor.execute(_WAITING).fetchone()
    assert found is not None
    return found
