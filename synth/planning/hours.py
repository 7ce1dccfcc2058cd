"""When the service's staff do things: office hours, few weekends, and within the time that is left."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.random import Generator

from synth.draws import Ints, chance
from synth.planning.calendar import Minutes, next_working_days, weekday

_OPENS, _CLOSES, _DAY = 8 * 60, 20 * 60, 24 * 60
_HOLIDAY_DUTY: Final = 0.12
_WEEKEND_DUTY: Final = (0.28, 0.14)  # Saturday, Sunday


def later(rng: Generator, moments: Minutes, *, hours: float, at_least: int = 5) -> Minutes:
    """Some time after: exponential with the given mean, in minutes from `at_least`."""
    gap = at_least + rng.exponential(hours * 60, len(moments)).astype(np.int64)
    moved: Minutes = moments + gap
    return moved


def within(rng: Generator, moments: Minutes, low: float, high: float) -> Minutes:
    """Some time after: evenly between two numbers of hours."""
    moved: Minutes = moments + rng.integers(int(low * 60), int(high * 60) + 1, len(moments))
    return moved


def in_office(rng: Generator, moments: Minutes) -> Minutes:
    """The same moments if somebody is at work, else the next morning on which somebody is."""
    if not len(moments):
        return moments
    day = moments.astype("datetime64[D]")
    minute = (moments - day.astype("datetime64[m]")).astype(np.int64)
    next_day = minute >= _CLOSES
    day = day + next_day.astype(np.int64)
    closed = next_day | (minute < _OPENS)
    first = day.min()
    open_days = next_working_days(first, int((day.max() - first).astype(np.int64)) + 1)
    worked = open_days[(day - first).astype(np.int64)]
    duty = np.full(len(day), _HOLIDAY_DUTY)
    for number, probability in zip((5, 6), _WEEKEND_DUTY, strict=True):
        duty[weekday(day) == number] = probability
    moved = (worked != day) & ~chance(rng, duty, len(day))
    morning = _OPENS + rng.integers(0, 150, len(day))
    minute = np.where(closed | moved, morning, minute)
    open_at: Minutes = np.where(moved, worked, day).astype("datetime64[m]") + minute
    return open_at


def in_time(steps: list[Minutes], start: Minutes, end: np.datetime64) -> list[Minutes]:
    """Steps in order, the latest still by `end`: what would come later is pressed between start and end.

    `steps` are ascending for each row. A row that fits keeps its times; of another every step gets an even part
    of the time that is left, so that what has to happen happens.
    """
    if not steps:
        return steps
    late = steps[-1] > end
    room = np.maximum((end - start).astype(np.int64), 0)
    return [np.where(late, start + room * (place + 1) // (len(steps) + 1), step) for place, step in enumerate(steps)]


def ascending(steps: list[Minutes], gaps: Ints | int = 5) -> list[Minutes]:
    """Each step at least a few minutes after the one before."""
    answer = steps[:1]
    for step in steps[1:]:
        answer.append(np.maximum(step, answer[-1] + gaps))
    return answer
