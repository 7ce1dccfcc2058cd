"""What was expected and what came, as the ledger has it: each feed's business days, each with its state."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from exchange.clock import LONDON
from exchange.database import Connection, transaction
from exchange.intake import arrivals
from exchange.intake.arrivals import Expected, Seen, State, Volume
from mappings.arrival_calendar import Calendar

# How far back a day is looked at where nobody asks for one.
HORIZON: Final = timedelta(days=35)


@dataclass(frozen=True)
class Day:
    """A feed's business day: what is owed, how it stands, its loaded rows, and whether these are out of the ordinary.

    `usual`: the rows of the same weekday of the weeks before, oldest first.
    """

    owed: Expected
    state: State
    rows: int
    volume: Volume | None
    usual: tuple[int, ...]

    def as_json(self) -> dict[str, Any]:
        """The day as `lvws files --json` prints it."""
        return {
            "source": self.owed.feed,
            "business_date": self.owed.business_date.isoformat(),
            "due_at": self.owed.due_at.isoformat(),
            "state": self.state,
            "rows": self.rows,
            "volume": self.volume,
        }


def first_days(connection: Connection) -> dict[str, date]:
    """By feed the day in London from which files are expected: that of the first visit to its server."""
    with transaction(connection, "reading the first visits"):
        rows = connection.execute("select source, first_at from ledger.visit").fetchall()
    return {source: at.astimezone(LONDON).date() for source, at in rows}


def first_files(connection: Connection) -> dict[str, date]:
    """By feed the earliest business day that it was ever visited for, or sent."""
    with transaction(connection, "reading the first files"):
        rows = connection.execute("select source, min(business_date) from ledger.run group by source").fetchall()
    firsts = first_days(connection)
    return firsts | {source: min(day, firsts.get(source, day)) for source, day in rows}


def days(
    connection: Connection, calendars: Sequence[Calendar], firsts: dict[str, date], last: date, now: datetime
) -> list[Day]:
    """Each feed's days from its own first one in `firsts` to `last`, by day and feed."""
    owed = [each for feed, first in firsts.items() for each in arrivals.expected(calendars, feed, first, last)]
    if not owed:
        return []
    since = min(each.business_date for each in owed)
    seen, being_written = _seen(connection, since - timedelta(weeks=arrivals.WEEKS), last)
    return [
        _day(each, seen, being_written, now)
        for each in sorted(owed, key=lambda each: (each.business_date, list(firsts).index(each.feed)))
    ]


_OfDays = dict[tuple[str, date], list[Seen]]


def _seen(connection: Connection, since: date, last: date) -> tuple[_OfDays, set[tuple[str, date]]]:
    with transaction(connection, "reading what came"):
        runs = connection.execute(
            "select source, business_date, state, rows, started_at from ledger.run "
            "where business_date between %s and %s order by file_order",
            (since, last),
        ).fetchall()
        writing = connection.execute("select source, business_date from ledger.incomplete").fetchall()
    found: _OfDays = defaultdict(list)
    for source, day, state, rows, at in runs:
        found[source, day].append(Seen(state, rows, at))
    return found, set(writing)


def _day(owed: Expected, seen: _OfDays, being_written: set[tuple[str, date]], now: datetime) -> Day:
    key = (owed.feed, owed.business_date)
    files = seen.get(key, [])
    state = arrivals.state_of(owed, files, is_being_written=key in being_written, now=now)
    usual = tuple(
        _rows(before)
        for weeks in range(arrivals.WEEKS, 0, -1)
        if (before := seen.get((owed.feed, owed.business_date - timedelta(weeks=weeks))))
        and any(each.state == "loaded" for each in before)
    )
    is_loaded = any(each.state == "loaded" for each in files)
    rows = _rows(files)
    return Day(owed, state, rows, arrivals.volume(rows, usual) if is_loaded else None, usual)


def _rows(files: Sequence[Seen]) -> int:
    """A day's rows: a file that restates another holds the same people again."""
    return max((each.rows for each in files if each.state == "loaded"), default=0)
