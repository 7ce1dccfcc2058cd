"""Rows to the files that senders put on their servers: names, numbers, encodings, trailers and manifests.

One folder a source, one file a day (or a month), days without rows included. Whole chunks become lines at once; a
file is then a stretch of them. Law: interfaces: feeds, "Common rules" and each feed's own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Final, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from synth.formats import FEEDS, Feed, check_free, heading, manifest, name_of, put, trailer
from synth.population.demands import days_of, whole
from validators.layout import Layout

__all__ = ["FEEDS", "Beside", "Made", "Senders", "Sound", "Written", "business_dates", "write"]

_EPOCH: Final = date(1970, 1, 1)
_NEEDS_QUOTES: Final = '[",\r\n]'


@dataclass(frozen=True, slots=True)
class Sound:
    """One file before anything is put beside its rows: where it stands among its source's, and its records' bytes.

    `records(begin, end)` are those of a stretch of its rows, in the feed's encoding.
    """

    source: str
    number: int
    name: str
    rows: int
    records: Callable[[int, int], bytes]


class Beside(Protocol):
    """Who puts more rows into the files (synth/faults)."""

    def files_before(self, source: str) -> int:
        """How many of the source's sequence numbers are taken before the first file of the period."""

    def mixed(self, sound: Sound) -> tuple[bytes, int]:
        """All records of a file, and how many they are."""


@dataclass(frozen=True, slots=True)
class Made:
    """One file that was written."""

    source: str
    name: str
    day: date
    sequence: int
    rows: int
    bytes: int


@dataclass(slots=True)
class Written:
    """All files that were written, in the order of writing; manifests are not counted."""

    files: list[Made] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """Data rows in all files."""
        return sum(made.rows for made in self.files)


def write(tables: Mapping[str, pa.Table], out: Path, *, first: date, last: date, monthly: bool = False) -> Written:
    """Write the rows (the layout's columns and `day`) of each source, for all days from `first` to `last`.

    OutputInTheWay when `out` is there and not empty; ValueError when a row's day is outside the period.
    """
    with Senders(out, sources=tuple(tables), first=first, last=last, monthly=monthly) as senders:
        for source, rows in tables.items():
            senders.send(source, rows)
    return senders.written


class Senders:
    """All senders' folders, chunk by chunk: each source's rows come in the order of their days.

    A file is written when a later day's rows come, or at the end, so that a day may be in two chunks. What is held
    back is one day's rows (or one month's) of each source.
    """

    def __init__(
        self,
        out: Path,
        *,
        sources: tuple[str, ...] = tuple(FEEDS),
        first: date,
        last: date,
        monthly: bool = False,
        beside: Beside | None = None,
    ) -> None:
        """Make the folders. OutputInTheWay when `out` is there and not empty."""
        check_free(out)
        self.written = Written()
        self._out = out
        self._beside = beside
        self._dates = business_dates(first, last, monthly=monthly)
        self._period = (_number(first), _number(last))
        self._next = dict.fromkeys(sources, 0)
        self._held: dict[str, pa.Table | None] = dict.fromkeys(sources)
        for source in sources:
            (out / source).mkdir(parents=True)

    def __enter__(self) -> Senders:
        """For use in a with statement, at whose end the files of the last days are written."""
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Write what is left, unless something went wrong."""
        if kind is None:
            self.finish()

    def send(self, source: str, rows: pa.Table) -> None:
        """Some more rows, sorted by day or not, none of a day whose file was written before. ValueError for others."""
        held = self._held[source]
        both = rows if held is None else pa.concat_tables([held, rows])
        if not len(both):
            return
        day = days_of(both["day"])
        if day.min() < self._earliest(source) or day.max() > self._period[1]:
            raise ValueError(f"{source}: a row's day is outside the period, or its file is written")
        order = np.argsort(day, kind="stable")
        both, day = both.take(pa.array(order)), day[order]
        # The file into which the last row goes may get more.
        until = self._file_of(int(day[-1]))
        kept = int(np.searchsorted(day, self._opens(until)))
        self._write(source, both.slice(0, kept), day[:kept], until)
        self._held[source] = both.slice(kept)

    def finish(self) -> None:
        """Write the files of all days that are left."""
        for source in self._next:
            held = self._held[source]
            rows = _no_rows(FEEDS[source].layout) if held is None else held
            self._write(source, rows, days_of(rows["day"]), len(self._dates))
            self._held[source] = None

    def _earliest(self, source: str) -> int:
        return self._opens(self._next[source])

    def _opens(self, file: int) -> int:
        """The first day that goes into the file of this number."""
        return self._period[0] if file == 0 else _number(self._dates[file - 1]) + 1

    def _file_of(self, day: int) -> int:
        return int(np.searchsorted([_number(each) for each in self._dates], day))

    def _write(self, source: str, rows: pa.Table, day: np.ndarray, until: int) -> None:
        """The source's files up to, not with, the file of number `until`."""
        lines = _lines(rows, FEEDS[source])
        for number in range(self._next[source], until):
            begin, end = np.searchsorted(day, [self._opens(number), _number(self._dates[number]) + 1]).tolist()
            self._file(source, number, lines.between(begin, end))
        self._next[source] = max(until, self._next[source])

    def _file(self, source: str, number: int, lines: _Lines) -> None:
        feed, day = FEEDS[source], self._dates[number]
        sequence = number + 1 + (self._beside.files_before(source) if self._beside else 0)
        name, rows = name_of(feed, day, sequence), len(lines)

        def records(begin: int, end: int) -> bytes:
            return _encoded(lines.stretch(begin, end), feed.layout.encoding)

        if self._beside:
            body, rows = self._beside.mixed(Sound(source, number, name, rows, records))
        else:
            body = records(0, rows)
        data = heading(feed) + body
        data += trailer(feed, data, rows)
        stated = manifest(name, data, rows, sequence) if feed.layout.complete == "manifest" else None
        put(self._out / source / name, data, stated)
        self.written.files.append(Made(source, name, day, sequence, rows, len(data)))


