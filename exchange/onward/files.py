"""The file of a day for another service: who is in it, its bytes, and a last look before it is sent.

Who may go is decided in one place of the database, cms.onward_asked; contact details come from cms.contact alone, whole
or not at all. The plain bytes are in memory only. Machines read the file: a phone keeps its +, and no text is changed
for the sake of a spreadsheet (docs/operator-guide.md).
"""

from __future__ import annotations

import csv
import io
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

import pyrage
from psycopg import sql
from pyrage import x25519

from exchange import clock, logs
from exchange.database import Connection, transaction
from exchange.intake.answer import Waiting
from exchange.ledger import audit
from exchange.onward import places

COLUMNS: Final = (
    "onward_id reason agreed_at crime_category priority_reasons forename surname birth_date preferred_contact phone "
    "other_phone email address postcode note language interpreter borough"
).split()

# What a file says of a person, after onward_id, reason and agreed_at.
_SAID: Final = sql.SQL(
    """
    r.crime_category, array_to_string(r.priority_reasons, ' '), r.forename, r.surname, r.birth_date::text,
    c.preferred_contact, c.phone, c.other_phone, c.email, c.address, c.postcode, c.note,
    r.language, case r.interpreter when true then 'Y' when false then 'N' end, coalesce(b.name, r.borough)
    """
)
_ASKED: Final = sql.SQL("cms.onward_asked(%(reasons)s::text[], %(destinations)s::text[], %(at_once)s::boolean[])")

# One statement, so that who may go and what is said of them is of one moment.
_READY: Final = sql.SQL(
    """
    select '', a.referral_id, a.reason, a.agreed_at, a.at_once, c.set_by, null::bigint, '{{}}'::text[], {said}
    from {asked} a
    join cms.referral r using (referral_id) join cms.contact c using (referral_id)
    left join cms.borough b on b.borough_code = r.borough_code
    where a.destination = %(destination)s and a.agreed_at is not null and a.not_because = '{{}}'
      and not exists (select from cms.onward o where o.referral_id = a.referral_id
                      and o.destination = a.destination and o.taken_back_at is null)
    order by a.agreed_at, a.referral_id
    """
).format(said=_SAID, asked=_ASKED)

_IN_FILE: Final = sql.SQL(
    """
    select o.onward_id, o.referral_id, o.reason, o.agreed_at, o.at_once, c.set_by, o.contact_step,
           case when a.agreed_at is null then '{{not_asked}}' else a.not_because end, {said}
    from cms.onward o
    join cms.referral r using (referral_id) join cms.contact c using (referral_id)
    left join cms.borough b on b.borough_code = r.borough_code
    left join {asked} a on a.referral_id = o.referral_id and a.destination = o.destination
    where o.destination = %(destination)s and o.file = %(file)s and o.taken_back_at is null
    order by o.agreed_at, o.referral_id
    """
).format(said=_SAID, asked=_ASKED)

_QUEUE: Final = """
    insert into cms.onward (onward_id, referral_id, destination, reason, agreed_at, at_once, file, contact_step,
                            queued_at)
    select n.onward_id, n.referral_id, %(destination)s, n.reason, n.agreed_at, n.at_once, %(file)s, n.contact_step,
           %(now)s
    from unnest(%(ids)s::text[], %(referrals)s::bigint[], %(why)s::text[], %(agreed)s::timestamptz[],
                %(unasked)s::boolean[], %(steps)s::bigint[])
         as n (onward_id, referral_id, reason, agreed_at, at_once, contact_step)
"""
_TAKE_BACK: Final = """
    update cms.onward o set taken_back_at = %(now)s, taken_back_for = string_to_array(g.why, ' ')
    from unnest(%(ids)s::text[], %(why)s::text[]) as g (onward_id, why)
    where o.onward_id = g.onward_id returning o.sending_at is not null
"""
_SEEN: Final = """
    update cms.onward o set contact_step = s.step
    from unnest(%(ids)s::text[], %(steps)s::bigint[]) as s (onward_id, step) where o.onward_id = s.onward_id
"""


@dataclass(frozen=True)
class Person:
    """Somebody who is handed on. `said` is their record, which shows nowhere but in the file."""

    onward_id: str
    referral_id: int
    reason: str
    agreed_at: datetime
    at_once: bool
    step_now: int | None
    step_then: int | None
    not_because: tuple[str, ...]
    said: tuple[str | None, ...] = field(repr=False)

    @property
    def may_go(self) -> bool:
        return not self.not_because


@dataclass(frozen=True)
class LastLook:
    """Those in a file that is not sent yet, as things are now."""

    people: tuple[Person, ...]

    @property
    def stopped(self) -> tuple[Person, ...]:
        """Who may not go any more."""
        return tuple(person for person in self.people if not person.may_go)

    @property
    def sound(self) -> bool:
        """Whether the file may be sent as it is: all may go, and staff changed nobody's contact details."""
        return not self.stopped and all(person.step_now == person.step_then for person in self.people)


