"""Receipts from a service's server into the books: each once, whole or in parts, whatever else lies there.

Which are new and what becomes of them: exchange.intake.receipt_files. Everything here can be repeated.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, Final

from exchange import clock, logs
from exchange.database import Connection, transaction
from exchange.errors import FileChanging, LimitPassed, NotFound
from exchange.intake import receipt_files, sftp
from exchange.intake.receipt_files import Box
from exchange.ledger import audit
from exchange.onward import places, receipts
from exchange.onward.receipts import Receipt
from exchange.onward.report import HandedOver
from exchange.settings import SftpHost

_PROBLEMS: Final[dict[str, str]] = {
    "size": "is larger than 1 MB",
    "encoding": "is not a table in UTF-8",
    "header": "has another header than onward_id,received_at",
}

# A number of another service's counts as one that nobody has: it must not learn whose it is.
_NOTE: Final = """
    with told as (
        select t.onward_id, t.at from unnest(%(ids)s::text[], %(times)s::timestamptz[]) as t (onward_id, at)
    ), judged as (
        select t.onward_id, t.at,
               case when o.onward_id is null then 'unknown'
                    when o.taken_back_at is not null then 'taken_back'
                    when o.sending_at is null or t.at < date_trunc('second', o.sending_at) - %(skew)s then 'wrong'
                    when o.received_at is not null then 'again'
                    else 'noted' end as verdict
        from told t left join cms.onward o on o.onward_id = t.onward_id and o.destination = %(destination)s
    ), noted as (
        update cms.onward o set received_at = j.at, receipt = %(name)s
        from judged j where j.verdict = 'noted' and j.onward_id = o.onward_id
    )
    select verdict, count(*) from judged group by verdict
"""


@dataclass(frozen=True)
class Visit:
    """One session with a service's server, and what was done there so far."""

    connection: Connection
    host: SftpHost
    remote: sftp.Session
    done: HandedOver

    @property
    def destination(self) -> str:
        return self.done.destination

    @property
    def box(self) -> Box:
        return Box(self.connection, self.host, self.remote, self.destination)


def receive(visit: Visit) -> None:
    """Read every receipt that is new or was not wholly used, then move or delete those that were."""
    for entry in receipt_files.unread(visit.box, lambda name: places.is_receipt(visit.destination, name)):
        _read(visit, entry)
    for receipt_id, name, stamp in receipt_files.to_tidy(visit.connection, visit.host, visit.destination):
        receipt_files.tidy(visit.box, name, stamp)
        logs.event("onward.receipt_tidied", source=visit.destination)
        receipt_files.note_tidied(visit.connection, receipt_id)
        logs.event("onward.tidying_noted", source=visit.destination)


def _read(visit: Visit, entry: sftp.Entry) -> None:
    data = b""
    try:
        data = visit.remote.read(visit.host.outgoing, entry.name, receipts.CAP)
        receipt = receipts.parse(data, clock.now())
    except LimitPassed:
        receipt = Receipt(problem="size")
    except (FileChanging, NotFound):
        return  # it is still being written, or was taken away: the next time
    digest = hashlib.sha256(data or receipt_files.stamp(entry).encode()).hexdigest()
    _note(visit, receipt, {"name": entry.name, "stamp": receipt_files.stamp(entry), "sha256": digest})


def _note(visit: Visit, receipt: Receipt, file: dict[str, Any]) -> None:
    facts = file | {"destination": visit.destination, "now": clock.now(), "problem": receipt.problem}
    facts |= {"ids": list(receipt.times), "times": list(receipt.times.values()), "skew": receipts.SKEW}
    with transaction(visit.connection, "noting a receipt"):
        before = receipt_files.before(visit.connection, facts)
        found: dict[str, int] = dict(visit.connection.execute(_NOTE, facts).fetchall())
        noted, unknown = found.get("noted", 0), found.get("unknown", 0)
        taken_back, wrong = found.get("taken_back", 0), receipt.wrong + found.get("wrong", 0)
        facts |= {"noted": noted, "unknown": unknown + taken_back, "wrong": wrong}
        receipt_files.keep(visit.connection, facts)
        if before != (receipt.problem, unknown + taken_back, wrong) or noted:
            counts = {"noted": noted, "unknown": unknown, "wrong": wrong}
            where = {"destination": visit.destination, "file": str(file["name"])}
            audit.record(visit.connection, "onward receipt", None, **where, **counts)
        logs.event("onward.receipt_before_commit", source=visit.destination)
    logs.event("onward.receipt_noted", source=visit.destination, rows=noted)
    visit.done.received += noted
    if before != (receipt.problem, unknown + taken_back, wrong):
        problem = receipt.problem
        visit.done.findings += _in_words(visit, file["name"], problem=problem, unknown=unknown, wrong=wrong)
        if taken_back:
            visit.done.findings.append(
                f"{visit.destination}: the receipt {file['name']} names {taken_back} whom we took back before sending. "
                "The service has them all the same: call it today, and tell the caseworker."
            )


def _in_words(visit: Visit, name: str, *, problem: str | None, unknown: int, wrong: int) -> list[str]:
    start, end = f"{visit.destination}: the receipt {name}", "Ask the service for a correct one."
    which = f"{wrong} {'line' if wrong == 1 else 'lines'}"
    told = f"{start} has {which} that are not of the form, or tell a time before the sending or in the future. {end}"
    return [
        *([f"{start} {_PROBLEMS[problem]}; nothing of it was noted. {end}"] if problem else []),
        *([f"{start} names {unknown} who were not sent there. {end}"] if unknown else []),
        *([told] if wrong else []),
    ]