@dataclass(frozen=True, slots=True, eq=False)
class _Lines:
    """Lines of text in one stretch of memory."""

    offsets: np.ndarray
    data: memoryview

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def between(self, begin: int, end: int) -> _Lines:
        return _Lines(self.offsets[begin : end + 1], self.data)

    def stretch(self, begin: int, end: int) -> bytes:
        return bytes(self.data[self.offsets[begin] : self.offsets[end]])


def _lines(rows: pa.Table, feed: Feed) -> _Lines:
    """Rows as lines of a file in UTF-8, quoted where RFC 4180 asks for it."""
    if not len(rows):
        return _Lines(np.zeros(1, np.int64), memoryview(b""))
    fields = [_quoted(whole(rows[name])) for name in feed.layout.names]
    fields[-1] = pc.binary_join_element_wise(fields[-1], feed.line_end, "")
    joined = pc.binary_join_element_wise(*fields, ",")
    _, offsets, data = joined.buffers()
    return _Lines(np.frombuffer(offsets, np.int32)[joined.offset :][: len(rows) + 1], memoryview(data))


def _quoted(column: pa.Array) -> pa.Array:
    needs = pc.match_substring_regex(column, _NEEDS_QUOTES)
    if not pc.any(needs).as_py():
        return column
    quoted = pc.binary_join_element_wise('"', pc.replace_substring(column, '"', '""'), '"', "")
    return pc.if_else(needs, quoted, column)


def _encoded(body: bytes, encoding: str) -> bytes:
    """UTF-8 in the feed's encoding; a byte order mark stands in the header. UnicodeEncodeError is a fault of ours."""
    return body.decode("utf-8").encode("cp1252") if encoding == "cp1252" and not body.isascii() else body


def business_dates(first: date, last: date, *, monthly: bool) -> tuple[date, ...]:
    """The business date of each file: every day, or the last day of each month (of the period, for its last)."""
    return tuple(_business_dates(first, last, monthly=monthly))


def _business_dates(first: date, last: date, *, monthly: bool) -> Iterator[date]:
    day = first
    while day <= last:
        tomorrow = day + timedelta(days=1)
        if not monthly or day == last or tomorrow.month != day.month:
            yield day
        day = tomorrow


def _number(day: date) -> int:
    return (day - _EPOCH).days


def _no_rows(layout: Layout) -> pa.Table:
    return pa.schema([*((name, pa.string()) for name in layout.names), ("day", pa.date32())]).empty_table()
