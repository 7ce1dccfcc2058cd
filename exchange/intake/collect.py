"""Collect what a sender has put on its server: each complete new file once, into the vault and the ledger.

A file is complete when it has its trailer, or is as long as its manifest says, and did not change from the look
before the fetch to the look after it. What is not complete is left alone and noted.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from exchange import clock, logs
from exchange.database import Connection, transaction
from exchange.errors import ExchangeError, FileChanging, FileRefused, ServerAway
from exchange.intake import sets, sftp, vault
from exchange.intake.encryption import envelope
from exchange.intake.reading.completeness import Manifest, Trailer, TrailerWatch, ZipWatch, parse_manifest
from exchange.ledger import acknowledgements, runs
from exchange.ledger.runs import Arrived, Run
from exchange.settings import Settings, SftpHost
from exchange.sources import Feed, FileName, Span

MANIFEST: Final = ".manifest.json"
MANIFEST_CAP: Final = 64 * 1024


@dataclass
class Collected:
    """What one visit to a server brought: runs, names of incomplete files, how many names were not this feed's."""

    runs: list[Run] = field(default_factory=list)
    incomplete: list[str] = field(default_factory=list)
    unknown: int = 0
    failures: list[ExchangeError] = field(default_factory=list)


@dataclass(frozen=True)
class Offered:
    """A file of this feed on the server, with its manifest where the layout has one; or the parts of a set."""

    entry: sftp.Entry
    file: str
    name: FileName
    manifest: sftp.Entry | None
    parts: tuple[sftp.Entry, ...] = ()

    @property
    def delivered_name(self) -> str:
        """What the delivery is called there."""
        return self.file if self.parts else self.entry.name

    @property
    def stamp(self) -> str:
        """Size and time there, of the manifest too: a left file that has not changed is not fetched again."""
        if self.parts:
            return sets.stamp(self.parts)
        of_manifest = f"+{self.manifest.size}.{self.manifest.mtime}" if self.manifest else ""
        return f"{self.entry.size}.{self.entry.mtime}{of_manifest}"


@dataclass(frozen=True)
class Visit:
    """One session with one sender's server, and what it needs."""

    settings: Settings
    connection: Connection
    source: Feed
    host: SftpHost
    remote: sftp.Session


class NotComplete(Exception):
    """The file is still being written; said inside this module alone."""


def collect(
    settings: Settings, connection: Connection, source: Feed, span: Span | None, report: Callable[[str], None]
) -> Collected:
    """Fetch every complete file that is not known yet, oldest first; what was fetched counts if a later one fails."""
    host = settings.sftp[source.name]
    collected = Collected()
    try:
        with sftp.session(host, source=source.name) as remote:
            logs.event("fetch.connected", source=source.name)
            visit = Visit(settings, connection, source, host, remote)
            offered = _offered(visit, collected)
            logs.event("fetch.listed", source=source.name, files=len(offered))
            known = _known(connection, source.name)
            for item in offered:
                wanted = span is None or item.name.business_date in span
                if wanted and (item.delivered_name, item.stamp) not in known:
                    report(f"{source.name}: fetching {item.file}")
                    _take(visit, item, collected)
    except ExchangeError as failure:
        collected.failures.append(failure)
    return collected


def _offered(visit: Visit, collected: Collected) -> list[Offered]:
    """The files of this feed on the server, oldest first; what else lies there is counted."""
    listing = visit.remote.list(visit.host.outgoing)
    by_name = {entry.name: entry for entry in listing.entries}
    collected.unknown = len(listing.rejected)
    for rejected in listing.rejected:
        logs.event("fetch.name_rejected", source=visit.source.name, digest=rejected.digest, reason=rejected.reason)
    offered = []
    for name, entry in by_name.items():
        file = envelope.plain_name(name)
        parsed = visit.source.parse_name(file)
        if parsed is not None:
            offered.append(Offered(entry, file, parsed, by_name.get(f"{file}{MANIFEST}")))
        elif not name.endswith((MANIFEST, ".part", ".tmp")) and visit.source.set_of(name) is None:
            collected.unknown += 1
    for file, parts in sets.found(visit.source, listing.entries).items():
        parsed = visit.source.parse_name(file)
        if parsed is not None:
            offered.append(Offered(parts[0], file, parsed, None, tuple(parts)))
    return sorted(offered, key=lambda item: (item.name.business_date, item.name.sequence or 0, item.entry.name))


