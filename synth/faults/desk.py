"""Where files of their own are made: names, days and numbers before the period's, and what has to become of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from synth import formats
from synth.faults.cases import Step
from synth.faults.expected import Expected
from synth.faults.laying import Laid, located
from synth.faults.schedule import sound
from synth.formats import FEEDS, Feed

LATER: Final = "later"  # the folder of what comes in the second night

_DAYS: Final = 60  # before the period: the first of these files
_ROWS: Final = 3

Ends = tuple[str, str | None]
"""State and code of a file."""
Stated = Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sound file: where it belongs, and its rows."""

    source: str
    name: str
    day: date
    sequence: int
    rows: tuple[Laid, ...]

    @property
    def feed(self) -> Feed:
        """The feed that it is of."""
        return FEEDS[self.source]

    @property
    def body(self) -> bytes:
        """Header and rows."""
        return formats.heading(self.feed) + b"".join(row.data for row in self.rows)

    def sealed(self, body: bytes, rows: int | None = None) -> bytes:
        """The body with the trailer that belongs to it, in feeds that have one."""
        return body + formats.trailer(self.feed, body, len(self.rows) if rows is None else rows)

    def stated(self, data: bytes) -> Stated:
        """What a manifest says of this data under this name."""
        return formats.manifest(self.name, data, len(self.rows), self.sequence)


@dataclass(frozen=True, slots=True)
class Sent:
    """A file as it lies on the server in a night, with its manifest's bytes where it has one."""

    night: int
    name: str
    data: bytes
    manifest: bytes | None


@dataclass(slots=True)
class Desk:
    """Files of one source, one after the other, each on a day of its own. `late`: rows for a file that comes late."""

    source: str
    first: date
    numbers: Iterator[int]
    late: tuple[Laid, ...]
    sent: list[Sent] = field(default_factory=list)
    expected: list[Expected] = field(default_factory=list)
    last_sequence: int = 0
    _day: int = 0

    @property
    def feed(self) -> Feed:
        """The feed whose files these are."""
        return FEEDS[self.source]

    def row(self, fault: str, number: int, step: Step | None = None) -> Laid:
        """A row of the key with this number; created, unless `step` says otherwise."""
        return sound(fault, self.source, number, self.first - timedelta(days=_DAYS), step)

    def sheet(
        self,
        fault: str,
        rows: Sequence[Laid] | None = None,
        *,
        sequence: int | None = None,
        day: date | None = None,
    ) -> Sheet:
        """The next day's file, of the next number unless one is given, with three rows of its own unless they are."""
        self._day += 1
        assert self._day < _DAYS
        if sequence is None:
            self.last_sequence += 1
            sequence = self.last_sequence
        business = day or self.first - timedelta(days=_DAYS - self._day)
        if rows is None:
            rows = [self.row(fault, next(self.numbers)) for _ in range(_ROWS)]
        return Sheet(self.source, formats.name_of(self.feed, business, sequence), business, sequence, tuple(rows))

    def sound(self, fault: str) -> Sheet:
        """A file without fault."""
        sheet = self.sheet(fault)
        self.seal(sheet, fault, sheet.body, ("loaded", None))
        return sheet

    def missing(self, fault: str) -> None:
        """The next number, and no file."""
        sheet = self.sheet(fault, ())
        self._expect(sheet, fault, ("missing", None), night=1)

    def seal(self, sheet: Sheet, fault: str, body: bytes, ends: Ends, *, night: int = 1) -> None:
        """Send a body with a trailer or manifest that agrees with it."""
        data = sheet.sealed(body)
        self.send(sheet, fault, data, ends, night=night, stated=sheet.stated(data))

    def send(
        self, sheet: Sheet, fault: str, data: bytes, ends: Ends, *, night: int = 1, stated: Stated | bytes | None = None
    ) -> None:
        """Send these bytes under the sheet's name; with this manifest, which tells a number unless it is bytes."""
        manifest = stated if isinstance(stated, bytes) or stated is None else json.dumps(dict(stated)).encode("ascii")
        has_one = self.feed.layout.complete == "manifest"
        self.sent.append(Sent(night, sheet.name, data, manifest if has_one else None))
        self._expect(sheet, fault, ends, night=night, numbered=not isinstance(stated, bytes))
        if ends[0] == "loaded":
            self.expected += located(sheet.rows, night=night, source=self.source, file=sheet.name)

    def _expect(self, sheet: Sheet, fault: str, ends: Ends, *, night: int, numbered: bool = True) -> None:
        state, code = ends
        number = sheet.sequence if numbered else None
        self.expected.append(Expected(night, self.source, sheet.name, None, fault, state, code=code, sequence=number))

    def write(self, out: Path) -> None:
        """Lay the files into the senders' folders, and those of the second night into the same under `later`."""
        for sent in self.sent:
            folder = (out if sent.night == 1 else out / LATER) / self.source
            folder.mkdir(parents=True, exist_ok=True)
            (folder / sent.name).write_bytes(sent.data)
            if sent.manifest is not None:
                (folder / f"{sent.name}.manifest.json").write_bytes(sent.manifest)
