"""The expected-file clock: what a feed owes for a business day, and how that day stands now. Pure.

Every day stands for itself: a file of last week that comes late changes nothing about today's. Moments are those of
London's clocks as the calendar says them (mappings/arrivals/calendar.csv), so a day has one due time whatever the
clocks do in between.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from statistics import median
from typing import Final, Literal

from exchange.clock import LONDON
from exchange.triage.clocks import working_days
from mappings.arrival_calendar import Calendar

State = Literal[  # what each means: STATES
    "expected",
    "due_soon",
    "under_way",
    "late",
    "missed",
    "incomplete",
    "refused",
    "stopped",
    "repeat",
    "came",
    "nil",
    "recovered",
]
STATES: Final[dict[State, str]] = {
    "expected": "not due yet",
    "due_soon": "due within two hours",
    "under_way": "being taken in",
    "late": "past its due time, and not here",
    "missed": "a day past its due time, and not here",
    "incomplete": "past its due time, and still being written on the server",
    "refused": "came, and was refused as a whole",
    "stopped": "came, and too many of its rows are broken",
    "repeat": "what came under its name is the content of an earlier file",
    "came": "loaded",
    "nil": "loaded, without rows",
    "recovered": "loaded after its due time",
}
# Nothing of it is in the CMS, and somebody has to see to it.
WANTING: Final[frozenset[State]] = frozenset({"late", "missed", "incomplete", "refused", "stopped", "repeat"})

# What came and did not go in, the one that an operator can mend first.
_CAME_WRONG: Final[tuple[State, ...]] = ("stopped", "refused", "repeat")

SOON: Final = timedelta(hours=2)
_WEEKDAYS: Final = 5

# The volume of a day is compared with the same weekday of so many weeks, once there are so many of them.
WEEKS: Final = 8
_LEAST_WEEKS: Final = 4
_FACTOR: Final = 2
_LEAST_DIFFERENCE: Final = 10

Volume = Literal["few", "many"]


@dataclass(frozen=True)
class Expected:
    """What a feed owes for a business day: due then, missed from then on (UTC)."""

    feed: str
    business_date: date
    due_at: datetime
    missed_at: datetime


@dataclass(frozen=True)
class Seen:
    """A file of that day that is complete: the state of its run, its rows, and when it was taken in."""

    state: Literal["open", "loaded", "refused", "stopped", "repeat", "undone"]
    rows: int
    at: datetime


def expected(calendars: Sequence[Calendar], feed: str, first: date, last: date) -> Iterator[Expected]:
    """What a feed owes for the business days from `first` to `last`, in order."""
    of_feed = [calendar for calendar in calendars if calendar.feed == feed]
    if not of_feed or last < first:
        return
    worked = set(working_days(first.year, last.year))
    for count in range((last - first).days + 1):
        day = first + timedelta(days=count)
        for calendar in of_feed:
            if calendar.first <= day <= calendar.last and _sends(calendar, day, is_worked=day in worked):
                due = datetime.combine(day + timedelta(days=calendar.due_after_days), calendar.due, LONDON)
                due = due.astimezone(UTC)
                yield Expected(feed, day, due, due + calendar.missed_after)


def _sends(calendar: Calendar, day: date, *, is_worked: bool) -> bool:
    if day.weekday() not in calendar.weekdays:
        return False
    is_bank_holiday = day.weekday() < _WEEKDAYS and not is_worked
    return calendar.bank_holidays or not is_bank_holiday


def state_of(owed: Expected, seen: Sequence[Seen], *, is_being_written: bool, now: datetime) -> State:
    """How a day stands: what is loaded counts before everything else, then what came and went wrong."""
    loaded = [each for each in seen if each.state == "loaded"]
    if loaded:
        if min(each.at for each in loaded) > owed.due_at:
            return "recovered"
        return "came" if any(each.rows for each in loaded) else "nil"
    states = {each.state for each in seen}
    if "open" in states:
        return "under_way"
    for wrong in _CAME_WRONG:
        if wrong in states:
            return wrong
    return _not_here(owed, is_being_written=is_being_written, now=now)


def _not_here(owed: Expected, *, is_being_written: bool, now: datetime) -> State:
    if now <= owed.due_at:
        return "due_soon" if now > owed.due_at - SOON else "expected"
    if is_being_written:
        return "incomplete"
    return "missed" if now > owed.missed_at else "late"


def volume(rows: int, before: Sequence[int]) -> Volume | None:
    """Whether a day's rows are out of the ordinary against the same weekday of the weeks before; None: they are not.

    Out of the ordinary: less than half, or more than twice what the middle one of at least 4 weeks had, by 10 rows or
    more. A feed that is small on that weekday is so every week.
    """
    if len(before) < _LEAST_WEEKS:
        return None
    usual = median(before)
    if abs(rows - usual) < _LEAST_DIFFERENCE:
        return None
    if rows * _FACTOR < usual:
        return "few"
    return "many" if rows > usual * _FACTOR else None
