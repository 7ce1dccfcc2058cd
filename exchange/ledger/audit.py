"""The audit: who did what, chained by hash so that no line can be changed or dropped unseen (hazards F97)."""

from __future__ import annotations

import getpass
import socket

from psycopg.types.json import Jsonb

from exchange.database import Connection


def whoami() -> str:
    """The operating-system user and machine that act, as the audit names them."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = "unknown"
    return f"{user}@{socket.gethostname()}"


def record(connection: Connection, what: str, run: str | None = None, **detail: str | int) -> None:
    """One line of the audit, in the transaction at hand. `detail` holds ids, counts and names of ours, no values."""
    connection.execute(
        "insert into ledger.audit (who, what, run, detail) values (%s, %s, %s, %s)",
        (whoami(), what, run, Jsonb(detail)),
    )


def first_broken_link(connection: Connection) -> int | None:
    """The first audit line whose hash does not fit the one before it, or None."""
    row = connection.execute(
        """
        select audit_id from (
            select audit_id, chain, sha256(convert_to(concat_ws('|',
                coalesce(encode(lag(chain) over (order by audit_id), 'hex'), ''),
                at at time zone 'UTC', who, what, run, detail::text), 'UTF8')) as expected
            from ledger.audit) links
        where chain <> expected order by audit_id limit 1
        """
    ).fetchone()
    return int(row[0]) if row else None
