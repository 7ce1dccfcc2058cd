"""Make a backup: a snapshot of the database, then the files, encrypted as they are read; whole or not there at all."""

from __future__ import annotations

import csv
import io
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pyrage import x25519

from exchange import clock, database, logs, privatefiles
from exchange.database import Connection, alone, transaction
from exchange.errors import BackupFailed
from exchange.intake import folders
from exchange.ledger import audit
from exchange.operating import copies, postgres
from exchange.operating.copies import Manifest
from exchange.settings import Settings

# What is counted in the snapshot, and again after a restore.
COUNTED: Final = (
    *("ledger.run", "ledger.disposition", "ledger.audit"),
    *("cms.referral", "cms.record", "cms.event", "cms.step"),
)


@dataclass(frozen=True)
class Made:
    """A backup that was made: where, and what is in it."""

    folder: Path
    manifest: Manifest
    files: int
    bytes: int


def make(settings: Settings) -> Made:
    """Make a backup in the folder of the settings. Raises BackupKeyMissing, BackupFailed, Busy, DiskFull."""
    to = copies.recipient(settings.backup.recipient)
    where = privatefiles.folder(settings.backup.folder)
    with (
        database.connect(settings, "owner", doing="making a backup") as connection,
        alone(connection, "lvws backup", what="The backup"),
    ):
        _sweep(where)
        made = _made(settings, connection, where, to)
    logs.event("backup.made", files=made.files)
    return made


def _made(settings: Settings, connection: Connection, where: Path, to: x25519.Recipient) -> Made:
    taken_at = clock.now()
    unfinished = privatefiles.folder(where / privatefiles.unfinished_name())
    with transaction(connection, "making a backup"):
        connection.execute("set transaction isolation level repeatable read, read only")
        row = connection.execute("select pg_export_snapshot()").fetchone()
        assert row is not None
        counts = {name: _count(connection, name) for name in COUNTED}
        raw, out = copies.encrypting(unfinished / copies.DATABASE, to)
        with out:
            postgres.dump(database.address(settings), str(row[0]), out)
        _whole(raw.failure)
        forgotten = _forgotten(connection, settings.home)
    raw, out = copies.encrypting(unfinished / copies.FILES, to)
    with out:
        files = copies.write_files(settings.home, out)
    _whole(raw.failure)
    hashed = {name: copies.digest(unfinished / name) for name in (copies.DATABASE, copies.FILES)}
    manifest = Manifest(taken_at.isoformat(), database.head(), settings.backup.recipient, counts, hashed)
    copies.write_manifest(unfinished, manifest)
    folder = where / f"lvws-{taken_at:%Y%m%dT%H%M%S.%fZ}"
    unfinished.rename(folder)
    privatefiles.sync_folder(where)
    _write_forgotten(where, forgotten, to)
    with transaction(connection, "noting a backup"):
        audit.record(connection, "backup made", name=folder.name, files=files)
    return Made(folder, manifest, files, sum(path.stat().st_size for path in folder.iterdir()))


def _sweep(where: Path) -> None:
    """Clear away what backups that broke off left: nobody else makes one now, and the disk may be full of it."""
    for left in where.glob(f"{privatefiles.UNFINISHED}*"):
        if left.is_dir():
            shutil.rmtree(left)
        else:
            left.unlink()


def _count(connection: Connection, table: str) -> int:
    row = connection.execute(f"select count(*) from {table}".encode()).fetchone()  # noqa: S608 - COUNTED
    return int(row[0]) if row else 0


def _whole(failure: OSError | None) -> None:
    if failure is not None:
        raise BackupFailed(program="the encryption", problem="the disk is full, or cannot be written")


def _forgotten(connection: Connection, home: Path) -> bytes:
    """Who was erased, and which folders of the vault were destroyed, until now: kind, source or folder, key, when."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    erased = connection.execute("select source, referral_key, at from ledger.forgotten order by at").fetchall()
    rows.writerows(("referral", source, key, at.isoformat()) for source, key, at in erased)
    rows.writerows(("folder", name, "", "") for name in folders.destroyed(home))
    return text.getvalue().encode()


def _write_forgotten(where: Path, forgotten: bytes, to: x25519.Recipient) -> None:
    path = where / privatefiles.unfinished_name()
    raw, out = copies.encrypting(path, to)
    with out:
        out.write(forgotten)
    _whole(raw.failure)
    path.replace(where / copies.FORGOTTEN)
    privatefiles.sync_folder(where)
