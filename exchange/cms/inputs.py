"""Inputs that staff give: what is held, as known at a moment, and storing what a file changes.

Every version stays (cms.input): a later import changes nothing of what was known before it. Which keys and values are
allowed is outputs/inputs.py; here they are texts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

from psycopg.rows import class_row

from exchange.cms.known import CHANGING
from exchange.database import Connection, transaction
from exchange.errors import ChangedMeanwhile
from exchange.ledger import audit

What = Literal["new", "changed", "taken_back", "same"]

_HELD: Final = """
    select key, period, value, note, file, given_by, given_at from cms.inputs_at(clock_timestamp()) order by key, period
"""
_AT: Final = "select key, period, value, note, file, given_by, given_at from cms.inputs_at(%s) order by key, period"
# One import at a time, from comparing to storing.
_ALONE: Final = "select pg_advisory_xact_lock(hashtextextended('lvws inputs', 0))"
_STORE: Final = """
    insert into cms.input (key, period, value, note, file, sha256, given_by, given_at)
    values (%s, %s, %s, %s, %s, %s, %s, %s)
"""


@dataclass(frozen=True, slots=True)
class Given:
    """One line of a file: None takes back what stands there."""

    key: str
    period: str
    value: str | None = field(repr=False)
    note: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Held:
    """What stands for a key and a period, and who gave it when."""

    key: str
    period: str
    value: str = field(repr=False)
    note: str = field(repr=False)
    file: str
    given_by: str
    given_at: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """What a line of a file does to what stands there; `before` None: nothing does."""

    what: What
    given: Given
    before: Held | None


@dataclass(frozen=True, slots=True)
class Origin:
    """Where inputs come from: the name of their file, the SHA-256 of its bytes, and who gave it."""

    file: str
    sha256: str
    given_by: str


def held(connection: Connection) -> list[Held]:
    """All inputs that stand now, by key and period."""
    with transaction(connection, "reading inputs"), connection.cursor(row_factory=class_row(Held)) as cursor:
        return cursor.execute(_HELD).fetchall()


def at(connection: Connection, moment: datetime) -> list[Held]:
    """All inputs as they were known at a moment, in the transaction at hand."""
    with connection.cursor(row_factory=class_row(Held)) as cursor:
        return cursor.execute(_AT, (moment,)).fetchall()


def compare(given: Iterable[Given], there: Iterable[Held]) -> list[Change]:
    """What each line would do. Pure."""
    known = {(each.key, each.period): each for each in there}
    return [
        Change(_what(each, known.get((each.key, each.period))), each, known.get((each.key, each.period)))
        for each in given
    ]


def _what(given: Given, before: Held | None) -> What:
    if before is None:
        return "same" if given.value is None else "new"
    if given.value is None:
        return "taken_back"
    return "same" if (given.value, given.note) == (before.value, before.note) else "changed"


def store(connection: Connection, changes: Sequence[Change], origin: Origin) -> int:
    """Store what `compare` said, all of it at one moment; how many versions that made. In the role operator.

    Raises ChangedMeanwhile where somebody gave one of these since it was compared; then nothing is stored.
    """
    made = [each for each in changes if each.what != "same"]
    with transaction(connection, "storing inputs"):
        connection.execute(CHANGING)
        connection.execute(_ALONE)
        with connection.cursor(row_factory=class_row(Held)) as cursor:
            now = {(each.key, each.period): each for each in cursor.execute(_HELD).fetchall()}
        if any(now.get((each.given.key, each.given.period)) != each.before for each in changes):
            raise ChangedMeanwhile(what="An input")
        if not made:
            return 0
        row = connection.execute("select clock_timestamp()").fetchone()
        assert row is not None
        with connection.cursor() as cursor:
            cursor.executemany(
                _STORE,
                [
                    (
                        *(each.given.key, each.given.period, each.given.value, each.given.note),
                        *(origin.file, origin.sha256, origin.given_by, row[0]),
                    )
                    for each in made
                ],
            )
        audit.record(connection, "inputs given", file=origin.file, by=origin.given_by, versions=len(made))
    return len(made)
