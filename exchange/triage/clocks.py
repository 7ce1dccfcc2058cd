"""When something is due, and how that is said. Pure; the clocks are data (mappings/triage/clocks.csv).

Hours are elapsed hours: a change of the clocks in between makes them neither longer nor shorter. Working days end with
the London day: n of them end at 24:00 of the n-th working day after the day on which the clock began, which never
counts itself. A working day is no Saturday, no Sunday and no bank holiday in England (reference: bank holidays).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final

from exchange.clock import LONDON
from mappings.clock_rules import Clock

_DAY: Final = timedelta(days=1)
_SATURDAY: Final = 5


def due_at(started: datetime, clock: Clock) -> datetime:
    """The last moment in time, in UTC, for a clock that began at `started` (with its zone)."""
    if clock.unit == "hours":
        return started.astimezone(UTC) + timedelta(hours=clock.amount)
    return end_of_day(working_day_after(started.astimezone(LONDON).date(), clock.amount))


def end_of_day(day: date) -> datetime:
    """24:00 of a London day, in UTC."""
    return datetime.combine(day + _DAY, time(), LONDON).astimezone(UTC)


def working_day_after(day: date, count: int) -> date:
    """The `count`-th working day after a day, which does not count itself; `count` is 1 or more."""
    for found in _from_year(day.year):
        if found > day:
            count -= 1
            if not count:
                return found
    raise AssertionError("there is always another working day")


def working_days_between(first: date, last: date) -> int:
    """How many working days there are after `first`, up to `last` itself; 0 where `last` is not after `first`."""
    days = working_days(first.year, last.year)
    return max(bisect_right(days, last) - bisect_right(days, first), 0)


def working_days(first_year: int, last_year: int) -> list[date]:
    """All working days of some years, in order."""
    return [day for year in range(first_year, last_year + 1) for day in _of_year(year)]


def _from_year(year: int) -> Iterator[date]:
    while True:
        yield from _of_year(year)
        year += 1


@lru_cache(maxsize=64)
def _of_year(year: int) -> tuple[date, ...]:
    from holidays import country_holidays  # noqa: PLC0415 - a tenth of a second, for who has working days to count

    closed = country_holidays("GB", subdiv="ENG", years=year)
    days = (date(year, 1, 1) + timedelta(days=count) for count in range(366))
    return tuple(day for day in days if day.year == year and day.weekday() < _SATURDAY and day not in closed)


def is_overdue(due: datetime, now: datetime) -> bool:
    """Whether its time is over: at the moment itself it is not."""
    return now > due


def in_words(due: datetime, now: datetime) -> str:
    """How long there is, or how late it is, in whole units that are full: "in 3 hours", "2 days late"."""
    if due == now:
        return "now"
    length = _length(abs(due - now))
    return f"{length} late" if is_overdue(due, now) else f"in {length}"


def _length(span: timedelta) -> str:
    minutes = int(span.total_seconds()) // 60
    if minutes < 1:
        return "less than a minute"
    if minutes < 60:
        return _counted(minutes, "minute")
    if minutes < 48 * 60:
        return _counted(minutes // 60, "hour")
    return _counted(minutes // (24 * 60), "day")


def _counted(count: int, unit: str) -> str:
    return f"{count} {unit}{'' if count == 1 else 's'}"


def in_london(due: datetime, clock: Clock) -> str:
    """A moment as London's clocks show it. The end of a working day belongs to that day: 2026-04-07 24:00."""
    local = due.astimezone(LONDON)
    if clock.unit == "working_days" and local.time() == time():
        return f"{local.date() - _DAY} 24:00"
    return f"{local:%Y-%m-%d %H:%M}"
