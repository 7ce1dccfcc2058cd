"""Rows as they are laid beside the sound ones: their bytes, and what has to become of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from synth.faults.cases import RECORD_TYPES, Step
from synth.faults.expected import Expected
from synth.faults.ground import line_end, record
from synth.formats import Feed


@dataclass(frozen=True, slots=True)
class Laid:
    """One row beside the sound ones: its bytes with their line end, and how it ends."""

    data: bytes
    fault: str
    outcome: str
    code: str | None = None
    finding: str | None = None

    def expected(self, *, night: int, source: str, file: str, line: int) -> Expected:
        """The same, now that it is known where the row stands."""
        return Expected(night, source, file, line, self.fault, None, self.outcome, self.code, self.finding)


def lay(fault: str, step: Step, row: Mapping[str, str], feed: Feed) -> Laid:
    """A step of a story whose sound row is `row`."""
    if step.blank_line:
        data = line_end(feed)
    else:
        typed = {}
        if feed.layout.name in RECORD_TYPES:
            column, words = RECORD_TYPES[feed.layout.name]
            typed = {column: words[step.sent]}
        changed = {**row, **typed, **step.change}
        assert changed.keys() == row.keys()
        data = record(changed, feed, step.raw, other_end=step.other_end)
    return Laid(data, fault, step.outcome, step.code, step.finding)


def located(rows: Iterable[Laid], *, night: int, source: str, file: str) -> Iterator[Expected]:
    """What is expected of the rows of a file that has no others."""
    line = 2
    for row in rows:
        yield row.expected(night=night, source=source, file=file, line=line)
        line += row.data.count(b"\n")
