"""How old somebody was at the offence (interfaces: outcomes, Referrals).

Counted from the first day of the offence. Where only an age is told, it is the age on the day of recording, and of
the two that it can mean on the earlier day the younger one is taken. Pure, whole columns.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Numbers = npt.NDArray[np.int64]
UNKNOWN = -1


@dataclass(frozen=True, slots=True)
class _Days:
    """Days taken apart; `given` says where there is one."""

    given: npt.NDArray[np.bool_]
    year: Numbers
    day_of_year: Numbers  # month and day as one number that grows with the calendar


def at_the_offence(rows: pa.Table) -> Numbers:
    """Whole years at the offence, UNKNOWN where neither birth date nor age is told.

    Takes birth_date, age, offence_from, recorded_at and received_on. Without an offence's day the day of recording
    counts, without that the day of receipt. Somebody born on 29 February is a year older on 1 March of common years.
    Where two dates contradict each other the younger reading is taken again: who is born after the offence is 0, and
    an age told before the offence makes nobody older than told.
    """
    recorded = _day_of(pc.fill_null(_london_days(rows["recorded_at"]), rows["received_on"]))
    offence = _or_else(_day_of(rows["offence_from"]), recorded)
    born = _day_of(rows["birth_date"])
    told = pc.fill_null(rows["age"], UNKNOWN).to_numpy().astype(np.int64)
    by_birth = np.maximum(_years(born, offence), 0)
    by_age = np.maximum(told + np.minimum(_years(recorded, offence), 0), 0)
    by_either = np.where(born.given, by_birth, np.where(told != UNKNOWN, by_age, UNKNOWN))
    answer: Numbers = np.where(offence.given, by_either, UNKNOWN)
    return answer


def _years(since: _Days, until: _Days) -> Numbers:
    """Whole years from one day to another, fewer than none where the other is earlier."""
    answer: Numbers = until.year - since.year - (until.day_of_year < since.day_of_year)
    return answer


def _london_days(instants: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.cast(pc.local_timestamp(pc.cast(instants, pa.timestamp("us", tz="Europe/London"))), pa.date32())


def _day_of(days: Any) -> _Days:
    values = days.to_numpy().astype("datetime64[D]")
    given = ~np.isnat(values)
    filled = np.where(given, values, np.datetime64("1970-01-01"))
    months = filled.astype("datetime64[M]")
    years = filled.astype("datetime64[Y]")
    month = (months - years).astype(np.int64)
    day = (filled - months).astype(np.int64)
    return _Days(given, years.astype(np.int64), month * 32 + day)


def _or_else(first: _Days, second: _Days) -> _Days:
    def one_of(a: Any, b: Any) -> Any:
        return np.where(first.given, a, b)

    return _Days(
        first.given | second.given,
        one_of(first.year, second.year),
        one_of(first.day_of_year, second.day_of_year),
    )
