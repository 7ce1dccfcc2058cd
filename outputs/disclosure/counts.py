"""Which cells are one and the same count, and what its readers know of it. Pure.

One count stands in several cells: the total of victims in seven tables, a cell that a later version repeats. Where one
of them is open, so are all.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from itertools import combinations
from typing import Final

from outputs import catalogue
from outputs.disclosure.deliveries import Delivered, Draft, Place, is_small, setting_of, true_counts
from outputs.figures import Key

Version = Draft | Delivered
Named = tuple[str, str, int]

# Groups of the representation table are named "<table> <row>": their engaged victims are that row's take-up.
REPRESENTATION: Final = "representation"


class State(IntEnum):
    """What a cell does to its count; of a count's cells the first of these decides."""

    SHOWN = 0  # delivered in the open
    KEPT_BACK = 1  # hidden in a delivery, of a table without secondary suppression: its readers may have computed it
    HIDDEN = 2  # hidden in a delivery
    PLAIN = 3  # to be delivered in a table that hides nothing
    SMALL = 4  # to be hidden
    SMALL_ALONE = 5  # to be hidden, in a table without secondary suppression
    LARGE_ALONE = 6  # to be shown, in a table without secondary suppression
    FREE = 7  # to be shown or hidden, as the others need it


# Those that the search may not move: the reader knows them, or is taken to know them.
KNOWN: Final = frozenset({State.SHOWN, State.KEPT_BACK, State.PLAIN, State.SMALL_ALONE, State.LARGE_ALONE})
OPEN: Final = frozenset({State.SHOWN, State.PLAIN, State.LARGE_ALONE})
GUARDED: Final = frozenset({State.HIDDEN, State.SMALL})


@dataclass(frozen=True, slots=True)
class Count:
    """A count, its cells, and whether it is the sum of others."""

    value: int
    state: State
    places: tuple[Place, ...]
    is_total: bool


@dataclass(frozen=True, slots=True)
class Counts:
    """All counts of some versions, in an order that does not depend on the order in which these came."""

    counts: tuple[Count, ...]
    at: Mapping[Place, int]


def counts_in(versions: Sequence[Version]) -> Counts:
    """The counts of all cells of the versions."""
    values = {
        Place(*name_of(version), *key): value for version in versions for key, value in true_counts(version).items()
    }
    states = {place: _state(version, place, values) for version in versions for place in _places(version, values)}
    groups = _grouped(values, versions)
    counts = tuple(
        Count(
            value=values[places[0]],
            state=min(states[place] for place in places),
            places=places,
            is_total=any((place.table, place.row) in parents(place.of_return) for place in places),
        )
        for places in groups
    )
    at = {place: index for index, count in enumerate(counts) for place in count.places}
    # Sums that no table shows (all victims, in the table of priority) are found by their name.
    for virtual, real in _virtual(versions, values):
        at[virtual] = at[real]
    return Counts(counts, at)


def name_of(version: Version) -> Named:
    """What names a version."""
    return version.of_return, version.period, version.version


def is_linked(version: Version, table: str) -> bool:
    """Whether readers can know which of a table's counts are those of another version: not where it was withheld."""
    return setting_of(version.of_return, table, version.settings) != "withheld"


@cache
def parents(of_return: str) -> frozenset[tuple[str, str]]:
    """Table and row of sums."""
    return frozenset((table.key, row.part_of) for table in catalogue.tables(of_return) for row in table.rows)


@cache
def parent_of(of_return: str) -> dict[tuple[str, str], str]:
    """The row of which a table's row is a part, blank for none."""
    return {(table.key, row.key): row.part_of for table in catalogue.tables(of_return) for row in table.rows}


def _places(version: Version, values: Mapping[Place, int]) -> Iterator[Place]:
    return (place for key in true_counts(version) if (place := Place(*name_of(version), *key)) in values)


def _state(version: Version, place: Place, values: Mapping[Place, int]) -> State:
    setting = setting_of(version.of_return, place.table, version.settings)
    if isinstance(version, Delivered):
        if place.key not in version.hidden:
            return State.SHOWN
        return State.HIDDEN if setting in {"secondary", "withheld"} else State.KEPT_BACK
    small = is_small(values[place])
    match setting:
        case "none":
            return State.PLAIN
        case "primary":
            return State.SMALL_ALONE if small else State.LARGE_ALONE
        case "secondary":
            return State.SMALL if small else State.FREE
        case "withheld":
            return State.SMALL if small or _goes_with_its_table(place, values) else State.FREE


