"""Text of one fixed form to days and seconds, for whole columns, without a parser that guesses.

A column has one form and no other (hazards F30): 03/04/1990 is the third of April. Rows are checked before
they come here; text that does not fit raises Unfit, which carries no value.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from mappings.canonical import DAY, INSTANT
from mappings.clocks import MICROSECONDS, london_to_utc

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

DAY_FORMS = ("dd/mm/yyyy", "yyyy-mm-dd")
TIME_FORMS = ("dd/mm/yyyy hh:nn",)  # nn: minutes, because mm is the month
_DAY_SECONDS = 86_400


class Unfit(Exception):
    """A value that was let by does not fit its column's kind of conversion. Never says which value."""


@dataclass(frozen=True, slots=True)
class Days:
    """A column of dates as numbers: days since 1970-01-01, and which rows are blank (their number means nothing)."""

    number: Ints
    blank: Flags

    @property
    def array(self) -> pa.Array:
        return pa.array(self.number.astype(np.int32), mask=self.blank).cast(DAY)

    def rows(self, rows: Ints) -> Days:
        return Days(self.number[rows], self.blank[rows])


def to_days(column: pa.Array, form: str) -> Days:
    """Dates that stand in exactly this form. Raises Unfit."""
    blank = blanks(column)
    number = np.zeros(len(column), dtype=np.int64)
    number[~blank] = _days(_digits(column, blank, form))
    return Days(number, blank)


def to_london_instants(column: pa.Array, form: str) -> tuple[pa.Array, Ints]:
    """Text of London wall-clock times to UTC; null and listed (row numbers) where a clock change makes it unclear."""
    blank = blanks(column)
    numbers = _digits(column, blank, form)
    if ((numbers["h"] > 23) | (numbers["n"] > 59)).any():
        raise Unfit
    wall = _days(numbers) * _DAY_SECONDS + numbers["h"] * 3600 + numbers["n"] * 60
    seconds, unclear = np.zeros(len(column), dtype=np.int64), np.zeros(len(column), dtype=np.bool_)
    seconds[~blank], unclear[~blank] = london_to_utc(wall)
    return pa.array(seconds * MICROSECONDS, mask=blank | unclear).cast(INSTANT), np.flatnonzero(unclear)


def to_london_days(column: pa.Array) -> pa.Array:
    """The day that it was in London at moments in ISO 8601 with an offset."""
    return pc.local_timestamp(to_instants(column).cast(pa.timestamp("us", tz="Europe/London"))).cast(DAY)


def to_instants(column: pa.Array) -> pa.Array:
    """ISO 8601 with an offset to UTC, by distinct values."""
    encoded = column.dictionary_encode()
    return pc.take(pa.array([_instant(text) for text in encoded.dictionary.to_pylist()], INSTANT), encoded.indices)


def _instant(text: str) -> datetime.datetime | None:
    if not text:
        return None
    moment = None
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise Unfit
    return moment.astimezone(datetime.UTC)


def blanks(column: pa.Array) -> Flags:
    """Which rows are blank: an empty string, and nothing else."""
    answer: Flags = pc.equal(column, "").to_numpy(zero_copy_only=False)
    return answer


def _digits(column: pa.Array, blank: Flags, form: str) -> dict[str, Ints]:
    """The numbers of the filled rows by their letter in the form; every other character has to be the form's own."""
    filled = column.filter(pa.array(~blank)) if blank.any() else column
    if len(filled) == 0:
        return {letter: np.empty(0, dtype=np.int64) for letter in set(form) if letter.isalpha()}
    offsets = np.frombuffer(filled.buffers()[1], dtype=np.int32)[filled.offset : filled.offset + len(filled) + 1]
    if (np.diff(offsets) != len(form)).any():
        raise Unfit
    data = np.frombuffer(filled.buffers()[2], dtype=np.uint8)[offsets[0] : offsets[-1]]
    # One row for each place of the form, so that each step below reads memory in one go.
    places = np.ascontiguousarray(data.reshape(len(filled), len(form)).T)
    numbers: dict[str, Ints] = {}
    for placed, characters in zip(form, places, strict=True):
        if placed.isalpha():
            digit = characters - np.uint8(ord("0"))
            if (digit > 9).any():
                raise Unfit
            numbers[placed] = numbers.get(placed, np.int64(0)) * 10 + digit
        elif (characters != ord(placed)).any():
            raise Unfit
    return numbers


def _days(numbers: dict[str, Ints]) -> Ints:
    """Days since 1970-01-01 of dates that exist."""
    year, month, day = (numbers[letter] for letter in "ymd")
    if ((year < 1) | (month < 1) | (month > 12) | (day < 1)).any():
        raise Unfit
    first_days = _first_days()
    place = (year - 1) * 12 + month - 1
    if (first_days[place] + day > first_days[place + 1]).any():
        raise Unfit
    answer: Ints = first_days[place] + day - 1
    return answer


@cache
def _first_days() -> Ints:
    """The first day of every month from January 0001 to January 10000, in days since 1970-01-01."""
    months = np.arange("0001-01", "10000-02", dtype="datetime64[M]")
    return months.astype("datetime64[D]").astype(np.int64)