@dataclass(frozen=True)
class MadeAnew:
    """A file made anew: what to send now (None where nobody is left), and how many an earlier try may have told of."""

    waiting: Waiting | None
    taken_back: int
    maybe_sent: int


def make(connection: Connection, destination: str, key: x25519.Recipient) -> int:
    """Make today's file, once a day, from who may go now; how many are in it. People, outbox and audit are one
    transaction."""
    name, now = places.file_name(destination, clock.today()), clock.now()
    with transaction(connection, "making a file for another service"):
        if _was_made(connection, destination, name):
            return 0
        asked = places.book() | {"destination": destination}
        ready = [_with_id(person) for person in _people(connection, _READY, asked)]
        if not ready:
            return 0
        facts = asked | {"file": name, "now": now} | _columns(ready)
        connection.execute(_QUEUE, facts)
        _into_the_outbox(connection, destination, name, body=sealed(ready, key))
        audit.record(connection, "onward file made", destination=destination, file=name, people=len(ready))
        logs.event("onward.before_commit", file=name)
    logs.event("onward.queued", file=name, rows=len(ready))
    return len(ready)


def look(connection: Connection, destination: str, file: str) -> LastLook:
    """Who is in a file that is about to be sent. Where it is sound, it is noted that sending begins now."""
    with transaction(connection, "looking at a file before it is sent"):
        asked = places.book() | {"destination": destination, "file": file}
        found = LastLook(tuple(_people(connection, _IN_FILE, asked)))
        if found.sound:
            connection.execute(
                "update cms.onward set sending_at = %s "
                "where file = %s and taken_back_at is null and sending_at is null",
                (clock.now(), file),
            )
    return found


def make_anew(
    connection: Connection, waiting: Waiting, seen: LastLook, *, destination: str, key: x25519.Recipient
) -> MadeAnew:
    """Take back who may not go, and put the file of the others in the place of the old one; one transaction."""
    gone = [person for person in seen.people if not person.may_go]
    left = [person for person in seen.people if person.may_go]
    made: Waiting | None = None
    with transaction(connection, "making a file for another service anew"):
        back = {"now": clock.now(), "ids": _ids(gone), "why": [" ".join(person.not_because) for person in gone]}
        tried = connection.execute(_TAKE_BACK, back).fetchall()
        connection.execute(_SEEN, {"ids": _ids(left), "steps": [person.step_now for person in left]})
        connection.execute(
            "update ledger.outbox set replaced_at = %s where outbox_id = %s", (clock.now(), waiting.outbox_id)
        )
        if left:
            made = _into_the_outbox(connection, destination, waiting.name, body=sealed(left, key))
        counts = {"people": len(left), "taken_back": len(gone)}
        audit.record(connection, "onward file made anew", None, destination=destination, file=waiting.name, **counts)
    logs.event("onward.made_anew", file=waiting.name, rows=len(left))
    return MadeAnew(made, len(gone), sum(was_tried for (was_tried,) in tried))


def sealed(people: Sequence[Person], key: x25519.Recipient) -> bytes:
    """The file of these people, encrypted to its service."""
    return bytes(pyrage.encrypt(written(people), [key]))


def written(people: Sequence[Person]) -> bytes:
    """RFC 4180, UTF-8; times are London's, with their offset."""
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\r\n")
    lines.writerow(COLUMNS)
    for person in people:
        agreed = person.agreed_at.astimezone(clock.LONDON).isoformat(timespec="seconds")
        said = ("" if each is None else each for each in person.said)
        lines.writerow([person.onward_id, person.reason, agreed, *said])
    return text.getvalue().encode("utf-8")


def _people(connection: Connection, query: sql.Composed, asked: dict[str, Any]) -> Iterator[Person]:
    for row in connection.execute(query, asked).fetchall():
        onward_id, referral_id, reason, agreed_at, at_once, now, then, not_because, *said = row
        yield Person(onward_id, referral_id, reason, agreed_at, at_once, now, then, tuple(not_because), tuple(said))


def _with_id(person: Person) -> Person:
    """The same with a number that tells nothing and nobody can guess."""
    return replace(person, onward_id=f"O{secrets.token_hex(8).upper()}")


def _was_made(connection: Connection, destination: str, name: str) -> bool:
    made = "select 1 from ledger.outbox where run is null and source = %s and name = %s limit 1"
    return connection.execute(made, (destination, name)).fetchone() is not None


def _into_the_outbox(connection: Connection, destination: str, name: str, *, body: bytes) -> Waiting:
    row = connection.execute(
        "insert into ledger.outbox (source, name, body) values (%s, %s, %s) returning outbox_id",
        (destination, name, body),
    ).fetchone()
    assert row is not None
    return Waiting(row[0], name, body)


def _columns(people: Sequence[Person]) -> dict[str, list[Any]]:
    return {
        "ids": _ids(people),
        "referrals": [person.referral_id for person in people],
        "why": [person.reason for person in people],
        "agreed": [person.agreed_at for person in people],
        "unasked": [person.at_once for person in people],
        "steps": [person.step_now for person in people],
    }


def _ids(people: Sequence[Person]) -> list[str]:
    return [person.onward_id for person in people]