def _known(connection: Connection, source: str) -> set[tuple[str, str]]:
    with transaction(connection, "reading which files are known"):
        known = connection.execute(
            "select delivered_name, remote_stamp from ledger.delivery where source = %s", (source,)
        )
        return set(known.fetchall())


def _take(visit: Visit, item: Offered, collected: Collected) -> None:
    """Land and register one file; one that is not complete is noted, and one that fails does not stop the others."""
    try:
        arrived = _land_set(visit, item) if item.parts else _land(visit, item)
    except (FileChanging, NotComplete):
        collected.incomplete.append(item.file)
        _note_incomplete(visit, item)
        return
    except ServerAway:
        raise
    except ExchangeError as failure:
        collected.failures.append(failure)
        return
    logs.event("fetch.landed", source=visit.source.name, bytes=arrived.bytes)
    with transaction(visit.connection, "noting a delivery"):
        run = runs.register(visit.connection, arrived)
        if run.state in {"refused", "repeat"}:
            acknowledgements.put_in_outbox(visit.connection, run)
    logs.event("fetch.registered", source=visit.source.name, run=run.run)
    _forget_destroyed(visit, run)
    collected.runs.append(run)


def _land(visit: Visit, item: Offered) -> Arrived:
    """Stream one file into the vault. Raises NotComplete, FileChanging and what the server and the vault raise."""
    manifest, refused = _manifest(visit, item)
    watch, zipped = TrailerWatch(), ZipWatch()
    with vault.land(visit.settings.home, announced=item.entry.size) as landing:

        def plain(chunk: bytes) -> None:
            watch.feed(chunk)
            zipped.feed(chunk)
            landing.write(chunk)

        try:
            transfer = _open(visit, item, landing.scratch, plain)
        except FileRefused as refusal:
            return _refused_unopened(visit, item, refusal.reason)
        logs.event("fetch.streamed", source=visit.source.name, bytes=item.entry.size)
        trailer = watch.result() if visit.source.complete == "trailer" else None
        if visit.source.complete == "trailer" and trailer is None and watch.ends_in_utf16:
            refused = "encoding"
        elif _is_short(visit.source, trailer, manifest, landing.size):
            raise NotComplete
        if not (zipped.is_whole or _has_settled(visit, item)):
            raise NotComplete
        landed = landing.close()
    return Arrived(
        source=visit.source.name,
        file=item.file,
        delivered_name=item.entry.name,
        remote_stamp=item.stamp,
        transfer_sha256=transfer,
        content=landed.sha256,
        bytes=landed.size,
        business_date=item.name.business_date,
        sequence=_sequence(item, manifest),
        declared_rows=trailer.rows if trailer else (manifest.records if manifest else None),
        body_bytes=trailer.body_bytes if trailer else None,
        transport=visit.remote.negotiated.summary,
        refused=refused or _mismatch(item, trailer, manifest, landed),
    )


def _land_set(visit: Visit, item: Offered) -> Arrived:
    """As `_land`, for the parts of a set."""
    if not sets.is_complete(visit.source, item.file, item.parts):
        raise NotComplete
    landed, transfer = sets.land(visit.settings.home, visit.remote, visit.host.outgoing, item.parts)
    return Arrived(
        source=visit.source.name,
        file=item.file,
        delivered_name=item.delivered_name,
        remote_stamp=item.stamp,
        transfer_sha256=transfer,
        content=landed.sha256,
        bytes=landed.size,
        business_date=item.name.business_date,
        sequence=runs.NO_SEQUENCE,
        declared_rows=None,
        body_bytes=None,
        transport=visit.remote.negotiated.summary,
        refused="not_encrypted" if visit.host.require != "plain" else None,
    )


def _has_settled(visit: Visit, item: Offered) -> bool:
    """Whether a file that tells by nothing else that it is finished was left alone for a while."""
    return visit.source.complete != "whole" or not _is_young(item)


def _is_young(item: Offered) -> bool:
    """Whether it changed a moment ago, and may still be on its way."""
    return clock.now().timestamp() - item.entry.mtime < sets.SETTLING_SECONDS


