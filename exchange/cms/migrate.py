"""Bring the database to this release (`lvws migrate`): Alembic on a connection of ours."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import psycopg

from exchange import database
from exchange.cms import areas, retriage
from exchange.cms.describe import describe
from exchange.errors import DatabaseTooNew
from exchange.settings import Settings

LOCK: Final = 7305001  # only one migration at a time


def migrate(settings: Settings) -> tuple[str | None, str]:
    """The version before and after. Each migration is a transaction of its own; a crash leaves the last whole one."""
    with database.connect_bare(settings, doing="migrating") as guard:
        with database.guarded("waiting for another migration"):
            guard.execute("select pg_advisory_lock(%s)", (LOCK,))
            guard.execute("create schema if not exists ledger")
            guard.commit()
        before = database.version(guard)
        if before is not None and before > database.head():
            raise DatabaseTooNew(found=before, needed=database.head())
        with database.guarded("migrating"):
            _upgrade(database.address(settings))
            areas.write(guard)
            retriage.never_triaged(guard)
            describe(guard)
            guard.commit()
        return before, database.head()


def _upgrade(address: str) -> None:
    from alembic import command, config  # noqa: PLC0415 - slow to import, and only migrate needs it
    from sqlalchemy import create_engine, pool  # noqa: PLC0415

    engine = create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(address), poolclass=pool.NullPool, hide_parameters=True
    )
    alembic = config.Config()
    alembic.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with engine.connect() as connection:
        alembic.attributes["connection"] = connection
        command.upgrade(alembic, "head")
        connection.commit()
