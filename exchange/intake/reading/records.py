"""Where records begin and end, found in whole blocks of bytes at once (RFC 4180, strictly; no loop over rows here).

`scan` picks the bytes that matter (quotes, commas, line ends, forbidden bytes) out of a block and decides from them.
It stops before the first record whose quoting cannot be trusted; damaged.py decides on that one.

A record is not trusted when it has a quote where RFC 4180 has none; a line end inside quotes in a column that has
none, or before a line with at least half of the layout's commas (such a line always begins a record); or another
number of fields, with quotes in it and a short line after it. So an unclosed quote never swallows its neighbours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from exchange.intake.reading.characters import (
    COMMA,
    CONTROL,
    CR,
    LACKING,
    LF,
    LOOK,
    QUOTE,
    Alphabet,
    Offsets,
    forbidden_at,
)
from validators.layout import Layout

Flags = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.uint8]

# Why a record is broken, as small numbers while we count in arrays: a position in RULES, 0 for a whole record.
RULES: Final = ("", "fields", "line_end", "quoting", "control_character", "encoding")
GOOD, FIELDS, LINE_END, QUOTING, CONTROL_CHARACTER, ENCODING = range(len(RULES))

_LF, _CR = 10, 13


def _among(values: bytes) -> Flags:
    table = np.zeros(256, dtype=bool)
    table[list(values)] = True
    return table


_BEFORE_OPENING: Final = _among(b',\n"')
_AFTER_CLOSING: Final = _among(b',\n\r"')


@dataclass(frozen=True, slots=True)
class Form:
    """What the scan needs to know of a layout and of this file."""

    width: int
    multiline: Flags
    crlf: bool
    alphabet: Alphabet

    @classmethod
    def of(cls, layout: Layout, *, crlf: bool) -> Form:
        """The form of a file of `layout` whose header ended in CRLF, or else in LF."""
        multiline = np.array([*(column.multiline for column in layout.columns), False], dtype=bool)
        return cls(len(layout.columns), multiline=multiline, crlf=crlf, alphabet=Alphabet.of(layout.encoding))

    def allows_break(self, field: int) -> bool:
        """Whether the field at this position may hold line ends."""
        return bool(self.multiline[min(field, self.width)])

    def begins_record(self, commas: int) -> bool:
        """Whether a physical line with so many commas begins a record: half of the layout's commas or more."""
        return 2 * commas >= self.width - 1


@dataclass(frozen=True, slots=True)
class Records:
    """Records in a row: offsets of the first byte and behind the line end, a rule of RULES, line ends in quotes."""

    starts: Offsets
    ends: Offsets
    rules: Bytes
    breaks: Offsets


@dataclass(frozen=True, slots=True)
class Scan:
    """The trusted records of a block, and whether the record after them was found damaged."""

    records: Records
    damaged: bool


def scan(data: bytes, start: int, stop: int, *, form: Form, final: bool) -> Scan:
    """The records of `data[start:stop]`, where `start` begins one. `final`: the file ends at `stop`, so that the last
    record may lack its line end."""
    marks = _Marks.of(data, start, stop, form=form)
    fault = min(marks.misplaced_quote(final=final), marks.misplaced_break(form))
    ends = marks.ends
    if final and fault >= stop and marks.tail < stop:
        ends = np.append(ends, stop)
    trusted = int(np.searchsorted(ends, fault, side="right"))
    ends = ends[:trusted]
    starts = np.concatenate((np.array([start], np.int64), ends[:-1])) if trusted else ends
    rules = marks.rules(starts, ends, form=form)
    suspect = marks.first_suspect(ends, rules, form=form, final=final)
    starts, ends, rules = starts[:suspect], ends[:suspect], rules[:suspect]
    behind = ends[-1] if len(ends) else start
    breaks = marks.breaks[marks.breaks < behind]
    return Scan(Records(starts, ends, rules, breaks), damaged=fault < stop or suspect < trusted)