def _open(visit: Visit, item: Offered, scratch: Path, plain: Callable[[bytes], None]) -> str:
    """Fetch a file and hand its plain bytes on, decrypted where they came encrypted; SHA-256 of the bytes that came.

    Raises FileRefused for one that does not open, or came without the protection asked for.
    """
    kind = envelope.kind_of(item.entry.name)
    envelope.check_required(kind, visit.host.require)
    if kind != "plain":
        with envelope.Sealed(visit.settings.home, scratch) as sealed:
            visit.remote.fetch(visit.host.outgoing, item.entry, sealed.write)
            limit = visit.host.max_file_mb * 1024 * 1024
            sealed.open(kind, plain, certificate=visit.host.pgp_certificate, limit=limit)
            return sealed.sha256
    transfer = hashlib.sha256()

    def came(chunk: bytes) -> None:
        transfer.update(chunk)
        plain(chunk)

    visit.remote.fetch(visit.host.outgoing, item.entry, came)
    return transfer.hexdigest()


def _is_short(source: Feed, trailer: Trailer | None, manifest: Manifest | None, size: int) -> bool:
    """Whether the file is still being written: no trailer yet, or shorter than its manifest says."""
    if source.complete == "trailer":
        return trailer is None
    return manifest is not None and size < manifest.bytes


def _mismatch(item: Offered, trailer: Trailer | None, manifest: Manifest | None, landed: vault.Landed) -> str | None:
    """Why a whole file is refused: its bytes are not those that its trailer or manifest speaks of."""
    if trailer is not None and not trailer.intact:
        return "trailer"
    if manifest is not None and (manifest.file, manifest.bytes, manifest.sha256) != (
        item.file,
        landed.size,
        landed.sha256,
    ):
        return "manifest"
    return None


def _refused_unopened(visit: Visit, item: Offered, reason: str) -> Arrived:
    """A file that did not open, or came without the protection asked for: it is known by the bytes that came.

    One that changed a moment ago may still be on its way, and is left for the next run.
    """
    if reason == "unreadable" and _is_young(item):
        raise NotComplete
    transfer = hashlib.sha256()
    visit.remote.fetch(visit.host.outgoing, item.entry, transfer.update)
    return Arrived(
        source=visit.source.name,
        file=item.file,
        delivered_name=item.entry.name,
        remote_stamp=item.stamp,
        transfer_sha256=transfer.hexdigest(),
        content=transfer.hexdigest(),
        bytes=item.entry.size,
        business_date=item.name.business_date,
        sequence=_sequence(item, None),
        declared_rows=None,
        body_bytes=None,
        transport=visit.remote.negotiated.summary,
        refused=reason,
    )


def _sequence(item: Offered, manifest: Manifest | None) -> int:
    if item.name.sequence is not None:
        return item.name.sequence
    return manifest.sequence if manifest else runs.NO_SEQUENCE


def _manifest(visit: Visit, item: Offered) -> tuple[Manifest | None, str | None]:
    """The file's manifest where the layout has one, or why it is refused. Raises NotComplete while there is none."""
    if visit.source.complete != "manifest":
        return None, None
    if item.manifest is None:
        raise NotComplete
    written = visit.remote.read(visit.host.outgoing, item.manifest.name, MANIFEST_CAP)
    if not written.rstrip().endswith(b"}"):
        raise NotComplete
    try:
        return parse_manifest(written), None
    except FileRefused as refused:
        return None, refused.reason


def _note_incomplete(visit: Visit, item: Offered) -> None:
    with transaction(visit.connection, "noting an incomplete file"):
        visit.connection.execute(
            "insert into ledger.incomplete (source, file, business_date, sequence) values (%s, %s, %s, %s) "
            "on conflict (source, file) do update set last_seen = now()",
            (visit.source.name, item.file, item.name.business_date, item.name.sequence),
        )
    logs.event("fetch.incomplete", source=visit.source.name, business_date=item.name.business_date)


def _forget_destroyed(visit: Visit, run: Run) -> None:
    """A repeat of a content whose period is over must not lie in the vault again."""
    with transaction(visit.connection, "looking up a content"):
        row = visit.connection.execute(
            "select destroyed_at is not null from ledger.content where content = %s", (run.content,)
        ).fetchone()
    if run.state == "repeat" and row is not None and row[0]:
        vault.destroy(visit.settings.home, run.content)
