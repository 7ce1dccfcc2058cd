"""The one database, PostgreSQL: embedded under `home`, or the operator's own server.

Connections take one of the service's roles after the schema's version was checked. psycopg's errors carry
values in their text, so they end here: `guarded` turns them into ours, with the SQLSTATE and the
constraint's name alone (hazards F91).
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, Literal

import psycopg
from psycopg import sql

from exchange.errors import (
    Busy,
    DatabaseAway,
    DatabaseRefused,
    DatabaseTooNew,
    DatabaseUnsupported,
    ExchangeError,
    MigrationNeeded,
    PermissionMissing,
)
from exchange.settings import Settings

Connection = psycopg.Connection[tuple[Any, ...]]
Role = Literal["owner", "loader", "operator", "reader"]

OLDEST_SERVER: Final = 150000
MIGRATIONS: Final = Path(__file__).parent / "cms" / "migrations" / "versions"


def head() -> str:
    """The schema's version that this release needs: the last migration's number."""
    return max(path.name.split("_")[0] for path in MIGRATIONS.glob("[0-9]*_*.py"))


def address(settings: Settings) -> str:
    """A libpq connection string; starts the embedded server when no database_url is set."""
    if settings.database_url:
        return settings.database_url
    from exchange import embedded  # noqa: PLC0415 - only who has no server of his own pays for it

    return embedded.start(settings.home)


def connect(settings: Settings, role: Role, *, doing: str = "connecting") -> Connection:
    """A connection in the given role. Raises MigrationNeeded, DatabaseTooNew, DatabaseUnsupported, DatabaseAway."""
    connection = connect_bare(settings, doing=doing)
    try:
        check_version(connection)
        with guarded(doing):
            connection.execute(sql.SQL("set role {}").format(sql.Identifier(f"lvws_{role}")))
            connection.commit()
    except BaseException:
        connection.close()
        raise
    return connection


def connect_bare(settings: Settings, *, doing: str = "connecting") -> Connection:
    """A connection as whoever the address says, whatever the schema's version; for migrate and doctor."""
    target = address(settings)
    with guarded(doing):
        connection = psycopg.connect(target, connect_timeout=15, application_name=f"lvws {os.getpid()}")
        connection.execute("set time zone 'UTC'")
        connection.execute("set idle_in_transaction_session_timeout = '15min'")
        connection.commit()
    if connection.info.server_version < OLDEST_SERVER:
        found = connection.info.server_version // 10000
        connection.close()
        raise DatabaseUnsupported(found=found)
    return connection


def check_version(connection: Connection) -> None:
    """Refuse a database of another release (hazards F56)."""
    found, needed = version(connection), head()
    if found is None or found < needed:
        raise MigrationNeeded(found=found or "no schema yet", needed=needed)
    if found > needed:
        raise DatabaseTooNew(found=found, needed=needed)


def version(connection: Connection) -> str | None:
    """The schema's version, or None in an empty database."""
    with guarded("reading the schema's version"):
        there = connection.execute("select to_regclass('ledger.alembic_version') is not null").fetchone()
        row = (
            connection.execute("select version_num from ledger.alembic_version").fetchone()
            if there and there[0]
            else None
        )
        connection.commit()
    return str(row[0]) if row else None


@contextlib.contextmanager
def guarded(doing: str) -> Iterator[None]:
    """Turn psycopg's errors into ours. Whatever was thrown is dropped whole: its text may hold a record."""
    failure: ExchangeError
    try:
        yield
        return
    except psycopg.errors.InsufficientPrivilege:
        failure = PermissionMissing(doing=doing)
    except psycopg.errors.LockNotAvailable:
        failure = Busy(what="the database", who="another command", since="a moment ago", until="a moment from now")
    except psycopg.OperationalError as away:
        failure = DatabaseAway(sqlstate=away.sqlstate or "no connection")
    except psycopg.Error as refused:
        failure = DatabaseRefused(
            doing=doing, sqlstate=refused.sqlstate or "none", constraint=refused.diag.constraint_name or "no constraint"
        )
    raise failure


@contextlib.contextmanager
def transaction(connection: Connection, doing: str) -> Iterator[Connection]:
    """One transaction: committed when the block ends well, rolled back when it does not."""
    with guarded(doing), connection.transaction():
        yield connection


@contextlib.contextmanager
def alone(connection: Connection, name: str, *, what: str) -> Iterator[None]:
    """Nobody else does `what` meanwhile; a lock of the session, which ends with its process. Raises Busy."""
    with transaction(connection, "taking a lock"):
        row = connection.execute("select pg_try_advisory_lock(hashtextextended(%s, 0))", (name,)).fetchone()
    if not (row and row[0]):
        raise Busy(what=what, who="another command", since="a moment ago", until="a moment from now")
    with _giving_back(connection, name):
        yield


@contextlib.contextmanager
def in_turn(connection: Connection, name: str) -> Iterator[None]:
    """As `alone`, but who comes second waits until the first is done."""
    with transaction(connection, "waiting for a turn"):
        connection.execute("select pg_advisory_lock(hashtextextended(%s, 0))", (name,))
    with _giving_back(connection, name):
        yield


@contextlib.contextmanager
def _giving_back(connection: Connection, name: str) -> Iterator[None]:
    try:
        yield
    finally:
        with contextlib.suppress(ExchangeError), guarded("giving a lock back"), connection.transaction():
            connection.execute("select pg_advisory_unlock(hashtextextended(%s, 0))", (name,))
