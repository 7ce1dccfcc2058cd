"""Days: which of them are worked, how much each feed sends on them, and which hours do not exist or come twice."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Final

import holidays
import numpy as np
import numpy.typing as npt

Days = npt.NDArray[np.datetime64]
Floats = npt.NDArray[np.float64]
Minutes = npt.NDArray[np.datetime64]

# Monday to Sunday, against an average weekday. The contact centre is closed on Sundays, witness care units at weekends.
_WEEK: Final = {
    "mps": (1.08, 1.02, 1.0, 1.0, 1.0, 0.72, 0.62),
    "btp": (1.05, 1.0, 1.0, 1.0, 1.05, 0.8, 0.6),
    "colp": (1.1, 1.0, 1.0, 1.05, 1.1, 0.5, 0.35),
    "action_fraud": (1.15, 1.05, 1.0, 1.0, 0.95, 0.5, 0.45),
    "contact_centre": (1.2, 1.05, 1.0, 1.0, 0.95, 0.35, 0.0),
    "witness_care_unit": (1.1, 1.0, 1.0, 1.0, 0.9, 0.0, 0.0),
    "activity": (1.1, 1.05, 1.0, 1.0, 0.95, 0.3, 0.15),
}
# What a bank holiday is like, as a part of what the day of the week would be.
_ON_HOLIDAYS: Final = {"contact_centre": 0.0, "witness_care_unit": 0.0, "colp": 0.4, "activity": 0.25}
_ON_HOLIDAYS_ELSEWHERE: Final = 0.7
# January to December: more in summer and in late autumn.
_MONTHS: Final = (0.97, 0.95, 0.98, 0.98, 1.02, 1.03, 1.06, 1.0, 0.99, 1.05, 1.04, 0.94)
_LOCKDOWN: Final = (np.datetime64("2020-03-24"), np.datetime64("2020-06-30"))
_IN_LOCKDOWN: Final = 0.8


@cache
def _bank_holidays(year: int) -> Days:
    """England's of one year, as days."""
    return np.array(sorted(holidays.country_holidays("GB", subdiv="ENG", years=year)), "datetime64[D]")


def bank_holidays(days: Days) -> npt.NDArray[np.bool_]:
    """Which of the days are bank holidays in England."""
    if not len(days):
        return np.zeros(0, bool)
    years = np.unique(days.astype("datetime64[Y]")).astype(np.int64) + 1970
    known = np.concatenate([_bank_holidays(int(year)) for year in years])
    return np.isin(days, known)


def weekday(days: Days) -> npt.NDArray[np.int64]:
    """0 is Monday."""
    answer: npt.NDArray[np.int64] = (days.astype("datetime64[D]").astype(np.int64) + 3) % 7
    return answer


def working(days: Days) -> npt.NDArray[np.bool_]:
    """Not a Saturday, a Sunday or a bank holiday."""
    return (weekday(days) < 5) & ~bank_holidays(days)


def days_between(first: date, last: date) -> Days:
    """All days, first and last included."""
    return np.arange(np.datetime64(first, "D"), np.datetime64(last, "D") + 1)


def volume(source: str, days: Days) -> Floats:
    """How much a source sends on each of the days, against an average weekday; 0 on days when it sends nothing."""
    months = days.astype("datetime64[M]").astype(np.int64) % 12
    answer: Floats = np.array(_WEEK[source])[weekday(days)] * np.array(_MONTHS)[months]
    answer[bank_holidays(days)] *= _ON_HOLIDAYS.get(source, _ON_HOLIDAYS_ELSEWHERE)
    answer[(days >= _LOCKDOWN[0]) & (days <= _LOCKDOWN[1])] *= _IN_LOCKDOWN
    return answer


def working_days_before(days: Days, back: npt.NDArray[np.int64]) -> Days:
    """The day that many working days earlier; 0 is the day itself."""
    if not len(days):
        return days
    known = np.arange(days.min() - np.timedelta64(30 + 2 * int(back.max(initial=0)), "D"), days.max() + 1)
    worked = known[working(known)]
    place = np.minimum(np.searchsorted(worked, days), len(worked) - 1 + (back > 0)) - back
    return np.where(back == 0, days, worked[place])


def next_working_days(first: np.datetime64, count: int) -> Days:
    """For each of `count` days from the first: itself if it is worked, else the next one that is."""
    days = np.arange(first, first + count + 14)
    worked = days[working(days)]
    return worked[np.searchsorted(worked, days[:count])]


def last_sunday(year: int, month: int) -> np.datetime64:
    """The Sunday on whose night Europe/London changes its clocks, in March and October."""
    end = np.datetime64(date(year, month, 31), "D")
    return end - int((weekday(np.array([end]))[0] + 1) % 7)


def _changes(moments: Minutes) -> list[tuple[np.datetime64, np.datetime64]]:
    if not len(moments):
        return []
    first, last = (int(end.astype("datetime64[Y]").astype(np.int64)) + 1970 for end in (moments.min(), moments.max()))
    return [(last_sunday(year, 3), last_sunday(year, 10)) for year in range(first, last + 1)]


def out_of_the_change(moments: Minutes) -> Minutes:
    """London times, with those in the hour that does not exist, or comes twice, moved one hour on."""
    answer = moments.copy()
    hour = np.timedelta64(60, "m")
    for day in (day for both in _changes(moments) for day in both):
        start = day.astype(moments.dtype) + hour
        answer[(moments >= start) & (moments < start + hour)] += hour
    return answer


def summer(moments: Minutes) -> npt.NDArray[np.bool_]:
    """Which London times (outside the changes' own hours) are an hour ahead of UTC."""
    answer = np.zeros(len(moments), bool)
    hour = np.timedelta64(60, "m")
    for spring, autumn in _changes(moments):
        answer |= (moments >= spring.astype(moments.dtype) + hour) & (moments < autumn.astype(moments.dtype) + hour)
    return answer
