"""Plans: which referrals there are, on which days, before anybody has a name: Year One by its figures, or any days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from numpy.random import Generator

from synth.counts.cells import cells
from synth.counts.figures import YEAR_ONE, Figures, published
from synth.draws import Ints, Texts, groups
from synth.planning.calendar import Days, Floats, days_between, volume
from synth.planning.lines import PLAN, Cells, lines
from synth.seeds import generator

__all__ = ["PLAN", "any_period", "year_one"]

MOST_ROWS: Final = 100_000  # of a chunk


def year_one(figures: Figures, seed: int) -> Iterator[pa.Table]:
    """The referrals of Year One, PLAN, by day: counted in any way that was published, they are `figures`."""
    rng = generator(seed, "year one")
    joint = cells(figures)
    cell = np.repeat(np.arange(len(joint)), joint["count"].to_numpy())
    day = _days_of(rng, np.array(joint["source"].to_pylist(), np.str_)[cell], days_between(*YEAR_ONE))
    order = np.lexsort((rng.random(len(cell)), day))
    yield lines(rng, Cells(joint), cell[order], day=day[order], first_number=0)


def _days_of(rng: Generator, source: Texts, days: Days) -> Days:
    """A day for each line, as busy as its source is on it."""
    answer = np.empty(len(source), "datetime64[D]")
    names, which = np.unique(source, return_inverse=True)
    for place, rows in groups(which.astype(np.int64)):
        busy = volume(str(names[place]), days)
        counts = rng.multinomial(len(rows), busy / busy.sum())
        answer[rows] = rng.permutation(np.repeat(days, counts))
    return answer


def any_period(first: date, last: date, per_day: int, seed: int) -> Iterator[pa.Table]:
    """Referrals of any days, PLAN, in the proportions of Year One: `per_day` times the days in all, by day.

    In tables of at most MOST_ROWS rows; what is in memory does not grow with the period.
    """
    joint = cells(published())
    days = days_between(first, last)
    sources, which = np.unique(np.array(joint["source"].to_pylist(), np.str_), return_inverse=True)
    counts = joint["count"].to_numpy().astype(np.float64)
    busy = np.array([volume(str(name), days) / volume(str(name), days_between(*YEAR_ONE)).mean() for name in sources])
    whole = _by_day(per_day * len(days), np.bincount(which, counts) @ busy)
    made = 0
    for part, (cell, day) in enumerate(_chunks(generator(seed, "days"), whole, days, (counts, which, busy))):
        rng = generator(seed, "any period", part)
        yield lines(rng, Cells(joint), cell, day=day, first_number=made)
        made += len(cell)


def _by_day(total: int, weights: Floats) -> Ints:
    """Whole numbers for the days that add up to the total."""
    reached = np.rint(np.cumsum(weights) / weights.sum() * total).astype(np.int64) if len(weights) else weights
    answer: Ints = np.diff(reached, prepend=0).astype(np.int64)
    return answer


def _chunks(
    rng: Generator, whole: Ints, days: Days, proportions: tuple[Floats, npt.NDArray[np.int64], Floats]
) -> Iterator[tuple[Ints, Days]]:
    """Cells and days of the lines, as many days together as fit; a day that fits in no chunk is divided."""
    counts, which, busy = proportions
    waiting: list[Ints] = []
    held: list[Days] = []
    rows = 0
    for place, total in enumerate(whole):
        weights = counts * busy[which, place]
        drawn = rng.multinomial(int(total), weights / weights.sum())
        cell = rng.permutation(np.repeat(np.arange(len(counts)), drawn))
        for start in range(0, len(cell), MOST_ROWS):
            part = cell[start : start + MOST_ROWS]
            if rows + len(part) > MOST_ROWS:
                yield np.concatenate(waiting), np.concatenate(held)
                waiting, held, rows = [], [], 0
            waiting.append(part)
            held.append(np.repeat(days[place], len(part)))
            rows += len(part)
    if rows:
        yield np.concatenate(waiting), np.concatenate(held)
