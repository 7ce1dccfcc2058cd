"""`lvws files`: what was expected and what came, by source and business day."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Annotated

import typer

from exchange import clock, database, settings
from exchange.cli import desk, screen
from exchange.cli.screen import Json, Yes
from exchange.ledger import reports

if TYPE_CHECKING:
    from exchange.database import Connection
    from exchange.ledger.arrivals import Day as ExpectedDay
    from exchange.settings import Settings

Day = Annotated[datetime | None, typer.Option("--date", "-d", formats=["%Y-%m-%d"], help="Only this business day.")]

_SHOWN = timedelta(days=7)
_QUIET = frozenset({"came", "nil"})


def files(date: Day = None, json: Json = False, yes: Yes = False) -> None:
    """What was expected and what came: due, late, missed, nil, recovered, incomplete, and gaps in the numbers."""
    loaded, day = settings.load(), date.date() if date else None
    with database.connect(loaded, "reader", doing="listing files") as connection:
        came = reports.files(connection, day)
        owed = _expected(loaded, connection, day)
    if json:
        screen.document(
            {
                "expected": [each.as_json() for each in owed],
                "files": [entry.as_json() for entry in came.files],
                "gaps": [gap.as_json() for gap in came.gaps],
            }
        )
        return
    _show_expected(owed)
    screen.table(
        "Files by business day",
        ["source", "business day", "seq", "file", "what", "rows", "arrived"],
        [(f.source, f.business_date, f.sequence, f.file, f.what, f.rows or "·", f.received_at) for f in came.files],
        right=["seq", "rows"],
    )
    for gap in came.gaps:
        screen.say(
            f"  - {gap.source}: {gap.numbers} never came. "
            "Ask the sender; files that come late are taken in by themselves."
        )


def _expected(loaded: Settings, connection: Connection, day: date | None) -> list[ExpectedDay]:
    """Of a day that is asked for whatever a calendar says since the source's first file; else the last week."""
    from exchange.ledger import arrivals  # noqa: PLC0415 - bank holidays
    from exchange.sources import FEEDS  # noqa: PLC0415
    from mappings.arrival_calendar import load_calendars  # noqa: PLC0415

    now = clock.now()
    if day is None:
        firsts, last = arrivals.first_days(connection), clock.today()
        since = {feed: max(first, last - _SHOWN) for feed, first in firsts.items()}
    else:
        firsts, last = arrivals.first_files(connection), day
        since = {feed: day for feed, first in firsts.items() if first <= day}
    wanted = {feed: since[feed] for feed in FEEDS if feed in since and feed in loaded.sftp}
    return arrivals.days(connection, load_calendars(), wanted, last, now)


def _show_expected(owed: Sequence[ExpectedDay]) -> None:
    if owed:
        screen.table("Expected", ["source", "business days", "state", "due", "rows"], _lines(owed), right=["rows"])
        screen.say()


def _lines(owed: Sequence[ExpectedDay]) -> Iterator[tuple[object, ...]]:
    """A line a day; days in a row that came as they should, or that stand alike, are one line."""
    ordered = sorted(owed, key=lambda each: (each.owed.feed, each.owed.business_date))
    for (feed, state, volume), same in groupby(ordered, key=lambda each: (each.owed.feed, each.state, each.volume)):
        days = list(same)
        first, last = days[0].owed.business_date, days[-1].owed.business_date
        rows = sum(each.rows for each in days)
        words = f"{state.replace('_', ' ')}{f': {volume} rows' if volume else ''}"
        due = desk.at(days[-1].owed.due_at) if state not in _QUIET else ""
        yield feed, f"{first}" if first == last else f"{first} to {last}", words, due, rows or "·"
