"""Wall-clock times in London to UTC, for whole columns.

Law: a time in the clock-change gap, or in the repeated hour, that carries no offset is never guessed
(interfaces: feeds, Common rules; hazards F31). The zone comes from Python's own zone data, so that a machine
without system zone files gives the same answer.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

LONDON = "Europe/London"
MICROSECONDS = 1_000_000
_FIRST_YEAR, _LAST_YEAR = 1900, 2100


@dataclass(frozen=True, slots=True)
class Changes:
    """Every change of London's offset, in seconds: when it happens on the wall clock, and the offset after it.

    Wall times from `window_start` up to `window_end` of a change do not exist, or exist twice.
    `offset` has one entry more than the others: the first is what held before all changes.
    """

    window_start: npt.NDArray[np.int64]
    window_end: npt.NDArray[np.int64]
    offset: npt.NDArray[np.int64]


@cache
def london_changes() -> Changes:
    """Find the changes by looking at every month and halving the months in which the offset moved."""
    zone = ZoneInfo(LONDON)
    months = [
        int(datetime.datetime(year, month, 1, tzinfo=datetime.UTC).timestamp())
        for year in range(_FIRST_YEAR, _LAST_YEAR + 1)
        for month in range(1, 13)
    ]
    offsets = [_offset(zone, months[0])]
    starts, ends = [], []
    for earlier, later in pairwise(months):
        before, after = offsets[-1], _offset(zone, later)
        if before == after:
            continue
        moment = _moment_of_change(zone, earlier, later)
        starts.append(moment + min(before, after))
        ends.append(moment + max(before, after))
        offsets.append(after)
    return Changes(np.array(starts), np.array(ends), np.array(offsets))


def _offset(zone: ZoneInfo, instant: int) -> int:
    offset = datetime.datetime.fromtimestamp(instant, zone).utcoffset()
    assert offset is not None
    return int(offset.total_seconds())


def _moment_of_change(zone: ZoneInfo, earlier: int, later: int) -> int:
    """First second with the later offset, between two instants whose offsets differ."""
    before = _offset(zone, earlier)
    while later - earlier > 1:
        middle = (earlier + later) // 2
        if _offset(zone, middle) == before:
            earlier = middle
        else:
            later = middle
    return later


def london_to_utc(wall: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Wall-clock seconds (as if they were UTC) to UTC seconds, and which of them no rule can place."""
    changes = london_changes()
    passed = np.searchsorted(changes.window_end, wall, side="right")
    following = np.minimum(passed, len(changes.window_start) - 1)
    unclear = (passed < len(changes.window_start)) & (wall >= changes.window_start[following])
    return wall - changes.offset[passed], unclear