def _goes_with_its_table(place: Place, values: Mapping[Place, int]) -> bool:
    """Whether a withheld table hides it: a part of a sum that is not 0 (parts of 0 are 0, whoever hides them)."""
    parent = parent_of(place.of_return).get((place.table, place.row), "")
    return bool(parent) and values.get(place._replace(row=parent), 0) > 0


# --- which cells are one count ----------------------------------------------------------------------


@cache
def _same() -> dict[Key, str]:
    with (catalogue.ROOT / "same_counts.csv").open(encoding="utf-8", newline="") as file:
        return {(line["table"], line["row"], line["column"]): line["count"] for line in csv.DictReader(file)}


def _called(key: Key) -> object:
    """What a cell counts: a name that it has in common with other cells, or its own key."""
    table, row, column = key
    words = row.split()
    # A group among those whose group is known is the same people; all of those are fewer.
    whole = len(words) == 2 or (words[2:] == ["known"] and words[1] != "total")
    if table == REPRESENTATION and whole and column == "engaged":
        return _called((words[0], words[1], "take_up"))
    return _same().get(key, key)


def _grouped(values: Mapping[Place, int], versions: Sequence[Version]) -> list[tuple[Place, ...]]:
    groups: dict[object, list[Place]] = defaultdict(list)
    for place, value in values.items():
        # The value is in it: cells that ought to be equal and are not are no knowledge of anybody's.
        groups[place[:3], _called(place.key), value].append(place)
    leader = {place: group[0] for group in groups.values() for place in group}
    union = _Union(values)
    for place, first in leader.items():
        union.join(place, first)
    for earlier, later in _pairs(versions):
        for place, other in same_cells(earlier, later, values):
            if values[place] == values[other]:
                union.join(place, other)
    return union.groups()


def _pairs(versions: Sequence[Version]) -> Iterator[tuple[Version, Version]]:
    ordered = sorted(versions, key=name_of)
    return ((a, b) for a, b in combinations(ordered, 2) if name_of(a)[:2] == name_of(b)[:2])


def moved(versions: Sequence[Version], values: Mapping[Place, int]) -> Iterator[tuple[Place, Place]]:
    """The same cell in two versions of a period that is not the same count: the smaller one first."""
    for earlier, later in _pairs(versions):
        for place, other in same_cells(earlier, later, values):
            if values[place] != values[other]:
                yield (place, other) if values[place] < values[other] else (other, place)


def same_cells(earlier: Version, later: Version, values: Mapping[Place, int]) -> Iterator[tuple[Place, Place]]:
    """The cells that two versions have in common, without the tables that one of them withheld."""
    for key in true_counts(earlier):
        place, other = Place(*name_of(earlier), *key), Place(*name_of(later), *key)
        if other in values and is_linked(earlier, place.table) and is_linked(later, place.table):
            yield place, other


def _virtual(versions: Sequence[Version], values: Mapping[Place, int]) -> Iterator[tuple[Place, Place]]:
    for version in versions:
        real = {_called(place.key): place for place in sorted(_places(version, values), reverse=True)}
        for key, called in _same().items():
            place = Place(*name_of(version), *key)
            if place not in values and called in real:
                yield place, real[called]


class _Union:
    """Sets of places that are put together, two at a time."""

    def __init__(self, places: Iterable[Place]) -> None:
        self._above = {place: place for place in places}

    def join(self, one: Place, other: Place) -> None:
        one, other = self._top(one), self._top(other)
        self._above[max(one, other)] = min(one, other)

    def groups(self) -> list[tuple[Place, ...]]:
        found: dict[Place, list[Place]] = defaultdict(list)
        for place in sorted(self._above):
            found[self._top(place)].append(place)
        return [tuple(group) for group in found.values()]

    def _top(self, place: Place) -> Place:
        while (above := self._above[place]) != place:
            self._above[place] = self._above[above]
            place = above
        return place
