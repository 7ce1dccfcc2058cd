"""Files on a server that say what was received: which are new, and what becomes of those that are wholly used.

A receipt with something in it that cannot be used stays where it is and is read again, because it may hold later (its
time was ahead of our clock). Everything here can be repeated. What is in a receipt is read by who sent the file that it
is about (exchange.onward, exchange.returns).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from exchange import clock
from exchange.database import Connection, transaction
from exchange.errors import NotFound
from exchange.intake import sftp
from exchange.settings import SftpHost

_KEEP: Final = """
    insert into ledger.receipt (destination, name, sha256, remote_stamp, problem, noted, unknown, wrong, read_at)
    values (%(destination)s, %(name)s, %(sha256)s, %(stamp)s, %(problem)s, %(noted)s, %(unknown)s, %(wrong)s, %(now)s)
    on conflict (destination, name, sha256) do update
    set remote_stamp = excluded.remote_stamp, problem = excluded.problem, noted = receipt.noted + excluded.noted,
        unknown = excluded.unknown, wrong = excluded.wrong, read_at = excluded.read_at
"""
_BEFORE: Final = """
    select problem, unknown, wrong from ledger.receipt
    where destination = %(destination)s and name = %(name)s and sha256 = %(sha256)s
"""
_SETTLED: Final = """
    select name, remote_stamp from ledger.receipt
    where destination = %s and problem is null and unknown = 0 and wrong = 0
"""
_TO_TIDY: Final = """
    select receipt_id, name, remote_stamp from ledger.receipt
    where destination = %s and tidied_at is null and problem is null and unknown = 0 and wrong = 0 order by receipt_id
"""


@dataclass(frozen=True)
class Box:
    """Where one service lays its receipts, within a session with its server."""

    connection: Connection
    host: SftpHost
    remote: sftp.Session
    destination: str


def to_tidy(connection: Connection, host: SftpHost, destination: str) -> list[tuple[int, str, str]]:
    """Receipts that are read and still to be moved or deleted: number, name, stamp."""
    if host.after_load == "leave":
        return []
    with transaction(connection, "reading which receipts are to be tidied away"):
        return connection.execute(_TO_TIDY, (destination,)).fetchall()


def unread(box: Box, is_receipt: Callable[[str], bool]) -> Iterator[sftp.Entry]:
    """Every receipt that is new, or was not wholly used."""
    with transaction(box.connection, "reading which receipts are known"):
        settled = set(box.connection.execute(_SETTLED, (box.destination,)).fetchall())
    for entry in box.remote.list(box.host.outgoing).entries:
        if is_receipt(entry.name) and (entry.name, stamp(entry)) not in settled:
            yield entry


def before(connection: Connection, facts: dict[str, Any]) -> tuple[Any, ...] | None:
    """What was said of these very bytes the last time: problem, unknown, wrong. In the transaction at hand."""
    return connection.execute(_BEFORE, facts).fetchone()


def keep(connection: Connection, facts: dict[str, Any]) -> None:
    """Note what was used of a receipt, in the transaction at hand."""
    connection.execute(_KEEP, facts)


def tidy(box: Box, name: str, its_stamp: str) -> None:
    """Move or delete a receipt; one that was replaced since then is new and stays."""
    try:
        if stamp(box.remote.stat(box.host.outgoing, name)) != its_stamp:
            return
    except NotFound:
        return
    if box.host.after_load == "move":
        box.remote.move(box.host.outgoing, name, box.host.done)
    else:
        box.remote.delete(box.host.outgoing, name)


def note_tidied(connection: Connection, receipt_id: int) -> None:
    """It is moved or deleted."""
    with transaction(connection, "noting what was tidied away"):
        connection.execute("update ledger.receipt set tidied_at = %s where receipt_id = %s", (clock.now(), receipt_id))


def stamp(entry: sftp.Entry) -> str:
    """What tells a file from another one of its name."""
    return f"{entry.size}.{entry.mtime}"
