"""Bring a backup back, into an empty home and an empty database; and forget again whom it should have forgotten.

What was erased or destroyed since the backup stands in the file beside it, which every backup makes anew. What is past
its period by now is purged. A drill does the same in a place of its own, looks at what came, and removes it.
"""

from __future__ import annotations

import csv
import io
import random
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg
from pyrage.x25519 import Identity

from exchange import database, embedded, logs
from exchange.cms import migrate
from exchange.database import Connection, guarded, transaction
from exchange.errors import BackupDamaged, ExchangeError, RestoreInTheWay
from exchange.intake import vault
from exchange.ledger import audit, retention
from exchange.operating import copies, postgres
from exchange.operating.backup import COUNTED
from exchange.operating.copies import Manifest
from exchange.settings import Settings

_LOOKED_AT: Final = 20
_ROLES: Final = """
    do $$
    declare role_name text;
    begin
        foreach role_name in array array['lvws_owner', 'lvws_loader', 'lvws_operator', 'lvws_reader'] loop
            begin
                execute format('create role %I nologin', role_name);
            exception when duplicate_object or unique_violation then null;
            end;
            execute format('grant %I to %I', role_name, current_user);
        end loop;
    end $$
"""


@dataclass(frozen=True)
class Restored:
    """What was brought back, and what was forgotten again: referrals erased, folders destroyed, what purging took."""

    manifest: Manifest
    files: int
    erased: int
    destroyed: int
    purged: int
    looked_at: int


def restore(settings: Settings, backup: Path, key_file: Path) -> Restored:
    """Bring a backup back. Raises BackupKeyMissing, BackupDamaged, RestoreInTheWay, BackupFailed."""
    key = copies.identity(key_file)
    manifest = copies.read_manifest(backup)
    _must_be_empty(settings)
    with copies.decrypting(backup / copies.FILES, key) as file:
        files = copies.read_files(settings.home, file, name=backup.name)
    address = database.address(settings)
    with guarded("making the roles"), psycopg.connect(address) as connection:
        connection.execute(_ROLES)
    with copies.decrypting(backup / copies.DATABASE, key) as file:
        postgres.restore(address, file)
    counts = _counts(settings)
    if counts != dict(manifest.counts):
        raise BackupDamaged(name=backup.name, problem="the database does not hold what its manifest says")
    migrate.migrate(settings)
    forgotten = _forgotten(backup.parent / copies.FORGOTTEN, key)
    with database.connect(settings, "owner", doing="restoring a backup") as connection:
        erased = _erase(connection, forgotten)
        destroyed = _destroy(connection, settings, forgotten)
        past = retention.due(connection, settings)
        retention.purge(connection, settings, past)
        looked_at = _look(connection, settings, backup.name)
        with transaction(connection, "noting a restore"):
            audit.record(connection, "backup restored", name=backup.name, erased=erased, destroyed=destroyed)
    logs.event("backup.restored", files=files)
    purged = len(past.contents) + len(past.quarantines)
    return Restored(manifest, files, erased, destroyed, purged, looked_at)


def drill(settings: Settings, backup: Path, key_file: Path) -> Restored:
    """Restore into a place of its own beside the home, look at it, and remove it again."""
    settings.home.parent.mkdir(parents=True, exist_ok=True)
    place = Path(tempfile.mkdtemp(prefix="lvws-drill-", dir=settings.home.parent))
    apart = settings.model_copy(update={"home": place / "home", "database_url": ""})
    try:
        return restore(apart, backup, key_file)
    finally:
        embedded.stop(apart.home)
        shutil.rmtree(place, ignore_errors=True)


def _must_be_empty(settings: Settings) -> None:
    for name in (*copies.FOLDERS, "postgres"):
        folder = settings.home / name
        if folder.exists() and any(folder.iterdir()):
            raise RestoreInTheWay(what=str(folder))
    with guarded("looking at the database"), psycopg.connect(database.address(settings)) as connection:
        row = connection.execute("select to_regnamespace('ledger') is not null").fetchone()
    if row and row[0]:
        raise RestoreInTheWay(what="the database")


def _counts(settings: Settings) -> dict[str, int]:
    with guarded("counting what was restored"), psycopg.connect(database.address(settings)) as connection:
        found = {}
        for name in COUNTED:
            row = connection.execute(f"select count(*) from {name}".encode()).fetchone()  # noqa: S608 - COUNTED
            found[name] = int(row[0]) if row else 0
    return found


def _forgotten(path: Path, key: Identity) -> list[list[str]]:
    if not path.exists():
        raise BackupDamaged(name=path.parent.name, problem=f"{path.name}, who was erased since, is not beside it")
    with copies.decrypting(path, key) as file:
        return list(csv.reader(io.StringIO(file.read().decode())))


def _erase(connection: Connection, forgotten: list[list[str]]) -> int:
    erased = 0
    with transaction(connection, "erasing again"):
        for kind, source, key, _ in forgotten:
            if kind == "referral":
                row = connection.execute("select cms.forget(%s, %s, %s)", (source, key, "restore")).fetchone()
                erased += bool(row and row[0])
    return erased


def _destroy(connection: Connection, settings: Settings, forgotten: list[list[str]]) -> int:
    destroyed = 0
    for kind, folder, *_ in forgotten:
        if kind == "folder" and vault.exists(settings.home, folder):
            vault.destroy(settings.home, folder)
            destroyed += 1
            with transaction(connection, "noting a destruction"):
                connection.execute(
                    "update ledger.content set destroyed_at = now() where content = %s and destroyed_at is null",
                    (folder,),
                )
    return destroyed


def _look(connection: Connection, settings: Settings, name: str) -> int:
    """The audit's chain is whole, and raw files open and are what their names say."""
    if audit.first_broken_link(connection) is not None:
        raise BackupDamaged(name=name, problem="a line of its audit was changed or is missing")
    connection.commit()
    raw = [folder for folder in vault.names(settings.home) if not folder.startswith("quarantine-")]
    chosen = [each for each in random.sample(raw, min(_LOOKED_AT, len(raw))) if vault.exists(settings.home, each)]
    for folder in chosen:
        problem: ExchangeError | None = None
        try:
            with vault.open_raw(settings.home, folder) as file:
                while file.read(1024 * 1024):
                    pass
        except ExchangeError as failure:
            problem = failure
        if problem is not None:
            raise BackupDamaged(name=name, problem="a raw file of its vault does not open")
    return len(chosen)
