"""The calendars as data: mappings/arrivals/calendar.csv says on which business days a feed sends a file, and by when.

A feed without a line has no expected days: what it sends is taken in when it comes. A line that is broken is refused:
table, line, problem.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from mappings.tables import Line, Shape, Table, period, read_table
from mappings.versions import check_versions, read_versions

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_ROOT: Final = Path(__file__).parent
_NAME: Final = "arrivals/calendar"
_TIME: Final = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])", re.ASCII)
_NUMBER: Final = re.compile(r"[0-9]{1,3}", re.ASCII)
# An hour that is missing in March and comes twice in October.
_CHANGING_HOUR: Final = 1
_NEEDED: Final = ("days", "bank_holidays", "due_after_days", "due_time", "missed_after_hours", "source", "verified")
CALENDAR: Final = Shape(
    (
        *("feed", "days", "bank_holidays", "due_after_days", "due_time", "missed_after_hours"),
        *("valid_from", "valid_to", "source", "verified", "note"),
    ),
    ("feed",),
    _NEEDED,
)


@dataclass(frozen=True, slots=True)
class Calendar:
    """When a feed sends, for business days between `first` and `last` (both included).

    - weekdays: 0 is Monday; bank_holidays: whether it sends on those too (England's);
    - due: London's clock, `due_after_days` days after the business day;
    - missed_after: how long after that a file counts as missed rather than late.
    """

    feed: str
    weekdays: frozenset[int]
    bank_holidays: bool
    due_after_days: int
    due: datetime.time
    missed_after: datetime.timedelta
    first: datetime.date
    last: datetime.date
    verified: bool


@lru_cache(maxsize=8)
def load_calendars(root: Path = _ROOT) -> tuple[Calendar, ...]:
    """All of them, in the table's order. Raises MappingInvalid: table, line and problem."""
    versions = read_versions(root)
    table = read_table(root, _NAME, CALENDAR)
    calendars = tuple(_calendar(table, line) for line in table.lines)
    check_versions(root, versions)
    return calendars


def _calendar(table: Table, line: Line) -> Calendar:
    days = line["days"].split()
    if not set(days) <= set(WEEKDAYS) or len(set(days)) != len(days):
        table.refuse(line.number, f"days are not some of {' '.join(WEEKDAYS)}")
    if line["bank_holidays"] not in ("yes", "no"):
        table.refuse(line.number, "bank_holidays is neither yes nor no")
    time = _TIME.fullmatch(line["due_time"])
    if time is None:
        table.refuse(line.number, "due_time is not hh:mm")
    if int(time[1]) == _CHANGING_HOUR:
        table.refuse(line.number, "due_time is in the hour that is missing in March and comes twice in October")
    if not (_NUMBER.fullmatch(line["due_after_days"]) and _NUMBER.fullmatch(line["missed_after_hours"])):
        table.refuse(line.number, "due_after_days and missed_after_hours are whole numbers")
    first, last = period(table, line)
    return Calendar(
        feed=line["feed"],
        weekdays=frozenset(WEEKDAYS.index(day) for day in days),
        bank_holidays=line["bank_holidays"] == "yes",
        due_after_days=int(line["due_after_days"]),
        due=datetime.time(int(time[1]), int(time[2])),
        missed_after=datetime.timedelta(hours=int(line["missed_after_hours"])),
        first=first,
        last=last,
        verified=line["verified"] == "yes",
    )
