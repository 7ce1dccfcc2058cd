"""Which rows stand beside the sound ones of which file, so that no fault changes what becomes of anything else.

Every story has a key of its own. Of one file at most nine of these rows are broken: with ten, an operator might have
to decide about it (interfaces: outcomes, Files).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from numpy.random import Generator

from synth.faults.cases import Step, Story, created
from synth.faults.catalogue import stories
from synth.faults.ground import GROUND, GROUND_SOURCE, sound_row
from synth.faults.laying import Laid, lay
from synth.formats import FEEDS

MOST_BROKEN: Final = 9
ROUND: Final = 28  # files: every kind of fault once, and once more for so many files each
_FARTHEST: Final = 5  # files from one step of a story to the next
# Of a story with a late row: when it was recorded, before the first day of the period.
_RECORDED_BEFORE: Final = timedelta(days=90)

Block = tuple[Laid, ...]
"""Rows that stand one right after the other."""


@dataclass(slots=True)
class Schedule:
    """A source's rows beside the sound ones: blocks in their order, by number of the file, and rows that come late."""

    blocks: dict[int, list[Block]] = field(default_factory=dict)
    late: list[Laid] = field(default_factory=list)

    def add(self, file: int, *rows: Laid) -> None:
        """A block of rows for a file, after those that it has."""
        self.blocks.setdefault(file, []).append(rows)


def schedule(source: str, dates: Sequence[date], rng: Generator, numbers: Iterator[int]) -> Schedule:
    """Every story of the source's layout, as often as the files allow; `dates` are the files' business dates.

    In a period of few files not every broken row finds room.
    """
    made = Schedule()
    _ground(source, dates, made)
    every = list(stories(FEEDS[source].layout)) * max(1, len(dates) // ROUND)
    shuffled = [every[place] for place in rng.permutation(len(every)).tolist()]
    broken = [each for each in shuffled if each.broken]
    room = [MOST_BROKEN] * len(dates)
    for place, each in enumerate(broken):
        file = _with_room(room, int((place + rng.random()) * len(dates) / len(broken)))
        if file is not None:
            room[file] -= 1
            _tell(each, source, [file] * len(each.steps), (made, dates), numbers)
    for each in shuffled:
        if not each.broken:
            _tell(each, source, _files(len(each.steps), len(dates), rng), (made, dates), numbers)
    return made


def _with_room(room: list[int], wanted: int) -> int | None:
    """The wanted file, or the next one that has room."""
    files = [*range(wanted, len(room)), *range(wanted)]
    return next((file for file in files if room[file]), None)


def _files(steps: int, files: int, rng: Generator) -> list[int]:
    """A file for each step, each in a later one where there are enough."""
    first = int(rng.integers(0, max(1, files - steps + 1)))
    chosen = [first]
    for left in range(steps - 2, -1, -1):
        latest = max(files - 1 - left, chosen[-1])
        chosen.append(min(latest, chosen[-1] + int(rng.integers(1, _FARTHEST + 1))))
    return chosen


def _tell(
    told: Story, source: str, files: Sequence[int], into: tuple[Schedule, Sequence[date]], numbers: Iterator[int]
) -> None:
    """Lay the steps of a story into their files."""
    made, dates = into
    feed = FEEDS[source]
    day = dates[0] - _RECORDED_BEFORE if told.late else dates[files[0]]
    row = sound_row(feed.layout, next(numbers), day)
    for file, step in zip(files, told.steps, strict=True):
        laid = lay(told.fault, step, row, feed)
        if step.late:
            made.late.append(laid)
        elif told.followed:
            made.add(file, laid, sound(told.fault, source, next(numbers), dates[file]))
        else:
            made.add(file, laid)


def sound(fault: str, source: str, number: int, day: date, step: Step | None = None) -> Laid:
    """A row of a key of its own; created, unless `step` says otherwise."""
    feed = FEEDS[source]
    return lay(fault, step or created(), sound_row(feed.layout, number, day), feed)


def _ground(source: str, dates: Sequence[date], made: Schedule) -> None:
    if source == GROUND_SOURCE or FEEDS[source].layout.form == "event":
        made.add(0, sound("ground", source, GROUND, dates[0]))
