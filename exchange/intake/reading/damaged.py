"""One record whose quoting cannot be trusted: how far does it reach, and which rule does it break?

A physical line with at least half of the layout's commas begins a record. Shorter lines after a damaged record belong
to it when its open note swallowed them, or up to the last of them that holds a quote: those are torn pieces of it.
Nothing here looks beyond the first line of the next record, so that a fault stays in its own row.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final, Literal

from exchange.errors import FileRefused
from exchange.intake.reading.records import CONTROL_CHARACTER, ENCODING, FIELDS, GOOD, LINE_END, QUOTING, Form

_QUOTED: Final = re.compile(rb'"(?:[^"]++|"")*+"')
_PLAIN: Final = re.compile(rb'[^",\n]*+')


@dataclass(frozen=True, slots=True)
class Damaged:
    """A record from its known start to `end` (line end included); `rule` is a position in records.RULES."""

    end: int
    rule: int


class _MoreNeeded(Exception):
    """The bytes at hand end before the question is decided. Never leaves this module."""


@dataclass(frozen=True, slots=True)
class _Walk:
    """How far strict RFC 4180 leads from a record's start: to its line end, into an open quote, or to a stray one."""

    outcome: Literal["whole", "open", "stray"]
    end: int
    fields: int  # begun so far
    broken_fields: frozenset[int]  # positions of the fields that hold line ends


def inspect(data: bytes, start: int, *, form: Form, final: bool, cap: int) -> Damaged | None:
    """Decide on the record at `start`; None when more of the file is needed for that (never when `final`).
    FileRefused "size" for a record of more than `cap` bytes."""
    try:
        return _Inspection(data, start, form, final, cap).verdict()
    except _MoreNeeded:
        return None


@dataclass(frozen=True, slots=True)
class _Inspection:
    data: bytes
    start: int
    form: Form
    final: bool
    cap: int

    def verdict(self) -> Damaged:
        first = self.line_end(self.start)
        reach = self.short_lines(first)
        walk = self.walk(reach)
        if walk.outcome == "open" and self.lacks_fields(self.start, first):
            walk = self.rejoined(reach, in_note=self.form.allows_break(walk.fields - 1)) or walk
        end, rule = self.extent(walk, first=first, reach=reach)
        return Damaged(end, self.rule_of(self.data[self.start : end], rule))

    def line_end(self, begin: int) -> int:
        """Behind the physical line that begins at `begin`."""
        found = self.data.find(b"\n", begin) + 1
        if not found and not self.final:
            raise _MoreNeeded
        return found or len(self.data)

    def is_short(self, begin: int, end: int) -> bool:
        return not self.form.begins_record(self.data.count(b",", begin, end))

    def lacks_fields(self, begin: int, end: int) -> bool:
        return self.data.count(b",", begin, end) < self.form.width - 1

    def short_lines(self, begin: int) -> int:
        """Behind the run of short lines that begins at `begin`; no longer than a record may be."""
        reach = begin
        while reach < len(self.data) or not self.final:
            end = self.line_end(reach)
            if end - self.start > self.cap or not self.is_short(reach, end):
                break
            reach = end
        return reach

    def rejoined(self, reach: int, *, in_note: bool) -> _Walk | None:
        """The record that a line end tore in two: a line that lacks fields, and another one that is no whole record.
        None when the two do not make exactly one record. In a note, a line with a record's commas counts as one."""
        if reach >= len(self.data):
            return None
        end = self.line_end(reach)
        alone = replace(self, start=reach).walk(end)
        if (alone.outcome == "whole" and alone.fields == self.form.width) or (
            in_note and not self.lacks_fields(reach, end)
        ):
            return None
        walk = self.walk(self.short_lines(end))
        return walk if walk.outcome == "whole" and walk.fields == self.form.width else None

    def walk(self, reach: int) -> _Walk:
        """Field by field, no further than `reach`."""
        data, at, field, broken = self.data, self.start, 0, set[int]()
        while True:
            if data.startswith(b'"', at, reach):
                quoted = _QUOTED.match(data, at, reach)
                if quoted is None:
                    return _Walk("open", reach, field + 1, frozenset(broken))
                if b"\n" in quoted[0]:
                    broken.add(field)
                at = quoted.end()
                ended = at == reach or data.startswith((b"\n", b"\r\n"), at, reach)
            else:
                at = _PLAIN.match(data, at, reach).end()  # type: ignore[union-attr]  # it matches nothing, too
                ended = at == reach or data.startswith(b"\n", at, reach)
            if ended:
                return _Walk("whole", self.line_end(at) if at < reach else at, field + 1, frozenset(broken))
            if not data.startswith(b",", at, reach):
                return _Walk("stray", self.line_end(at), field + 1, frozenset(broken))
            at, field = at + 1, field + 1

    def extent(self, walk: _Walk, *, first: int, reach: int) -> tuple[int, int]:
        """Where the record ends, and the rule that its structure breaks."""
        if walk.outcome == "open":
            if self.form.allows_break(walk.fields - 1):
                return self.swallowed(reach), QUOTING
            return self.torn(first, reach), QUOTING
        if walk.outcome == "stray":
            return self.torn(walk.end, reach), QUOTING
        if walk.fields == self.form.width:
            allowed = all(self.form.allows_break(field) for field in walk.broken_fields)
            return walk.end, GOOD if allowed else LINE_END
        end = self.torn(walk.end, reach)
        return end, FIELDS if end == walk.end else QUOTING

    def torn(self, end: int, reach: int) -> int:
        """Behind the last line up to `reach` that holds a quote; `end` if there is none."""
        quote = self.data.rfind(b'"', end, reach)
        return end if quote < 0 else self.line_end(quote)

    def swallowed(self, reach: int) -> int:
        """`reach`, for a note that is open there; a note may not be longer than a record."""
        if reach < len(self.data):
            end = self.line_end(reach)
            if end - self.start > self.cap and self.is_short(reach, end):
                raise FileRefused("size", detail="A record is too long.")
        return reach

    def rule_of(self, raw: bytes, rule: int) -> int:
        """What an operator should hear of first: bytes that are no text, then characters, then structure."""
        if self.form.alphabet.lacks(raw):
            return ENCODING
        if self.form.alphabet.forbids(raw):
            return CONTROL_CHARACTER
        if rule in {GOOD, FIELDS} and raw.endswith(b"\n") and raw.endswith(b"\r\n") != self.form.crlf:
            return LINE_END
        return rule
