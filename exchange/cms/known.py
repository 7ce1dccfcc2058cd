"""What the database knows at a moment: loads and matching change it under a lock that whoever names a moment waits for.

A transaction's time is that of its beginning, and it may commit long after. So everybody who writes what figures are
made of holds the lock in common and notes times while holding it, and a moment is taken when nobody does.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from exchange.database import Connection, guarded, transaction

# The first statement of a transaction that changes referrals or events.
CHANGING: Final = "select pg_advisory_xact_lock_shared(hashtextextended('lvws known', 0))"
_ALONE: Final = "select pg_advisory_lock(hashtextextended('lvws known', 0))"
_GO_ON: Final = "select pg_advisory_unlock(hashtextextended('lvws known', 0))"


@contextlib.contextmanager
def moment(connection: Connection, doing: str) -> Iterator[datetime]:
    """A read of the database as it is at one moment, which is given (UTC): all that is committed, nothing after it.

    The connection must have no transaction open. Loads wait only until the moment is taken.
    """
    with guarded(doing):
        connection.execute(_ALONE)
        connection.commit()
    try:
        with transaction(connection, doing):
            connection.execute("set transaction isolation level repeatable read")
            row = connection.execute("select clock_timestamp()").fetchone()
            connection.execute(_GO_ON)
            assert row is not None
            yield row[0]
    except BaseException:
        if not connection.closed:
            connection.execute(_GO_ON)  # of no effect where it was given back
            connection.commit()
        raise
