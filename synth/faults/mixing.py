"""Faults on request: rows beside the sound ones of the period's files, and files of their own before the period."""

from __future__ import annotations

import itertools
from datetime import date
from pathlib import Path

from synth.faults.again import Again
from synth.faults.desk import Desk
from synth.faults.expected import Expected
from synth.faults.schedule import Block, schedule
from synth.faults.whole_files import file_faults
from synth.files import Sound, business_dates
from synth.formats import FEEDS
from synth.seeds import generator


class Faults:
    """All faults of one run: what is put beside the sound rows (synth.files.Beside), and what is expected of it."""

    def __init__(self, seed: int, first: date, last: date, *, monthly: bool = False) -> None:
        """Faults for the files of all days from `first` to `last`, or a file a month."""
        dates = business_dates(first, last, monthly=monthly)
        self.expected: list[Expected] = []
        self._seed = seed
        self._again = {source: Again(source, len(dates) - 1) for source in FEEDS}
        numbers = itertools.count(1)
        self._schedules = {
            source: schedule(source, dates, generator(seed, f"faults of {source}"), numbers) for source in FEEDS
        }
        self._desks = {}
        for source in _one_of_each_layout():
            desk = Desk(source, first, numbers, tuple(self._schedules[source].late))
            file_faults(desk)
            self.expected += desk.expected
            self._desks[source] = desk

    def files_before(self, source: str) -> int:
        """How many numbers of the source the files of their own take."""
        return self._desks[source].last_sequence if source in self._desks else 0

    def mixed(self, sound: Sound) -> tuple[bytes, int]:
        """All records of a file, sound and not, and how many they are."""
        rng = generator(self._seed, f"faults in {sound.source}", sound.number)
        blocks = self._schedules[sound.source].blocks.get(sound.number, [])
        # Sorted places keep the order of blocks: some are steps of one story.
        places: list[int] = sorted(rng.integers(0, sound.rows + 1, len(blocks)).tolist())
        every: list[tuple[int, Block]] = list(zip(places, blocks, strict=True))
        every += [(place, (row,)) for place, row in self._again[sound.source].rows(sound, rng)]
        parts, at, line = [], 0, 2
        for place, block in sorted(every, key=lambda each: each[0]):
            parts.append(sound.records(at, place))
            line += parts[-1].count(b"\n")
            at = place
            for row in block:
                self.expected.append(row.expected(night=1, source=sound.source, file=sound.name, line=line))
                parts.append(row.data)
                line += row.data.count(b"\n")
        parts.append(sound.records(at, sound.rows))
        return b"".join(parts), sound.rows + sum(len(block) for _, block in every)

    def write(self, out: Path) -> None:
        """Write the files of their own into the senders' folders."""
        for desk in self._desks.values():
            desk.write(out)


def _one_of_each_layout() -> list[str]:
    """The first source of each layout: what becomes of a file is no matter of its sender."""
    first: dict[str, str] = {}
    for source, feed in FEEDS.items():
        first.setdefault(feed.layout.name, source)
    return list(first.values())