@dataclass(frozen=True, slots=True)
class _Marks:
    """The bytes that matter in `data[start:stop]`: offsets and classes of all, and places (positions among them) of
    some. Most are commas between fields, so what is counted is the others."""

    data: Bytes
    start: int
    stop: int
    at: Offsets
    kind: Bytes
    quotes: Offsets  # offsets
    ends: Offsets  # offsets behind the line ends outside quotes
    end_places: Offsets
    breaks: Offsets  # offsets of the line ends inside quotes
    break_places: Offsets
    other_places: Offsets  # of all that separates neither fields nor records

    @classmethod
    def of(cls, data: bytes, start: int, stop: int, *, form: Form) -> _Marks:
        block = data if stop - start == len(data) else data[start:stop]
        classes = np.frombuffer(block.translate(form.alphabet.classes), np.uint8)
        at = np.flatnonzero(classes != 0)
        kind = classes[at]
        at += start
        is_line_end, is_separator = kind == LF, (kind == LF) | (kind == COMMA)
        is_quote = kind == QUOTE
        quotes, break_places = at[is_quote], np.empty(0, np.int64)
        if len(quotes):
            inside = np.logical_xor.accumulate(is_quote)
            break_places = np.flatnonzero(is_line_end & inside)
            is_line_end &= ~inside
            is_separator &= ~inside
        end_places, other_places = np.flatnonzero(is_line_end), np.flatnonzero(~is_separator)
        ends, breaks = at[end_places] + 1, at[break_places]
        every = np.frombuffer(data, np.uint8)
        return cls(every, start, stop, at, kind, quotes, ends, end_places, breaks, break_places, other_places)

    @property
    def tail(self) -> int:
        """Where the last record begins that has no line end in this block."""
        return int(self.ends[-1]) if len(self.ends) else self.start

    def misplaced_quote(self, *, final: bool) -> int:
        """Offset of the first quote that RFC 4180 does not allow there; `stop` if there is none."""
        found = [self.stop]
        opening, closing = self.quotes[0::2], self.quotes[1::2]
        after_first = opening[1:] if len(opening) and opening[0] == self.start else opening
        found.extend(after_first[~_BEFORE_OPENING[self.data[after_first - 1]]][:1])
        followed = closing[closing + 1 < self.stop]
        after = self.data[followed + 1]
        found.extend(followed[~_AFTER_CLOSING[after]][:1])
        returns = followed[after == _CR]
        known = returns[returns + 2 < self.stop]
        found.extend(known[self.data[known + 2] != _LF][:1])
        if final and len(returns) > len(known):
            found.append(returns[-1])
        if final and len(opening) > len(closing):
            found.append(opening[-1])
        return int(min(found))

    def misplaced_break(self, form: Form) -> int:
        """Offset of the first line end inside quotes that cannot belong there; `stop` if there is none."""
        if not len(self.breaks):
            return self.stop
        record = np.searchsorted(self.ends, self.breaks, side="right")
        begins = np.concatenate((np.zeros(1, np.int64), self.end_places + 1))[record]
        field = np.minimum(self._separators_before(self.break_places) - self._separators_before(begins), form.width)
        wrong = ~form.multiline[field] | (2 * self._commas_of_line(self.breaks + 1) >= form.width - 1)
        return int(self.breaks[wrong][0]) if wrong.any() else self.stop

    def rules(self, starts: Offsets, ends: Offsets, *, form: Form) -> Bytes:
        """The rule that each of the given first records of this block breaks, GOOD for most."""
        rules = np.zeros(len(ends), np.uint8)
        if not len(ends):
            return rules
        rules[self._fields(ends) != form.width] = FIELDS
        ended = self.data[ends - 1] == _LF
        with_return = self.data[np.maximum(ends - 2, starts)] == _CR
        rules[ended & (with_return != form.crlf)] = LINE_END
        for offsets, rule in ((self._forbidden(), CONTROL_CHARACTER), (self.at[self.kind == LACKING], ENCODING)):
            record = np.searchsorted(ends, offsets, side="right")
            rules[record[record < len(ends)]] = rule
        return rules

    def first_suspect(self, ends: Offsets, rules: Bytes, *, form: Form, final: bool) -> int:
        """Position of the first record with quotes and the wrong number of fields before a short line, which may be
        a part of it; the number of records if there is none."""
        if not len(self.quotes) or not (rules != GOOD).any():
            return len(ends)
        quoted = np.diff(np.searchsorted(self.quotes, ends), prepend=0) > 0
        wrong = self._fields(ends) != form.width
        some = np.flatnonzero(quoted & wrong & ((ends < self.stop) | (not final)))
        short = some[2 * self._commas_of_line(ends[some]) < form.width - 1]
        return int(short[0]) if len(short) else len(ends)

    def _separators_before(self, places: Offsets) -> Offsets:
        return places - np.searchsorted(self.other_places, places)

    def _fields(self, ends: Offsets) -> Offsets:
        """How many fields each of the given first records of this block has."""
        places = self.end_places[: len(ends)]
        running = self._separators_before(places) + 1
        if len(ends) > len(places):  # the file's last record, without its line end
            running = np.append(running, self._separators_before(np.array([len(self.at)])) + 1)
        return np.diff(running, prepend=0)

    def _commas_of_line(self, begins: Offsets) -> Offsets:
        """How many commas, quoted or not, the physical lines have that begin at the given offsets, in this block."""
        if not len(begins):
            return begins
        others = np.flatnonzero(self.kind != COMMA)
        line_ends = np.append(self.at[self.kind == LF], self.stop)
        closes = line_ends[np.searchsorted(line_ends, np.minimum(begins, self.stop))]
        first, behind = np.searchsorted(self.at, begins), np.searchsorted(self.at, closes)
        return behind - first - (np.searchsorted(others, behind) - np.searchsorted(others, first))

    def _forbidden(self) -> Offsets:
        """Offsets of control characters, of CR without LF, and of forbidden characters of UTF-8."""
        returns = self.at[self.kind == CR]
        last = len(self.data) - 1
        lone = returns[(returns == last) | (self.data[np.minimum(returns + 1, last)] != _LF)]
        leads = forbidden_at(self.data, self.at[self.kind == LOOK])
        found: Offsets = np.concatenate((self.at[self.kind == CONTROL], lone, leads))
        return found
