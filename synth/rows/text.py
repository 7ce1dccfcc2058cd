"""Columns of a plan as the text that feeds have: days, moments, yes and no, keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mappings.clocks import london_to_utc
from synth.draws import Ints
from synth.population.demands import whole
from validators.layout import DateOrder, Layout

TEXT: Final = pa.string()
_DAY_MINUTES: Final = 24 * 60
_MINUTE: Final = 60_000_000  # microseconds
_OFFSETS: Final = ("+00:00", "+01:00")


def table(layout: Layout, columns: Mapping[str, pa.Array], day: pa.ChunkedArray) -> pa.Table:
    """The columns in the layout's order, blank where nothing is given, and the day; KeyError for one not of it."""
    count = len(day)
    strange = set(columns) - set(layout.names)
    if strange:
        raise KeyError(*sorted(strange))
    blank = pa.repeat(pa.scalar("", TEXT), count)
    arrays = [columns.get(name, blank) for name in layout.names]
    return pa.table([*arrays, day], names=[*layout.names, "day"])


def text(column: pa.ChunkedArray) -> pa.Array:
    """Text as it is; blank where it has no value."""
    return whole(column).cast(TEXT).fill_null("")


def constant(value: str, count: int) -> pa.Array:
    """The same in every row."""
    return pa.repeat(pa.scalar(value, TEXT), count)


def yes_no(column: pa.ChunkedArray | pa.Array, words: tuple[str, str] = ("Y", "N")) -> pa.Array:
    """Truth as one of two words."""
    one = whole(column) if isinstance(column, pa.ChunkedArray) else column
    return pc.if_else(one.fill_null(False), words[0], words[1])


def worded(column: pa.ChunkedArray, words: Mapping[str, str]) -> pa.Array:
    """Each value as its word; KeyError for one that has none. Blank stays blank."""
    encoded = whole(column).dictionary_encode()
    values = [words[value] if value else "" for value in encoded.dictionary.to_pylist()]
    return pc.take(pa.array(values, TEXT), encoded.indices)


def days(column: pa.ChunkedArray, order: DateOrder) -> pa.Array:
    """Dates as text, blank where there is none; by distinct dates."""
    encoded = whole(column).cast(pa.date32(), safe=False).dictionary_encode()
    form = "%d/%m/%Y" if order == "dd/mm/yyyy" else "%Y-%m-%d"
    values = pa.array([day.strftime(form) for day in encoded.dictionary.to_pylist()], TEXT)
    return pc.take(values, encoded.indices).fill_null("")


def moments(column: pa.ChunkedArray) -> pa.Array:
    """London's wall-clock minutes as dd/mm/yyyy hh:mm."""
    return _joined(days(column, "dd/mm/yyyy"), _times(_minutes(column)), " ")


def instants(column: pa.ChunkedArray) -> pa.Array:
    """London's wall-clock minutes as ISO 8601 with London's offset then."""
    minutes = _minutes(column)
    utc, _ = london_to_utc(minutes * 60)
    offset = pc.take(pa.array(_OFFSETS, TEXT), pa.array((minutes * 60 - utc) // 3600))
    at = _joined(days(column, "yyyy-mm-dd"), _times(minutes), "T")
    return pc.binary_join_element_wise(at, ":00", offset, "")


def key_part(column: pa.ChunkedArray, part: int) -> pa.Array:
    """One part of keys whose parts are joined by |."""
    return pc.list_element(pc.split_pattern(whole(column), "|"), part)


def phone(people: pa.Table) -> pa.Array:
    """The one number that a feed has room for: the mobile, or else the landline."""
    mobile = whole(people["mobile"])
    return pc.if_else(pc.equal(mobile, ""), whole(people["home_phone"]), mobile)


def _minutes(column: pa.ChunkedArray) -> Ints:
    at = whole(column).cast(pa.timestamp("us")).cast(pa.int64())
    answer: Ints = at.to_numpy(zero_copy_only=False) // _MINUTE
    return answer


def _times(minutes: Ints) -> pa.Array:
    every = [f"{minute // 60:02d}:{minute % 60:02d}" for minute in range(_DAY_MINUTES)]
    return pc.take(pa.array(every, TEXT), pa.array(np.mod(minutes, _DAY_MINUTES)))


def _joined(first: pa.Array, second: pa.Array, between: str) -> pa.Array:
    return pc.binary_join_element_wise(first, second, between)
