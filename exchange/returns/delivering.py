"""Delivering an approved version: its files through the outbox to the receiver's server, the manifest's signature last.

The bytes are stored before anything is sent, and the database takes none but those that were approved, for nobody but
the receiver (hazards F65, F72). Everything can be repeated at any point: what the server has is not sent again.
"""

from __future__ import annotations

from typing import Final

from exchange import clock, keys, logs, operators
from exchange.database import Connection, alone, transaction
from exchange.errors import ReceiverNotSetUp, ReturnNotApproved, ReturnSuperseded
from exchange.intake import answer, sftp
from exchange.returns import approving, folders, names, verifying, versions
from exchange.returns.versions import RECEIVER, Version
from exchange.settings import Settings, SftpHost

_QUEUE: Final = """
    insert into ledger.outbox (source, name, body, version_id, made_at) values (%s, %s, %s, %s, %s)
    on conflict do nothing
"""


def host(settings: Settings) -> SftpHost:
    """The receiver's server. Raises ReceiverNotSetUp."""
    found = settings.sftp.get(RECEIVER)
    if found is None:
        raise ReceiverNotSetUp(where=str(settings.where), receiver=RECEIVER)
    return found


def may_deliver(version: Version) -> None:
    """Raise ReturnNotApproved for a draft, ReturnSuperseded for a version that was replaced."""
    if version.state == "draft":
        raise ReturnNotApproved(what=version.stem, builder=version.built_by)
    if version.state == "superseded":
        raise ReturnSuperseded(what=version.stem)


def deliver(settings: Settings, connection: Connection, version: Version) -> Version:
    """Put an approved version on the receiver's server; one that is there already stays as it is.

    A connection as loader. Raises ReturnNotApproved, ReturnSuperseded, ReceiverNotSetUp, ApprovalWrong, ReturnDamaged,
    NotGenuine, Busy, and whatever the server and the database may.
    """
    server = host(settings)
    with alone(connection, "lvws returns deliver", what="Delivering returns"):
        now = versions.find(connection, version.return_name, version.period, version.version)
        may_deliver(now)
        if now.state == "approved":
            approving.check(connection, operators.known(settings), now)
            _queue(connection, now, _files(settings, now))
            _send(server, connection, now)
            with transaction(connection, "noting a delivery"):
                versions.lock(connection, now.return_name, now.period)
                versions.set_state(connection, now, "delivered")
                logs.event("returns.delivery_before_commit", version=now.version)
            logs.event("returns.delivered", version=now.version)
    return versions.find(connection, version.return_name, version.period, version.version)


def _files(settings: Settings, version: Version) -> list[tuple[str, bytes]]:
    """What is sent, under its name there: data first, then the manifest, then its signature. Looked at once more."""
    place = versions.settle(settings, version)
    of = (version.return_name, version.period, version.version)
    (manifest,) = verifying.verify(place.folder, keys.signed_by_us(settings.home), expect=of)
    in_order = [*(told["name"] for told in manifest.files), names.MANIFEST, names.SIGNATURE]
    return [(names.sent(version.stem, name), folders.read(place, name)) for name in in_order]


def _queue(connection: Connection, version: Version, files: list[tuple[str, bytes]]) -> None:
    with transaction(connection, "queueing a return"):
        versions.lock(connection, version.return_name, version.period)
        for name, body in files:
            connection.execute(_QUEUE, (version.receiver, name, body, version.version_id, clock.now()))
        logs.event("returns.queue_before_commit", version=version.version)
    logs.event("returns.queued", version=version.version)


def _send(server: SftpHost, connection: Connection, version: Version) -> None:
    ours = f"{version.stem}."
    waiting = [each for each in answer.waiting_for(connection, RECEIVER) if each.name.startswith(ours)]
    if not waiting:
        return
    with sftp.session(server, source=RECEIVER) as remote:
        logs.event("returns.connected", source=RECEIVER)
        for each in waiting:
            remote.put(server.incoming, each.name, each.body)
            logs.event("returns.put", file=each.name, bytes=len(each.body))
            answer.note_sent(connection, each)
            logs.event("returns.noted", file=each.name)
