"""Hand people over to one service: make today's file, read its receipts, send what waits.

The file is made before anything is asked of the server, so that it waits in the outbox while that is away. One process
at a time does this for a service: between the last look at a file and its sending nobody else may touch it.
"""

from __future__ import annotations

import contextlib
from typing import Final

from exchange import logs
from exchange.database import Connection, alone, transaction
from exchange.errors import ExchangeError, FolderMissing, NotFound
from exchange.intake import answer, receipt_files, sftp
from exchange.intake.answer import Waiting
from exchange.onward import files, places, receiving
from exchange.onward.files import LastLook
from exchange.onward.receiving import Visit
from exchange.onward.report import HandedOver, people
from exchange.settings import Settings

_OPEN: Final = "select exists (select from cms.onward_state where destination = %s and state in ('queued', 'sent'))"


def hand_over(settings: Settings, connection: Connection, done: HandedOver) -> None:
    """All of it for one service, noted in `done` as it goes; safe to repeat at any point.

    Opens no connection where there is nothing to do. Raises KeyUnusable, Busy, and whatever the server and the database
    may; what was done until then stands in `done`.
    """
    destination = done.destination
    host, key = settings.sftp[destination], places.recipient(settings, destination)
    with alone(connection, f"lvws onward {destination}", what=f"The hand-over to {destination}"):
        done.queued += files.make(connection, destination, key)
        if not (_something_is_open(connection, destination) or receipt_files.to_tidy(connection, host, destination)):
            return
        with sftp.session(host, source=destination) as remote:
            logs.event("onward.connected", source=destination)
            visit = Visit(connection, host, remote, done)
            failure = _receive(visit)
            for waiting in answer.waiting_for(connection, destination):
                _send(visit, settings, waiting)
    if failure is not None:
        raise failure


def _receive(visit: Visit) -> ExchangeError | None:
    """Receipts that cannot be read do not keep a file from being sent; what failed is told after that."""
    try:
        receiving.receive(visit)
    except ExchangeError as failure:
        if failure.retryable:
            raise  # the server or the database is away
        return failure
    return None


def _send(visit: Visit, settings: Settings, waiting: Waiting) -> None:
    """Put a file on the server, unless somebody in it may not go any more: then without them, or not at all.

    Where the server has the file already, nothing can be taken back, and that is said.
    """
    now: Waiting | None = waiting
    while now is not None:
        seen = files.look(visit.connection, visit.destination, now.name)
        logs.event("onward.looked", file=now.name, rows=len(seen.people))
        if not seen.sound and _has_it(visit, now.name):
            _say_too_late(visit, now.name, seen)
        elif not seen.sound:
            now = _made_anew(visit, settings, now, seen)
            continue
        else:
            visit.remote.put(visit.host.incoming, now.name, now.body)
            logs.event("onward.put", file=now.name, bytes=len(now.body))
        answer.note_sent(visit.connection, now)
        logs.event("onward.noted", file=now.name)
        visit.done.sent += len(seen.people)
        return


def _made_anew(visit: Visit, settings: Settings, waiting: Waiting, seen: LastLook) -> Waiting | None:
    key = places.recipient(settings, visit.destination)
    made = files.make_anew(visit.connection, waiting, seen, destination=visit.destination, key=key)
    if made.maybe_sent:
        visit.done.findings.append(
            f"{visit.destination}: {people(made.maybe_sent)} may not be handed on any more and were taken out of "
            f"{waiting.name}, but an earlier try to send it broke off. Call the service today: if it has the file of "
            "that name with them in it, it must not contact them."
        )
    return made.waiting


def _say_too_late(visit: Visit, name: str, seen: LastLook) -> None:
    changed = sum(1 for person in seen.people if person.may_go and person.step_now != person.step_then)
    if seen.stopped:
        visit.done.findings.append(
            f"{visit.destination}: {people(len(seen.stopped))} in {name} may not be contacted any more, and the "
            f"service has the file already. Call it today. See: lvws onward list --destination {visit.destination}"
        )
    if changed:
        visit.done.findings.append(
            f"{visit.destination}: contact details of {people(changed)} in {name} were changed by staff, and the "
            "service has the file already. Call it today."
        )


def _has_it(visit: Visit, name: str) -> bool:
    """Whether the server has a file of that name; a folder that shows nothing is taken as one without it."""
    with contextlib.suppress(NotFound, FolderMissing):
        visit.remote.stat(visit.host.incoming, name)
        return True
    return False


def _something_is_open(connection: Connection, destination: str) -> bool:
    with transaction(connection, "reading what is open with a service"):
        row = connection.execute(_OPEN, (destination,)).fetchone()
    return bool(row and row[0])
