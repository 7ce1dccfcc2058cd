"""The periods of returns: months (2019-06) and quarters of years that start in April (2019-20Q1). Pure."""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from exchange.clock import LONDON
from exchange.errors import WrongUse

# A return is made as things stood at the end of the tenth day after its period (interfaces: returns, What counts).
DAYS_AFTER: Final = 10
_FIRST_OF_YEAR: Final = 4
# No other year has a period: the service began in 2019, and dates end with 9999.
_YEAR: Final = "[12][0-9]{3}"


@dataclass(frozen=True, slots=True)
class Period:
    """A month or a quarter: its name in the returns, its first day and its last one."""

    name: str
    first: date
    last: date

    @property
    def months(self) -> tuple[Period, ...]:
        """The months in it, in order; of a month itself alone."""
        return tuple(month(day) for day in _firsts(self.first, self.last))

    @property
    def cut_off(self) -> datetime:
        """The moment by which activity counts unless another one is asked for: aware, in UTC's place."""
        return end_of(self.last + timedelta(days=DAYS_AFTER))

    @property
    def is_quarter(self) -> bool:
        """Whether it is a quarter."""
        return "Q" in self.name

    @property
    def previous(self) -> Period:
        """The period of the same length before it."""
        day = self.first - timedelta(days=1)
        return quarter(day) if self.is_quarter else month(day)

    def words(self) -> str:
        """As people read it: June 2019; April to June 2019."""
        if not self.is_quarter:
            return f"{self.first:%B %Y}"
        return f"{self.first:%B} to {self.last:%B %Y}"


def end_of(day: date) -> datetime:
    """24:00 of a London day."""
    return datetime.combine(day + timedelta(days=1), time(), LONDON)


def moment(text: str) -> datetime:
    """A moment as people write it: a day, of which it is the end, or a time in London. Raises WrongUse."""
    with contextlib.suppress(ValueError):
        return end_of(date.fromisoformat(text))
    with contextlib.suppress(ValueError):
        found = datetime.fromisoformat(text)
        return found if found.tzinfo else found.replace(tzinfo=LONDON)
    raise WrongUse(what=f"{text!r} is no moment: a day is 2020-04-30, a time 2020-04-30T17:00")


def month(day: date) -> Period:
    """The month of a day."""
    first = day.replace(day=1)
    return Period(f"{first:%Y-%m}", first, _next(first) - timedelta(days=1))


def quarter(day: date) -> Period:
    """The quarter of a day; the year starts in April."""
    start = day.year if day.month >= _FIRST_OF_YEAR else day.year - 1
    number = (day.month - _FIRST_OF_YEAR) % 12 // 3
    first = date(start + (number == 3), _FIRST_OF_YEAR + 3 * number if number < 3 else 1, 1)
    last = _next(_next(_next(first))) - timedelta(days=1)
    return Period(f"{start}-{(start + 1) % 100:02d}Q{number + 1}", first, last)


def parse(text: str) -> Period:
    """The period that a name tells. Raises WrongUse for any other text."""
    if found := re.fullmatch(rf"({_YEAR})-(0[1-9]|1[0-2])", text):
        return month(date(int(found[1]), int(found[2]), 1))
    if found := re.fullmatch(rf"({_YEAR})-([0-9][0-9])Q([1-4])", text):
        start, number = int(found[1]), int(found[3])
        if (start + 1) % 100 == int(found[2]):
            return quarter(date(start + (number == 4), (3 * number) % 12 + 1, 1))
    raise WrongUse(what=f"{text!r} is no period: a month is 2019-06, a quarter 2019-20Q1 (the year starts in April)")


def _next(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)


def _firsts(first: date, last: date) -> list[date]:
    days = []
    while first <= last:
        days.append(first)
        first = _next(first)
    return days
