"""Receipts of returns: the receiver says which manifest it has, and when it got it.

<return>-<period>-v<N>.receipt.json in the receiver's outgoing folder: {"manifest_sha256": "...", "received_at": "..."},
a time with its offset. A receipt counts for the version whose manifest it names, which an older one does not.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from exchange import clock, logs
from exchange.database import Connection, alone, transaction
from exchange.errors import FileChanging, LimitPassed, NotFound
from exchange.intake import receipt_files, sftp
from exchange.intake.receipt_files import Box
from exchange.ledger import audit
from exchange.returns import delivering, manifests, names, versions
from exchange.returns.versions import RECEIVER, Version
from exchange.settings import Settings

CAP: Final = 64 * 1024  # bytes
SKEW: Final = timedelta(minutes=2)  # clocks of two services are never the same

_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_PROBLEMS: Final[dict[str, str]] = {
    "size": "is larger than 64 KB",
    "form": 'is not of the form {"manifest_sha256": ..., "received_at": ...}',
}


@dataclass
class Received:
    """What was read: versions that are receipted now, and sentences about what is odd."""

    noted: list[Version] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Receipt:
    """Which manifest was received, and when."""

    manifest_sha256: str
    received_at: datetime


def parse(data: bytes) -> Receipt | None:
    """A receipt; None where it is none. Pure."""
    with contextlib.suppress(ValueError, RecursionError, TypeError, AttributeError):
        told = json.loads(data.decode("utf-8"))
        sha256, at = told.get("manifest_sha256"), datetime.fromisoformat(told.get("received_at"))
        if isinstance(sha256, str) and _SHA256.fullmatch(sha256) and at.tzinfo is not None:
            return Receipt(sha256, at)
    return None


def receive(settings: Settings, connection: Connection) -> Received:
    """Read every receipt that is new or could not be used, then move or delete those that were.

    A connection as loader. Opens no session where nothing is out. Raises ReceiverNotSetUp, Busy, and whatever the
    server and the database may.
    """
    server, done = delivering.host(settings), Received()
    with alone(connection, "lvws returns receipts", what="Reading receipts of returns"):
        waits = any(each.delivered_at and not each.receipted_at for each in versions.versions(connection))
        if not (waits or receipt_files.to_tidy(connection, server, RECEIVER)):
            return done
        with sftp.session(server, source=RECEIVER) as remote:
            box = Box(connection, server, remote, RECEIVER)
            for entry in receipt_files.unread(box, lambda name: names.receipt_of(name) is not None):
                _read(box, entry, done)
            for receipt_id, name, stamp in receipt_files.to_tidy(connection, server, RECEIVER):
                receipt_files.tidy(box, name, stamp)
                receipt_files.note_tidied(connection, receipt_id)
    return done


def _read(box: Box, entry: sftp.Entry, done: Received) -> None:
    data, problem = b"", "size"
    try:
        data, problem = box.remote.read(box.host.outgoing, entry.name, CAP), "form"
    except LimitPassed:
        pass
    except (FileChanging, NotFound):
        return  # it is still being written, or was taken away: the next time
    receipt = parse(data)
    stamp = receipt_files.stamp(entry)
    facts: dict[str, Any] = {"destination": box.destination, "name": entry.name, "stamp": stamp, "now": clock.now()}
    facts |= {"sha256": hashlib.sha256(data or stamp.encode()).hexdigest()}
    facts |= {"problem": None if receipt else problem, "noted": 0, "unknown": 0, "wrong": 0}
    _note(box.connection, entry.name, receipt, facts, done)


def _note(connection: Connection, name: str, receipt: Receipt | None, facts: dict[str, Any], done: Received) -> None:
    version = _version(connection, receipt.manifest_sha256) if receipt else None
    if receipt is not None:
        facts["unknown"] = int(version is None)
        facts["wrong"] = int(version is not None and _is_wrong(version, name, receipt))
    settled = version is not None and not facts["wrong"]
    with transaction(connection, "noting a receipt of a return"):
        before = receipt_files.before(connection, facts)
        if version is not None and settled and version.receipted_at is None:
            assert receipt is not None
            facts["noted"] = 1
            versions.set_state(connection, version, "receipted", receipt=name, at=receipt.received_at)
        receipt_files.keep(connection, facts)
        now = (facts["problem"], facts["unknown"], facts["wrong"])
        if before != now and not settled:
            about = {"destination": RECEIVER, "file": name}
            audit.record(connection, "return receipt", None, **about, unknown=now[1], wrong=now[2])
        logs.event("returns.receipt_before_commit", source=RECEIVER)
    logs.event("returns.receipt_noted", source=RECEIVER)
    if facts["noted"] and version is not None:
        done.noted.append(versions.find(connection, version.return_name, version.period, version.version))
    if not settled:
        done.findings.append(_in_words(name, facts))


def _version(connection: Connection, manifest_sha256: str) -> Version | None:
    """The version of that manifest, if it was delivered."""
    for each in versions.versions(connection):
        if each.delivered_at and each.manifest and manifests.sha256(each.manifest.encode()) == manifest_sha256:
            return each
    return None


def _is_wrong(version: Version, name: str, receipt: Receipt) -> bool:
    """It is called after another version, or tells a time before the approval or in the future."""
    assert version.approved_at is not None
    too_soon, too_late = version.approved_at - SKEW, clock.now() + SKEW
    return names.receipt_of(name) != version.stem or not too_soon <= receipt.received_at <= too_late


def _in_words(name: str, facts: dict[str, Any]) -> str:
    if facts["problem"]:
        problem = _PROBLEMS[str(facts["problem"])]
    elif facts["unknown"]:
        problem = "names a manifest that was not delivered"
    else:
        problem = "is called after another version, or tells a time before it was approved or in the future"
    return f"The receipt {name} {problem}; nothing of it was noted. Ask {RECEIVER.upper()} for a correct one."
