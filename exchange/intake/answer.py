"""Answer a sender: put what waits in the outbox on its server, then tidy away the files whose load is committed.

Both can be repeated at any point: putting the same bytes again changes nothing, and what is gone is gone (hazards F20).
The outbox of a service that takes onward referrals is read and noted by the same functions (exchange.onward).
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field

from exchange import clock, logs
from exchange.database import Connection, transaction
from exchange.errors import NotFound
from exchange.intake import sftp
from exchange.intake.collect import MANIFEST
from exchange.settings import Settings, SftpHost
from exchange.sources import FEEDS

_TO_TIDY = """
    select d.delivery_id, d.delivered_name, d.remote_stamp, r.file
    from ledger.delivery d join ledger.run r using (run)
    where d.source = %s and d.cleaned_at is null and r.state in ('loaded', 'repeat') order by d.delivery_id
"""


@dataclass(frozen=True)
class Waiting:
    """A file in the outbox that is to be put on a server."""

    outbox_id: int
    name: str
    body: bytes = field(repr=False)


def waiting_for(connection: Connection, receiver: str) -> list[Waiting]:
    """What waits in the outbox for a sender or another service, in the order in which it was made."""
    with transaction(connection, "reading the outbox"):
        found = connection.execute(
            "select outbox_id, name, body from ledger.outbox "
            "where source = %s and sent_at is null and replaced_at is null order by outbox_id",
            (receiver,),
        ).fetchall()
    return [Waiting(outbox_id, name, bytes(body)) for outbox_id, name, body in found]


def note_sent(connection: Connection, sent: Waiting) -> None:
    """The server has it: it is not sent again."""
    with transaction(connection, "noting what was sent"):
        connection.execute(
            "update ledger.outbox set sent_at = %s where outbox_id = %s and sent_at is null",
            (clock.now(), sent.outbox_id),
        )


def answer(settings: Settings, connection: Connection, source: str) -> int:
    """Send and tidy for one source; how many files were sent. Opens no connection where there is nothing to do."""
    host = settings.sftp[source]
    waiting = waiting_for(connection, source)
    with transaction(connection, "reading what is to be tidied away"):
        tidy = [] if host.after_load == "leave" else connection.execute(_TO_TIDY, (source,)).fetchall()
    if not waiting and not tidy:
        return 0
    with sftp.session(host, source=source) as remote:
        logs.event("acknowledge.connected", source=source)
        for item in waiting:
            remote.put(host.incoming, item.name, item.body)
            logs.event("acknowledge.put", source=source)
            note_sent(connection, item)
            logs.event("acknowledge.noted", source=source)
        for delivery_id, name, stamp, file in tidy:
            parts = FEEDS[source].parts(name)
            if len(parts) > 1:
                for part, its in zip(sorted(parts), stamp.split("/"), strict=True):
                    _tidy(remote, host, part, its, part)
            else:
                _tidy(remote, host, name, stamp, f"{file}{MANIFEST}")
            logs.event("acknowledge.tidied", source=source)
            with transaction(connection, "noting what was tidied away"):
                connection.execute(
                    "update ledger.delivery set cleaned_at = now() where delivery_id = %s", (delivery_id,)
                )
            logs.event("acknowledge.tidying_noted", source=source)
    return len(waiting)


def _tidy(remote: sftp.Session, host: SftpHost, name: str, stamp: str, manifest: str) -> None:
    """Move or delete a loaded file and its manifest; a file that was replaced since then is new and stays."""
    with contextlib.suppress(NotFound):
        entry = remote.stat(host.outgoing, name)
        if not f"{stamp}+".startswith(f"{entry.size}.{entry.mtime}+"):
            return
    for each in (name, manifest) if "+" in stamp else (name,):
        if host.after_load == "move":
            remote.move(host.outgoing, each, host.done)
        else:
            remote.delete(host.outgoing, each)
