"""Events while they are being made up, and their rows as the case_event layout has them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from synth.draws import Flags, Ints, named
from synth.planning.calendar import Minutes, out_of_the_change, summer

_TEXT: Final = pa.string()
EVENT_COLUMNS: Final = (
    *("event_id", "referral_source", "referral_key", "event", "at"),
    *("role", "category", "before", "after", "worker"),
)
ACTIVITY: Final = pa.schema([("day", pa.date32()), *((name, _TEXT) for name in EVENT_COLUMNS)])

_NOBODY: Final = -1
_CLOCK: Final = tuple(f"T{minute // 60:02d}:{minute % 60:02d}:00" for minute in range(24 * 60))
_MOST_EVENTS: Final = 100  # of one referral: the last two digits of an event's number


@dataclass(slots=True)
class Journal:
    """Events in the order in which they were thought of; `row` is that of the table they are about."""

    rows: list[Ints] = field(default_factory=list)
    minutes: list[Minutes] = field(default_factory=list)
    texts: dict[str, list[pa.Array]] = field(
        default_factory=lambda: {name: [] for name in ("event", "role", "category", "before", "after")}
    )
    targets: list[Ints] = field(default_factory=list)
    count: int = 0

    def add(self, event: str, rows: Ints, minutes: Minutes, **texts: pa.Array | str) -> Ints:
        """One event for each of the rows; columns not named are blank. Returns the events' places in the journal."""
        size = len(rows)
        self.rows.append(rows)
        self.minutes.append(minutes)
        for name, column in self.texts.items():
            given = event if name == "event" else texts.get(name, "")
            column.append(pa.repeat(pa.scalar(given, _TEXT), size) if isinstance(given, str) else given)
        self.targets.append(np.full(size, _NOBODY))
        self.count += size
        return np.arange(self.count - size, self.count)

    def void(self, targets: Ints, rows: Ints, minutes: Minutes, reasons: pa.Array) -> None:
        """Take back events, by their places in the journal."""
        self.add("void", rows, minutes, category=reasons)
        self.targets[-1] = targets


def events_of(
    journal: Journal, *, source: pa.Array, key: pa.Array, number: Ints, last: np.datetime64, workers: Ints
) -> pa.Table:
    """ACTIVITY in the order of time. Events after the last day have not happened; of a mistake and its void
    both are there or none.

    `source`, `key`, `number` and `workers` are those of the table that the journal's rows are about.
    """
    if not journal.count:
        return ACTIVITY.empty_table()
    row, minute = np.concatenate(journal.rows), out_of_the_change(np.concatenate(journal.minutes))
    target = np.concatenate(journal.targets)
    order = np.lexsort((np.arange(len(row)), minute, row))
    identity = np.empty(len(row), np.int64)
    identity[order] = number[row[order]] * _MOST_EVENTS + _rank(row[order])
    names = pc.binary_join_element_wise("E", pa.array(identity).cast(_TEXT), "")
    kept: Flags = minute.astype("datetime64[D]") <= last
    voids = np.flatnonzero(target != _NOBODY)
    kept[target[voids]] &= kept[voids]
    kept[voids] &= kept[target[voids]]
    order = np.lexsort((identity, minute))
    order = order[kept[order]]
    taken_back = pa.array(np.maximum(target[order], 0), mask=target[order] == _NOBODY)
    take = pa.array(order)
    texts = {name: pa.concat_arrays(columns).take(take) for name, columns in journal.texts.items()}
    texts["before"] = pc.coalesce(names.take(taken_back), texts["before"])
    about = pa.array(row[order])
    columns = {
        **texts,
        "day": pa.array(minute[order].astype("datetime64[D]")),
        "event_id": names.take(take),
        "referral_source": source.take(about),
        "referral_key": key.take(about),
        "at": written(minute[order]),
        "worker": named(workers[row[order]], [f"S{1001 + each}" for each in range(int(workers.max()) + 1)]),
    }
    return pa.table([columns[each.name] for each in ACTIVITY], schema=ACTIVITY)


def _rank(row: Ints) -> Ints:
    """0, 1, 2 … within each stretch of equal numbers."""
    starts = np.flatnonzero(np.diff(row, prepend=-1))
    rank: Ints = np.arange(len(row)) - np.repeat(starts, np.diff(starts, append=len(row)))
    assert rank.max() < _MOST_EVENTS
    return rank


def written(minutes: Minutes) -> pa.Array:
    """London times as ISO 8601 with their offset."""
    day = minutes.astype("datetime64[D]")
    days, which = np.unique(day, return_inverse=True)
    minute = (minutes - day.astype("datetime64[m]")).astype(np.int64)
    return pc.binary_join_element_wise(
        named(which, np.datetime_as_string(days).tolist()),
        named(minute, _CLOCK),
        named(summer(minutes).astype(np.int64), ("+00:00", "+01:00")),
        "",
    )
