"""Figures without what is hidden: counts, and all that was computed from them; and what the cover says. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

from outputs import catalogue
from outputs.catalogue import Column
from outputs.disclosure.counts import REPRESENTATION
from outputs.disclosure.deliveries import Delivered, Draft, Setting, count_columns, counts_of, setting_of
from outputs.figures import Figure, Key

# Figures that others gave us: no count of ours is in them.
_GIVEN: Final = frozenset({"police_share", "baseline", "target"})
_NOTHING: Final[Mapping[Key, Collection[Key]]] = {}


@dataclass(frozen=True, slots=True)
class Hidden:
    """What the cover says of a table: how it is treated, and how many of its counts and of its figures are hidden."""

    table: str
    setting: Setting
    counts: int
    figures: int


def apply(draft: Draft, hidden: Collection[Key], uses: Mapping[Key, Collection[Key]] = _NOTHING) -> Delivered:
    """The draft as it may be delivered, without the hidden counts and what was computed from them.

    `uses`: the counts (or other figures) from which figures were computed that the catalogue does not know: KPIs.
    """
    gone = _with_derived(draft, frozenset(hidden), uses)
    counts = counts_of(draft.of_return, draft.figures)
    return Delivered(
        draft.of_return,
        draft.period,
        draft.version,
        tuple(replace(each, value=None, status="suppressed") if each.key in gone else each for each in draft.figures),
        {key: counts[key] for key in sorted(hidden) if key in counts},
        draft.settings,
    )


def hidden_keys(*versions: Iterable[Figure]) -> frozenset[Key]:
    """The figures that are hidden in any of the versions: what a chart leaves out, and of which the changes between
    the versions have no line at all (a blank line would tell that it moved)."""
    return frozenset(each.key for version in versions for each in version if each.status == "suppressed")


def summary(delivered: Delivered) -> tuple[Hidden, ...]:
    """What is hidden in each table that hides anything or has a setting to, in the catalogue's order."""
    figures = Counter(table for table, _, _ in hidden_keys(delivered.figures))
    counts = Counter(table for table, _, _ in delivered.hidden)
    settings = {
        table.key: setting_of(delivered.of_return, table.key, delivered.settings)
        for table in catalogue.tables(delivered.of_return)
    }
    return tuple(
        Hidden(table, setting, counts[table], figures[table])
        for table, setting in settings.items()
        if setting != "none" or figures[table]
    )


def _with_derived(draft: Draft, hidden: frozenset[Key], uses: Mapping[Key, Collection[Key]]) -> frozenset[Key]:
    """Those hidden and all that use them, and what uses that."""
    used_by = {each.key: {*_used(draft.of_return, each.key), *uses.get(each.key, ())} for each in draft.figures}
    gone, more = hidden, hidden
    while more:
        more = frozenset(key for key, used in used_by.items() if key not in gone and not gone.isdisjoint(used))
        gone |= more
    return gone


def _used(of_return: str, key: Key) -> Iterator[Key]:
    """The counts from which a figure of the catalogue's tables is computed."""
    table, row, name = key
    column = _columns(of_return).get((table, name))
    if column is None or column.kind == "count" or name in _GIVEN:
        return
    if column.of:
        part, _, whole = column.of.partition("/")
        other, _, other_row = whole.partition(":")
        yield table, row, part
        yield table, other_row or row, other
        return
    # Medians, shares, an index and its status: of the counts of their row.
    yield from ((table, row, other) for each, other in count_columns(of_return) if each == table)
    if table == REPRESENTATION:
        yield from _used_by_share(row)


def _used_by_share(row: str) -> Iterator[Key]:
    """A group's share is one of its table's total; named with a third word, of those who gave an answer."""
    table, *rest = row.split()
    yield table, "total", "take_up"
    if len(rest) > 1:
        yield table, "not_given", "take_up"


@cache
def _columns(of_return: str) -> dict[tuple[str, str], Column]:
    return {(table.key, column.key): column for table in catalogue.tables(of_return) for column in table.columns}
