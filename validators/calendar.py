"""Dates of one fixed form as numbers, for whole columns, and which of them exist. Nothing is guessed (hazards F30)."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from validators.layout import DateOrder

Mask = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int64]

# No living person was born before, and no report tells of a crime before; such a year is a slip of the pen.
FIRST_YEAR: Final = 1850

_TIME_OF_DAY: Final = " hh:nn"  # nn: minutes, because mm is the month


@dataclass(frozen=True, slots=True)
class Days:
    """Row for row: written in the form; a real day (and time); days since 1970-01-01, meaningless unless real."""

    shaped: Mask
    real: Mask
    number: Numbers


def day_number(day: datetime.date) -> int:
    """Days since 1970-01-01."""
    return day.toordinal() - datetime.date(1970, 1, 1).toordinal()


def days(values: pa.Array, order: DateOrder) -> Days:
    """Dates in the given order."""
    return _read(values, order)


def moments(values: pa.Array, order: DateOrder) -> Days:
    """Dates in the given order with a time of day, hh:mm."""
    return _read(values, order + _TIME_OF_DAY)


def years_between(first: Numbers, second: Numbers) -> Numbers:
    """Whole years from one day to another, as people count their age; a leapling's birthday is 1 March."""
    start, end = first.astype("datetime64[D]"), second.astype("datetime64[D]")
    years = end.astype("datetime64[Y]").astype(np.int64) - start.astype("datetime64[Y]").astype(np.int64)
    before = _day_of_year(end) < _day_of_year(start)
    return years - before.astype(np.int64)


def _day_of_year(day: npt.NDArray[np.datetime64]) -> Numbers:
    """Month and day as one number that sorts as they do."""
    month = day.astype("datetime64[M]")
    number: Numbers = (month.astype(np.int64) % 12) * 32 + (day - month.astype("datetime64[D]")).astype(np.int64)
    return number


def _read(values: pa.Array, form: str) -> Days:
    count = len(values)
    shaped, real, number = np.zeros(count, bool), np.zeros(count, bool), np.zeros(count, np.int64)
    rows = np.flatnonzero(pc.equal(pc.binary_length(values), len(form)).to_numpy(zero_copy_only=False))
    if not len(rows):
        return Days(shaped, real, number)
    fitting = values if len(rows) == count else values.take(pa.array(rows))
    parts, fits = _parts(_matrix(fitting, len(form)), form)
    shaped[rows] = fits
    exists = fits & _exists(parts)
    real[rows] = exists
    place = np.where(exists, (parts["y"] - FIRST_YEAR) * 12 + parts["m"] - 1, 0)
    number[rows] = _first_days()[place] + parts["d"] - 1
    return Days(shaped, real, number)


def _matrix(values: pa.Array, width: int) -> npt.NDArray[np.uint8]:
    """The bytes of values that all have the same length: one row a place, one column a value."""
    fixed = values.cast(pa.binary()).cast(pa.binary(width))
    text = np.frombuffer(fixed.buffers()[1], np.uint8)[fixed.offset * width : (fixed.offset + len(fixed)) * width]
    return np.ascontiguousarray(text.reshape(len(fixed), width).T)


def _parts(matrix: npt.NDArray[np.uint8], form: str) -> tuple[dict[str, Numbers], Mask]:
    """The numbers by their letter in the form, and which values are digits and separators where they should be."""
    fits = np.ones(matrix.shape[1], bool)
    parts: dict[str, Numbers] = {}
    for letter, characters in zip(form, matrix, strict=True):
        if letter.isalpha():
            digit = characters - np.uint8(ord("0"))
            fits &= digit <= 9
            parts[letter] = parts.get(letter, np.zeros(len(digit), np.int64)) * 10 + digit
        else:
            fits &= characters == ord(letter)
    return parts, fits


def _exists(parts: dict[str, Numbers]) -> Mask:
    year, month, day = parts["y"], parts["m"], parts["d"]
    exists: Mask = (year >= FIRST_YEAR) & (year <= 9999) & (month >= 1) & (month <= 12) & (day >= 1)
    place = np.where(exists, (year - FIRST_YEAR) * 12 + month - 1, 0)
    first = _first_days()
    exists &= day <= first[place + 1] - first[place]
    if "h" in parts:
        exists &= (parts["h"] <= 23) & (parts["n"] <= 59)
    return exists


@cache
def _first_days() -> Numbers:
    """The first day of each month from January of FIRST_YEAR, in days since 1970-01-01."""
    months = np.arange(f"{FIRST_YEAR}-01", "10000-02", dtype="datetime64[M]")
    return months.astype("datetime64[D]").astype(np.int64)
